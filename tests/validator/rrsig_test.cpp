#include "validator/rrsig.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "tests/validator/test_zone.h"

using namespace test;

namespace {

dns::SerialTime at(std::int64_t seconds_from_now) {
    return dns::SerialTime::of(dns::UnixTime{now.seconds + seconds_from_now});
}

} // namespace

TEST_CASE("rrsig: each condition of RFC 4035 §5.3.1 on its own, beside the good signature") {
    TestZone zone("example.");
    const auto set = rrset("www.example.", RrType::A, {"192.0.2.1", "192.0.2.2"});
    struct Row {
        std::string about;
        TestZone::Mutation before;
        std::string reason; // "": proven
    };
    const std::vector<Row> rows = {
        {"nothing altered", {}, ""},
        {"type covered is another", [](dns::Rrsig& r) { r.type_covered = RrType::AAAA; }, "rrsig-malformed"},
        {"signer is a child name", [](dns::Rrsig& r) { r.signer = name("www.example."); }, "rrsig-signer-not-zone"},
        {"signer merely ends alike", [](dns::Rrsig& r) { r.signer = name("badexample."); }, "rrsig-signer-not-zone"},
        {"signer in other letters", [](dns::Rrsig& r) { r.signer = name("EXAMPLE."); }, ""},
        {"expired a second ago", [](dns::Rrsig& r) { r.expiration = at(-1); }, "rrsig-expired"},
        {"expires now", [](dns::Rrsig& r) { r.expiration = at(0); }, ""},
        {"begins in a second", [](dns::Rrsig& r) { r.inception = at(1); }, "rrsig-not-yet-valid"},
        {"begins now", [](dns::Rrsig& r) { r.inception = at(0); }, ""},
        {"ends before it begins", [](dns::Rrsig& r) { std::swap(r.inception, r.expiration); },
         "rrsig-expires-before-inception"},
        {"key tag of no key", [](dns::Rrsig& r) { ++r.key_tag; }, "rrsig-no-matching-key"},
        {"algorithm of no key", [](dns::Rrsig& r) { r.algorithm = dns::Algorithm::ED448; }, "rrsig-no-matching-key"},
        {"algorithm unsupported", [](dns::Rrsig& r) { r.algorithm = dns::Algorithm::ECC_GOST; },
         "rrsig-algorithm-unsupported"},
        {"a smaller Original TTL", [](dns::Rrsig& r) { r.original_ttl = 60; }, ""},
        {"labels of a wildcard", [](dns::Rrsig& r) { r.labels = 1; }, ""},
        {"labels fewer than the signer's", [](dns::Rrsig& r) { r.labels = 0; }, "rrsig-labels-below-signer"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.about) {
            const auto proof = zone.prove(zone.sign(set, row.before));
            CHECK(first_reason(proof.reasons) == row.reason);
            CHECK(proof.proven.has_value() == row.reason.empty());
        }
    }
    SECTION("labels more than the owner's") {
        const auto proof = zone.prove(zone.sign(set, {}, [](dns::Rrsig& r) { r.labels = 3; }));
        CHECK(first_reason(proof.reasons) == "rrsig-labels-exceed-owner");
    }
}

TEST_CASE("rrsig: any octet altered after signing makes it bad (RFC 4035 §5.3.3)") {
    TestZone zone("example.");
    const auto set = rrset("www.example.", RrType::A, {"192.0.2.1", "192.0.2.2"});
    const auto good = zone.sign(set);
    const auto check = [&](const std::string& about, const std::function<void(dns::SignedRrSet&)>& alter, bool proven) {
        DYNAMIC_SECTION(about) {
            auto altered = good;
            alter(altered);
            const auto proof = zone.prove(altered);
            CHECK(proof.proven.has_value() == proven);
            if (!proven) CHECK(first_reason(proof.reasons) == "rrsig-bad-signature");
        }
    };
    check(
        "nothing", [](auto&) {}, true);
    check(
        "received TTL (the Original TTL is signed)", [](auto& s) { s.set.ttl = 17; }, true);
    check(
        "letters of the owner", [](auto& s) { s.set.owner = name("WWW.eXample."); }, true);
    check(
        "order of the records", [](auto& s) { std::swap(s.set.rdata[0], s.set.rdata[1]); }, true);
    check(
        "a record twice (RFC 4034 §6.3)", [](auto& s) { s.set.rdata.push_back(s.set.rdata[0]); }, true);
    check(
        "an address", [](auto& s) { s.set.rdata[0][3] ^= 1; }, false);
    check(
        "a record less", [](auto& s) { s.set.rdata.pop_back(); }, false);
    check(
        "a record more",
        [](auto& s) {
            s.set.rdata.push_back({192, 0, 2, 3});
        },
        false);
    check(
        "the signature", [](auto& s) { s.signatures[0].back() ^= 1; }, false);
    check(
        "the signature cut short", [](auto& s) { s.signatures[0].pop_back(); }, false);
}

