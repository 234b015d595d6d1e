// Each TLS support level with each DANE support level over the outcomes of the decision tables' rows, and each level's
// own verification.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fmt/format.h>
#include <set>

#include "harness/catalogue.h"
#include "tests/deliver/office.h"

using Catch::Matchers::ContainsSubstring;
using harness::deliver::Outcome;

namespace {

const std::vector<std::string> all_levels{
    "none", "preferred", "required", "preferred-verify", "required-verify", "required-verify-hosted-domains"};

std::string control(const std::string& tls, const std::string& dane, const std::string& more = "") {
    return fmt::format(R"("destination_controls": [{{"domain": "default", "tls": "{}", "dane": "{}",
                           "ip_preference": "ipv4-preferred"}}],{})",
                       tls, dane, more);
}

std::string domain_text(const harness::Scenario& scenario) {
    auto text = scenario.client->domain.to_text();
    text.pop_back();
    return text;
}

// What the level makes of a server whose certificate no authority vouches for, where DANE leaves it to the level.
std::string level_outcome(const std::string& tls) {
    if (tls == "none") return "cleartext";
    return tls.starts_with("required-verify") ? "deferred" : "unauthenticated-tls";
}

// The outcome of one attempt, as the log has it.
std::string outcome_of(test::Office& office) {
    const auto log = office.log();
    for (const char* word : {"verified-insecure-mx", "verified", "unauthenticated-tls", "cleartext"})
        if (log.find(fmt::format(": {}\n", word)) != std::string::npos ||
            log.find(fmt::format(": {} (", word)) != std::string::npos)
            return word;
    return log.find("Delayed: ") != std::string::npos ? "deferred" : "bounced";
}

// One scenario a row: the first in the catalogue's order.
std::vector<harness::Scenario> one_of_each_row() {
    std::vector<harness::Scenario> chosen;
    std::set<std::pair<tlsa::Mode, unsigned>> seen;
    for (auto& scenario : harness::table_scenarios(harness::Breadth::each_once, 1))
        if (seen.insert({*scenario.table, scenario.row}).second) chosen.push_back(std::move(scenario));
    return chosen;
}

std::string try_once(test::Office& office, const harness::Scenario& scenario, const std::string& domain,
                     bool relay = true) {
    office.send("you@" + domain, relay);
    office.pass(scenario);
    return outcome_of(office);
}

struct Seen {
    std::string outcome, log;
    bool in_clear = false; // MAIL went out in clear
};
Seen shop_once(const std::string& tls, const harness::Scenario& scenario, const std::string& dane = "none") {
    test::Office office(control(tls, dane));
    Seen seen;
    seen.outcome = try_once(office, scenario, "shop.example");
    seen.log = office.log();
    for (const auto& session : office.sessions) seen.in_clear |= !session.mail_from.empty() && !session.tls;
    return seen;
}

} // namespace

TEST_CASE("levels: every row of both tables under every TLS level: DANE decides first, then the level") {
    unsigned tried = 0;
    for (const auto& scenario : one_of_each_row())
        for (const auto& tls : all_levels) {
            if (tls == "none") continue; // contradicts DANE: refused by the configuration
            test::Office office(control(tls, std::string(tlsa::to_text(*scenario.table))));
            const auto seen = try_once(office, scenario, domain_text(scenario));
            std::string expected = "deferred";
            if (scenario.expect.action == tlsa::Action::dane_success) expected = "verified";
            if (scenario.expect.action == tlsa::Action::opportunistic_tls) expected = level_outcome(tls);
            INFO(scenario.id << " under TLS " << tls << "\n" << office.log());
            CHECK(seen == expected);
            CHECK(office.received.size() == (expected == "deferred" ? 0U : 1U)); // the servers' own word
            for (const auto& message : office.received) CHECK(message.in_tls);
            ++tried;
        }
    CHECK(tried == 29 * 5);
}

TEST_CASE("levels: with DANE none rows go by the TLS level, whatever the DNS says about security") {
    for (const auto& scenario : one_of_each_row()) {
        if (*scenario.table != tlsa::Mode::opportunistic) continue;
        // Their addresses lead nowhere, or their server does no TLS: nothing is left for a level to decide.
        if (scenario.row == 2 || scenario.row == 7 || scenario.row == 13) continue;
        for (const auto& tls : all_levels) {
            test::Office office(control(tls, "none"));
            const auto seen = try_once(office, scenario, domain_text(scenario));
            INFO(scenario.id << " under TLS " << tls << "\n" << office.log());
            CHECK(seen == level_outcome(tls));
            CHECK(office.count_in_log("TLSA") == 0); // nobody asked
        }
    }
}

