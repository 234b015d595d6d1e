// Situations that a follower of RFC 5011 meets, named as Unbound's scenarios name them, on zones signed here; and the
// root's own roll of 2025 to 2027, day by day. Under our policy and under Unbound's.
#include "validator/trust_point.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/validator/trust_point_world.h"

using namespace test;
using validator::TrustPointPolicy;

namespace {

using Labels = std::vector<std::string>;

RollingZone following(const Labels& labels, const TrustPointPolicy& policy) {
    RollingZone zone("example.", policy);
    zone.trust(labels);
    zone.probe(labels, {labels.front()});
    return zone;
}

TrustPointPolicy either() { return GENERATE(TrustPointPolicy::rfc5011(), TrustPointPolicy::unbound()); }

// Do data of the zone, signed by its key "a", validate under what is trusted now?
bool validates(RollingZone& zone, const Labels& published, const Labels& signers) {
    validator::Memo memo;
    validator::Meter meter;
    const auto outcome =
        validator::authenticate_keys(validator::Vouchers::of(validator::anchor_of(zone.state)),
                                     zone.dnskeys(published, signers), {zone.rules, zone.clock, memo, meter});
    return std::holds_alternative<validator::SecureCut>(outcome);
}

} // namespace

TEST_CASE("autotrust init, init_ds, init_sigs: the first probe settles what was configured", "[anchors][autotrust]") {
    RollingZone zone("example.", either());
    SECTION("a key") { zone.trust({"a"}); }
    SECTION("its digest") { zone.trust_ds({"a"}); }
    SECTION("both") {
        zone.trust({"a"});
        zone.state.ds = {zone.ds("a")};
    }
    const auto seen = zone.probe({"a", "zsk"}, {"zsk", "a"}); // signed by more than one
    CHECK(seen.validated);
    CHECK(zone.state_of("a") == "VALID");
    CHECK(zone.followed("a")->since == zone.clock);
    CHECK(zone.state_of("zsk").empty());
    CHECK(zone.state.ds.empty());
    CHECK(zone.state.last_success == zone.clock);
}

TEST_CASE("autotrust init_fail, init_failsig: a first probe that fails leaves what was configured",
          "[anchors][autotrust]") {
    RollingZone zone("example.", either());
    zone.trust_ds({"a"});
    SECTION("no answer") { validator::note_no_answer(zone.state, zone.policy, zone.clock); }
    SECTION("a bad signature") { CHECK_FALSE(zone.probe({"a"}, {"a"}, spoil_signature(0)).validated); }
    CHECK(zone.state.ds.size() == 1);
    CHECK(zone.state.keys.empty());
    CHECK(zone.state.last_success.seconds == 0);
    zone.pass(3600);
    CHECK(zone.probe({"a"}, {"a"}).validated);
}

TEST_CASE("autotrust init_zsk: a key without SEP is configured", "[anchors][autotrust]") {
    SECTION("Unbound trusts the zone's SEP keys at once, and gives the ZSK up") {
        RollingZone zone("example.", TrustPointPolicy::unbound());
        zone.trust({"zsk"});
        zone.probe({"a", "zsk"}, {"zsk", "a"});
        CHECK(zone.state_of("a") == "VALID");
        CHECK(zone.state_of("zsk").empty());
    }
    SECTION("ours has them wait for their hold-down, as the RFC says") {
        RollingZone zone("example.");
        zone.trust({"zsk"});
        zone.probe({"a", "zsk"}, {"zsk", "a"});
        CHECK(zone.state_of("a") == "ADDPEND");
        CHECK(zone.trusts("zsk"));
    }
}

TEST_CASE("autotrust addpend_once: seen once is not enough, however long ago", "[anchors][autotrust]") {
    RollingZone zone = following({"a"}, either());
    zone.probe({"a", "b"}, {"a"});
    zone.pass(31 * day);
    CHECK_FALSE(zone.probe({"a", "b"}, {"b"}).validated);
    CHECK(zone.state_of("b") == "ADDPEND");
    CHECK(zone.followed("b")->seen == 1);
    CHECK(zone.state.failures == 1);
}