TEST_CASE("rrsig: several signatures: one good one suffices (RFC 6840 §5.4)") {
    TestZone zone("example.");
    const auto set = rrset("www.example.", RrType::A, {"192.0.2.1"});
    const auto good = zone.rrsig(set);
    const auto expired = zone.rrsig(set, [](dns::Rrsig& r) { r.expiration = at(-60); });
    const auto bad = zone.rrsig(set, {}, [](dns::Rrsig& r) { r.signature[0] ^= 1; });
    const auto other_tag = zone.rrsig(set, [](dns::Rrsig& r) { ++r.key_tag; });
    dns::SignedRrSet signed_set = zone.sign(set);
    SECTION("among failing ones") {
        signed_set.signatures = {expired, other_tag, bad, {1, 2, 3}, good};
        const auto proof = zone.prove(signed_set);
        CHECK(proof.proven);
        CHECK(proof.reasons.empty());
    }
    SECTION("only failing ones: all reasons, dates first") {
        signed_set.signatures = {{1, 2, 3}, other_tag, bad, expired};
        const auto proof = zone.prove(signed_set);
        REQUIRE_FALSE(proof.proven);
        REQUIRE(proof.reasons.size() == 4);
        CHECK(first_reason(proof.reasons) == "rrsig-expired");
        CHECK(proof.reasons[0].window->expiration == at(-60));
        CHECK(proof.reasons[1].code == validator::ReasonCode::rrsig_bad_signature);
    }
    SECTION("none") {
        signed_set.signatures.clear();
        CHECK(first_reason(zone.prove(signed_set).reasons) == "rrsig-missing");
    }
}

TEST_CASE("rrsig: which keys may sign (RFC 4034 §2.1.1, §2.1.2, RFC 5011 §2.1, RFC 6840 §6.2)") {
    TestZone zone("example.");
    const auto second = zones::SigningKey::make(dns::Algorithm::ED25519, 256, 42, "second");
    const auto set = rrset("www.example.", RrType::A, {"192.0.2.1"});
    const auto check = [&](const std::string& about, const zones::SigningKey& key, const std::string& reason) {
        DYNAMIC_SECTION(about) {
            zone.authenticate({zone.key.dnskey(), key.dnskey()});
            dns::Rrsig fields = zone.fields(set);
            fields.key_tag = key.tag();
            dns::SignedRrSet signed_set = zone.sign(set);
            signed_set.signatures = {zones::sign_rrset_as(set, fields, key).rdata};
            CHECK(first_reason(zone.prove(signed_set).reasons) == reason);
        }
    };
    check("a zone key without SEP", second, "");
    check("a zone key with SEP", second.with_flags(257), "");
    check("unknown flag bits", second.with_flags(256 | 0x0400), "");
    check("no Zone Key flag", second.with_flags(0), "dnskey-no-zone-flag");
    check("REVOKE", second.with_flags(256 | 0x0080), "dnskey-revoked");
    check("protocol 4", second.with_protocol(4), "dnskey-bad-protocol");
}

TEST_CASE("rrsig: apex types signed by a zone above the owner are not used (RFC 4035 §5.3.1)") {
    TestZone zone("example.");
    for (const auto& [type, text] : std::vector<std::pair<RrType, std::string>>{
             {RrType::NS, "ns.example."}, {RrType::SOA, "ns.example. host.example. 1 2 3 4 5"}}) {
        CHECK(zone.prove(zone.sign(rrset("example.", type, {text}))).proven);
        const auto below = zone.prove(zone.sign(rrset("sub.example.", type, {text})));
        CHECK(first_reason(below.reasons) == "rrsig-signer-not-zone");
    }
}

