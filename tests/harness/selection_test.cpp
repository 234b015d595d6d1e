// Which cases other programs are put through, and what they may do there.
#include "harness/sut/selection.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

#include "harness/catalogue.h"
#include "harness/clock_shift.h"
#include "harness/runner.h"
#include "harness/sut/judging.h"

using namespace harness;
using tlsa::Mode;
using tlsa::Outcome;

namespace {

std::set<Outcome> allowed(const std::string& id, Mode mode, bool sees_mx = true, const std::string& profile = "") {
    Sut sut;
    sut.sees_mx = sees_mx;
    const auto outcomes = allowed_outcomes(profile, mode, sut, find_scenario(id, 1));
    return {outcomes.begin(), outcomes.end()};
}

constexpr const char* insecure_mx = "table/mandatory/08/mx=unsigned-delegation,a=nsec,tlsa=plain,certificate=3-1-1";

} // namespace

TEST_CASE("selection: with the tables alone each row of both once, with more each once and more of them") {
    const auto rows = scenarios_for_suts(1, "cisco-esa", true);
    std::set<std::pair<Mode, unsigned>> seen;
    for (const auto& scenario : rows) seen.emplace(scenario.table.value(), scenario.row);
    CHECK(rows.size() == 29);
    CHECK(seen.size() == 29);
    std::set<std::string> ids;
    const auto all = scenarios_for_suts(1, "cisco-esa", false);
    for (const auto& scenario : all) {
        ids.insert(scenario.id);
        CHECK((is_for_suts(scenario) || is_for_judges(scenario)));
    }
    CHECK(ids.size() == all.size());
    CHECK(all.size() >= 29 + 60);
}

TEST_CASE("selection: each stage of a rollover stands for itself, without a past") {
    const auto stages = each_stage(find_scenarios("rollovers", 1));
    CHECK(stages.size() >= 40);
    std::set<std::string> kept;
    for (const auto& stage : stages) {
        kept.insert(stage.id);
        CHECK(is_for_suts(stage));
        const auto result = run_one(stage);
        INFO(stage.id << ": " << (result.failures.empty() ? "" : result.failures.front()));
        CHECK(result.ok);
    }
    CHECK(kept.contains("rollovers/tlsa/premature-swap/stage-1"));
    CHECK_FALSE(kept.contains("rollovers/tlsa/premature-swap/stage-2")); // a cache has the old record
    CHECK(kept.contains("rollovers/tlsa/premature-swap/stage-3"));
    CHECK_FALSE(kept.contains("rollovers/dnssec/late-resigning/stage-2")); // one second is left
    CHECK(each_stage({find_scenario("mx/downgrade", 1)}).front().id == "mx/downgrade");
}

TEST_CASE("selection: what only our own client can be told is not for others") {
    CHECK(is_for_suts(find_scenario("mx/downgrade", 1)));
    auto scenario = find_scenario("mx/downgrade", 1);
    scenario.client->own_names.push_back(dns::Name::literal("mx.mail.example."));
    CHECK_FALSE(is_for_suts(scenario));
    scenario = find_scenario("mx/downgrade", 1);
    scenario.client->families = tlsa::AddressFamilies::ipv6_first;
    CHECK_FALSE(is_for_suts(scenario));
    CHECK_FALSE(is_for_suts(find_scenario("dnssec/bogus/rrsig-expired", 1)));
}

TEST_CASE("selection: where DANE is mandatory only what is authenticated may be delivered (RFC 7672 §6)") {
    CHECK(allowed("mx/downgrade", Mode::opportunistic) == std::set{Outcome::unauthenticated_tls});
    CHECK(allowed("mx/downgrade", Mode::mandatory) == std::set{Outcome::verified, Outcome::deferred}); // two hosts
    CHECK(allowed("records/unusable", Mode::mandatory) == std::set{Outcome::deferred});
    CHECK(allowed("mx/null", Mode::mandatory) == std::set{Outcome::bounced});
    CHECK(allowed(insecure_mx, Mode::opportunistic).empty()); // a row is for the mode of its table
}

TEST_CASE("selection: who is told a host is not judged by the MX records (RFC 7672 §2.2.1)") {
    CHECK(allowed(insecure_mx, Mode::mandatory) == std::set{Outcome::deferred});
    CHECK(allowed(insecure_mx, Mode::mandatory, false) == std::set{Outcome::verified});
}

TEST_CASE("selection: a profile's table decides where one is named") {
    const std::string bogus = "table/opportunistic/11/mx=unsigned-delegation,a=nsec,tlsa=rrsig-expired";
    CHECK(allowed(bogus, Mode::opportunistic, true, "cisco-esa") == std::set{Outcome::deferred});
    CHECK(allowed(bogus, Mode::opportunistic, true, "rfc7672").contains(Outcome::unauthenticated_tls));
    CHECK_THROWS_AS(allowed(bogus, Mode::opportunistic, true, "no-such-profile"), ScenarioError);
}

TEST_CASE("clock: authorities keep their distance to a moved clock") {
    auto scenario = find_scenario("certificates/ta-intermediate-not-yet-valid", 1);
    const auto before = scenario.certificates.front().plan.above.front().validity.not_before.value();
    const auto ahead = before.seconds - scenario.now.seconds;
    move_to(scenario, dns::UnixTime{scenario.now.seconds + 1'000'000});
    const auto after = scenario.certificates.front().plan.above.front().validity.not_before.value();
    CHECK(after.seconds - scenario.now.seconds == ahead);
    CHECK(ahead == 86'400);
}
