#include "harness/anchors/anchor_import.h"

#include <fmt/format.h>

#include <algorithm>

#include "zones/key.h"

namespace harness {
namespace {

using validator::FollowedKey;
using validator::KeyState;
using validator::TrustPointState;

bool is_digest_of(const dns::Ds& ds, const dns::Name& zone, const FollowedKey& key) {
    const auto type = ds.digest_type;
    const bool known =
        type == dns::DigestType::SHA1 || type == dns::DigestType::SHA256 || type == dns::DigestType::SHA384;
    return known && ds == zones::make_ds(zone, key.unrevoked(), type);
}

bool is_over(const FollowedKey& key) { return key.state == KeyState::revoked || key.state == KeyState::removed; }

std::string line(const TrustPointState& point, dns::KeyTag tag, std::string_view what) {
    return fmt::format("{} {}: {}", point.zone.to_text(), tag, what);
}

std::string import_ds(TrustPointState& into, const dns::Ds& ds) {
    if (std::find(into.ds.begin(), into.ds.end(), ds) != into.ds.end()) return line(into, ds.key_tag, "known already");
    for (const FollowedKey& key : into.keys)
        if (is_digest_of(ds, into.zone, key))
            return line(into, ds.key_tag,
                        is_over(key) ? "refused: this key was revoked, and that is for good (RFC 5011 §2.1)"
                                     : fmt::format("known already: its key is {}", validator::to_text(key.state)));
    into.ds.push_back(ds);
    return line(into, ds.key_tag, "added");
}

std::string import_key(TrustPointState& into, const FollowedKey& key) {
    const dns::KeyTag tag = key.dnskey.key_tag();
    for (FollowedKey& known : into.keys) {
        if (known.unrevoked() != key.unrevoked()) continue;
        if (is_over(known) && !is_over(key))
            return line(into, tag, "refused: this key was revoked, and that is for good (RFC 5011 §2.1)");
        if (key.state == KeyState::revoked && !is_over(known)) {
            known = key;
            return line(into, tag, "revoked, says the file");
        }
        if (known.state == KeyState::add_pend && key.state == KeyState::valid) {
            known = key;
            return line(into, tag, "trusted at once, as the file has it");
        }
        return line(into, tag, fmt::format("known already: {}", validator::to_text(known.state)));
    }
    into.keys.insert(into.keys.begin(), key);
    std::erase_if(into.ds, [&](const dns::Ds& ds) { return is_digest_of(ds, into.zone, key); });
    return line(into, tag, fmt::format("added: {}", validator::to_text(key.state)));
}

} // namespace

std::vector<std::string> import_points(std::vector<TrustPointState>& into, const std::vector<TrustPointState>& from) {
    std::vector<std::string> lines;
    for (const TrustPointState& point : from) {
        auto known = std::find_if(into.begin(), into.end(), [&](const auto& p) { return p.zone == point.zone; });
        if (known == into.end()) {
            into.push_back(point);
            for (const dns::Ds& ds : point.ds) lines.push_back(line(point, ds.key_tag, "added"));
            for (const FollowedKey& key : point.keys)
                lines.push_back(
                    line(point, key.dnskey.key_tag(), fmt::format("added: {}", validator::to_text(key.state))));
            continue;
        }
        for (const dns::Ds& ds : point.ds) lines.push_back(import_ds(*known, ds));
        for (const FollowedKey& key : point.keys) lines.push_back(import_key(*known, key));
        if (!known->gone) continue;
        known->gone = false;
        const auto anchor = validator::anchor_of(*known);
        known->gone = anchor.ds.empty() && anchor.dnskey.empty();
        known->next_probe = {};
    }
    return lines;
}

} // namespace harness
