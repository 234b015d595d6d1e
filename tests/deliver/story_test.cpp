// Delivery scenarios: what a file may say, and that each of its expectations can fail.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/products/products.h"
#include "harness/runner.h"
#include "harness/story.h"

using Catch::Matchers::ContainsSubstring;

namespace {

const std::string mandatory =
    R"({"destination_controls": [{"domain": "default", "tls": "preferred", "dane": "mandatory"}]})";

std::string scenario_text(const std::string& deliver) {
    return fmt::format(R"({{"about": "of a test", "now": "2026-06-01T00:00:00Z",
        "zones": [{{"apex": "shop.example.", "records": ["@ MX 10 mx", "mx A 192.0.2.25", "_25._tcp.mx TLSA ${{tlsa:mx 3 1 1}}"]}}],
        "certificates": [{{"name": "mx", "dns_names": ["mx.shop.example"]}},
                         {{"name": "other", "dns_names": ["mx.shop.example"], "key_label": "other"}}],
        "servers": [{{"address": "192.0.2.25", "certificate": "mx"}}],
        "deliver": {}}})",
                       deliver);
}

harness::Scenario scenario_of(const std::string& deliver) {
    return harness::parse_scenario(scenario_text(deliver), "story.json", "story");
}

// One message to shop.example, and this expectation.
harness::ScenarioResult outcome_of(const std::string& expect, const std::string& config = mandatory) {
    return harness::run_one(scenario_of(fmt::format(
        R"({{"config": {}, "steps": [{{"send": {{"to": "you@shop.example"}}, "expect": {}}}]}})", config, expect)));
}

std::string refusal(const std::string& deliver) {
    try {
        scenario_of(deliver);
    } catch (const harness::ScenarioError& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

TEST_CASE("story: what is as expected passes, and what is not is said") {
    const std::string good = R"("attempts": [{"outcome": "verified", "to": "you@shop.example"}])";
    const auto fine = outcome_of(fmt::format(
        R"({{{}, "active": 0, "connections": ["192.0.2.25"], "asked": ["shop.example. MX"], "not_asked": ["a.example. A"],
            "sni": {{"192.0.2.25": "mx.shop.example"}}, "commands": ["STARTTLS"], "no_commands": ["REQUIRETLS"],
            "log": ["DANE SUCCESS for shop.example"], "no_log": ["DANE FAILED"],
            "report": ["tlsa mx.shop.example success"]}})",
        good));
    CHECK(fine.failures.empty());
    CHECK(fine.ok);
    CHECK(fine.seen.delivered_in_tls);

    struct Case {
        std::string expect, failure;
    };
    const std::vector<Case> cases{
        {R"("attempts": [{"outcome": "unauthenticated-tls"}])",
         "attempt 1: expected unauthenticated-tls, saw verified"},
        {R"("attempts": [{"outcome": "deferred", "why": "DANE"}])",
         "attempt 1: expected deferred (DANE), saw verified"},
        {R"("attempts": [])", "attempt 1: expected none, saw verified"},
        {R"("attempts": [{"outcome": "verified"}, {"outcome": "verified"}])", "attempt 2: expected verified, saw none"},
        {R"("attempts": [{"outcome": "verified", "to": "me@shop.example"}])", "attempt 1: expected verified"},
        {good + R"(, "active": 1)", "active recipients: expected 1, saw 0"},
        {good + R"(, "connections": [])", "connections: expected []"},
        {good + R"(, "asked": ["a.example. A"])", "a.example. A"},
        {good + R"(, "not_asked": ["shop.example. MX"])", "shop.example. MX"},
        {good + R"(, "sni": {"192.0.2.25": "shop.example"})", "SNI at 192.0.2.25: expected shop.example"},
        {good + R"(, "commands": ["REQUIRETLS"])", "commands: \"REQUIRETLS\" is not there"},
        {good + R"(, "no_commands": ["STARTTLS"])", "commands: \"STARTTLS\" is there"},
        {good + R"(, "log": ["DANE FAILED"])", "log: \"DANE FAILED\" is not there"},
        {good + R"(, "no_log": ["DANE SUCCESS"])", "log: \"DANE SUCCESS\" is there"},
        {good + R"(, "report": [])", "TLS report: expected [], saw [tlsa mx.shop.example success]"},
        {good + R"(, "mail_commands": 0)", "MAIL commands: expected 0, saw 1"},
    };
    for (const auto& one : cases) {
        const auto result = outcome_of("{" + one.expect + "}");
        INFO(one.expect);
        CHECK_FALSE(result.ok);
        REQUIRE_FALSE(result.failures.empty());
        CHECK_THAT(fmt::format("{}", fmt::join(result.failures, "\n")), ContainsSubstring(one.failure));
    }
}

