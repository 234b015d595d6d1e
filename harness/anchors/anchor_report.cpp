#include "harness/anchors/anchor_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "resolver/dns/text.h"

namespace harness {
namespace {

using validator::FollowedKey;
using validator::KeyState;
using validator::TrustPointState;
using Json = nlohmann::ordered_json;

// What IANA and the root's operators have published about the keys of the root.
struct KnownKey {
    dns::KeyTag tag;
    std::string_view story;
};
constexpr std::array known_root_keys{
    KnownKey{19036, "KSK-2010: out of use since 2018-10-11, revoked on 2019-01-11."},
    KnownKey{20326, "KSK-2017: signed the root from 2018-10-11; KSK-2024 took over on 2026-10-11. To be revoked on "
                    "2027-01-11."},
    KnownKey{38696, "KSK-2024: in the root zone since 2025-01-11, signs it since 2026-10-11."},
};

std::string_view known_story(const dns::Name& zone, dns::KeyTag tag) {
    if (!zone.is_root()) return "";
    for (const KnownKey& key : known_root_keys)
        if (key.tag == tag) return key.story;
    return "";
}

std::string days(std::int64_t seconds) {
    if (seconds < 2 * 86400) return fmt::format("{} hours", std::max<std::int64_t>(1, seconds / 3600));
    return fmt::format("{} days", seconds / 86400);
}

// When `left` more seconds of a hold-down can be over: observations count from the latest one.
dns::UnixTime after(const TrustPointState& point, std::int64_t left) {
    return {point.latest_success.seconds + std::max<std::int64_t>(0, left)};
}

KeyStory pending_story(const FollowedKey& key, const TrustPointState& point,
                       const validator::TrustPointPolicy& policy) {
    const std::int64_t passed = policy.longest_credit ? key.held : point.latest_success.seconds - key.since.seconds;
    KeyStory story;
    story.meaning = fmt::format("Not trusted yet: a new key, seen in {} validated answer{}, {} of its {} waited out.",
                                key.seen, key.seen == 1 ? "" : "s", days(passed), days(key.hold_down));
    story.next = "Trusted with the first validated answer from then on that has it; back to nothing with one that has "
                 "not (RFC 5011 §2.2).";
    story.next_at = after(point, key.hold_down - passed);
    return story;
}

KeyStory missing_story(const FollowedKey& key, const TrustPointState& point,
                       const validator::TrustPointPolicy& policy) {
    KeyStory story{true, "Still trusted, though it is gone from the zone.", "", std::nullopt};
    if (!policy.keep_missing) {
        story.next = "Valid again when it returns; it stays an anchor until its owner revokes it (RFC 5011 §2.2).";
        return story;
    }
    const std::int64_t passed = policy.longest_credit ? key.held : point.latest_success.seconds - key.since.seconds;
    story.next = fmt::format("Given up when it has been gone for {}, as Unbound does.", days(*policy.keep_missing));
    story.next_at = after(point, *policy.keep_missing - passed);
    return story;
}

KeyStory revoked_story(const FollowedKey& key, const TrustPointState& point,
                       const validator::TrustPointPolicy& policy) {
    const std::int64_t passed = policy.longest_credit ? key.held : point.latest_success.seconds - key.since.seconds;
    return {false, "Revoked by its owner: never trusted again (RFC 5011 §2.1).",
            fmt::format("Put away when it has been gone from the zone for {}.", days(policy.remove_hold_down)),
            after(point, policy.remove_hold_down - passed)};
}

} // namespace

KeyStory story_of(const FollowedKey& key, const TrustPointState& point, const validator::TrustPointPolicy& policy) {
    switch (key.state) {
    case KeyState::start: return {false, "Not trusted: seen, and gone again.", "Nothing until it is seen.", {}};
    case KeyState::add_pend: return pending_story(key, point, policy);
    case KeyState::valid:
        if (!key.dnskey.is_sep())
            return {true,
                    "Trusted, as configured; without the SEP flag it can be neither rolled nor revoked.",
                    "Given up as soon as a key with SEP is trusted.",
                    {}};
        if (key.since.seconds == 0)
            return {true, "Trusted, as configured; not seen in the zone yet.", "The next validated answer shows.", {}};
        return {true, "Trusted.", "It stays an anchor until its owner revokes it (RFC 5011 §2.2).", {}};
    case KeyState::missing: return missing_story(key, point, policy);
    case KeyState::revoked: return revoked_story(key, point, policy);
    case KeyState::removed:
        return {false, key.dnskey.is_revoked() ? "Revoked and gone." : "Given up.", "It is never an anchor again.", {}};
    }
    return {};
}

std::string change_text(const validator::KeyChange& change) {
    using validator::KeyEvent;
    const auto in_words = [&]() -> std::string_view {
        switch (change.event) {
        case KeyEvent::new_key: return "a new key; trusted when the hold-down is over";
        case KeyEvent::key_pres: return "it is back";
        case KeyEvent::key_rem:
            return change.to == KeyState::missing ? "gone from the zone, trusted all the same"
                                                  : "gone before it was trusted";
        case KeyEvent::add_time: return "the hold-down is over: trusted";
        case KeyEvent::rem_time: return "gone for long enough after its revocation: put away";
        case KeyEvent::rev_bit: return "revoked by its owner: never trusted again";
        case KeyEvent::vouchers_revoked: return "all keys that vouched for it are revoked: its time begins anew";
        case KeyEvent::configured: return "the key of a configured record: trusted";
        case KeyEvent::given_up: return "given up";
        }
        return "";
    }();
    return fmt::format("{} {}: {} -> {} ({}): {}", change.dnskey.key_tag(), dns::to_text(change.dnskey.algorithm),
                       validator::to_text(change.from), validator::to_text(change.to), validator::to_text(change.event),
                       in_words);
}

namespace {

std::string date(dns::UnixTime time) { return time.seconds == 0 ? "never" : dns::to_rfc3339(time); }

std::string point_head(const TrustPointState& point, const AnchorReport& report, const cli::Style& style) {
    std::string text = fmt::format("{}Trust point {}{}", style.bold, point.zone.to_text(), style.off);
    if (point.gone)
        return text + fmt::format("  {}gone{}: all its keys are revoked; it counts as if it had never been configured "
                                  "(RFC 5011 §5). Import new anchors to begin again.\n",
                                  style.bad, style.off);
    if (point.last_queried.seconds == 0) return text + "  not asked yet\n";
    text += fmt::format("  validated {}", date(point.last_success));
    if (point.failures > 0)
        text += fmt::format(", {}{} failed since, the last {}{}", style.warn, point.failures, date(point.last_queried),
                            style.off);
    if (!point.automatic) return text + "; not kept fresh: the automatic update is switched off\n";
    return text + (validator::is_due(point, report.now) ? "; due to be asked\n"
                                                        : fmt::format("; asked again {}\n", date(point.next_probe)));
}

void add_note(std::string& text, const TrustPointState& point, dns::KeyTag tag) {
    if (const auto note = known_story(point.zone, tag); !note.empty()) text += fmt::format("      {}\n", note);
}

std::string key_text(const FollowedKey& key, const TrustPointState& point, const AnchorReport& report,
                     const cli::Style& style) {
    const KeyStory story = story_of(key, point, report.policy);
    std::string text = fmt::format("  {} {}  {}{}{}", key.dnskey.key_tag(), dns::to_text(key.dnskey.algorithm),
                                   story.trusted ? style.good : style.warn, validator::to_text(key.state), style.off);
    if (key.since.seconds != 0) text += fmt::format(" since {}", date(key.since));
    text += fmt::format("\n      {}\n      {}{}\n", story.meaning,
                        story.next_at ? fmt::format("Not before {}: ", date(*story.next_at)) : "", story.next);
    add_note(text, point, key.dnskey.key_tag() & 0xffff);
    return text;
}

std::string ds_text(const dns::Ds& ds, const TrustPointState& point, const AnchorReport& report,
                    const cli::Style& style) {
    std::string text =
        fmt::format("  {} {}  {}DS{}\n      Trusted, as configured by its digest; becomes a key with the first "
                    "validated answer that has it.\n",
                    ds.key_tag, dns::to_text(ds.algorithm), style.good, style.off);
    for (const KeyDigest& digest : report.content.digests) {
        if (!(digest.ds == ds)) continue;
        text += fmt::format("      {}: to be used from {} {}\n", digest.id, date(digest.valid_from),
                            digest.valid_until ? "until " + date(*digest.valid_until) : "on, without an end");
    }
    add_note(text, point, ds.key_tag);
    return text;
}

Json time_or_null(const std::optional<dns::UnixTime>& time) {
    if (!time || time->seconds == 0) return nullptr;
    return dns::to_rfc3339(*time);
}

Json key_json(const FollowedKey& key, const TrustPointState& point, const AnchorReport& report) {
    const KeyStory story = story_of(key, point, report.policy);
    return {{"type", "DNSKEY"},
            {"key_tag", key.dnskey.key_tag()},
            {"algorithm", dns::to_text(key.dnskey.algorithm)},
            {"record", dns::rdata_to_text(dns::RrType::DNSKEY, key.dnskey.build())},
            {"state", validator::to_text(key.state)},
            {"trusted", story.trusted && !point.gone},
            {"since", time_or_null(key.since)},
            {"meaning", story.meaning},
            {"next", story.next},
            {"next_not_before", time_or_null(story.next_at)}};
}

Json ds_json(const dns::Ds& ds) {
    return {{"type", "DS"},
            {"key_tag", ds.key_tag},
            {"algorithm", dns::to_text(ds.algorithm)},
            {"record", dns::rdata_to_text(dns::RrType::DS, ds.build())},
            {"state", "CONFIGURED"},
            {"trusted", true},
            {"since", nullptr},
            {"meaning", "Trusted, as configured by its digest."},
            {"next", "Becomes a key with the first validated answer that has it."},
            {"next_not_before", nullptr}};
}

} // namespace

std::string anchor_text(const AnchorReport& report, const cli::Style& style) {
    std::string text = report.source + "\n";
    for (const TrustPointState& point : report.content.points) {
        text += "\n" + point_head(point, report, style);
        for (const FollowedKey& key : point.keys) text += key_text(key, point, report, style);
        for (const dns::Ds& ds : point.ds) text += ds_text(ds, point, report, style);
    }
    for (const KeyDigest& digest : report.content.digests) {
        if (digest.may_be_used(report.now)) continue;
        text += fmt::format("\n  {} {}  {}not used{}: {} is to be used from {} {} (RFC 7958 §2.1.2)\n",
                            digest.ds.key_tag, dns::to_text(digest.ds.algorithm), style.warn, style.off, digest.id,
                            date(digest.valid_from), digest.valid_until ? "until " + date(*digest.valid_until) : "on");
    }
    return text;
}

std::string anchor_json(const AnchorReport& report) {
    Json points = Json::array(), unused = Json::array();
    for (const TrustPointState& point : report.content.points) {
        Json anchors = Json::array();
        for (const FollowedKey& key : point.keys) anchors.push_back(key_json(key, point, report));
        for (const dns::Ds& ds : point.ds) anchors.push_back(ds_json(ds));
        points.push_back({{"zone", point.zone.to_text()},
                          {"gone", point.gone},
                          {"automatic", point.automatic},
                          {"due", validator::is_due(point, report.now)},
                          {"last_queried", time_or_null(point.last_queried)},
                          {"last_success", time_or_null(point.last_success)},
                          {"next_probe", time_or_null(point.next_probe)},
                          {"failures", point.failures},
                          {"anchors", std::move(anchors)}});
    }
    for (const KeyDigest& digest : report.content.digests)
        if (!digest.may_be_used(report.now))
            unused.push_back({{"id", digest.id},
                              {"key_tag", digest.ds.key_tag},
                              {"valid_from", time_or_null(digest.valid_from)},
                              {"valid_until", time_or_null(digest.valid_until)}});
    const Json document{
        {"source", report.source}, {"trust_points", std::move(points)}, {"not_used", std::move(unused)}};
    return document.dump(2) + "\n";
}

} // namespace harness
