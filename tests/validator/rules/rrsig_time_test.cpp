// V-025 to V-031, V-060 to V-064: dates and times to live.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;
using validator::ReasonCode;

namespace {

const dns::RrSet address = rrset("www.example.", RrType::A, {"192.0.2.1"});

dns::SerialTime at(std::int64_t seconds_from_now) {
    return dns::SerialTime::of(dns::UnixTime{now.seconds + seconds_from_now});
}

std::string with_window(TestZone& zone, dns::SerialTime inception, dns::SerialTime expiration) {
    return why_not(zone, zone.sign(address, [&](auto& r) {
        r.inception = inception;
        r.expiration = expiration;
    }));
}

} // namespace

TEST_CASE("V-025 an expired RRSIG is not used (RFC 4035 §5.3.1)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys: in its very last second it is good") { CHECK(with_window(zone, at(-60), at(0)).empty()); }
    SECTION("breaks: rrsig-expired a second later (EDE 7)") {
        CHECK(with_window(zone, at(-60), at(-1)) == "rrsig-expired");
        CHECK(validator::info(ReasonCode::rrsig_expired).ede == dns::EdeCode::signature_expired);
    }
}

TEST_CASE("V-026 an RRSIG before its inception is not used (RFC 4035 §5.3.1)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys: in its very first second it is good") { CHECK(with_window(zone, at(0), at(60)).empty()); }
    SECTION("breaks: rrsig-not-yet-valid a second before (EDE 8)") {
        CHECK(with_window(zone, at(1), at(60)) == "rrsig-not-yet-valid");
        CHECK(validator::info(ReasonCode::rrsig_not_yet_valid).ede == dns::EdeCode::signature_not_yet_valid);
    }
}

TEST_CASE("V-027 dates are compared in serial number arithmetic (RFC 4034 §3.1.5, RFC 1982 §3.2)", "[rules]") {
    TestZone zone("example.");
    // A signature that lives across the wrap of 2106-02-07.
    const dns::SerialTime before_wrap{0xFFFFFFF0U}, after_wrap{0x10U};
    const auto when = [&](std::int64_t second) {
        const auto set = zone.sign(address, [&](auto& r) { r.inception = before_wrap, r.expiration = after_wrap; });
        const validator::Work work{zone.policy, dns::UnixTime{second}, zone.memo, zone.meter};
        const auto proof = validator::prove(set, *zone.keys, work);
        return proof.proven ? std::string() : first_reason(proof.reasons);
    };
    SECTION("obeys") {
        CHECK(when(0xFFFFFFF0LL).empty());
        CHECK(when(0x100000005LL).empty());
    }
    SECTION("breaks: rrsig-expired and rrsig-not-yet-valid on the two sides of the wrap") {
        CHECK(when(0x100000011LL) == "rrsig-expired");
        CHECK(when(0xFFFFFFEFLL) == "rrsig-not-yet-valid");
    }
}

TEST_CASE("V-028 an RRSIG that expires before its inception is never valid (RFC 4034 §3.1.5)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys") { CHECK(with_window(zone, at(-60), at(60)).empty()); }
    SECTION("breaks: rrsig-expires-before-inception, then what the clock says (EDE 25, 7)") {
        const auto set = zone.sign(address, [](auto& r) { r.inception = at(60), r.expiration = at(-60); });
        const auto proof = zone.prove(set);
        REQUIRE_FALSE(proof.proven);
        REQUIRE(proof.reasons.size() == 2);
        CHECK(proof.reasons[0].code == ReasonCode::rrsig_expires_before_inception);
        CHECK(proof.reasons[1].code == ReasonCode::rrsig_expired);
        CHECK(validator::info(proof.reasons[0].code).ede == dns::EdeCode::signature_expired_before_valid);
    }
    SECTION("breaks: rrsig-expires-before-inception where tolerance alone would let both ends pass") {
        zone.policy.clock_skew = 3600;
        CHECK(with_window(zone, at(60), at(-60)) == "rrsig-expires-before-inception");
    }
}

TEST_CASE("V-029 tolerance for clocks only where it is configured", "[rules]") {
    TestZone zone("example.");
    zone.policy.clock_skew = 300;
    SECTION("obeys") {
        CHECK(with_window(zone, at(-3600), at(-300)).empty());
        CHECK(with_window(zone, at(300), at(3600)).empty());
    }
    SECTION("breaks: rrsig-expired beyond it, and at once where there is none") {
        CHECK(with_window(zone, at(-3600), at(-301)) == "rrsig-expired");
        CHECK(with_window(zone, at(301), at(3600)) == "rrsig-not-yet-valid");
        zone.policy.clock_skew = default_policy().clock_skew;
        CHECK(with_window(zone, at(-3600), at(-1)) == "rrsig-expired");
    }
}

TEST_CASE("V-030 an expired RRSIG beside a valid one does not hurt (RFC 6840 §5.4)", "[rules]") {
    TestZone zone("example.");
    const auto expired = zone.rrsig(address, [](auto& r) { r.expiration = at(-1); });
    auto set = zone.sign(address);
    SECTION("obeys: in any order") {
        set.signatures.push_back(expired);
        CHECK(why_not(zone, set).empty());
        std::reverse(set.signatures.begin(), set.signatures.end());
        CHECK(why_not(zone, set).empty());
    }
    SECTION("breaks: rrsig-expired where it is alone") {
        set.signatures = {expired};
        CHECK(why_not(zone, set) == "rrsig-expired");
    }
}

