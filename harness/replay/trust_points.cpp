#include "harness/replay/trust_points.h"

#include <algorithm>

#include "harness/anchors/unbound_file.h"
#include "harness/replay/rpl_error.h"

namespace harness::replay {

namespace {

// Unbound asks again this often when the keys of a trust point do not validate, and counts each failure
// (val-max-restart, 5, and the first time).
constexpr unsigned attempts = 6;
constexpr std::int64_t bad_keys_are_kept = 60; // seconds (validator/val_kentry.h)

// Any value between 90 and 100 % of the interval will do: files check a range.
std::uint64_t middle() { return 0x8000; }

std::optional<dns::SignedRrSet> dnskeys_in(const validator::Response& response, const dns::Name& zone) {
    const auto* answered = std::get_if<validator::Answered>(&response);
    if (answered == nullptr || answered->message.rcode != dns::Rcode::NOERROR) return std::nullopt;
    for (const dns::SignedRrSet& set : dns::group(answered->message.answer))
        if (set.set.type == dns::RrType::DNSKEY && set.set.owner == zone) return set;
    return std::nullopt;
}

} // namespace

TrustPoints::TrustPoints(const RplScenario& scenario) {
    const Configuration& configuration = scenario.configuration;
    policy_.add_hold_down = configuration.add_holddown;
    policy_.remove_hold_down = configuration.del_holddown;
    policy_.keep_missing = configuration.keep_missing;
    if (configuration.keep_missing == 0) policy_.keep_missing.reset(); // "keep for ever"
    if (configuration.permit_small_holddown) policy_.shortest_interval = 0;
    for (const AutotrustFile& file : configuration.autotrust) {
        Point point;
        point.id = file.id;
        for (const NumberedText& line : file.lines) point.file += line.text + "\n";
        try {
            point.state = read_unbound_file(point.file, scenario.file, Reading::forgiving);
        } catch (const AnchorFileError& error) {
            throw RplError(scenario.file, file.lines.empty() ? 0 : file.lines.front().line,
                           "in the anchor file that begins here: " + std::string(error.what()));
        }
        for (validator::FollowedKey& key : point.state.keys)
            if (key.state == validator::KeyState::add_pend) key.hold_down = policy_.add_hold_down;
        points_.push_back(std::move(point));
    }
}

void TrustPoints::add_to(validator::TrustAnchors& anchors) const {
    for (const Point& point : points_) {
        validator::TrustAnchor anchor = validator::anchor_of(point.state);
        if (!anchor.ds.empty() || !anchor.dnskey.empty()) anchors.add(std::move(anchor));
    }
}

void TrustPoints::take_in(Point& point, dns::UnixTime now, const validator::Policy& policy, const Ask& ask) {
    const auto dnskeys = dnskeys_in(ask(dns::Question(point.state.zone, dns::RrType::DNSKEY)), point.state.zone);
    point.keys_good_for = {now.seconds + bad_keys_are_kept};
    if (!dnskeys) { // Unbound writes nothing then
        validator::note_no_answer(point.state, policy_, now);
        return;
    }
    for (unsigned attempt = 0; attempt < attempts && !point.state.gone; ++attempt) {
        validator::Memo memo;
        validator::Meter meter;
        const auto seen = validator::observe(point.state, *dnskeys, policy_, {policy, now, memo, meter}, middle);
        if (seen.validated || point.state.last_success.seconds != 0) point.file = write_unbound_file(point.state);
        if (!seen.validated) continue;
        point.keys_good_for = {now.seconds + dnskeys->set.ttl};
        break;
    }
}

void TrustPoints::probe(dns::UnixTime now, const validator::Policy& policy, const Ask& ask) {
    for (Point& point : points_) {
        if (point.state.gone || now < point.state.next_probe) continue;
        validator::begin_probe(point.state, policy_, now, middle);
        take_in(point, now, policy, ask);
    }
}

void TrustPoints::prime(const dns::Name& name, dns::UnixTime now, const validator::Policy& policy, const Ask& ask) {
    for (Point& point : points_)
        if (!point.state.gone && name.is_at_or_below(point.state.zone) && now > point.keys_good_for)
            take_in(point, now, policy, ask);
}

std::int64_t TrustPoints::seconds_to_next_probe(dns::UnixTime now) const {
    std::optional<std::int64_t> next;
    for (const Point& point : points_) {
        if (point.state.gone) continue;
        const std::int64_t wait = std::max<std::int64_t>(0, point.state.next_probe.seconds - now.seconds);
        next = std::min(next.value_or(wait), wait);
    }
    return next.value_or(0);
}

std::optional<std::vector<std::string>> TrustPoints::file_lines(const std::string& id, dns::UnixTime) const {
    const auto known = std::find_if(points_.begin(), points_.end(), [&](const Point& point) { return point.id == id; });
    if (known == points_.end()) return std::nullopt;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < known->file.size();) {
        const std::size_t end = known->file.find('\n', at);
        lines.push_back(known->file.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

} // namespace harness::replay