TEST_CASE("rrsig: types that are never signed are never proven (RFC 4035 §2.2)") {
    TestZone zone("example.");
    const auto set = rrset("www.example.", RrType::A, {"192.0.2.1"});
    dns::SignedRrSet signatures;
    signatures.set = dns::RrSet(name("www.example."), RrType::RRSIG, 3600, {zone.rrsig(set)});
    signatures.signatures = {zone.rrsig(set)};
    CHECK(first_reason(zone.prove(signatures).reasons) == "answer-not-signable");
}

TEST_CASE("rrsig: TTL, window and wildcard of a proven RRset (RFC 4035 §5.3.3, §5.3.4)") {
    TestZone zone("example.");
    auto set = rrset("a.b.example.", RrType::A, {"192.0.2.1"}, 3600);
    SECTION("the least of received TTL, RRSIG's TTL, Original TTL and remaining life") {
        auto signed_set = zone.sign(set, [](dns::Rrsig& r) { r.original_ttl = 1800; });
        CHECK(zone.prove(signed_set).proven->ttl() == 1800);
        signed_set.set.ttl = 600;
        CHECK(zone.prove(signed_set).proven->ttl() == 600);
        signed_set.signature_ttl = 300;
        CHECK(zone.prove(signed_set).proven->ttl() == 300);
        CHECK(zone.prove(zone.sign(set, [](dns::Rrsig& r) { r.expiration = at(45); })).proven->ttl() == 45);
    }
    SECTION("window") {
        const auto proven = zone.proven(set);
        CHECK(proven.window().from.seconds == now.seconds - 86400);
        CHECK(proven.window().until.seconds == now.seconds + 86400);
        CHECK_FALSE(proven.is_expanded());
        CHECK(proven.original_owner() == set.owner);
    }
    SECTION("expanded from *.example.") {
        const auto proven = zone.proven(set, [](dns::Rrsig& r) { r.labels = 1; });
        CHECK(proven.is_expanded());
        CHECK(proven.original_owner() == name("*.example."));
    }
    SECTION("the wildcard itself is no expansion (RFC 4034 §3.1.3)") {
        set.owner = name("*.example.");
        CHECK_FALSE(zone.proven(set).is_expanded());
    }
}

TEST_CASE("rrsig: work is bounded: same-tag keys, failures per RRset, verifications (RFC 4035 §5.4)") {
    TestZone zone("example.");
    const auto set = rrset("www.example.", RrType::A, {"192.0.2.1"});
    // The key tag is a sum of 16-bit words (RFC 4034 §B), so exchanging words of the key keeps it.
    std::vector<dns::Dnskey> colliding;
    for (std::size_t i = 0; i < 6; ++i) {
        dns::Dnskey twin = zone.key.dnskey();
        std::swap(twin.public_key[0], twin.public_key[2 + 2 * i]);
        std::swap(twin.public_key[1], twin.public_key[3 + 2 * i]);
        REQUIRE(twin.key_tag() == zone.key.tag());
        colliding.push_back(twin);
    }
    SECTION("the right key comes fourth") {
        colliding.resize(3);
        colliding.push_back(zone.key.dnskey());
        zone.policy.limits.failures_per_rrset = 100;
        zone.authenticate(colliding);
        CHECK(zone.prove(zone.sign(set)).proven);
    }
    SECTION("the right key comes seventh") {
        colliding.push_back(zone.key.dnskey());
        zone.policy.limits.failures_per_rrset = 100;
        zone.authenticate(colliding);
        const auto proof = zone.prove(zone.sign(set));
        CHECK_FALSE(proof.proven);
        CHECK(std::any_of(proof.reasons.begin(), proof.reasons.end(),
                          [](const auto& r) { return r.code == validator::ReasonCode::budget_same_tag_keys; }));
    }
    SECTION("five bad signatures before the good one") {
        auto signed_set = zone.sign(set);
        const auto good = signed_set.signatures[0];
        signed_set.signatures.clear();
        for (std::uint8_t i = 0; i < 5; ++i)
            signed_set.signatures.push_back(zone.rrsig(set, {}, [i](dns::Rrsig& r) { r.signature[i] ^= 0x55; }));
        signed_set.signatures.push_back(good);
        const auto proof = zone.prove(signed_set);
        CHECK_FALSE(proof.proven);
        CHECK(std::any_of(proof.reasons.begin(), proof.reasons.end(),
                          [](const auto& r) { return r.code == validator::ReasonCode::budget_failures_per_rrset; }));
        std::swap(signed_set.signatures[0], signed_set.signatures[5]);
        CHECK(zone.prove(signed_set).proven);
    }
    SECTION("the meter is full") {
        zone.meter.verifications = zone.policy.limits.verifications;
        CHECK(first_reason(zone.prove(zone.sign(set)).reasons) == "budget-verifications");
    }
    SECTION("what has been verified once is not verified, and not charged, again") {
        const auto signed_set = zone.sign(set);
        REQUIRE(zone.prove(signed_set).proven);
        const unsigned before = zone.memo.verifications();
        zone.meter.verifications = zone.policy.limits.verifications;
        CHECK(zone.prove(signed_set).proven);
        CHECK(zone.memo.verifications() == before);
    }
}

