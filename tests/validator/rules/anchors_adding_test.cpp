// V-216..V-226: when a trust point is asked, and how a key becomes an anchor (RFC 5011 §2.2 to §2.4).
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/trust_point_world.h"

using namespace test;
using validator::is_due;

namespace {

RollingZone following_a() {
    RollingZone zone("example.");
    zone.trust({"a"});
    zone.probe({"a"}, {"a"});
    return zone;
}

std::int64_t until_next(const RollingZone& zone) { return zone.state.next_probe.seconds - zone.clock.seconds; }

bool only_a_vouches_for_c(const RollingZone& zone) {
    const auto& ids = zone.followed("c")->validated_by;
    return ids.size() == 1 && ids[0] == validator::key_id(zone.apex, zone.key("a").dnskey());
}

bool within(std::int64_t value, std::int64_t interval) {
    return value >= interval - interval / 10 && value <= interval;
}

} // namespace

TEST_CASE("V-216 a trust point is asked again within the query interval (RFC 5011 §2.3)", "[rules][anchors]") {
    RollingZone zone("example.");
    zone.trust({"a"});
    CHECK(is_due(zone.state, zone.clock));
    SECTION("obeys: half the Original TTL, with 90 to 100 % of it left to chance") {
        zone.ttl = 2 * day;
        zone.probe({"a"}, {"a"});
        CHECK(zone.state.query_interval == day);
        CHECK(within(until_next(zone), day));
        CHECK_FALSE(is_due(zone.state, {zone.clock.seconds + day * 9 / 10 - 1}));
        CHECK(is_due(zone.state, {zone.clock.seconds + day}));
    }
    SECTION("obeys: half the time left to the RRSIG's expiration, where that is less") {
        zone.ttl = 60 * day;
        zone.take(zone.dnskeys({"a"}, {"a"}, [&](dns::Rrsig& rrsig) {
            rrsig.expiration = dns::SerialTime::of({zone.clock.seconds + 4 * day});
        }));
        CHECK(zone.state.query_interval == 2 * day);
    }
    SECTION("obeys: never above 15 days, and never under an hour") {
        zone.ttl = 60 * day;
        zone.take(zone.dnskeys({"a"}, {"a"}, [&](dns::Rrsig& rrsig) {
            rrsig.expiration = dns::SerialTime::of({zone.clock.seconds + 90 * day});
        }));
        CHECK(zone.state.query_interval == 15 * day / 2); // half of what counts of the expiration
        zone.ttl = 60;
        zone.probe({"a"}, {"a"});
        CHECK(zone.state.query_interval == 3600);
    }
    SECTION("obeys: the Original TTL counts, not what a cache has left of it") {
        zone.ttl = 2 * day;
        auto cached = zone.dnskeys({"a"}, {"a"});
        cached.set.ttl = 17;
        zone.take(cached);
        CHECK(zone.state.query_interval == day);
    }
    SECTION("breaks: a schedule that cannot be real is not waited for") {
        zone.probe({"a"}, {"a"});
        zone.state.next_probe.seconds = zone.clock.seconds + 3650 * day; // written while the clock was ahead
        CHECK(is_due(zone.state, zone.clock));
    }
}

TEST_CASE("V-217 a probe that fails is repeated after the retry time (RFC 5011 §2.3)", "[rules][anchors]") {
    RollingZone zone("example.");
    zone.ttl = 5 * day;
    zone.trust({"a"});
    zone.probe({"a"}, {"a"});
    CHECK(zone.state.retry_time == day / 2);
    zone.pass(3 * day);
    SECTION("obeys: no answer") {
        validator::begin_probe(zone.state, zone.policy, zone.clock, zone.random);
        validator::note_no_answer(zone.state, zone.policy, zone.clock);
        CHECK(zone.state.failures == 1);
        CHECK(within(until_next(zone), day / 2));
    }
    SECTION("obeys: an answer that does not validate") {
        const auto seen = zone.probe({"a"}, {"a"}, spoil_signature(0));
        CHECK_FALSE(seen.validated);
        CHECK(first_reason(seen.reasons) == "rrsig-bad-signature");
        CHECK(within(until_next(zone), day / 2));
        CHECK(zone.state_of("a") == "VALID");
    }
    SECTION("breaks: a probe that succeeds waits for the query interval, and forgets the failures") {
        zone.state.failures = 3;
        zone.probe({"a"}, {"a"});
        CHECK(zone.state.failures == 0);
        CHECK(within(until_next(zone), 5 * day / 2));
    }
}

