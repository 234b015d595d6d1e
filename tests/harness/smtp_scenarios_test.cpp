// Each scenario of a server that misbehaves has a twin: the same Internet with a server that behaves must be delivered
// to, inside TLS and authenticated. What fails a scenario is then its server's behaviour and nothing else.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "harness/catalogue.h"
#include "harness/runner.h"

namespace {

std::vector<harness::Scenario> smtp_scenarios() {
    auto scenarios = harness::file_scenarios();
    std::erase_if(scenarios, [](const harness::Scenario& scenario) { return !scenario.id.starts_with("smtp/"); });
    return scenarios;
}

bool is_fault(const harness::Scenario& scenario) {
    return scenario.expect.delivered == false && scenario.client->deliver;
}

// A certificate that does not fit is none of the server's manners.
bool is_about_certificates(const harness::Scenario& scenario) {
    return scenario.expect.status == tlsa::WalkStatus::certificate_failed;
}

harness::Scenario twin_of(harness::Scenario scenario) {
    for (auto& server : scenario.servers) {
        harness::SmtpBehaviour good;
        good.host = server.behaviour.host;
        good.implicit_tls = scenario.client->implicit_tls;
        server.behaviour = good;
        server.certificate = "mx";
    }
    for (auto& certificate : scenario.certificates) certificate.plan.key = harness::KeyKind::ecdsa_p256;
    scenario.timeouts = {};
    scenario.expect = {};
    const bool records = scenario.zones.back().records.find(" TLSA ") != std::string::npos;
    scenario.expect.action = records ? tlsa::Action::dane_success : tlsa::Action::opportunistic_tls;
    scenario.expect.authenticated = records;
    scenario.expect.delivered = scenario.expect.delivered_in_tls = true;
    return scenario;
}

} // namespace

TEST_CASE("smtp scenarios: the twin of each fault, with a server that behaves, is delivered in TLS (RFC 7672 §2.2)") {
    std::vector<harness::Scenario> twins;
    for (const auto& scenario : smtp_scenarios())
        if (is_fault(scenario) && !is_about_certificates(scenario)) twins.push_back(twin_of(scenario));
    CHECK(twins.size() >= 35);
    harness::RunOptions options;
    options.jobs = 2;
    for (const auto& result : harness::run(twins, options)) {
        INFO(result.id);
        for (const auto& failure : result.failures) UNSCOPED_INFO(failure);
        CHECK(result.ok);
    }
}

TEST_CASE("smtp scenarios: each fault tells its step in a reason, and its deadline where it is one") {
    for (const auto& scenario : smtp_scenarios()) {
        if (!is_fault(scenario)) continue;
        INFO(scenario.id);
        CHECK_FALSE(scenario.expect.reasons.empty());
        if (scenario.expect.reasons.front() != "timeout") continue;
        REQUIRE(scenario.expect.told.size() == 1);
        CHECK(scenario.expect.told.front().find(" within ") != std::string::npos);
        CHECK_FALSE(scenario.timeouts.smtp_steps.empty());
    }
}
