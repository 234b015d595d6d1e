// V-032 to V-044: which DNSKEY may have made a signature.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;
using dns::Algorithm;
using validator::ReasonCode;

namespace {

const dns::RrSet address = rrset("www.example.", RrType::A, {"192.0.2.1"});

// The zone with a second key published beside the first; sets are signed by the second.
struct TwoKeys {
    TestZone zone{"example."};
    zones::SigningKey second;

    explicit TwoKeys(zones::SigningKey other)
        : second(std::move(other)) {
        zone.authenticate({zone.key.dnskey(), second.dnskey()});
    }
    dns::SignedRrSet by_second(const dns::RrSet& set = address) const {
        dns::Rrsig fields = zone.fields(set);
        fields.key_tag = second.tag();
        fields.algorithm = second.dnskey().algorithm;
        return {set, {zones::sign_rrset_as(set, fields, second).rdata}, set.ttl};
    }
    std::string why_not() { return test::why_not(zone, by_second()); }
};

zones::SigningKey ed25519(std::uint16_t flags, std::string_view label = "second") {
    return zones::SigningKey::make(Algorithm::ED25519, flags, 42, label);
}

} // namespace

TEST_CASE("V-032 signer, algorithm and key tag must match a DNSKEY of the zone (RFC 4035 §5.3.1)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys") { CHECK(why_not(zone, zone.sign(address)).empty()); }
    SECTION("breaks: rrsig-no-matching-key") {
        CHECK(why_not(zone, zone.sign(address, [](auto& r) { ++r.key_tag; })) == "rrsig-no-matching-key");
        CHECK(why_not(zone, zone.sign(address, [](auto& r) { r.algorithm = Algorithm::ED448; })) ==
              "rrsig-no-matching-key");
    }
}

TEST_CASE("V-033 an RRSIG of an algorithm that the zone has no key for is disregarded (RFC 6840 §5.12)", "[rules]") {
    TestZone zone("example.");
    const auto foreign = zone.rrsig(address, [](auto& r) { r.algorithm = Algorithm::ECDSAP256SHA256; });
    auto set = zone.sign(address);
    SECTION("obeys: the others still count") {
        set.signatures.insert(set.signatures.begin(), foreign);
        CHECK(why_not(zone, set).empty());
    }
    SECTION("breaks: rrsig-no-matching-key where it is alone") {
        set.signatures = {foreign};
        CHECK(why_not(zone, set) == "rrsig-no-matching-key");
    }
}

TEST_CASE("V-034 a DNSKEY without the Zone Key flag signs nothing (RFC 4034 §2.1.1)", "[rules]") {
    SECTION("obeys") { CHECK(TwoKeys(ed25519(256)).why_not().empty()); }
    SECTION("breaks: dnskey-no-zone-flag (EDE 11)") {
        CHECK(TwoKeys(ed25519(0)).why_not() == "dnskey-no-zone-flag");
        CHECK(TwoKeys(ed25519(1)).why_not() == "dnskey-no-zone-flag");
    }
}

TEST_CASE("V-035 a DNSKEY whose Protocol is not 3 is invalid (RFC 4034 §2.1.2)", "[rules]") {
    SECTION("obeys") { CHECK(TwoKeys(ed25519(256).with_protocol(3)).why_not().empty()); }
    SECTION("breaks: dnskey-bad-protocol") {
        CHECK(TwoKeys(ed25519(256).with_protocol(4)).why_not() == "dnskey-bad-protocol");
    }
}

TEST_CASE("V-036 the SEP flag has no influence (RFC 4034 §2.1.1)", "[rules]") {
    SECTION("obeys: set or clear") {
        CHECK(TwoKeys(ed25519(257)).why_not().empty());
        CHECK(TwoKeys(ed25519(256)).why_not().empty());
    }
    SECTION("breaks: it does not make up for the Zone Key flag (dnskey-no-zone-flag)") {
        CHECK(TwoKeys(ed25519(1)).why_not() == "dnskey-no-zone-flag");
    }
}

