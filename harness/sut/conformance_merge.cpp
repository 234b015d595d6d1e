// Reports put together, and reports compared.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/sut/conformance.h"

namespace harness {

namespace {

std::string key_of(const Cell& cell) { return cell.sut + " " + cell.mode + " " + cell.scenario; }

std::string outcome_line(const Cell& cell) {
    std::vector<std::string> lines;
    for (const auto& answer : cell.answers) lines.push_back(answer_line(answer));
    if (lines.size() > 1) return fmt::format("{}", fmt::join(lines, "; "));
    if (cell.skipped) return "skipped";
    return cell.outcome && cell.trouble.empty() ? std::string(to_text(*cell.outcome)) : cell.trouble;
}

// What is compared of a cell, in one line: all that a reader of the report would call another result.
std::string result_line(const Cell& cell) {
    auto line = outcome_line(cell);
    if (cell.twin) line += fmt::format(" (with another key: {})", tlsa::to_text(*cell.twin));
    if (!cell.contradictions.empty()) line += fmt::format(", but: {}", fmt::join(cell.contradictions, "; "));
    return line;
}

// The name alone, of one that goes with a version: "unbound (Version 1.17.1)".
std::string without_version(const std::string& resolver) { return resolver.substr(0, resolver.find(" (")); }

void merge_resolver(std::string& all, const std::string& part) {
    if (without_version(all) == part || all == part) return; // no task of that part lived to say the version
    if (without_version(part) != all)
        throw ScenarioError(fmt::format("report: resolvers differ: {} and {}", all, part));
    all = part;
}

void merge_system(std::vector<SutInfo>& all, SutInfo part) {
    const auto known = std::ranges::find(all, part.name, &SutInfo::name);
    if (known == all.end())
        all.push_back(std::move(part));
    else if (known->version.empty())
        known->version = part.version;
}

} // namespace

Conformance merged(std::vector<Conformance> parts) {
    Conformance all;
    std::map<std::string, std::size_t> seen;
    std::set<std::string> exhibited;
    for (auto& part : parts) {
        if (all.profile.empty()) {
            all.profile = part.profile;
            all.resolver = part.resolver;
        }
        if (all.profile != part.profile)
            throw ScenarioError(fmt::format("report: profiles differ: {} and {}", all.profile, part.profile));
        merge_resolver(all.resolver, part.resolver);
        for (auto& system : part.systems) merge_system(all.systems, std::move(system));
        for (auto& cell : part.cells) {
            if (++seen[key_of(cell)] > 1)
                throw ScenarioError(
                    fmt::format("report: {} {} {} stands in two parts", cell.sut, cell.mode, cell.scenario));
            all.cells.push_back(std::move(cell));
        }
        for (auto& exhibit : part.exhibits)
            if (exhibited.insert(exhibit.scenario).second) all.exhibits.push_back(std::move(exhibit));
        for (auto& note : part.notes) all.notes.push_back(std::move(note));
    }
    return all;
}

std::vector<std::string> changes_since(const Conformance& baseline, const Conformance& now, Extent extent) {
    std::map<std::string, const Cell*> before;
    for (const auto& cell : baseline.cells) before[key_of(cell)] = &cell;
    std::set<std::string> seen, scenarios, systems;
    for (const auto& system : now.systems) systems.insert(system.name);
    std::vector<std::string> changes;
    for (const auto& cell : now.cells) {
        seen.insert(key_of(cell));
        scenarios.insert(cell.scenario);
        const auto found = before.find(key_of(cell));
        if (found == before.end()) {
            if (!cell.agrees())
                changes.push_back(
                    fmt::format("{}: not in the baseline, and it is {}", key_of(cell), result_line(cell)));
            continue;
        }
        const auto was = result_line(*found->second), is = result_line(cell);
        if (was != is || found->second->agrees() != cell.agrees() || found->second->answers != cell.answers)
            changes.push_back(fmt::format("{}: was {}, is {}", key_of(cell), was, is));
    }
    for (const auto& [name, cell] : before)
        if (!seen.contains(name) && systems.contains(cell->sut) &&
            (extent == Extent::whole || scenarios.contains(cell->scenario)))
            changes.push_back(fmt::format("{}: was {}, is gone", name, result_line(*cell)));
    return changes;
}

} // namespace harness