TEST_CASE("rrsig: every algorithm that we can sign with is verified; SHA-1 only where the policy has it") {
    using dns::Algorithm;
    const auto set = rrset("www.example.", RrType::A, {"192.0.2.1"});
    for (const auto algorithm : {Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1, Algorithm::RSASHA256,
                                 Algorithm::RSASHA512, Algorithm::ECDSAP256SHA256, Algorithm::ECDSAP384SHA384,
                                 Algorithm::ED25519, Algorithm::ED448, Algorithm::MLDSA44}) {
        if (!validator::crypto_supports(algorithm)) continue;
        DYNAMIC_SECTION(dns::to_text(algorithm)) {
            TestZone zone("example.", default_policy(), algorithm);
            CHECK(zone.prove(zone.sign(set)).proven);
            auto altered = zone.sign(set);
            altered.set.rdata[0][0] ^= 1;
            CHECK(first_reason(zone.prove(altered).reasons) == "rrsig-bad-signature");
            zone.policy = validator::Policy::of(validator::AlgorithmProfile::strict);
            const bool sha1 = algorithm == Algorithm::RSASHA1 || algorithm == Algorithm::RSASHA1_NSEC3_SHA1;
            CHECK(zone.prove(zone.sign(set)).proven.has_value() == !sha1);
        }
    }
}

TEST_CASE("rrsig: signers that may hold the RRset, and one set per denial record (RFC 4035 §2.4, §5.3.2)") {
    TestZone zone("example.");
    const auto with_signers = [&](const dns::RrSet& set, const std::vector<std::string>& signers) {
        dns::SignedRrSet signed_set;
        signed_set.set = set;
        for (const auto& signer : signers)
            signed_set.signatures.push_back(zone.rrsig(set, {}, [&](dns::Rrsig& r) { r.signer = name(signer); }));
        return validator::plausible_signers(signed_set);
    };
    const auto a = rrset("www.sub.example.", RrType::A, {"192.0.2.1"});
    CHECK(with_signers(a, {"example.", "sub.example.", "sub.example.", "other.", "badexample."}) ==
          std::vector{name("sub.example."), name("example.")});
    const auto ds = rrset("sub.example.", RrType::DS, {"1 15 2 00"});
    CHECK(with_signers(ds, {"sub.example.", "example."}) == std::vector{name("example.")});
    dns::SignedRrSet both;
    both.set = rrset("sub.example.", RrType::NSEC, {"t.example. NS RRSIG NSEC", "a.sub.example. NS SOA RRSIG NSEC"});
    both.signatures = {{1}, {2}};
    const auto split = validator::one_set_per_denial(both);
    REQUIRE(split.size() == 2);
    CHECK(split[1].set.rdata == std::vector<dns::Bytes>{both.set.rdata[1]});
    CHECK(split[1].signatures.size() == 2);
}