TEST_CASE("story: a world that is repaired is another one for the steps behind it alone") {
    const auto scenario = scenario_of(fmt::format(
        R"({{"config": {}, "steps": [
             {{"world": {{"servers": [{{"address": "192.0.2.25", "certificate": "other"}}]}}, "send": {{"to": "you@shop.example"}},
               "expect": {{"attempts": [{{"outcome": "deferred", "why": "certificate-no-match"}}], "active": 1}}}},
             {{"wait_s": 59, "expect": {{"attempts": []}}}},
             {{"wait_s": 1, "world": {{}}, "expect": {{"attempts": [{{"outcome": "verified"}}]}}}}]}})",
        mandatory));
    const auto result = harness::run_one(scenario);
    INFO(fmt::format("{}", fmt::join(result.failures, "\n")));
    CHECK(result.ok);
}

TEST_CASE("story: what a file gets wrong is refused with its place") {
    const std::string step = R"({"expect": {"attempts": []}})";
    struct Case {
        std::string deliver, place, words;
    };
    const std::vector<Case> cases{
        {R"({"steps": []})", "/deliver", "\"config\" or \"instances\""},
        {R"({"config": {}, "steps": []})", "/deliver/steps", "1 to 100"},
        {R"({"config": {"colour": 1}, "steps": [)" + step + "]}", "/deliver/config/colour", "unknown key"},
        {R"({"config": {}, "steps": [{"expect": {"attempts": [{"outcome": "lost"}]}}]})",
         "/deliver/steps/0/expect/attempts/0/outcome", "expected verified"},
        {R"({"config": {}, "steps": [{"expect": {"attempts": [{"outcome": "deferred"}]}}]})",
         "/deliver/steps/0/expect/attempts/0", "\"why\" is missing"},
        {R"({"config": {}, "steps": [{"at": "b", "expect": {"attempts": []}}]})", "/deliver/steps/0/at", "instances"},
        {R"({"config": {}, "steps": [{"send": {"to": "nobody"}, "expect": {"attempts": []}}]})",
         "/deliver/steps/0/send/to", "user@example.com"},
        {R"({"config": {}, "steps": [{"world": {"client": {}}, "expect": {"attempts": []}}]})",
         "/deliver/steps/0/world/client", "unknown key"},
        {R"({"config": {}, "steps": [{"expect": {}}]})", "/deliver/steps/0/expect", "attempts"},
    };
    for (const auto& one : cases) {
        const auto text = refusal(one.deliver);
        INFO(one.deliver);
        CHECK_THAT(text, ContainsSubstring("scenario: story.json:"));
        CHECK_THAT(text, ContainsSubstring(one.place));
        CHECK_THAT(text, ContainsSubstring(one.words));
    }
    CHECK(refusal(R"({"config": {}, "steps": [)" + step + "]}") == "accepted");
}

TEST_CASE("story: the product of levels, DANE support and rows ends as the tables and the levels say") {
    const auto product = harness::delivery_product(1);
    CHECK(product.size() == 29 * 5 + 3 * 6 * 2);
    for (const auto& result : harness::run(product, {})) {
        INFO(result.id << "\n" << fmt::format("{}", fmt::join(result.failures, "\n")));
        CHECK(result.ok);
    }
}