TEST_CASE("V-218 an RRset that no current anchor authenticates changes no state (RFC 5011 §2, §2.2)",
          "[rules][anchors]") {
    RollingZone zone = following_a();
    zone.pass(day);
    SECTION("obeys: signed by an anchor") {
        CHECK(zone.probe({"a", "b"}, {"a"}).validated);
        CHECK(zone.state_of("b") == "ADDPEND");
    }
    SECTION("breaks: rrsig-bad-signature") {
        const auto keys = zone.state.keys;
        const auto seen = zone.probe({"a", "b"}, {"a"}, spoil_signature(0));
        CHECK(first_reason(seen.reasons) == "rrsig-bad-signature");
        CHECK(zone.state.keys == keys);
    }
    SECTION("breaks: dnskey-not-signed-by-ds-key, signed by the new key alone") {
        const auto keys = zone.state.keys;
        const auto seen = zone.probe({"a", "b"}, {"b"});
        CHECK(first_reason(seen.reasons) == "dnskey-not-signed-by-ds-key");
        CHECK(zone.state.keys == keys);
    }
    SECTION("breaks: anchor-no-matching-key, the anchor is not in the RRset") {
        const auto keys = zone.state.keys;
        const auto seen = zone.probe({"b"}, {"b"});
        CHECK(first_reason(seen.reasons) == "anchor-no-matching-key");
        CHECK(zone.state.keys == keys);
    }
}

TEST_CASE("V-219 a new SEP key is pending, and the keys that validated it are remembered (RFC 5011 §2.2, §4.1)",
          "[rules][anchors]") {
    RollingZone zone("example.");
    zone.trust({"a", "b"});
    SECTION("obeys: timer, count and vouchers") {
        zone.probe({"a", "b"}, {"a"});
        zone.pass(day);
        const auto seen = zone.probe({"a", "b", "c"}, {"a", "b"});
        REQUIRE(zone.followed("c") != nullptr);
        const auto& pending = *zone.followed("c");
        CHECK(pending.state == KeyState::add_pend);
        CHECK(pending.since == zone.clock);
        CHECK(pending.held == 0);
        CHECK(pending.seen == 1);
        CHECK(pending.validated_by.size() == 2);
        REQUIRE(seen.changes.size() == 1);
        CHECK(seen.changes[0].event == KeyEvent::new_key);
        CHECK_FALSE(zone.trusts("c"));
    }
    SECTION("breaks: a signature that is spoilt vouches for nothing") {
        zone.probe({"a", "b", "c"}, {"a", "b"}, spoil_signature(1));
        CHECK(only_a_vouches_for_c(zone));
    }
}

TEST_CASE("V-220 a key without the SEP bit is no candidate, but may be an anchor (RFC 5011 §2, §4.2)",
          "[rules][anchors]") {
    SECTION("obeys: a configured one authenticates the RRset, and keeps its place until a SEP key is valid") {
        RollingZone zone("example.");
        zone.trust({"zsk"});
        CHECK(zone.probe({"zsk", "a"}, {"zsk"}).validated);
        CHECK(zone.trusts("zsk"));
        CHECK(zone.state_of("a") == "ADDPEND");
        zone.keep_probing(31 * day, 5 * day, {"zsk", "a"}, {"zsk"});
        CHECK(zone.trusts("a"));
        CHECK_FALSE(zone.trusts("zsk"));
    }
    SECTION("breaks: a new one in the RRset is not followed") {
        RollingZone zone = following_a();
        zone.probe({"a", "zsk"}, {"a", "zsk"});
        CHECK(zone.state_of("zsk").empty());
    }
}

TEST_CASE("V-221 a validated RRset without a pending key sends it back to Start (RFC 5011 §2.2, §4)",
          "[rules][anchors]") {
    RollingZone zone = following_a();
    zone.keep_probing(20 * day, 10 * day, {"a", "b"}, {"a"});
    REQUIRE(zone.state_of("b") == "ADDPEND");
    REQUIRE(zone.followed("b")->held == 10 * day);
    SECTION("obeys: it begins anew when it comes back") {
        zone.pass(day);
        const auto seen = zone.probe({"a"}, {"a"});
        REQUIRE(seen.changes.size() == 1);
        CHECK(seen.changes[0].event == KeyEvent::key_rem);
        CHECK(zone.state_of("b").empty());
        zone.pass(day);
        zone.probe({"a", "b"}, {"a"});
        CHECK(zone.followed("b")->held == 0);
        zone.keep_probing(20 * day, 10 * day, {"a", "b"}, {"a"});
        CHECK(zone.state_of("b") == "ADDPEND");
    }
    SECTION("breaks: an RRset that does not validate takes nothing away") {
        zone.pass(day);
        CHECK_FALSE(zone.probe({"a"}, {"a"}, spoil_signature(0)).validated);
        CHECK(zone.state_of("b") == "ADDPEND");
        CHECK(zone.followed("b")->held == 10 * day);
    }
}

