#include "harness/anchors/anchor_file.h"

#include <fmt/format.h>

namespace harness {
namespace {

using validator::TrustPointState;

std::vector<TrustPointState> follow_all(const validator::TrustAnchors& anchors) {
    std::vector<TrustPointState> points;
    for (const auto& anchor : anchors.all()) points.push_back(validator::follow(anchor));
    return points;
}

AnchorFile from_zone_records(std::string_view text, const std::string& file) {
    const auto anchors = validator::TrustAnchors::from_zone_file(text);
    if (!anchors) {
        const auto& error = anchors.error();
        throw AnchorFileError(error.line == 0
                                  ? fmt::format("{}: {}", file, error.message)
                                  : fmt::format("{}:{}:{}: {}", file, error.line, error.column, error.message));
    }
    AnchorFile result;
    result.points = follow_all(*anchors);
    return result;
}

AnchorFile from_xml(std::string_view text, const std::string& file, dns::UnixTime now) {
    RootAnchors read = read_root_anchors_xml(text, file);
    AnchorFile result;
    result.format = AnchorFormat::xml;
    result.digests = std::move(read.digests);
    result.digests_zone = read.zone;
    validator::TrustAnchor anchor{read.zone, {}, {}};
    for (const KeyDigest& digest : result.digests)
        if (digest.may_be_used(now)) anchor.ds.push_back(digest.ds);
    if (anchor.ds.empty())
        throw AnchorFileError(fmt::format("{}: no KeyDigest may be used at {}: see validFrom and validUntil", file,
                                          dns::to_rfc3339(now)));
    result.points.push_back(validator::follow(anchor));
    return result;
}

KeyDigest built_in(std::string id, dns::Ds ds, std::string_view from) {
    return {std::move(id), std::move(ds), std::nullopt, *dns::from_rfc3339(from), std::nullopt};
}

} // namespace

std::string_view describe(AnchorFormat format) {
    switch (format) {
    case AnchorFormat::state: return "a danelab state file";
    case AnchorFormat::unbound: return "an Unbound auto-trust-anchor-file";
    case AnchorFormat::xml: return "a root-anchors.xml";
    case AnchorFormat::zone_records: return "DS or DNSKEY records";
    }
    return "";
}

AnchorFormat recognise_anchor_format(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    const char begin = first == std::string_view::npos ? '\0' : text[first];
    if (begin == '{') return AnchorFormat::state;
    if (begin == '<' || text.substr(0, 3) == "\xef\xbb\xbf") return AnchorFormat::xml; // a byte order mark
    for (const std::string_view mark : {"; autotrust trust anchor file", ";;id: ", ";;state="})
        if (text.find(mark) != std::string_view::npos) return AnchorFormat::unbound;
    return AnchorFormat::zone_records;
}

AnchorFile read_anchor_file(std::string_view text, const std::string& file, dns::UnixTime now) {
    AnchorFile result;
    result.format = recognise_anchor_format(text);
    switch (result.format) {
    case AnchorFormat::state: result.points = read_state_json(text, file); break;
    case AnchorFormat::unbound: result.points = {read_unbound_file(text, file)}; break;
    case AnchorFormat::xml: return from_xml(text, file, now);
    case AnchorFormat::zone_records: return from_zone_records(text, file);
    }
    return result;
}

const std::vector<KeyDigest>& built_in_digests() {
    static const std::vector<KeyDigest> digests = [] {
        const auto ds = validator::TrustAnchors::built_in().all().front().ds;
        return std::vector<KeyDigest>{built_in("Klajeyz", ds.at(0), "2017-02-02T00:00:00Z"),
                                      built_in("Kmyv6jo", ds.at(1), "2024-07-18T00:00:00Z")};
    }();
    return digests;
}

std::vector<TrustPointState> built_in_points() { return follow_all(validator::TrustAnchors::built_in()); }

validator::TrustAnchors anchors_of(const std::vector<TrustPointState>& points) {
    validator::TrustAnchors anchors;
    for (const TrustPointState& point : points) {
        validator::TrustAnchor anchor = validator::anchor_of(point);
        if (!anchor.ds.empty() || !anchor.dnskey.empty()) anchors.add(std::move(anchor));
    }
    return anchors;
}

} // namespace harness
