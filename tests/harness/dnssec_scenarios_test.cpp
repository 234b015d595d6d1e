// What the DNSSEC scenarios come to as a set: the misconfigurations of a public test site, and attacks on the
// validator.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

#include "harness/catalogue.h"
#include "harness/runner.h"

namespace {

// RFC 4035 §5.4 asks for limits; these are the ones of the default policy.
constexpr unsigned most_verifications = 64;                 // of one question whose signatures are all good
constexpr unsigned most_verifications_after_a_failure = 16; // of one question, as soon as one signature has failed
constexpr unsigned most_nsec3_hashes = 5000;                // blocks: a hash costs one at least
constexpr unsigned most_costly_nsec3_hashes = 20;           // 50 iterations with 255 octets of salt: 250 blocks each

std::vector<harness::Scenario> scenarios_below(const std::string& folder) {
    auto scenarios = harness::file_scenarios();
    std::erase_if(scenarios, [&](const auto& scenario) { return !scenario.id.starts_with(folder); });
    return scenarios;
}

const std::vector<harness::ScenarioResult>& results() {
    static const auto all = harness::run(scenarios_below("dnssec/"), {});
    return all;
}

} // namespace

TEST_CASE("dnssec: bogus scenarios have at least 30 distinct root causes") {
    std::set<std::string> root_causes;
    for (const auto& result : results()) {
        if (result.seen.security != validator::Security::bogus) continue;
        INFO(result.id);
        CHECK_FALSE(result.seen.root_cause.empty());
        root_causes.insert(result.seen.root_cause);
    }
    CAPTURE(root_causes);
    CHECK(root_causes.size() >= 30);
}

TEST_CASE("dnssec: each misconfiguration states its first Extended DNS Error and gets it (RFC 8914 §4)") {
    std::size_t edited = 0, resigned = 0;
    for (const auto& result : results()) {
        if (!result.id.starts_with("dnssec/misconfigured/")) continue;
        INFO(result.id);
        ++(result.id.starts_with("dnssec/misconfigured/edited/") ? edited : resigned);
        REQUIRE(result.expected.ede);
        if (result.expected.ede->empty())
            CHECK(result.seen.ede.empty());
        else
            CHECK((!result.seen.ede.empty() && result.seen.ede.front() == result.expected.ede->front()));
        CHECK(result.seen.security == result.expected.security);
    }
    CHECK(edited >= 68); // the names of the published set that have to do with DNSSEC
    CHECK(resigned >= 20);
}

TEST_CASE("dnssec: what is signed again after its fault is bogus for that fault, never for stale signatures") {
    for (const auto& scenario : scenarios_below("dnssec/misconfigured/resigned/")) {
        INFO(scenario.id);
        for (const auto& fault : scenario.faults) CHECK_FALSE(fault.details.edited);
    }
}

TEST_CASE("dnssec: no attack costs more verifications or NSEC3 hashes than the limits allow (RFC 4035 §5.4)") {
    std::size_t attacks = 0;
    for (const auto& result : results()) {
        if (!result.id.starts_with("dnssec/attacks/")) continue;
        ++attacks;
        INFO(result.id);
        CHECK(result.ok);
        CHECK(result.seen.verifications <= most_verifications);
        if (result.id.find("/keytrap-") != std::string::npos)
            CHECK(result.seen.verifications <= most_verifications_after_a_failure);
        const bool costly = result.id.find("/nsec3-closest-encloser") != std::string::npos;
        CHECK(result.seen.nsec3_hashes <= (costly ? most_costly_nsec3_hashes : most_nsec3_hashes));
    }
    CHECK(attacks >= 10);
}