TEST_CASE("V-060 the TTL is the least of what was received, the RRSIG's, the Original TTL and the time left "
          "(RFC 4035 §5.3.3)",
          "[rules]") {
    TestZone zone("example.");
    const auto ttl = [&](dns::Ttl received, dns::Ttl rrsig, std::uint32_t original, std::int64_t left) {
        auto set = address;
        set.ttl = received;
        auto signed_set = zone.sign(set, [&](auto& r) { r.original_ttl = original, r.expiration = at(left); });
        signed_set.signature_ttl = rrsig;
        return zone.prove(signed_set).proven->ttl();
    };
    SECTION("obeys: each of the four can be the least") {
        CHECK(ttl(100, 200, 300, 400) == 100);
        CHECK(ttl(400, 100, 200, 300) == 100);
        CHECK(ttl(300, 400, 100, 200) == 100);
        CHECK(ttl(200, 300, 400, 100) == 100);
    }
    SECTION("breaks: a TTL above the Original TTL is cut, not refused; the verdict tells the smaller one") {
        const auto tree = build({test::zone("example.", "www 600 A 192.0.2.1\n")});
        const auto question = ask("www.example.", RrType::A);
        const auto verdict = verdict_of(tree, question, {{question, [](dns::Message& m) {
                                                              for (auto& r : m.answer) r.ttl = 90000;
                                                          }}});
        CHECK(verdict.security == Security::secure);
        CHECK(verdict.ttl == 600);
    }
}

TEST_CASE("V-061 a negative answer is kept no longer than the SOA's MINIMUM and TTL (RFC 2308 §5)", "[rules]") {
    const auto tree = [](const std::string& soa) { return build({test::zone("example.", soa + "www A 192.0.2.1\n")}); };
    const auto ttl = [](const zones::Hierarchy& t) { return verdict_of(t, ask("no.example.", RrType::A)).ttl; };
    SECTION("obeys") {
        CHECK(ttl(tree("@ 900 SOA ns host 1 2 3 4 300\n")) == 300);
        CHECK(ttl(tree("@ 200 SOA ns host 1 2 3 4 300\n")) == 200);
    }
    SECTION("breaks: without a SOA it is not kept at all") {
        const auto t = tree("@ 900 SOA ns host 1 2 3 4 300\n");
        const auto question = ask("no.example.", RrType::A);
        const auto verdict = verdict_of(t, question, {{question, [](dns::Message& m) {
                                                           drop(m.authority, RrType::SOA);
                                                           drop_signatures(m.authority, RrType::SOA);
                                                       }}});
        CHECK(verdict.security == Security::secure);
        CHECK(verdict.ttl == 0);
    }
}

TEST_CASE("V-062 a negative answer is kept three hours at most (RFC 9077 §3.4)", "[rules]") {
    const auto ttl = [](const std::string& soa) {
        const auto tree = build({test::zone("example.", soa + "www 90000 A 192.0.2.1\n")});
        return verdict_of(tree, ask("no.example.", RrType::A)).ttl;
    };
    SECTION("obeys") { CHECK(ttl("@ 10800 SOA ns host 1 2 3 4 10800\n") == 10800); }
    SECTION("breaks: a day in the SOA is cut to three hours") {
        CHECK(ttl("@ 86400 SOA ns host 1 2 3 4 86400\n") == 10800);
    }
}

TEST_CASE("V-063 a wildcard answer is kept no longer than its denial (RFC 9077 §4.1)", "[rules]") {
    const auto tree = build({test::zone("example.", "@ 3600 SOA ns host 1 2 3 4 300\n* 3600 TXT w\n")});
    SECTION("obeys") { CHECK(verdict_of(tree, ask("x.example.", RrType::TXT)).ttl == 300); }
    SECTION("breaks: the wildcard itself, which needs no denial, is kept for its own TTL") {
        CHECK(verdict_of(tree, ask("*.example.", RrType::TXT)).ttl == 3600);
    }
}

TEST_CASE("V-064 an NSEC with another TTL than the SOA asks for is no fault (RFC 9077 §3.1)", "[rules]") {
    const auto tree = build({test::zone("example.", "@ 900 SOA ns host 1 2 3 4 300\nwww A 192.0.2.1\n")});
    const auto question = ask("no.example.", RrType::A);
    const auto with_ttl = [&](dns::Ttl ttl) {
        return verdict_of(tree, question, {{question, [&](dns::Message& m) {
                                                for (auto& r : m.authority)
                                                    if (r.type == RrType::NSEC) r.ttl = ttl;
                                            }}});
    };
    SECTION("obeys: a longer one") {
        CHECK(with_ttl(86400).security == Security::secure);
        CHECK(with_ttl(86400).ttl == 300);
    }
    SECTION("breaks: a shorter one only shortens the stay") {
        CHECK(with_ttl(5).security == Security::secure);
        CHECK(with_ttl(5).ttl == 5);
    }
}