TEST_CASE("V-037 other flag bits are ignored (RFC 4034 §2.1.1)", "[rules]") {
    SECTION("obeys") {
        for (const std::uint16_t bit : {0x8000, 0x4000, 0x0200, 0x0040, 0x0002})
            CHECK(TwoKeys(ed25519(static_cast<std::uint16_t>(256 | bit))).why_not().empty());
    }
    SECTION("breaks: REVOKE is no such bit (dnskey-revoked)") {
        CHECK(TwoKeys(ed25519(256 | dns::Dnskey::revoke_flag)).why_not() == "dnskey-revoked");
    }
}

TEST_CASE("V-038 any key of the authentic DNSKEY RRset may have signed (RFC 6840 §6.2)", "[rules]") {
    SECTION("obeys: and a key that signs nothing does no harm") {
        TwoKeys keys(ed25519(256));
        CHECK(keys.why_not().empty());
        CHECK(test::why_not(keys.zone, keys.zone.sign(address)).empty());
    }
    SECTION("breaks: rrsig-no-matching-key where the key is not in the RRset") {
        TwoKeys keys(ed25519(256));
        TestZone alone("example.");
        CHECK(test::why_not(alone, keys.by_second()) == "rrsig-no-matching-key");
    }
}

TEST_CASE("V-039 of several keys with one tag each is tried, within a bound (RFC 4035 §5.3.1, §5.4)", "[rules]") {
    TestZone zone("example.");
    // Swapping two aligned octet pairs leaves the tag as it is (RFC 4034 §B).
    const auto decoys = [&](std::size_t count) {
        std::vector<dns::Dnskey> keys;
        for (std::size_t i = 0; i < count; ++i) {
            dns::Dnskey decoy = zone.key.dnskey();
            std::swap(decoy.public_key[0], decoy.public_key[2 * i + 2]);
            std::swap(decoy.public_key[1], decoy.public_key[2 * i + 3]);
            REQUIRE(decoy.key_tag() == zone.key.tag());
            keys.push_back(decoy);
        }
        keys.push_back(zone.key.dnskey());
        return keys;
    };
    SECTION("obeys: the right one comes third") {
        TestZone behind("example.");
        behind.authenticate(decoys(2));
        CHECK(why_not(behind, zone.sign(address)).empty());
    }
    SECTION("breaks: budget-same-tag-keys where it comes too late") {
        auto policy = default_policy();
        policy.limits.same_tag_keys = 2;
        TestZone behind("example.");
        behind.authenticate(decoys(3));
        behind.policy = policy;
        const auto proof = behind.prove(zone.sign(address));
        CHECK_FALSE(proof.proven);
        CHECK(says(proof.reasons, "budget-same-tag-keys"));
    }
}

TEST_CASE("V-040 the key tag is the folded sum over the DNSKEY RDATA (RFC 4034 §B)", "[rules]") {
    const dns::Dnskey key{0x0101, 3, Algorithm::RSASHA256, {0xFF, 0xFF, 0x01}};
    SECTION("obeys") {
        // 0x0101 + 0x0308 + 0xFFFF + 0x0100 = 0x10508; the carry is folded once.
        CHECK(key.key_tag() == 0x0509);
    }
    SECTION("breaks: rrsig-no-matching-key for the tag without the carry") {
        TestZone zone("example.");
        CHECK(why_not(zone, zone.sign(address, [](auto& r) { --r.key_tag; })) == "rrsig-no-matching-key");
    }
}

TEST_CASE("V-041 the key tag of algorithm 1 is taken from the modulus (RFC 6840 §5.5)", "[rules]") {
    const dns::Bytes modulus_at_end{1, 3, 0xA1, 0xB2, 0xC3, 0xD4};
    SECTION("obeys: the third-to-last and second-to-last octets") {
        CHECK(dns::Dnskey{256, 3, Algorithm::RSAMD5, modulus_at_end}.key_tag() == 0xB2C3);
    }
    SECTION("breaks: another algorithm has the sum") {
        CHECK(dns::Dnskey{256, 3, Algorithm::RSASHA1, modulus_at_end}.key_tag() != 0xB2C3);
    }
}