TEST_CASE("levels: mail that came by ACCEPT is not verified by DANE, mail by RELAY is") {
    const auto wrong = test::shop("3 1 1", "{}", R"(["mx.shop.example"])", true);
    test::Office accept(control("preferred", "mandatory")), relay(control("preferred", "mandatory"));
    CHECK(try_once(accept, wrong, "shop.example", false) == "unauthenticated-tls");
    CHECK(try_once(relay, wrong, "shop.example", true) == "deferred");
    CHECK_THAT(relay.log(), ContainsSubstring("DCID 1 TLS failed: certificate-no-match"));
}

TEST_CASE("levels: a server without STARTTLS gets the mail in clear from none and preferred alone") {
    const auto plain = test::shop("", R"({"starttls": false})");
    for (const auto& tls : all_levels) {
        const auto seen = shop_once(tls, plain);
        INFO(tls << "\n" << seen.log);
        CHECK(seen.outcome == (tls.starts_with("required") ? "deferred" : "cleartext"));
        CHECK(seen.in_clear == !tls.starts_with("required"));
    }
}

TEST_CASE("levels: a handshake that fails behind the 220 is no reason for clear text, one refused before it is") {
    const auto broken = test::shop("", R"({"closes_at": "handshake"})");
    const auto refused = test::shop("", R"({"replies": {"starttls": ["454 not now"]}})");
    for (const auto& tls : all_levels) {
        const auto behind = shop_once(tls, broken), before = shop_once(tls, refused);
        INFO(tls << "\n" << behind.log << "\n" << before.log);
        CHECK(behind.outcome == (tls == "none" ? "cleartext" : "deferred"));
        CHECK(before.outcome == (tls.starts_with("required") ? "deferred" : "cleartext"));
    }
}

TEST_CASE("levels: verify asks for the e-mail domain or the PTR name, from a known authority") {
    struct Case {
        std::string about, names, tls, outcome;
        bool authority;
    };
    const std::vector<Case> cases{
        {"the e-mail domain", R"(["shop.example"])", "required-verify", "unauthenticated-tls", true},
        {"the PTR name", R"(["mx.shop.example"])", "required-verify", "unauthenticated-tls", true},
        {"a wildcard for the PTR name", R"(["*.shop.example"])", "required-verify", "unauthenticated-tls", true},
        {"another name", R"(["other.example"])", "required-verify", "deferred", false},
        {"another name, preferred", R"(["other.example"])", "preferred-verify", "unauthenticated-tls", false},
        {"the right name, preferred", R"(["shop.example"])", "preferred-verify", "unauthenticated-tls", true},
        {"hosted: the e-mail domain", R"(["shop.example"])", "required-verify-hosted-domains", "unauthenticated-tls",
         true},
        {"hosted: the MX host", R"(["mx.shop.example"])", "required-verify-hosted-domains", "unauthenticated-tls",
         true},
        {"hosted: another name", R"(["other.example"])", "required-verify-hosted-domains", "deferred", false},
    };
    for (const auto& one : cases) {
        const auto seen = shop_once(one.tls, test::shop("", "{}", one.names));
        INFO(one.about << "\n" << seen.log);
        CHECK(seen.outcome == one.outcome);
        CHECK((seen.log.find("certificate verified by an authority") != std::string::npos) == one.authority);
    }
    const auto mismatch = shop_once("required-verify", test::shop("", "{}", R"(["other.example"])"));
    CHECK_THAT(mismatch.log, ContainsSubstring("certificate-name-mismatch"));
    CHECK_THAT(mismatch.log, ContainsSubstring("QN('25.2.0.192.in-addr.arpa', 'PTR'"));
    const auto unknown = shop_once("required-verify", test::shop("", "{}", R"(["mx.shop.example"])", true));
    CHECK_THAT(unknown.log, ContainsSubstring("certificate-untrusted"));
}

TEST_CASE("levels: a certificate that TLSA records prove needs no authority's word (RFC 7672 §3.2)") {
    const auto seen = shop_once("required-verify", test::shop("3 1 1", "{}", R"(["other.example"])"), "opportunistic");
    CHECK(seen.outcome == "verified");
    CHECK_THAT(seen.log, ContainsSubstring(" for shop.example\n"));
}
