#include "harness/rules_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace harness {

namespace {

using nlohmann::json;

constexpr std::array all_results{RuleResult::as_expected, RuleResult::not_as_expected, RuleResult::one_kind_only,
                                 RuleResult::by_tests,    RuleResult::not_here,        RuleResult::open};

bool names(const std::vector<std::string>& rules, const std::string& number) {
    return std::find(rules.begin(), rules.end(), number) != rules.end();
}

bool all_ok(const std::vector<const ScenarioResult*>& results) {
    return std::all_of(results.begin(), results.end(), [](const auto* result) { return result->ok; });
}

RuleResult result_of(const RuleFinding& finding) {
    if (!all_ok(finding.obeys) || !all_ok(finding.breaks)) return RuleResult::not_as_expected;
    if (!finding.obeys.empty() && !finding.breaks.empty()) return RuleResult::as_expected;
    if (!finding.rule.tests.empty()) return RuleResult::by_tests;
    if (!finding.obeys.empty() || !finding.breaks.empty()) return RuleResult::one_kind_only;
    return finding.rule.not_here.empty() ? RuleResult::open : RuleResult::not_here;
}

std::size_t count_of(const std::vector<RuleFinding>& findings, RuleResult result) {
    return static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(), [&](const RuleFinding& finding) { return finding.result == result; }));
}

// Those that are not as expected first: they are what one looks for. Of many, only the first are named.
std::string scenarios_text(std::string_view kind, std::vector<const ScenarioResult*> results, const cli::Style& style) {
    constexpr std::size_t most_named = 6;
    if (results.empty()) return "";
    std::stable_partition(results.begin(), results.end(), [](const auto* result) { return !result->ok; });
    const auto ok = std::count_if(results.begin(), results.end(), [](const auto* result) { return result->ok; });
    std::string out = fmt::format("         {} {}/{}:", kind, ok, results.size());
    for (std::size_t i = 0; i < std::min(most_named, results.size()); ++i)
        out += results[i]->ok ? fmt::format(" {}", results[i]->id)
                              : fmt::format(" {}{} NOT AS EXPECTED{}", style.bad, results[i]->id, style.off);
    if (results.size() > most_named) out += fmt::format(" and {} more", results.size() - most_named);
    return out + "\n";
}

json scenarios_json(const std::vector<const ScenarioResult*>& results) {
    json out = json::array();
    for (const auto* result : results) out.push_back({{"id", result->id}, {"ok", result->ok}});
    return out;
}

std::string result_text(RuleResult result, const cli::Style& style) {
    switch (result) {
    case RuleResult::as_expected: return fmt::format("{}as expected{}", style.good, style.off);
    case RuleResult::not_as_expected: return fmt::format("{}NOT AS EXPECTED{}", style.bad, style.off);
    case RuleResult::one_kind_only: return fmt::format("{}shown from one side only{}", style.bad, style.off);
    case RuleResult::by_tests: return "shown by tests";
    case RuleResult::not_here: return "not here";
    case RuleResult::open: return fmt::format("{}no scenario{}", style.bad, style.off);
    }
    return "";
}

} // namespace

std::string_view to_text(RuleResult result) {
    switch (result) {
    case RuleResult::as_expected: return "as-expected";
    case RuleResult::not_as_expected: return "not-as-expected";
    case RuleResult::one_kind_only: return "one-kind-only";
    case RuleResult::by_tests: return "by-tests";
    case RuleResult::not_here: return "not-here";
    case RuleResult::open: return "open";
    }
    return "";
}

std::vector<RuleFinding> find_evidence(const std::vector<Rule>& rules, const std::vector<ScenarioResult>& results) {
    std::vector<RuleFinding> findings;
    for (const auto& rule : rules) {
        RuleFinding finding;
        finding.rule = rule;
        for (const auto& result : results) {
            if (names(result.rules, rule.number)) finding.obeys.push_back(&result);
            if (names(result.breaks, rule.number)) finding.breaks.push_back(&result);
        }
        finding.result = result_of(finding);
        findings.push_back(std::move(finding));
    }
    return findings;
}

std::string rules_text(const std::vector<RuleFinding>& findings, const cli::Style& style) {
    std::string out;
    for (const auto& finding : findings) {
        const auto& rule = finding.rule;
        out += fmt::format("{}{}{}  {} ({} {}; {}): {}\n", style.bold, rule.number, style.off, rule.title, rule.binds,
                           rule.strength, fmt::join(rule.sources, ", "), result_text(finding.result, style));
        out += scenarios_text("obeyed in", finding.obeys, style);
        out += scenarios_text("broken in", finding.breaks, style);
        if (!rule.tests.empty()) out += fmt::format("         tests: {}\n", fmt::join(rule.tests, " "));
        if (!rule.not_here.empty()) out += fmt::format("         {}\n", rule.not_here);
    }
    const auto count = [&](RuleResult result) { return count_of(findings, result); };
    out +=
        fmt::format("\n{} rules: {} as expected, {} not as expected, {} shown from one side only, {} shown by tests, "
                    "{} not here, {} without a scenario\n",
                    findings.size(), count(RuleResult::as_expected), count(RuleResult::not_as_expected),
                    count(RuleResult::one_kind_only), count(RuleResult::by_tests), count(RuleResult::not_here),
                    count(RuleResult::open));
    return out;
}

std::string rules_json(const std::vector<RuleFinding>& findings) {
    json out{{"rules", json::array()}, {"totals", json::object()}};
    for (const auto& finding : findings) {
        const auto& rule = finding.rule;
        json row{{"rule", rule.number},
                 {"binds", rule.binds},
                 {"strength", rule.strength},
                 {"sources", rule.sources},
                 {"title", rule.title},
                 {"result", to_text(finding.result)},
                 {"obeys", scenarios_json(finding.obeys)},
                 {"breaks", scenarios_json(finding.breaks)}};
        if (!rule.tests.empty()) row["tests"] = rule.tests;
        if (!rule.not_here.empty()) row["not_here"] = rule.not_here;
        out["rules"].push_back(std::move(row));
    }
    for (const auto result : all_results) out["totals"][std::string(to_text(result))] = count_of(findings, result);
    return out.dump(2) + "\n";
}

} // namespace harness
