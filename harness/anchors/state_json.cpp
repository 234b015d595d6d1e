#include "harness/anchors/state_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "harness/strict_json.h"
#include "resolver/dns/text.h"

namespace harness {
namespace {

using validator::FollowedKey;
using validator::KeyState;
using validator::TrustPointState;

constexpr std::string_view format_name = "danelab-anchor-state";
constexpr std::int64_t end_of_time = 253'402'300'799; // of the year 9999
constexpr std::size_t most = 1'000;                   // trust points, and records of one

constexpr std::array states{KeyState::start,   KeyState::add_pend, KeyState::valid,
                            KeyState::missing, KeyState::revoked,  KeyState::removed};

// ---------------------------------------------------------------------------------------------------------- writing

nlohmann::ordered_json time_json(dns::UnixTime time) {
    if (time.seconds == 0) return nullptr;
    return dns::to_rfc3339(time);
}

nlohmann::ordered_json key_json(const FollowedKey& key) {
    nlohmann::ordered_json validated_by = nlohmann::ordered_json::array();
    for (const dns::Bytes& id : key.validated_by) validated_by.push_back(dns::base16(id));
    return {{"key_tag", key.dnskey.key_tag()},
            {"dnskey", dns::rdata_to_text(dns::RrType::DNSKEY, key.dnskey.build())},
            {"ttl", key.ttl},
            {"state", validator::to_text(key.state)},
            {"since", time_json(key.since)},
            {"held", key.held},
            {"hold_down", key.hold_down},
            {"seen", key.seen},
            {"validated_by", std::move(validated_by)}};
}

nlohmann::ordered_json point_json(const TrustPointState& point) {
    nlohmann::ordered_json ds = nlohmann::ordered_json::array(), keys = nlohmann::ordered_json::array();
    for (const dns::Ds& record : point.ds) ds.push_back(dns::rdata_to_text(dns::RrType::DS, record.build()));
    for (const FollowedKey& key : point.keys) keys.push_back(key_json(key));
    return {{"zone", point.zone.to_text()},
            {"automatic", point.automatic},
            {"gone", point.gone},
            {"last_queried", time_json(point.last_queried)},
            {"last_success", time_json(point.last_success)},
            {"latest_success", time_json(point.latest_success)},
            {"next_probe", time_json(point.next_probe)},
            {"failures", point.failures},
            {"query_interval", point.query_interval},
            {"retry_time", point.retry_time},
            {"ds", std::move(ds)},
            {"keys", std::move(keys)}};
}

// ---------------------------------------------------------------------------------------------------------- reading

dns::UnixTime time_of(const JsonNode& node) {
    if (node.kind == JsonNode::Kind::null) return {};
    const auto time = dns::from_rfc3339(text_of(node));
    if (!time) node.fail("expected a time such as 2026-06-01T00:00:00Z, or null");
    return *time;
}

dns::Bytes rdata_of(const JsonNode& node, dns::RrType type) {
    const auto rdata = dns::rdata_from_text(type, text_of(node), dns::Name());
    if (!rdata) node.fail("expected the data of a " + dns::to_text(type) + " record");
    return *rdata;
}

const std::vector<JsonNode>& bounded(const JsonNode& node) {
    const auto& items = items_of(node);
    if (items.size() > most) node.fail(fmt::format("more than {} of them", most));
    return items;
}

FollowedKey key_of(const JsonNode& node) {
    JsonObject object(node);
    FollowedKey key;
    const JsonNode& dnskey_node = object.required("dnskey");
    const auto dnskey = dns::Dnskey::parse(rdata_of(dnskey_node, dns::RrType::DNSKEY));
    if (!dnskey) dnskey_node.fail("expected the data of a DNSKEY record");
    key.dnskey = *dnskey;
    const JsonNode& tag = object.required("key_tag");
    if (whole_number_of(tag, 0, 65535) != key.dnskey.key_tag())
        tag.fail(fmt::format("the key beside it has the tag {}: one of the two is damaged", key.dnskey.key_tag()));
    const JsonNode& state = object.required("state");
    const auto known =
        std::find_if(states.begin(), states.end(), [&](KeyState s) { return validator::to_text(s) == text_of(state); });
    if (known == states.end()) state.fail("expected START, ADDPEND, VALID, MISSING, REVOKED or REMOVED");
    key.state = *known;
    if (key.state == KeyState::revoked && !key.dnskey.is_revoked()) state.fail("a revoked key has the REVOKE flag");
    key.ttl = static_cast<dns::Ttl>(whole_number_of(object.required("ttl"), 0, 0x7fffffff));
    key.since = time_of(object.required("since"));
    key.held = whole_number_of(object.required("held"), 0, end_of_time);
    key.hold_down = whole_number_of(object.required("hold_down"), 0, end_of_time);
    key.seen = static_cast<unsigned>(whole_number_of(object.required("seen"), 0, 250));
    for (const JsonNode& id : bounded(object.required("validated_by"))) {
        const auto octets = dns::from_base16(text_of(id));
        if (!octets || octets->size() != 32) id.fail("expected 64 hexadecimal digits");
        key.validated_by.push_back(*octets);
    }
    object.finish();
    return key;
}

TrustPointState point_of(const JsonNode& node) {
    JsonObject object(node);
    TrustPointState point;
    const JsonNode& zone_node = object.required("zone");
    const auto zone = dns::Name::from_text(text_of(zone_node));
    if (!zone) zone_node.fail("expected a zone's name");
    point.zone = *zone;
    point.automatic = flag_of(object.required("automatic"));
    point.gone = flag_of(object.required("gone"));
    point.last_queried = time_of(object.required("last_queried"));
    point.last_success = time_of(object.required("last_success"));
    point.latest_success = time_of(object.required("latest_success"));
    point.next_probe = time_of(object.required("next_probe"));
    point.failures = static_cast<unsigned>(whole_number_of(object.required("failures"), 0, 0x7fffffff));
    point.query_interval = whole_number_of(object.required("query_interval"), 0, end_of_time);
    point.retry_time = whole_number_of(object.required("retry_time"), 0, end_of_time);
    for (const JsonNode& record : bounded(object.required("ds"))) {
        const auto ds = dns::Ds::parse(rdata_of(record, dns::RrType::DS));
        if (!ds) record.fail("expected the data of a DS record");
        point.ds.push_back(*ds);
    }
    for (const JsonNode& key : bounded(object.required("keys"))) point.keys.push_back(key_of(key));
    object.finish();
    return point;
}

} // namespace

std::vector<TrustPointState> read_state_json(std::string_view text, const std::string& file) {
    const JsonNode document = parse_json(text, "anchor state", file);
    JsonObject object(document);
    const JsonNode& format = object.required("format");
    if (text_of(format) != format_name) format.fail(fmt::format("expected \"{}\"", format_name));
    whole_number_of(object.required("version"), 1, 1);
    std::vector<TrustPointState> points;
    for (const JsonNode& node : bounded(object.required("trust_points"))) {
        points.push_back(point_of(node));
        const auto same = [&](const TrustPointState& p) { return p.zone == points.back().zone; };
        if (std::count_if(points.begin(), points.end(), same) != 1) node.fail("the zone stands twice");
    }
    object.finish();
    return points;
}

std::string write_state_json(const std::vector<TrustPointState>& points) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const TrustPointState& point : points) list.push_back(point_json(point));
    const nlohmann::ordered_json document{{"format", format_name}, {"version", 1}, {"trust_points", std::move(list)}};
    return document.dump(2) + "\n";
}

} // namespace harness
