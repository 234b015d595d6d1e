// Each TLS support level's own verification. The levels over the rows of the decision tables are scenarios
// (harness/products/delivery.cpp).
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fmt/format.h>

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

// The outcome of one attempt, as the log has it.
std::string outcome_of(test::Office& office) {
    const auto log = office.log();
    for (const char* word : {"verified-insecure-mx", "verified", "unauthenticated-tls", "cleartext"})
        if (log.find(fmt::format(": {}\n", word)) != std::string::npos ||
            log.find(fmt::format(": {} (", word)) != std::string::npos)
            return word;
    return log.find("Delayed: ") != std::string::npos ? "deferred" : "bounced";
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
