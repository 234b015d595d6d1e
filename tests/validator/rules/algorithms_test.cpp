// V-045 to V-052: keys and signatures as their algorithms want them, and which algorithms count.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"
#include "validator/crypto.h"

using namespace test;
using dns::Algorithm;

namespace {

const dns::RrSet address = rrset("www.example.", RrType::A, {"192.0.2.1"});

bool is_key(Algorithm algorithm, dns::Bytes octets) {
    return validator::load_public_key({256, 3, algorithm, std::move(octets)}).has_value();
}

dns::Bytes joined(std::initializer_list<dns::Bytes> pieces) {
    dns::Bytes out;
    for (const dns::Bytes& piece : pieces) out.insert(out.end(), piece.begin(), piece.end());
    return out;
}

// An odd modulus of so many bits.
dns::Bytes modulus(std::size_t bits) {
    dns::Bytes octets((bits + 7) / 8, 0xAB);
    octets[0] = static_cast<std::uint8_t>(1U << ((bits - 1) % 8));
    octets.back() |= 1;
    return octets;
}
dns::Bytes rsa(std::size_t bits, const dns::Bytes& exponent = {1, 0, 1}) {
    return joined({{static_cast<std::uint8_t>(exponent.size())}, exponent, modulus(bits)});
}

} // namespace

TEST_CASE("V-045 RSA keys: exponent length in one or three octets, no leading zeros (RFC 3110 §2)", "[rules]") {
    SECTION("obeys") {
        CHECK(is_key(Algorithm::RSASHA256, joined({{3}, {1, 0, 1}, modulus(1024)})));
        CHECK(is_key(Algorithm::RSASHA256, joined({{0, 0, 3}, {1, 0, 1}, modulus(1024)})));
    }
    SECTION("breaks: no key, which is dnskey-malformed where a signature names it") {
        CHECK_FALSE(is_key(Algorithm::RSASHA256, joined({{4}, {0, 1, 0, 1}, modulus(1024)})));
        CHECK_FALSE(is_key(Algorithm::RSASHA256, joined({{3}, {1, 0, 1}, {0}, modulus(1024)})));
        CHECK_FALSE(is_key(Algorithm::RSASHA256, joined({{200}, {1, 0, 1}, modulus(1024)})));
        CHECK_FALSE(is_key(Algorithm::RSASHA256, {3, 1, 0, 1}));
        CHECK_FALSE(is_key(Algorithm::RSASHA256, {}));
    }
}

TEST_CASE("V-046 RSA modulus: 512 to 4096 bits, from 1024 for algorithm 10 (RFC 3110 §3, RFC 5702 §2.1, §2.2)",
          "[rules]") {
    SECTION("obeys") {
        for (const auto algorithm : {Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1, Algorithm::RSASHA256}) {
            CHECK(is_key(algorithm, rsa(512)));
            CHECK(is_key(algorithm, rsa(4096)));
        }
        CHECK(is_key(Algorithm::RSASHA512, rsa(1024)));
        CHECK(is_key(Algorithm::RSASHA512, rsa(4096)));
    }
    SECTION("breaks: no key a bit outside") {
        CHECK_FALSE(is_key(Algorithm::RSASHA256, rsa(511)));
        CHECK_FALSE(is_key(Algorithm::RSASHA256, rsa(4097)));
        CHECK_FALSE(is_key(Algorithm::RSASHA512, rsa(1023)));
    }
}

TEST_CASE("V-047 RSA exponent: odd, 3 to 2^32+1 (RFC 3110 §2 allows more)", "[rules]") {
    SECTION("obeys") {
        CHECK(is_key(Algorithm::RSASHA256, rsa(1024, {3})));
        CHECK(is_key(Algorithm::RSASHA256, rsa(1024, {1, 0, 0, 0, 1})));
    }
    SECTION("breaks: no key with an even, a tiny or a huge one") {
        CHECK_FALSE(is_key(Algorithm::RSASHA256, rsa(1024, {1})));
        CHECK_FALSE(is_key(Algorithm::RSASHA256, rsa(1024, {4})));
        CHECK_FALSE(is_key(Algorithm::RSASHA256, rsa(1024, {1, 0, 0, 0, 3})));
    }
}

