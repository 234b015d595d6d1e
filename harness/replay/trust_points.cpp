#include "harness/replay/trust_points.h"

#include "harness/replay/rpl_error.h"

namespace harness::replay {

TrustPoints::TrustPoints(const RplScenario& scenario) {
    for (const AutotrustFile& file : scenario.configuration.autotrust) {
        std::string text;
        for (const NumberedText& line : file.lines) text += line.text + "\n";
        const auto anchors = validator::TrustAnchors::from_zone_file(text);
        if (!anchors) {
            const std::size_t line = file.lines.empty() ? 0 : file.lines.front().line - 1 + anchors.error().line;
            throw RplError(scenario.file, line, anchors.error().message);
        }
        for (const validator::TrustAnchor& anchor : anchors->all()) points_.push_back({file.id, anchor});
    }
}

std::optional<std::string> TrustPoints::why_not_played() const {
    if (points_.empty()) return std::nullopt;
    return "automatic updates of trust anchors (RFC 5011) are not played yet";
}

void TrustPoints::add_to(validator::TrustAnchors& anchors) const {
    for (const Point& point : points_) anchors.add(point.anchor);
}

void TrustPoints::probe(dns::UnixTime, const validator::Policy&, const Ask&) {}

std::int64_t TrustPoints::seconds_to_next_probe(dns::UnixTime) const { return 0; }

std::optional<std::vector<std::string>> TrustPoints::file_lines(const std::string&, dns::UnixTime) const {
    return std::nullopt;
}

} // namespace harness::replay