TEST_CASE("V-222 a pending key falls with all keys that validated it (RFC 5011 §2.2)", "[rules][anchors]") {
    RollingZone zone("example.");
    zone.trust({"a", "b"});
    zone.probe({"a", "b"}, {"a", "b"});
    zone.keep_probing(20 * day, 10 * day, {"a", "b", "c"}, {"b"}); // b alone vouches for c
    REQUIRE(zone.followed("c")->held == 10 * day);
    SECTION("obeys: its timer begins anew, under the keys that are left") {
        zone.pass(day);
        const auto seen = zone.probe({"a", "b!", "c"}, {"a", "b!"});
        CHECK(zone.state_of("b") == "REVOKED");
        CHECK(zone.followed("c")->held == 0);
        CHECK(only_a_vouches_for_c(zone));
        CHECK(std::any_of(seen.changes.begin(), seen.changes.end(),
                          [](const auto& change) { return change.event == KeyEvent::vouchers_revoked; }));
    }
    SECTION("breaks: as long as one of them stands, the timer runs on") {
        zone.pass(day);
        zone.probe({"a!", "b", "c"}, {"a!", "b"});
        CHECK(zone.state_of("a") == "REVOKED");
        CHECK(zone.followed("c")->held == 11 * day);
    }
}

TEST_CASE("V-223 a pending key is valid after the hold-down and a validated RRset behind it (RFC 5011 §2.2)",
          "[rules][anchors]") {
    RollingZone zone = following_a();
    zone.keep_probing(30 * day, 10 * day, {"a", "b"}, {"a"});
    REQUIRE(zone.followed("b")->held == 20 * day);
    SECTION("obeys") {
        zone.pass(10 * day);
        const auto seen = zone.probe({"a", "b"}, {"a"});
        REQUIRE(seen.changes.size() == 1);
        CHECK(seen.changes[0].event == KeyEvent::add_time);
        CHECK(zone.trusts("b"));
    }
    SECTION("breaks: time alone does not do it") {
        zone.pass(40 * day);
        CHECK_FALSE(zone.probe({"a", "b"}, {"b"}).validated);
        CHECK_FALSE(zone.trusts("b"));
    }
    SECTION("breaks: nor does an RRset behind it that lacks the key") {
        zone.pass(10 * day);
        zone.probe({"a"}, {"a"});
        CHECK_FALSE(zone.trusts("b"));
    }
}

TEST_CASE("V-224 the add hold-down is 30 days, or the Original TTL where that is more (RFC 5011 §2.4.1)",
          "[rules][anchors]") {
    RollingZone zone = following_a();
    SECTION("obeys: one second less is not enough") {
        zone.probe({"a", "b"}, {"a"});
        zone.pass(15 * day);
        zone.probe({"a", "b"}, {"a"});
        zone.pass(15 * day - 1);
        zone.probe({"a", "b"}, {"a"});
        CHECK(zone.state_of("b") == "ADDPEND");
        zone.pass(1);
        zone.probe({"a", "b"}, {"a"});
        CHECK(zone.state_of("b") == "VALID");
    }
    SECTION("breaks: with a TTL of 40 days, 30 days are not enough") {
        zone.ttl = 40 * day;
        zone.probe({"a", "b"}, {"a"});
        zone.ttl = 10800; // a later, smaller one does not shorten it
        zone.keep_probing(39 * day, 13 * day, {"a", "b"}, {"a"});
        CHECK(zone.state_of("b") == "ADDPEND");
        zone.pass(day);
        zone.probe({"a", "b"}, {"a"});
        CHECK(zone.state_of("b") == "VALID");
    }
}

TEST_CASE("V-225 a pending key authenticates nothing, not even another new key (RFC 5011 §2.2)", "[rules][anchors]") {
    RollingZone zone = following_a();
    zone.pass(day);
    zone.probe({"a", "b"}, {"a"});
    zone.pass(day);
    SECTION("obeys: with the anchor's signature beside its own") {
        CHECK(zone.probe({"a", "b", "c"}, {"a", "b"}).validated);
        CHECK(only_a_vouches_for_c(zone));
    }
    SECTION("breaks: dnskey-not-signed-by-ds-key") {
        const auto seen = zone.probe({"a", "b", "c"}, {"b"});
        CHECK(first_reason(seen.reasons) == "dnskey-not-signed-by-ds-key");
        CHECK(zone.state_of("c").empty());
    }
}

TEST_CASE("V-226 a valid key stays an anchor until it is revoked, also while missing (RFC 5011 §2.2, §4.2)",
          "[rules][anchors]") {
    RollingZone zone("example.");
    zone.trust({"a", "b"});
    zone.probe({"a", "b"}, {"a"});
    zone.pass(day);
    zone.probe({"b"}, {"b"});
    REQUIRE(zone.state_of("a") == "MISSING");
    SECTION("obeys: for years") {
        CHECK(zone.trusts("a"));
        zone.keep_probing(1000 * day, 10 * day, {"b"}, {"b"});
        CHECK(zone.state_of("a") == "MISSING");
        CHECK(zone.trusts("a"));
    }
    SECTION("breaks: Unbound's policy gives it up after 366 days") {
        zone.policy = validator::TrustPointPolicy::unbound();
        zone.pass(366 * day);
        zone.probe({"b"}, {"b"});
        CHECK(zone.state_of("a") == "MISSING");
        zone.pass(1);
        zone.probe({"b"}, {"b"});
        CHECK(zone.state_of("a").empty());
        CHECK_FALSE(zone.trusts("a"));
    }
}
