// The table of rules, and what a run says of each of them.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/rules_report.h"

using Catch::Matchers::ContainsSubstring;
using harness::RuleResult;

namespace {

constexpr const char* table = R"({"rules": [
  {"rule": "D-001", "binds": "client", "strength": "MUST", "sources": ["RFC 7672 §2.1.1"], "title": "First"},
  {"rule": "D-002", "binds": "publisher", "strength": "practice", "sources": ["RFC 7671 §8"], "title": "Second",
   "tests": ["tests/x_test.cpp"]},
  {"rule": "D-003", "binds": "client", "strength": "MAY*", "sources": ["RFC 7673 §4"], "title": "Third",
   "not_here": "it delivers by MX alone"}
]})";

harness::ScenarioResult scenario(const std::string& id, std::vector<std::string> rules, std::vector<std::string> breaks,
                                 bool ok = true) {
    harness::ScenarioResult result;
    result.id = id;
    result.rules = std::move(rules);
    result.breaks = std::move(breaks);
    result.ok = ok;
    return result;
}

std::vector<RuleResult> results_with(const std::vector<harness::ScenarioResult>& scenarios) {
    std::vector<RuleResult> out;
    for (const auto& finding : harness::find_evidence(harness::parse_rules(table, "t.json"), scenarios))
        out.push_back(finding.result);
    return out;
}

std::string message_for(std::string from, std::string to) {
    std::string text = table;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    try {
        harness::parse_rules(text.replace(at, from.size(), to), "t.json");
    } catch (const harness::ScenarioError& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("rules: a rule is as expected only with scenarios of both kinds that all are") {
    const auto obeyed = scenario("a", {"D-001"}, {}), broken = scenario("b", {}, {"D-001"});
    CHECK(results_with({obeyed, broken}).at(0) == RuleResult::as_expected);
    CHECK(results_with({obeyed}).at(0) == RuleResult::one_kind_only);
    CHECK(results_with({broken}).at(0) == RuleResult::one_kind_only);
    CHECK(results_with({}).at(0) == RuleResult::open);
    CHECK(results_with({obeyed, broken, scenario("c", {}, {"D-001"}, false)}).at(0) == RuleResult::not_as_expected);
    CHECK(results_with({}).at(1) == RuleResult::by_tests);
    CHECK(results_with({}).at(2) == RuleResult::not_here);
}

TEST_CASE("rules: the report names sources and scenarios, and counts what is not shown") {
    const std::vector scenarios{scenario("mx/good", {"D-001"}, {}), scenario("mx/bad", {}, {"D-001"}, false)};
    const auto findings = harness::find_evidence(harness::parse_rules(table, "t.json"), scenarios);
    const auto text = harness::rules_text(findings, {});
    CHECK_THAT(text, ContainsSubstring("D-001  First (client MUST; RFC 7672 §2.1.1): NOT AS EXPECTED\n"
                                       "         obeyed in 1/1: mx/good\n"
                                       "         broken in 0/1: mx/bad NOT AS EXPECTED\n"));
    CHECK_THAT(text, ContainsSubstring("3 rules: 0 as expected, 1 not as expected, 0 shown from one side only, "
                                       "1 shown by tests, 1 not here, 0 without a scenario"));
    const auto json = nlohmann::json::parse(harness::rules_json(findings));
    CHECK(json.at("rules").at(0).at("breaks").at(0) == nlohmann::json{{"id", "mx/bad"}, {"ok", false}});
    CHECK(json.at("totals").at("not-as-expected") == 1);
}

TEST_CASE("rules: the table is read strictly") {
    CHECK(message_for("First", "First") == "");
    CHECK_THAT(message_for("D-002", "D-001"), ContainsSubstring("/rules/1: D-001 stands here twice"));
    CHECK_THAT(message_for("\"publisher\"", "\"all\""), ContainsSubstring("/rules/1/binds: \"all\" is not known here"));
    CHECK_THAT(message_for("not_here", "nothere"), ContainsSubstring("unknown key \"nothere\""));
}

TEST_CASE("rules: the published table has D-001 to D-207, each once") {
    const auto rules = harness::load_rules();
    CHECK(rules.size() == 207);
    CHECK(std::ranges::any_of(rules, [](const auto& rule) { return rule.number == "D-207"; }));
}