TEST_CASE("autotrust addpend_twice, addpend_early: with 30 days behind it, not before", "[anchors][autotrust]") {
    RollingZone zone = following({"a"}, either());
    zone.probe({"a", "b"}, {"a"});
    zone.keep_probing(20 * day, 10 * day, {"a", "b"}, {"a"});
    CHECK(zone.state_of("b") == "ADDPEND");
    CHECK(zone.followed("b")->seen == 3);
    zone.pass(9 * day);
    zone.probe({"a", "b"}, {"a"});
    CHECK(zone.state_of("b") == "ADDPEND");
    zone.pass(2 * day);
    zone.probe({"a", "b"}, {"a"});
    CHECK(zone.state_of("b") == "VALID");
    CHECK(zone.followed("b")->since == zone.clock);
}

TEST_CASE("autotrust addpend_2exceed: seen twice, the rest of the hold-down without a look", "[anchors][autotrust]") {
    const bool unbound = GENERATE(true, false);
    RollingZone zone = following({"a"}, unbound ? TrustPointPolicy::unbound() : TrustPointPolicy::rfc5011());
    zone.probe({"a", "b"}, {"a"});
    zone.pass(10 * day);
    zone.probe({"a", "b"}, {"a"});
    zone.pass(31 * day);
    CHECK(zone.probe({"a", "b"}, {"b"}).validated == unbound); // RFC 5011 §2.2 wants a validated RRset behind it
    CHECK(zone.state_of("b") == (unbound ? "VALID" : "ADDPEND"));
}

TEST_CASE("autotrust addpend_nosign, addpend_nosignnew: a pending key authenticates nothing", "[anchors][autotrust]") {
    RollingZone zone = following({"a"}, either());
    zone.probe({"a", "b"}, {"a"});
    zone.pass(10 * day);
    SECTION("signed by it alone") { CHECK_FALSE(zone.probe({"a", "b"}, {"b"}).validated); }
    SECTION("with another new key") {
        CHECK_FALSE(zone.probe({"a", "b", "c"}, {"b"}).validated);
        CHECK(zone.state_of("c").empty());
    }
    CHECK(zone.state_of("b") == "ADDPEND");
    CHECK(zone.followed("b")->seen == 1);
}

