// Profiles against each other.
#include "harness/profile_difference.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using harness::compare;
using harness::load_profile;
using tlsa::Action;
using tlsa::Mode;
using tlsa::State;

TEST_CASE("profiles: one against itself differs nowhere") {
    for (const char* name : {"cisco-esa", "rfc7672", "postfix", "trend-micro-dane-only"}) {
        const auto profile = load_profile(name);
        const auto comparison = compare(profile, profile);
        CHECK(comparison.differences.empty());
        CHECK(comparison.cells > 0);
    }
}

TEST_CASE("profiles: the appliance fails on a bogus TLSA below an insecure MX, where the RFC profile falls back") {
    const auto cisco = load_profile("cisco-esa"), rfc = load_profile("rfc7672");
    const auto comparison = compare(cisco, rfc);
    REQUIRE(comparison.differences.size() == 1);
    const auto& difference = comparison.differences.front();
    CHECK(difference.mode == Mode::opportunistic);
    CHECK(difference.states.mx == State::insecure);
    CHECK(difference.states.a == State::secure);
    CHECK(difference.states.tlsa == State::bogus);
    CHECK(difference.ours.action == Action::dane_fail);
    CHECK(difference.theirs.action == Action::opportunistic_tls);
    CHECK(difference.section == "RFC 7672 §2.2.1");
    // The other way round it is the same cell.
    const auto turned = compare(rfc, cisco);
    REQUIRE(turned.differences.size() == 1);
    CHECK(turned.differences.front().ours.action == Action::opportunistic_tls);
}

TEST_CASE("profiles: Postfix authenticates below an insecure MX") {
    const auto cisco = load_profile("cisco-esa"), postfix = load_profile("postfix");
    const auto comparison = compare(cisco, postfix);
    const bool authenticates =
        std::any_of(comparison.differences.begin(), comparison.differences.end(), [](const auto& difference) {
            return difference.states.mx == State::insecure && difference.theirs.action == Action::dane_success;
        });
    CHECK(authenticates);
}

TEST_CASE("profiles: what the appliance's tables do not say is told and not invented as a row (RFC 7672 §2.2)") {
    const auto silent = harness::silences(load_profile("cisco-esa"));
    for (const auto mode : {Mode::mandatory, Mode::opportunistic}) {
        const auto of_mode = std::count_if(silent.begin(), silent.end(), [&](const auto& s) { return s.mode == mode; });
        CHECK(of_mode == 4); // unusable records, aliases, SERVFAIL, timeouts
    }
    const auto text = harness::comparison_text(load_profile("cisco-esa"), load_profile("rfc7672"));
    CHECK(text.find("no row of cisco-esa says what follows from") != std::string::npos);
    CHECK(text.find("RFC 7672 §2.2.1") != std::string::npos);
    // RFC 7672 has a word for each of them.
    CHECK(harness::silences(load_profile("rfc7672")).empty());
    CHECK(text.find("no row of rfc7672") == std::string::npos);
}

TEST_CASE("profiles: a table that one of the two lacks is not compared") {
    const auto trend = load_profile("trend-micro-dane-only"), cisco = load_profile("cisco-esa");
    const auto comparison = compare(cisco, trend);
    CHECK(comparison.compared == std::vector{Mode::mandatory});
    CHECK(harness::comparison_text(cisco, trend).find("opportunistic: not compared") != std::string::npos);
}
