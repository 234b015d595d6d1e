// Scenarios against the built-in client: what the table says is what the servers saw.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/catalogue.h"
#include "harness/runner.h"

using Catch::Matchers::ContainsSubstring;

namespace {

std::string all_lines(const harness::ScenarioResult& result) {
    return fmt::format("{}: {}\nreasons {}\n{}", result.id, fmt::join(result.failures, "; "),
                       fmt::join(result.seen.reasons, ", "), fmt::join(result.seen.connection_log, "\n"));
}

void check_all(const std::vector<harness::Scenario>& scenarios) {
    const auto results = harness::run(scenarios, {});
    REQUIRE(results.size() == scenarios.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        CHECK(results[i].id == scenarios[i].id);
        INFO(all_lines(results[i]));
        CHECK(results[i].ok);
    }
}

dns::Question question(const char* text) {
    const std::string all = text;
    const auto space = all.find(' ');
    return dns::Question(dns::Name::literal(all.substr(0, space)), *dns::rr_type_from_text(all.substr(space + 1)));
}

harness::ScenarioResult run_with(const std::string& id, void (*change)(harness::Scenario&)) {
    auto scenario = harness::find_scenario(id, 1);
    change(scenario);
    return harness::run_one(scenario);
}

} // namespace

TEST_CASE("runner: every row of both tables ends as published, in every realization") {
    check_all(harness::table_scenarios(harness::Breadth::each_once, 1));
}

TEST_CASE("runner: every scenario file ends as expected") { check_all(harness::file_scenarios()); }

TEST_CASE("runner: a broken expectation fails the scenario and is named") {
    struct Case {
        std::string about, id;
        void (*change)(harness::Scenario&);
        std::string failure;
    };
    const std::vector<Case> cases{
        {"action", "seed/success", [](harness::Scenario& s) { s.expect.action = tlsa::Action::dane_fail; },
         "action: expected dane-fail, saw dane-success"},
        {"status", "seed/success", [](harness::Scenario& s) { s.expect.status = tlsa::WalkStatus::bogus; },
         "status: expected bogus, saw dane-success"},
        {"state", "seed/success", [](harness::Scenario& s) { s.expect.states->a = tlsa::State::insecure; },
         "address state: expected insecure, saw secure"},
        {"a state that was not looked at", "seed/no-dane",
         [](harness::Scenario& s) { s.expect.states->tlsa = tlsa::State::secure; },
         "TLSA state: expected secure, saw nothing"},
        {"delivery", "seed/success", [](harness::Scenario& s) { s.expect.delivered = false; },
         "delivered: expected false, saw true"},
        {"TLS", "seed/success", [](harness::Scenario& s) { s.expect.delivered_in_tls = false; },
         "delivered in TLS: expected false, saw true"},
        {"authentication", "seed/success", [](harness::Scenario& s) { s.expect.authenticated = false; },
         "authenticated: expected false, saw true"},
        {"reason", "seed/resolver-without-dnssec", [](harness::Scenario& s) { s.expect.reasons = {"rrsig-expired"}; },
         "reason: expected rrsig-expired, saw"},
        {"forbidden reason", "seed/resolver-without-dnssec",
         [](harness::Scenario& s) { s.expect.never = {"resolver-strips-dnssec"}; },
         "reason: resolver-strips-dnssec was given, which must not be"},
        {"row", "seed/success", [](harness::Scenario& s) { s.row = 2; }, "table row: expected 2, saw 1"},
        {"security", "dnssec/secure/p256",
         [](harness::Scenario& s) { s.expect.security = validator::Security::insecure; },
         "security: expected insecure, saw secure"},
        {"rcode", "dnssec/secure/p256", [](harness::Scenario& s) { s.expect.rcode = dns::Rcode::NXDOMAIN; },
         "rcode: expected NXDOMAIN, saw NOERROR"},
        {"judged question", "seed/success",
         [](harness::Scenario& s) {
             s.judged.push_back({dns::Question(dns::Name::literal("ietf.org."), dns::RrType::MX),
                                 validator::Security::bogus,
                                 {"rrsig-missing"}});
         },
         "ietf.org. MX: expected bogus, saw secure"},
        {"a question that is not asked", "seed/success",
         [](harness::Scenario& s) { s.expect.asked = {question("nobody.ietf.org. A")}; },
         "asked: nobody.ietf.org. A was not asked"},
        {"the order of questions", "seed/success",
         [](harness::Scenario& s) {
             s.expect.asked = {question("_25._tcp.mail.ietf.org. TLSA"), question("ietf.org. MX")};
         },
         "asked: ietf.org. MX was asked too early"},
        {"a question that must not be asked", "seed/success",
         [](harness::Scenario& s) { s.expect.not_asked = {question("_25._tcp.mail.ietf.org. TLSA")}; },
         "asked: _25._tcp.mail.ietf.org. TLSA, which must not be asked"},
        {"connections: none expected", "seed/success", [](harness::Scenario& s) { s.expect.dialed.emplace(); },
         "connections: expected [], saw ["},
        {"connections: one too many expected", "mx/first-refuses-second-succeeds",
         [](harness::Scenario& s) {
             s.expect.dialed = {{"192.0.2.25"}, {"192.0.2.26"}, {"192.0.2.27"}};
         },
         "connections: expected [192.0.2.25, 192.0.2.26, 192.0.2.27], saw [192.0.2.25, 192.0.2.26]"},
        {"connections: the order", "mx/first-refuses-second-succeeds",
         [](harness::Scenario& s) {
             s.expect.dialed = {{"192.0.2.26"}, {"192.0.2.25"}};
         },
         "connections: expected [192.0.2.26, 192.0.2.25], saw [192.0.2.25, 192.0.2.26]"},
        {"SNI", "mx/first-refuses-second-succeeds",
         [](harness::Scenario& s) { s.expect.sni["192.0.2.26"] = "mx.example"; },
         "SNI at 192.0.2.26: expected mx.example, saw mx2.mail.example"},
        {"SNI where there is no TLS", "mx/first-refuses-second-succeeds",
         [](harness::Scenario& s) { s.expect.sni["192.0.2.25"] = std::nullopt; },
         "SNI at 192.0.2.25: expected none, no TLS there"},
    };
    for (const auto& one : cases) {
        DYNAMIC_SECTION(one.about) {
            const auto result = run_with(one.id, one.change);
            CHECK_FALSE(result.ok);
            CHECK_THAT(fmt::format("{}", fmt::join(result.failures, "; ")), ContainsSubstring(one.failure));
        }
    }
}