TEST_CASE("V-042 the REVOKE flag changes the key tag: sum + 128, carry folded (RFC 5011 §2.1)", "[rules]") {
    const auto revoked_tag = [](const dns::Dnskey& key) {
        dns::Dnskey revoked = key;
        revoked.flags |= dns::Dnskey::revoke_flag;
        return revoked.key_tag();
    };
    SECTION("obeys: with a carry and without") {
        const dns::Dnskey plain{257, 3, Algorithm::ED25519, dns::Bytes(32, 0)};
        CHECK(revoked_tag(plain) == plain.key_tag() + 128);
        dns::Dnskey near_end = plain;
        near_end.public_key[0] = 0xFB, near_end.public_key[1] = 0xE0;
        REQUIRE(near_end.key_tag() > 0xFFFF - 128);
        CHECK(revoked_tag(near_end) == static_cast<dns::KeyTag>(near_end.key_tag() + 128 - 0xFFFF));
    }
    SECTION("breaks: rrsig-no-matching-key where a signature still has the old tag") {
        TestZone zone("example.");
        auto revoked = ed25519(256);
        const auto tag = revoked.tag();
        TwoKeys keys(revoked.with_flags(256 | dns::Dnskey::revoke_flag));
        dns::Rrsig fields = keys.zone.fields(address);
        fields.key_tag = tag;
        const dns::SignedRrSet set{address, {zones::sign_rrset_as(address, fields, revoked).rdata}, 3600};
        CHECK(test::why_not(keys.zone, set) == "rrsig-no-matching-key");
    }
}

TEST_CASE("V-043 a malformed key with a matching tag is one failure, and no work", "[rules]") {
    // 33 octets are no Ed25519 key; the tag is what it is.
    dns::Dnskey broken = ed25519(256).dnskey();
    broken.public_key.push_back(0);
    TestZone zone("example.");
    zone.authenticate({zone.key.dnskey(), broken});
    const auto signature = [&](std::uint8_t filler) {
        dns::Rrsig fields = zone.fields(address);
        fields.key_tag = broken.key_tag();
        fields.signature = dns::Bytes(64, filler);
        return fields.build();
    };
    dns::SignedRrSet set{address, {}, 3600};
    for (std::uint8_t i = 0; i < 8; ++i) set.signatures.push_back(signature(i));
    const unsigned before = zone.memo.verifications();
    SECTION("obeys: the good signature behind eight such is found") {
        set.signatures.push_back(zone.rrsig(address));
        CHECK(why_not(zone, set).empty());
        CHECK(zone.memo.verifications() == before + 1);
    }
    SECTION("breaks: dnskey-malformed, without a single verification") {
        CHECK(why_not(zone, set) == "dnskey-malformed");
        CHECK(zone.memo.verifications() == before);
    }
}

TEST_CASE("V-044 altered octets of key or signature make the signature fail (RFC 4035 §5.3.3)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys") { CHECK(why_not(zone, zone.sign(address)).empty()); }
    SECTION("breaks: rrsig-bad-signature for each octet of the signature") {
        for (std::size_t i = 0; i < 64; i += 9) {
            const auto set = zone.sign(address, {}, [&](auto& r) { r.signature[i] ^= 0x20; });
            CHECK(why_not(zone, set) == "rrsig-bad-signature");
        }
    }
    SECTION("breaks: rrsig-bad-signature for another key under the same tag") {
        dns::Dnskey altered = ed25519(256).dnskey();
        std::swap(altered.public_key[0], altered.public_key[2]);
        TwoKeys keys(ed25519(256));
        keys.zone.authenticate({keys.zone.key.dnskey(), altered});
        if (altered.key_tag() == keys.second.tag()) CHECK(keys.why_not() == "rrsig-bad-signature");
    }
}
