// Misordered resolvers: what is expected behind them, row by row as the contract says it, and that our own client does
// it.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

#include "harness/products/products.h"
#include "harness/products/resolver_rows.h"
#include "harness/runner.h"
#include "harness/sut/selection.h"

namespace {

using harness::expected_of;
using harness::ResolverKind;
using harness::ResolverRow;
using harness::waits;
using tlsa::Outcome;
using tlsa::WalkStatus;
using Outcomes = std::vector<Outcome>;
using Reasons = std::vector<std::string>;

} // namespace

TEST_CASE(
    "resolver rows: each kind alone, each ordered pair, healthy and bogus, both modes; those that wait come last") {
    const auto rows = harness::resolver_rows();
    CHECK(rows.size() == (6 + 6 * 5) * 2 * 2);
    std::set<std::string> names;
    for (const auto& row : rows) CHECK(names.insert(to_text(row)).second);
    CHECK(names.contains("opportunistic/healthy/strips-rrsig-then-good"));
    CHECK(names.contains("mandatory/bogus/good-then-strips-rrsig"));
    CHECK(std::ranges::is_partitioned(rows, [](const ResolverRow& row) { return !waits(row); }));
    CHECK_FALSE(waits({{ResolverKind::good, ResolverKind::silent}}));
    CHECK(waits({{ResolverKind::silent, ResolverKind::good}}));
    CHECK(waits({{ResolverKind::down, ResolverKind::silent}}));
}

TEST_CASE("resolver rows: the first that answers counts, also where it hides DNSSEC; who gives no answer does not") {
    struct Case {
        std::vector<ResolverKind> resolvers;
        bool bogus;
        std::optional<std::size_t> decides, at_fault;
        WalkStatus status;
        Outcome outcome;
        Reasons reasons;
        Outcomes others;
    };
    using enum ResolverKind;
    const Outcomes both{Outcome::verified, Outcome::deferred}, wait{Outcome::deferred}, all_well{Outcome::verified};
    const Reasons stripped{"rrsig-missing", "resolver-strips-dnssec"}, without_edns{"resolver-strips-dnssec"};
    const std::vector<Case> cases{
        {{good}, false, 0, {}, WalkStatus::dane_success, Outcome::verified, {}, all_well},
        {{good}, true, 0, {}, WalkStatus::bogus, Outcome::deferred, {"rrsig-expired"}, wait},
        {{passes_bogus}, false, 0, {}, WalkStatus::dane_success, Outcome::verified, {}, both},
        {{passes_bogus}, true, 0, {}, WalkStatus::bogus, Outcome::deferred, {"rrsig-expired"}, wait},
        {{strips_rrsig}, false, 0, 0, WalkStatus::bogus, Outcome::deferred, stripped, both},
        {{refuses_edns}, true, 0, 0, WalkStatus::bogus, Outcome::deferred, without_edns, wait},
        {{strips_rrsig, good}, false, 0, 0, WalkStatus::bogus, Outcome::deferred, stripped, both},
        {{good, strips_rrsig}, false, 0, {}, WalkStatus::dane_success, Outcome::verified, {}, all_well},
        {{down, good}, false, 1, {}, WalkStatus::dane_success, Outcome::verified, {}, both},
        {{silent, refuses_edns}, false, 1, 1, WalkStatus::bogus, Outcome::deferred, without_edns, both},
        {{down, silent}, false, {}, {}, WalkStatus::could_not_tell, Outcome::deferred, {"no-answer"}, both},
        {{silent}, true, {}, {}, WalkStatus::could_not_tell, Outcome::deferred, {"no-answer"}, wait},
    };
    for (const auto& one : cases) {
        for (const auto mode : {tlsa::Mode::opportunistic, tlsa::Mode::mandatory}) {
            const ResolverRow row{one.resolvers, one.bogus, mode};
            INFO(to_text(row));
            const auto expected = expected_of(row);
            CHECK(expected.decides == one.decides);
            CHECK(expected.at_fault == one.at_fault);
            CHECK(expected.status == one.status);
            CHECK(expected.outcome == one.outcome);
            CHECK(expected.reasons == one.reasons);
            CHECK(expected.others == one.others);
        }
    }
}

TEST_CASE("resolver rows: unauthenticated delivery is allowed nowhere, and every row says by which text") {
    for (const auto& row : harness::resolver_rows()) {
        INFO(to_text(row));
        const auto expected = expected_of(row);
        CHECK(std::ranges::find(expected.others, Outcome::unauthenticated_tls) == expected.others.end());
        CHECK(std::ranges::find(expected.others, expected.outcome) != expected.others.end());
        CHECK(expected.because.starts_with("RFC 7672 §"));
    }
}

TEST_CASE("resolver rows: our own client does as expected behind each, and others are judged by the zones") {
    const auto scenarios = harness::resolver_product(1);
    REQUIRE(scenarios.size() == 144);
    for (const auto& result : harness::run(scenarios, {})) {
        INFO(fmt::format("{}: {}", result.id, fmt::join(result.failures, "; ")));
        CHECK(result.ok);
    }
    const auto& first = scenarios.front();
    CHECK(harness::allowed_outcomes("cisco-esa", first.client->mode, harness::Sut{}, first) ==
          first.expect.others->outcomes);
}

TEST_CASE("resolver rows: another resolver at fault, or none, would be found out") {
    auto scenario = harness::resolver_product(1)[1];
    REQUIRE(scenario.id == "resolvers/product/opportunistic/healthy/strips-rrsig");
    REQUIRE(harness::run_one(scenario).ok);
    scenario.expect.told = {"resolver 127.0.0.3:53 (priority 10) strips RRSIG"};
    CHECK_FALSE(harness::run_one(scenario).ok);
    scenario.expect.told.clear();
    scenario.expect.never = {"resolver-strips-dnssec"};
    CHECK_FALSE(harness::run_one(scenario).ok);
}