TEST_CASE("runner: connections of an inner list may come in any order") {
    const auto result = run_with("mx/first-refuses-second-succeeds", [](harness::Scenario& s) {
        s.expect.dialed.emplace().push_back({std::string("192.0.2.26"), std::string("192.0.2.25")});
        s.expect.sni["192.0.2.26"] = "mx2.mail.example";
        s.expect.asked = {question("shop.example. MX"), question("mx1.mail.example. A"),
                          question("mx2.mail.example. A")};
    });
    INFO(all_lines(result));
    CHECK(result.ok);
}

TEST_CASE("runner: with a fault put into a good scenario the delivery stops, and the log shows it") {
    const auto good = harness::run_one(harness::find_scenario("seed/success", 1));
    INFO(all_lines(good));
    CHECK(good.ok);
    CHECK(good.seen.delivered_in_tls);
    CHECK_THAT(good.seen.connection_log.at(0), ContainsSubstring("TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384"));
    const auto bad = run_with("seed/success", [](harness::Scenario& s) {
        s.faults.push_back({zones::FaultKind::rrsig_expired, dns::Name::literal("ietf.org."), dns::RrType::MX});
    });
    CHECK_FALSE(bad.ok);
    CHECK_FALSE(bad.seen.delivered);
    CHECK(bad.seen.states.mx == tlsa::State::bogus);
    CHECK(std::count(bad.seen.reasons.begin(), bad.seen.reasons.end(), "rrsig-expired") == 1);
    CHECK(bad.seen.connection_log == std::vector<std::string>{"no connection was made"});
}

TEST_CASE("runner: the same seed gives the same zones, certificates and outcome, another seed other keys") {
    const auto scenario = harness::find_scenario("seed/success", 1);
    auto other = scenario;
    other.seed = 2;
    const auto records = [](const harness::Scenario& s) {
        std::vector<dns::Record> all;
        const auto hierarchy = zones::Hierarchy::build(harness::zones_with_tlsa(s), s.signing, s.faults, s.seed);
        for (const auto& [apex, zone] : hierarchy.zones())
            all.insert(all.end(), zone.records.begin(), zone.records.end());
        return all;
    };
    CHECK(records(scenario) == records(scenario));
    CHECK(records(scenario) != records(other));
    const auto first = harness::run_one(scenario), second = harness::run_one(scenario);
    CHECK(first.seen.connection_log == second.seen.connection_log);
    CHECK(first.seen.reason_texts == second.seen.reason_texts);
}

TEST_CASE("runner: results come in order whatever the number of jobs, and --bail stops at the first failure") {
    std::vector<harness::Scenario> scenarios{harness::find_scenario("dnssec/secure/p256", 1),
                                             harness::find_scenario("dnssec/bogus/rrsig-expired", 1),
                                             harness::find_scenario("dnssec/insecure/island", 1)};
    for (const unsigned jobs : {1u, 3u}) {
        harness::RunOptions options;
        options.jobs = jobs;
        std::size_t reported = 0;
        options.progress = [&](const harness::ScenarioResult&, std::size_t done, std::size_t total) {
            CHECK(done == ++reported);
            CHECK(total == 3);
        };
        const auto results = harness::run(scenarios, options);
        REQUIRE(results.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) CHECK(results[i].id == scenarios[i].id);
        CHECK(reported == 3);
    }
    scenarios[0].expect.security = validator::Security::bogus;
    harness::RunOptions bail;
    bail.jobs = 1;
    bail.bail = true;
    CHECK(harness::run(scenarios, bail).size() == 1);
}

TEST_CASE("runner: a scenario that cannot be brought up is a failed result with its reason") {
    const auto result = run_with("dnssec/secure/p256", [](harness::Scenario& s) {
        s.faults.push_back({zones::FaultKind::rrsig_expired, dns::Name::literal("nobody.example."), dns::RrType::A});
    });
    CHECK_FALSE(result.ok);
    REQUIRE(result.failures.size() == 1);
    CHECK_THAT(result.failures[0], ContainsSubstring("could not be run: scenario: "));
    CHECK_THAT(result.failures[0], ContainsSubstring("rrsig-expired nobody.example. A"));
}

TEST_CASE("runner: an unknown system under test is refused") {
    harness::RunOptions options;
    options.sut = "carrier-pigeon";
    CHECK_THROWS_AS(harness::run({}, options), std::invalid_argument);
}
