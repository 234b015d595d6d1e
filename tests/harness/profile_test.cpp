// Decision profiles are loaded strictly, and the shipped ones are what was published.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "harness/profile.h"

using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* good = R"({
  "profile": "house",
  "source": "our own",
  "mandatory": {
    "unusable": "dane-fail",
    "rows": [
      {"row": 1, "mx": "secure", "a": "secure", "tlsa": "secure", "certificate": "success", "action": "dane-success"},
      {"row": 2, "action": "dane-fail"}
    ]
  }
})";

std::string message_for(const std::string& json) {
    try {
        harness::parse_profile(json, "house.json");
    } catch (const harness::ScenarioError& error) {
        return error.what();
    }
    return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("profile: the published tables have 15 mandatory and 14 opportunistic rows") {
    const auto profile = harness::load_profile("cisco-esa");
    CHECK(profile.name == "cisco-esa");
    CHECK(profile.mandatory.rows.size() == 15);
    CHECK(profile.opportunistic.rows.size() == 14);
    CHECK(profile.table(tlsa::Mode::mandatory).mode == tlsa::Mode::mandatory);
    std::size_t successes = 0;
    for (const auto& row : profile.mandatory.rows) successes += row.action == tlsa::Action::dane_success ? 1 : 0;
    CHECK(successes == 1);
}

TEST_CASE("profile: every shipped profile loads") {
    for (const auto* name : {"cisco-esa", "rfc7672", "postfix", "trend-micro-dane-only"}) {
        DYNAMIC_SECTION(name) { CHECK(harness::load_profile(name).name == name); }
    }
}

TEST_CASE("profile: a table that was not published is an error of who asks for it") {
    const auto profile = harness::load_profile("trend-micro-dane-only");
    CHECK_NOTHROW(profile.table(tlsa::Mode::mandatory));
    CHECK_THROWS_AS(profile.table(tlsa::Mode::opportunistic), harness::ScenarioError);
}

TEST_CASE("profile: an unknown name lists the known ones") {
    try {
        harness::load_profile("cisco");
        FAIL("it loaded");
    } catch (const harness::ScenarioError& error) {
        CHECK_THAT(error.what(), ContainsSubstring("cisco-esa"));
    }
}

TEST_CASE("profile: a file that does not fit is refused with its line and its JSON pointer") {
    struct Case {
        std::string about, from, to, message;
    };
    const std::vector<Case> cases{
        {"unknown key", "\"source\"", "\"sauce\"", "profile: house.json:1: \"source\" is missing"},
        {"unknown key in a row", "\"row\": 2,", "\"row\": 2, \"aaaa\": \"secure\",",
         "house.json:8: /mandatory/rows/1/aaaa: unknown key \"aaaa\""},
        {"no action", "\"dane-fail\"}", "\"bounce\"}",
         "house.json:8: /mandatory/rows/1/action: \"bounce\" is none of dane-success, dane-fail"},
        {"an action of SRV services", "\"dane-fail\"}", "\"pkix-tls\"}",
         "house.json:8: /mandatory/rows/1/action: expected dane-success, dane-fail or opportunistic-tls"},
        {"no state for MX", "\"mx\": \"secure\"", "\"mx\": \"nxdomain\"",
         "house.json:7: /mandatory/rows/0/mx: expected secure, insecure or bogus"},
        {"a hole", "{\"row\": 2, \"action\"", "{\"row\": 2, \"mx\": \"bogus\", \"action\"",
         "house.json:6: /mandatory/rows: no row fits mx=secure a=secure tlsa=secure certificate=failed"},
        {"two rows of one number", "\"row\": 2", "\"row\": 1", "/mandatory/rows/0: row 1 stands twice"},
        {"a row that nothing reaches", "\"action\": \"dane-fail\"}",
         "\"action\": \"dane-fail\"}, {\"row\": 3, \"mx\": \"bogus\", \"action\": \"dane-fail\"}",
         "/mandatory/rows/2: row 3 is never reached"},
        {"no table", "\"mandatory\"", "\"mandatary\"", "unknown key \"mandatary\""},
    };
    for (const auto& one : cases) {
        DYNAMIC_SECTION(one.about) {
            CHECK_THAT(message_for(replaced(good, one.from, one.to)), ContainsSubstring(one.message));
        }
    }
    CHECK(message_for(good).empty());
}
