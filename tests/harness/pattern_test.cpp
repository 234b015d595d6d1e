#include "harness/sut/pattern.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "harness/scenario_error.h"

using harness::Pattern;

TEST_CASE("A pattern is looked for anywhere, over line ends where it says so") {
    CHECK(Pattern("status=(sent|deferred)").found_in("relay=none, status=deferred (x)\n"));
    CHECK_FALSE(Pattern("status=sent").found_in("relay=none, status=deferred (x)\n"));
    CHECK_FALSE(Pattern("one.*two").found_in("one\ntwo"));
    CHECK(Pattern("one[\\s\\S]*two").found_in("one\ntwo"));
    CHECK(Pattern("to=<([a-z]+)>, relay=\\1").found_in("to=<mx>, relay=mx"));
}

TEST_CASE("A long line costs no stack, and a search that would not end is given up") {
    const std::string line(4'000'000, 'y');
    CHECK(Pattern("begin.*x$").found_in("begin" + line + "x"));
    CHECK_FALSE(Pattern("begin.*x$").found_in("begin" + line));
    CHECK_FALSE(Pattern("^(a+)+b").found_in(std::string(64, 'a')));
    CHECK(Pattern("^(a+)+b").found_in(std::string(64, 'a') + "b"));
}

TEST_CASE("Quoted octets stand for themselves") {
    for (const std::string text : {"[2001:db8::1]:25", "require+dnssec", "case1@a.b", "a\\Qb\n", "\xc3\xa4?"}) {
        CHECK(Pattern("^" + harness::quoted_for_pattern(text) + "$").found_in(text));
        CHECK_FALSE(Pattern("^" + harness::quoted_for_pattern(text) + "$").found_in("x" + text));
    }
    CHECK_FALSE(Pattern(harness::quoted_for_pattern("a.b")).found_in("axb"));
}

TEST_CASE("What is no expression is refused with the place") {
    CHECK_THROWS_MATCHES(Pattern("a("), harness::ScenarioError,
                         Catch::Matchers::MessageMatches(Catch::Matchers::ContainsSubstring("no regular expression") &&
                                                         Catch::Matchers::ContainsSubstring("octet 2")));
}