TEST_CASE("autotrust 10key: ten keys at one trust point", "[anchors][autotrust]") {
    const Labels ten{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    RollingZone zone = following({"a"}, either());
    zone.probe(ten, {"a"});
    zone.keep_probing(32 * day, 8 * day, ten, {"a"});
    for (const auto& label : ten) CHECK(zone.state_of(label) == "VALID");
    CHECK(zone.probe(ten, {"j"}).validated);
}

TEST_CASE("autotrust missing, missing_returns, missing_all: gone from the zone, trusted all the same",
          "[anchors][autotrust]") {
    RollingZone zone = following({"a", "b"}, either());
    zone.pass(day);
    SECTION("one of two") {
        zone.probe({"b"}, {"b"});
        CHECK(zone.state_of("a") == "MISSING");
        CHECK(validates(zone, {"a"}, {"a"}));
        zone.pass(day);
        zone.probe({"a", "b"}, {"a"});
        CHECK(zone.state_of("a") == "VALID");
    }
    SECTION("all, with the signature of one of them: only where anchors need not be in the RRset") {
        CHECK_FALSE(zone.probe({"zsk"}, {"a"}).validated);
        zone.rules.anchors_may_be_absent = true;
        CHECK(zone.probe({"zsk"}, {"a"}).validated);
        CHECK(zone.state_of("a") == "MISSING");
        CHECK(zone.state_of("b") == "MISSING");
        CHECK_FALSE(zone.state.gone);
    }
}

TEST_CASE("autotrust probefail, probefailsig: trust outlives failures", "[anchors][autotrust]") {
    RollingZone zone = following({"a", "b"}, either());
    const auto keys = zone.state.keys;
    zone.pass(2 * 3600);
    SECTION("no answer") {
        validator::begin_probe(zone.state, zone.policy, zone.clock, zone.random);
        validator::note_no_answer(zone.state, zone.policy, zone.clock);
    }
    SECTION("bad signatures") { zone.probe({"a", "b"}, {"a"}, spoil_signature(0)); }
    SECTION("expired ones") {
        zone.take(zone.dnskeys({"a", "b"}, {"a"}, [&](dns::Rrsig& rrsig) {
            rrsig.expiration = dns::SerialTime::of({zone.clock.seconds - 1});
        }));
    }
    CHECK(zone.state.keys == keys);
    CHECK(zone.state.next_probe.seconds - zone.clock.seconds <= 3600);
}

TEST_CASE("autotrust revoked_use, revoked_with_invalid, valid_use: what a revocation does and does not",
          "[anchors][autotrust]") {
    RollingZone zone = following({"a", "b"}, either());
    zone.pass(day);
    CHECK(validates(zone, {"a", "b"}, {"a"}));
    SECTION("with a good signature of its own it is out, the other stays") {
        zone.probe({"a!", "b"}, {"a!", "b"});
        CHECK_FALSE(validates(zone, {"a", "b"}, {"a"}));
        CHECK(validates(zone, {"a!", "b"}, {"b"}));
    }
    SECTION("with a bad one it is not") {
        zone.probe({"a!", "b"}, {"a!", "b"}, spoil_signature(0));
        CHECK(validates(zone, {"a", "b"}, {"a"}));
    }
}

TEST_CASE("autotrust revtp, revtp_use: all keys revoked", "[anchors][autotrust]") {
    RollingZone zone = following({"a", "b"}, either());
    zone.pass(day);
    CHECK(zone.probe({"a!", "b!"}, {"a!", "b!"}).validated);
    CHECK(zone.state.gone);
    CHECK(zone.state.next_probe.seconds == 0);
    CHECK(zone.state_of("a") == "REVOKED");
    const auto anchor = validator::anchor_of(zone.state);
    CHECK(anchor.dnskey.empty());
    CHECK(anchor.ds.empty());
}

TEST_CASE("autotrust rollover: pre-publish, roll, revoke, put away", "[anchors][autotrust]") {
    const bool unbound = GENERATE(true, false);
    RollingZone zone = following({"a"}, unbound ? TrustPointPolicy::unbound() : TrustPointPolicy::rfc5011());
    zone.probe({"a", "b"}, {"a"});
    zone.keep_probing(33 * day, 11 * day, {"a", "b"}, {"a"});
    REQUIRE(zone.state_of("b") == "VALID");
    zone.pass(10 * day);
    zone.probe({"a!", "b"}, {"a!", "b"});
    CHECK(zone.state_of("a") == "REVOKED");
    CHECK(zone.followed("a")->dnskey.is_revoked());
    zone.keep_probing(370 * day, 10 * day, {"b"}, {"b"});
    CHECK(zone.state_of("a") == (unbound ? "" : "REMOVED"));
    CHECK(zone.state_of("b") == "VALID");
}

TEST_CASE("autotrust rollalgo_unknown: a key of an algorithm that cannot be verified", "[anchors][autotrust]") {
    const bool unbound = GENERATE(true, false);
    RollingZone zone = following({"a"}, unbound ? TrustPointPolicy::unbound() : TrustPointPolicy::rfc5011());
    dns::Dnskey strange = zone.key("b").dnskey();
    strange.algorithm = static_cast<dns::Algorithm>(200);
    auto set = zone.dnskeys({"a"}, {});
    set.set.rdata.push_back(strange.build());
    dns::Rrsig rrsig = *dns::Rrsig::parse(zone.dnskeys({"a"}, {"a"}).signatures[0]);
    set.signatures = {zones::sign_rrset_as(set.set, rrsig, zone.key("a")).rdata};
    CHECK(zone.take(set).validated);
    CHECK(zone.state.keys.size() == (unbound ? 1 : 2)); // Unbound leaves it out
}

// ------------------------------------------------------------------------------------------------- clocks that jump

TEST_CASE("trust point: a clock that stands at 1970 or years ahead changes nothing (RFC 5011 §2.2)", "[anchors]") {
    RollingZone zone = following({"a", "b"}, TrustPointPolicy::rfc5011());
    zone.keep_probing(20 * day, 10 * day, {"a", "b", "c"}, {"a", "b"});
    zone.probe({"a!", "b", "c"}, {"a!", "b"});
    const auto real = zone.clock;
    const auto answer = zone.dnskeys({"b", "c"}, {"b"}); // as it is published today
    const auto keys = zone.state.keys;
    REQUIRE(zone.state_of("c") == "ADDPEND");
    for (const std::int64_t wrong : {std::int64_t{86400}, real.seconds + 5 * 365 * day, real.seconds - 400 * day}) {
        zone.clock.seconds = wrong;
        CHECK_FALSE(zone.take(answer).validated); // outside the window of its signature
        CHECK(zone.state.keys == keys);
        CHECK(validator::is_due(zone.state, real)); // the schedule that the wrong clock made is not kept
    }
    zone.clock = real;
    zone.pass(10 * day);
    CHECK(zone.probe({"a!", "b", "c"}, {"a!", "b"}).validated);
    CHECK(zone.followed("c")->held == 20 * day);
}

TEST_CASE("trust point: a clock that swings within the signatures' window gains nothing by it", "[anchors]") {
    RollingZone zone = following({"a"}, TrustPointPolicy::rfc5011());
    const auto real = zone.clock;
    const auto answer = zone.dnskeys({"a", "b"}, {"a"});
    zone.take(answer);
    for (int swing = 0; swing < 50; ++swing) {
        zone.clock.seconds = real.seconds + 14 * day;
        CHECK(zone.take(answer).validated);
        zone.clock.seconds = real.seconds + swing;
        CHECK(zone.take(answer).validated);
    }
    CHECK(zone.state_of("b") == "ADDPEND");
    CHECK(zone.followed("b")->held == 14 * day);
}

TEST_CASE("trust point: a machine that slept for a year does not make up for it by the calendar", "[anchors]") {
    RollingZone zone = following({"a"}, TrustPointPolicy::rfc5011());
    zone.probe({"a", "b"}, {"a"});
    zone.pass(365 * day);
    CHECK(zone.probe({"a", "b"}, {"a"}).validated);
    CHECK(zone.state_of("b") == "ADDPEND");
    CHECK(zone.followed("b")->held == 15 * day);
    zone.keep_probing(15 * day, 5 * day, {"a", "b"}, {"a"});
    CHECK(zone.state_of("b") == "VALID");
}

// -------------------------------------------------------------------------------------------------- the root's roll

TEST_CASE("trust point: the root's roll of 2025 to 2027, from an installation that knew KSK-2017 alone", "[anchors]") {
    RollingZone root("."); // "a" stands for 20326, "b" for 38696
    root.ttl = 172'800;
    root.trust_ds({"a"});
    const auto at = [](std::string_view text) { return *dns::from_rfc3339(text); };
    const auto published = at("2025-01-11T00:00:00Z"), signs = at("2026-10-11T00:00:00Z"),
               revoked = at("2027-01-11T00:00:00Z"), withdrawn = at("2027-03-22T00:00:00Z"),
               end = at("2027-06-01T00:00:00Z");
    std::vector<std::pair<std::string, std::string>> history; // date, change
    unsigned probes = 0;
    for (root.clock = at("2024-12-01T06:00:00Z"); root.clock < end; root.pass(day)) {
        if (!validator::is_due(root.state, root.clock)) continue;
        const auto now = root.clock;
        const bool revoking = now >= revoked && now < withdrawn;
        Labels keys{now >= published ? "b" : "zsk", "zsk"}, signers;
        if (now < withdrawn) keys.push_back(revoking ? "a!" : "a");
        if (keys[0] == keys[1]) keys.erase(keys.begin());
        signers.push_back(now >= signs ? "b" : "a");
        if (revoking) signers.push_back("a!");
        const auto seen = root.probe(keys, signers);
        REQUIRE(seen.validated);
        ++probes;
        for (const auto& change : seen.changes)
            history.emplace_back(dns::to_rfc3339(now).substr(0, 10),
                                 (change.dnskey.public_key == root.key("a").dnskey().public_key ? "a " : "b ") +
                                     std::string(to_text(change.to)));
    }
    CHECK(probes > 900); // daily: half the TTL of two days
    CHECK(history == std::vector<std::pair<std::string, std::string>>{{"2024-12-01", "a VALID"},
                                                                      {"2025-01-11", "b ADDPEND"},
                                                                      {"2025-02-10", "b VALID"},
                                                                      {"2027-01-11", "a REVOKED"},
                                                                      {"2027-04-20", "a REMOVED"}});
    CHECK(root.trusts("b"));
    CHECK_FALSE(root.trusts("a"));
}
