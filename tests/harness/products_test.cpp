// The products made by code: how many there are, that each ends as expected, and that a client which goes by something
// else than what is expected would be found out.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

#include "harness/catalogue.h"
#include "harness/products/products.h"
#include "harness/runner.h"

namespace {

std::map<std::string, std::size_t> actions_of(const std::vector<harness::Scenario>& scenarios) {
    std::map<std::string, std::size_t> counts;
    for (const auto& scenario : scenarios) ++counts[std::string(tlsa::to_text(*scenario.expect.action))];
    return counts;
}

void check_all(const std::vector<harness::Scenario>& scenarios) {
    for (const auto& result : harness::run(scenarios, {})) {
        INFO(fmt::format("{}: {}", result.id, fmt::join(result.failures, "; ")));
        CHECK(result.ok);
    }
}

} // namespace

TEST_CASE("products: each id stands once, and is found by itself and by its folder") {
    std::set<std::string> ids;
    for (const auto& scenario : harness::product_scenarios(1)) CHECK(ids.insert(scenario.id).second);
    CHECK(harness::find_scenario("records/product/3-1-1/match", 1).id == "records/product/3-1-1/match");
    CHECK(harness::find_scenarios("records/product/2-0-0", 1).size() == 6);
    CHECK(harness::find_scenarios("aliases/product/secure-insecure/", 1).size() == 4);
}

TEST_CASE("products: TLSA records, 4 usages x 3 selectors x 4 matching types x 6 data (RFC 7672 §2.2, §3.1)") {
    const auto scenarios = harness::record_product(1);
    CHECK(scenarios.size() == 288);
    // 12 kinds of record can be used: each with matching data; with another's; eight of them with a digest of nonsense.
    const auto counts = actions_of(scenarios);
    CHECK(counts.at("dane-success") == 12);
    CHECK(counts.at("dane-fail") == 12 + 8);
    CHECK(counts.at("opportunistic-tls") == 288 - 12 - 20);
    check_all(scenarios);
}

TEST_CASE("products: aliases, 3 x 3 states x 4 places of the records (RFC 7672 §2.2.2)") {
    const auto scenarios = harness::alias_product(1);
    CHECK(scenarios.size() == 36);
    CHECK(actions_of(scenarios).at("dane-success") == 4);
    check_all(scenarios);
}

TEST_CASE(
    "products: signatures against the clock to the second, and over the wrap of 2038 and 2106 (RFC 4034 §3.1.5)") {
    const auto scenarios = harness::time_product(1);
    CHECK(scenarios.size() == 3 * 10 + 4 * 4);
    check_all(scenarios);
}

TEST_CASE("products: another expectation than the one computed fails, whichever of the three it is") {
    constexpr std::array all{tlsa::Action::dane_success, tlsa::Action::dane_fail, tlsa::Action::opportunistic_tls};
    for (const char* id :
         {"records/product/3-1-1/match", "records/product/3-1-1/stale", "records/product/3-1-3/match"}) {
        const auto scenario = harness::find_scenario(id, 1);
        for (const auto action : all) {
            auto flipped = scenario;
            flipped.expect.action = action;
            INFO(id << " " << tlsa::to_text(action));
            CHECK(harness::run_one(flipped).ok == (action == *scenario.expect.action));
        }
    }
}
