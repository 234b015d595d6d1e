// The line of a monitoring plugin and its exit codes.
#include "harness/verify_report.h"

#include <catch2/catch_test_macros.hpp>

using harness::VerifiedDomain;
using tlsa::Action;
using tlsa::WalkStatus;

namespace {

VerifiedDomain domain(const std::string& name, Action action, WalkStatus status, const std::string& detail = "") {
    VerifiedDomain verified;
    verified.name = name;
    verified.result.action = action;
    verified.result.status = status;
    verified.elapsed = std::chrono::milliseconds(1'234);
    tlsa::Attempted attempt;
    attempt.mx = "mx.example";
    attempt.address = "192.0.2.1";
    attempt.states.mx = tlsa::State::secure;
    attempt.status = status;
    attempt.decision = tlsa::Decision{action, nullptr};
    attempt.smtp.emplace();
    attempt.smtp->detail = detail;
    verified.result.attempts.push_back(attempt);
    return verified;
}

} // namespace

TEST_CASE("plugin: success is OK, with performance data behind the bar") {
    const auto report =
        harness::plugin_report({domain("example.com.", Action::dane_success, WalkStatus::dane_success)});
    CHECK(report.exit_code == 0);
    CHECK(report.line == "DANE OK - example.com: dane-success, verified, 1 of 1 connections passed | "
                         "time=1.234s;;;0 passed=1;;;0 failed=0;;;0 next_keys=0;;;0");
}

TEST_CASE("plugin: failures are critical, fallbacks warn, silence is unknown") {
    struct Row {
        Action action;
        WalkStatus status;
        int code;
    };
    for (const auto& row :
         {Row{Action::dane_fail, WalkStatus::certificate_failed, 2}, Row{Action::dane_fail, WalkStatus::bogus, 2},
          Row{Action::dane_fail, WalkStatus::no_tlsa, 2}, Row{Action::dane_fail, WalkStatus::cannot_connect, 2},
          Row{Action::opportunistic_tls, WalkStatus::no_tlsa, 1}, Row{Action::pkix_tls, WalkStatus::no_tlsa, 1},
          Row{Action::dane_fail, WalkStatus::takes_no_mail, 1}, Row{Action::dane_fail, WalkStatus::could_not_tell, 3}})
        CHECK(harness::plugin_report({domain("a.example.", row.action, row.status)}).exit_code == row.code);
}

TEST_CASE("plugin: of several domains the worst counts, critical before unknown") {
    const auto good = domain("good.example.", Action::dane_success, WalkStatus::dane_success);
    const auto dark = domain("dark.example.", Action::dane_fail, WalkStatus::could_not_tell);
    const auto bad = domain("bad.example.", Action::dane_fail, WalkStatus::certificate_failed, "no | match\nat all");
    CHECK(harness::plugin_report({good, dark}).exit_code == 3);
    const auto report = harness::plugin_report({dark, bad, good});
    CHECK(report.exit_code == 2);
    CHECK(report.line.starts_with("DANE CRITICAL - dark.example: could-not-tell"));
    // What a server said cannot begin a second line or the performance data.
    CHECK(report.line.find("no / match/at all") != std::string::npos);
    CHECK(report.line.find('|') == report.line.rfind('|'));
}

TEST_CASE("plugin: what could not be run is unknown, in one line") {
    const auto report = harness::plugin_failure("--server: 'x|y'\n");
    CHECK(report.exit_code == 3);
    CHECK(report.line == "DANE UNKNOWN - --server: 'x/y'/");
}