TEST_CASE("V-048 ECDSA: keys and signatures of 64 and 96 octets (RFC 6605 §4)", "[rules]") {
    for (const auto algorithm : {Algorithm::ECDSAP256SHA256, Algorithm::ECDSAP384SHA384}) {
        TestZone zone("example.", default_policy(), algorithm);
        const std::size_t octets = algorithm == Algorithm::ECDSAP256SHA256 ? 64 : 96;
        SECTION("obeys: " + dns::to_text(algorithm)) {
            CHECK(zone.key.dnskey().public_key.size() == octets);
            CHECK(why_not(zone, zone.sign(address)).empty());
        }
        SECTION("breaks: " + dns::to_text(algorithm)) {
            for (const int change : {-1, 1}) {
                auto key = zone.key.dnskey().public_key;
                key.resize(key.size() + static_cast<std::size_t>(change));
                CHECK_FALSE(is_key(algorithm, key));
                const auto set = zone.sign(
                    address, {}, [&](auto& r) { r.signature.resize(octets + static_cast<std::size_t>(change)); });
                CHECK(why_not(zone, set) == "rrsig-bad-signature");
            }
            CHECK_FALSE(is_key(algorithm, dns::Bytes(octets, 0xFF))); // not on the curve
        }
    }
}

TEST_CASE("V-049 EdDSA: keys of 32 and 57 octets, signatures of 64 and 114 (RFC 8080 §3, §4)", "[rules]") {
    for (const auto algorithm : {Algorithm::ED25519, Algorithm::ED448}) {
        TestZone zone("example.", default_policy(), algorithm);
        const std::size_t octets = algorithm == Algorithm::ED25519 ? 64 : 114;
        SECTION("obeys: " + dns::to_text(algorithm)) { CHECK(why_not(zone, zone.sign(address)).empty()); }
        SECTION("breaks: " + dns::to_text(algorithm)) {
            for (const int change : {-1, 1}) {
                auto key = zone.key.dnskey().public_key;
                key.resize(key.size() + static_cast<std::size_t>(change));
                CHECK_FALSE(is_key(algorithm, key));
                const auto set = zone.sign(
                    address, {}, [&](auto& r) { r.signature.resize(octets + static_cast<std::size_t>(change)); });
                CHECK(why_not(zone, set) == "rrsig-bad-signature");
            }
        }
    }
}

TEST_CASE("V-050 5, 7, 8, 10, 13, 14, 15 and 16 are verified; 1, 3, 6 and 12 are not (RFC 8624 §3.1)", "[rules]") {
    SECTION("obeys") {
        for (const int number : {5, 7, 8, 10, 13, 14, 15, 16})
            CHECK(default_policy().supports(static_cast<Algorithm>(number)));
    }
    SECTION("breaks: rrsig-algorithm-unsupported") {
        TestZone zone("example.");
        for (const int number : {1, 3, 6, 12, 17, 23, 100, 252, 253, 254}) {
            const auto set = zone.sign(address, [&](auto& r) { r.algorithm = static_cast<Algorithm>(number); });
            CHECK(why_not(zone, set) == "rrsig-algorithm-unsupported");
        }
    }
}

TEST_CASE("V-051 algorithm 7 is the same as 5 (RFC 5155 §2)", "[rules]") {
    auto key = zones::SigningKey::make(Algorithm::RSASHA1, 257, 42, "sha1", 1024);
    const auto loaded = [&](Algorithm algorithm) {
        dns::Dnskey renamed = key.dnskey();
        renamed.algorithm = algorithm;
        return validator::load_public_key(renamed);
    };
    const dns::Bytes data{1, 2, 3};
    SECTION("obeys: one signature is good under both numbers") {
        for (const auto algorithm : {Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1})
            CHECK(validator::verify(**loaded(algorithm), algorithm, data, key.sign(data)));
    }
    SECTION("breaks: not under a number with another hash") {
        CHECK_FALSE(validator::verify(**loaded(Algorithm::RSASHA256), Algorithm::RSASHA256, data, key.sign(data)));
    }
}

TEST_CASE("V-052 zones of algorithms 8, 10, 13 and 14 deny with NSEC or NSEC3 (RFC 5702 §5.2, RFC 6605 §5)",
          "[rules]") {
    for (const auto algorithm :
         {Algorithm::RSASHA256, Algorithm::RSASHA512, Algorithm::ECDSAP256SHA256, Algorithm::ECDSAP384SHA384}) {
        for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3}) {
            auto policy = signing(denial, algorithm);
            policy.rsa_bits = 1024;
            const auto tree = build({zone("example.", "www A 192.0.2.1\n", policy)});
            const auto question = ask("no.example.", RrType::A);
            const std::string about = dns::to_text(algorithm) + (denial == zones::Denial::nsec ? " NSEC" : " NSEC3");
            SECTION("obeys: " + about) { CHECK(verdict_of(tree, question).security == Security::secure); }
            SECTION("breaks: nsec-missing without them: " + about) {
                const Edit bare = [](dns::Message& m) {
                    for (const auto type : {RrType::NSEC, RrType::NSEC3}) {
                        drop(m.authority, type);
                        drop_signatures(m.authority, type);
                    }
                };
                CHECK(root_cause(verdict_of(tree, question, {{question, bare}})) == "nsec-missing");
            }
        }
    }
}
