// What the decision tables are exercised with: every row, several realizations of each state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "harness/catalogue.h"
#include "harness/data_dir.h"
#include "harness/profile.h"
#include "harness/realization.h"

using Catch::Matchers::ContainsSubstring;

namespace {

using RowKey = std::pair<tlsa::Mode, unsigned>;

std::map<RowKey, std::vector<const harness::Scenario*>> by_row(const std::vector<harness::Scenario>& scenarios) {
    std::map<RowKey, std::vector<const harness::Scenario*>> rows;
    for (const auto& scenario : scenarios) rows[{*scenario.table, scenario.row}].push_back(&scenario);
    return rows;
}

// Values of one column in the ids: "table/mandatory/05/mx=nsec,a=nsec3" holds "nsec" for mx.
std::set<std::string> realizations_in(const std::vector<const harness::Scenario*>& scenarios,
                                      const std::string& column) {
    std::set<std::string> found;
    for (const auto* scenario : scenarios) {
        const auto parts = scenario->id.substr(scenario->id.rfind('/') + 1) + ",";
        for (std::size_t at = 0, end; (end = parts.find(',', at)) != std::string::npos; at = end + 1) {
            const auto part = parts.substr(at, end - at);
            if (part.starts_with(column + "=")) found.insert(part.substr(column.size() + 1));
        }
    }
    return found;
}

// Issue: three ways to be Insecure, five to be Bogus, three to be NXDOMAIN or NODATA, two to fail a certificate.
std::size_t least_for(std::string_view state) {
    if (state == "bogus") return 5;
    if (state == "failed") return 2;
    return 3;
}

void check_column(const std::vector<const harness::Scenario*>& scenarios, const std::string& column,
                  std::string_view state, const std::vector<harness::Realization>& all) {
    const auto seen = realizations_in(scenarios, column);
    INFO(column << " " << state);
    CHECK(seen.size() == all.size());
    CHECK(seen.size() >= least_for(state));
}

} // namespace

TEST_CASE("catalogue: every row of both tables meets every realization of each of its states") {
    const auto scenarios = harness::table_scenarios(harness::Breadth::each_once, 1);
    const auto all = harness::load_realizations();
    const auto profile = harness::load_profile("cisco-esa");
    const auto rows = by_row(scenarios);
    CHECK(rows.size() == 29);
    for (const auto mode : {tlsa::Mode::mandatory, tlsa::Mode::opportunistic}) {
        for (const auto& row : profile.table(mode).rows) {
            DYNAMIC_SECTION(tlsa::to_text(mode) << " row " << row.number) {
                const auto& here = rows.at({mode, row.number});
                CHECK(here.size() >= 3);
                const auto check = [&](tlsa::Column column, const auto& state) {
                    if (!state) return;
                    const auto text = tlsa::to_text(*state);
                    check_column(here, std::string(harness::to_text(column)), text, all.of(column, text));
                };
                check(tlsa::Column::mx, row.states.mx);
                check(tlsa::Column::a, row.states.a);
                check(tlsa::Column::tlsa, row.states.tlsa);
                check(tlsa::Column::certificate, row.states.certificate);
                for (const auto* scenario : here) {
                    INFO(scenario->id);
                    CHECK(scenario->expect.states == row.states);
                    CHECK(scenario->expect.action == row.action);
                    CHECK(scenario->expect.delivered == (row.action != tlsa::Action::dane_fail));
                }
            }
        }
    }
}

TEST_CASE("catalogue: what is not secure in a table scenario names its reasons") {
    for (const auto& scenario : harness::table_scenarios(harness::Breadth::each_once, 1)) {
        INFO(scenario.id);
        CHECK_FALSE(scenario.judged.empty());
        for (const auto& judged : scenario.judged) {
            CHECK((judged.security == validator::Security::secure || !judged.reasons.empty()));
        }
        if (scenario.expect.states->certificate == tlsa::CertificateState::failed)
            CHECK_FALSE(scenario.expect.reasons.empty());
    }
}

TEST_CASE("catalogue: names are unique") {
    std::set<std::string> ids;
    for (const auto& scenario : harness::table_scenarios(harness::Breadth::each_once, 1))
        CHECK(ids.insert(scenario.id).second);
    for (const auto& scenario : harness::file_scenarios()) CHECK(ids.insert(scenario.id).second);
}

TEST_CASE("catalogue: every pair of realizations can be put together, also those that the default run leaves out") {
    const auto all = harness::load_realizations();
    for (const auto& mx : all.of(tlsa::Column::mx, "insecure")) {
        for (const auto& a : all.of(tlsa::Column::a, "insecure")) {
            const auto id = "table/opportunistic/12/mx=" + mx.name + ",a=" + a.name;
            CHECK(harness::find_scenario(id, 1).id == id);
        }
    }
}

TEST_CASE("catalogue: a scenario is found by its name and by its file, and a near miss is named") {
    CHECK(harness::find_scenario("seed/success", 1).id == "seed/success");
    CHECK(harness::find_scenario(harness::data_file("zones/scenarios/seed/success.json"), 1).about ==
          harness::find_scenario("seed/success", 1).about);
    const auto table = harness::table_scenarios(harness::Breadth::each_once, 7).front();
    CHECK(harness::find_scenario(table.id, 7).id == table.id);
    CHECK(harness::find_scenario(table.id, 7).seed == 7);
    const std::string unusual = "table/opportunistic/10/mx=wildcard,a=rsa,tlsa=nodata";
    CHECK_THROWS_AS(harness::find_scenario(unusual, 1), harness::ScenarioError); // row 10 has an insecure MX
    try {
        harness::find_scenario("seed/sucess", 1);
        FAIL("it was found");
    } catch (const harness::ScenarioError& error) {
        CHECK_THAT(error.what(), ContainsSubstring("did you mean seed/success"));
    }
}

TEST_CASE("catalogue: a folder's name finds all scenarios below it, a scenario's name that one") {
    const auto below = harness::find_scenarios("dnssec/misconfigured", 1);
    CHECK(below.size() >= 68);
    for (const auto& scenario : below) CHECK(scenario.id.starts_with("dnssec/misconfigured/"));
    CHECK(harness::find_scenarios("dnssec/misconfigured/edited/", 1).size() < below.size());
    CHECK(harness::find_scenarios("seed/success", 1).size() == 1);
    CHECK_THROWS_AS(harness::find_scenarios("dnssec/misconf", 1), harness::ScenarioError);
}

TEST_CASE("realization: a value that is missing or goes round in a circle is an error") {
    harness::JsonNode place;
    place.origin = std::make_shared<const std::string>("realizations: x");
    CHECK(harness::substitute("a ${b} ${tlsa:c 3 1 1}", {{"b", "${d}."}, {"d", "e"}}, place) == "a e. ${tlsa:c 3 1 1}");
    CHECK_THROWS_AS(harness::substitute("${b}", {}, place), harness::ScenarioError);
    CHECK_THROWS_AS(harness::substitute("${b}", {{"b", "${b}"}}, place), harness::ScenarioError);
    CHECK_THROWS_AS(harness::substitute("${b", {{"b", "c"}}, place), harness::ScenarioError);
}
