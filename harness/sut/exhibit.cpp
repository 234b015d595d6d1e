#include "harness/sut/exhibit.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "harness/fake_internet.h"
#include "harness/lookup_report.h"
#include "harness/sut/judging.h"
#include "harness/validating_face.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

dns::Name owner_in(const std::string& word, const dns::Name& apex) {
    if (word == "@" || word.empty()) return apex;
    const auto name =
        dns::Name::from_text(word.ends_with('.') ? word : word + "." + (apex.is_root() ? "" : apex.to_text()));
    return name ? *name : apex;
}

// "OWNER TYPE ...", as scenario files write them.
std::string fault_of(const std::string& line, const dns::Name& apex, const std::vector<zones::Fault>& faults) {
    std::istringstream words(line);
    std::string owner, type;
    words >> owner >> type;
    for (const auto& fault : faults) {
        const bool same_type = !fault.type || type == dns::to_text(*fault.type);
        if (same_type && owner_in(owner, apex) == fault.owner) return zones::to_text(fault);
    }
    return {};
}

Exhibit::Zone zone_of(const zones::ZoneSpec& spec, const Scenario& scenario) {
    Exhibit::Zone zone{spec.apex.to_text(), "signed", {}};
    if (!spec.signing)
        zone.signing = "unsigned";
    else if (spec.parent_ds == zones::ZoneSpec::ParentDs::omit)
        zone.signing = "signed, no DS in the parent";
    std::istringstream lines(spec.records);
    for (std::string line; std::getline(lines, line);)
        if (!line.empty()) zone.lines.push_back({line, fault_of(line, spec.apex, scenario.faults)});
    return zone;
}

} // namespace

Exhibit exhibit_of(const Scenario& scenario) {
    Exhibit exhibit;
    exhibit.scenario = scenario.id;
    exhibit.about = scenario.about;
    for (const auto& spec : zones_with_tlsa(scenario)) exhibit.zones.push_back(zone_of(spec, scenario));
    for (const auto& fault : scenario.faults) exhibit.faults.push_back(zones::to_text(fault));
    for (const auto& resolver : scenario.resolvers)
        exhibit.resolvers.push_back(
            fmt::format("{}: {}", resolver.upstream.to_text(),
                        resolver.reachable ? zones::to_text(resolver.recursion) : "nothing listens there"));
    const auto hierarchy = signed_zones(scenario);
    ValidatingFace face(
        hierarchy, anchors_of(hierarchy), [&] { return scenario.now; },
        [](const dns::Question&) { return zones::Recursion::dnssec; });
    for (const auto& judged : judged_questions(scenario)) {
        const auto lookup = face.look_up(judged.question);
        exhibit.chains.emplace_back(
            fmt::format("{}: {}", judged.question.to_text(), validator::to_text(lookup.verdict.security)),
            lookup_svg(LookupReport{lookup, scenario.now}));
    }
    return exhibit;
}

} // namespace harness
