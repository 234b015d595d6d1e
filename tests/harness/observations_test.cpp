// The product of all that can be observed, brought up in real zones.
#include "harness/products/observations.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "harness/catalogue.h"
#include "harness/runner.h"

using namespace tlsa::rfc7672;

namespace {

harness::ScenarioResult played(const Facts& facts) { return harness::run_one(harness::observation_scenario(facts, 1)); }

} // namespace

TEST_CASE("product: the cells that come about are many, each once, and have an expectation (RFC 7672 §2.2)") {
    const auto scenarios = harness::observation_product(1);
    CHECK(scenarios.size() >= 250);
    std::set<std::string> ids;
    for (const auto& scenario : scenarios) {
        ids.insert(scenario.id);
        CHECK_FALSE(scenario.expect.outcomes.empty());
        CHECK_FALSE(scenario.rules.empty());
        REQUIRE(scenario.client);
        CHECK(scenario.client->profile == "rfc7672");
    }
    CHECK(ids.size() == scenarios.size());
    CHECK(harness::find_scenarios("product", 1).size() == scenarios.size());
    CHECK(harness::find_scenarios("product/mandatory", 1).size() < scenarios.size());
    CHECK(harness::find_scenarios(scenarios.back().id, 1).size() == 1);
}

TEST_CASE("product: in every cell the client stays within what RFC 7672 allows") {
    harness::RunOptions options;
    options.jobs = 2;
    for (const auto& result : harness::run(harness::observation_product(1), options)) {
        if (result.ok) continue;
        INFO(result.id);
        for (const auto& failure : result.failures) UNSCOPED_INFO(failure);
        CHECK(result.ok);
    }
}

TEST_CASE("product: one cell for each outcome, played (RFC 7672 §2.2)") {
    const Facts verified{true, Mx::secure, Address::secure, Tlsa::usable, Server::good};
    const Facts wrong{false, Mx::secure, Address::secure, Tlsa::usable, Server::wrong_certificate};
    const Facts stripped{false, Mx::secure, Address::secure, Tlsa::nodata, Server::no_starttls};
    const Facts null_mx{false, Mx::insecure_null, Address::secure, Tlsa::usable, Server::good};
    for (const auto& facts : {verified, wrong, stripped, null_mx}) {
        const auto result = played(facts);
        INFO(result.id);
        for (const auto& failure : result.failures) UNSCOPED_INFO(failure);
        CHECK(result.ok);
    }
    CHECK(played(verified).seen.outcome == tlsa::Outcome::verified);
    CHECK(played(wrong).seen.outcome == tlsa::Outcome::deferred);
    CHECK(played(stripped).seen.outcome == tlsa::Outcome::cleartext);
    CHECK(played(null_mx).seen.outcome == tlsa::Outcome::bounced);
}

TEST_CASE("product: a client that does what the text does not allow is caught") {
    // The cell's world, but another expectation: as if the client had delivered in clear where TLS is demanded.
    auto scenario = harness::observation_scenario({false, Mx::secure, Address::secure, Tlsa::usable, Server::good}, 1);
    scenario.expect.outcomes = {tlsa::Outcome::deferred};
    CHECK_FALSE(harness::run_one(scenario).ok);
    // The other way round: the same expectation in a world with another certificate.
    auto world = harness::observation_scenario({false, Mx::secure, Address::secure, Tlsa::usable, Server::good}, 1);
    world.servers.front().certificate = "other";
    CHECK_FALSE(harness::run_one(world).ok);
    // A profile that falls back where TLSA records could not be had.
    auto lax = harness::observation_scenario({false, Mx::secure, Address::secure, Tlsa::servfail, Server::good}, 1);
    CHECK(harness::run_one(lax).ok);
    lax.faults.clear();
    CHECK_FALSE(harness::run_one(lax).ok);
}
