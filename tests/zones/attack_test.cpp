// Attackers' keys are what they are said to be, and what they cost a validator stays within its limits.
#include "zones/attack.h"

#include <catch2/catch_test_macros.hpp>

#include <set>

#include "validator/crypto.h"

namespace {

constexpr std::uint16_t zsk = 256, ksk = 257;

void check_keys(dns::Algorithm algorithm, std::uint16_t flags, std::size_t count) {
    const auto keys = zones::colliding_keys(algorithm, flags, count);
    REQUIRE(keys.size() == count);
    std::set<dns::Bytes> different;
    for (const auto& key : keys) {
        CHECK(key.key_tag() == zones::colliding_tag(flags));
        CHECK(key.flags == flags);
        CHECK(
            static_cast<bool>(validator::load_public_key(key))); // nothing is wrong with the key: only trying it tells
        different.insert(key.public_key);
    }
    CHECK(different.size() == count);
}

} // namespace

TEST_CASE("attack: RSA keys of one tag, two octets of the modulus fitted (RFC 4034 §B, RFC 3110 §2)") {
    check_keys(dns::Algorithm::RSASHA256, zsk, 50);
    check_keys(dns::Algorithm::RSASHA256, ksk, 50);
}

TEST_CASE("attack: P-256 keys of one tag, found by search (RFC 4034 §B, RFC 6605 §4)") {
    check_keys(dns::Algorithm::ECDSAP256SHA256, zsk, 20);
    check_keys(dns::Algorithm::ECDSAP256SHA256, ksk, 20);
}

TEST_CASE("attack: keys of other algorithms, and more points than were found, are refused") {
    CHECK_THROWS_AS(zones::colliding_keys(dns::Algorithm::ED25519, zsk, 1), std::invalid_argument);
    CHECK_THROWS_AS(zones::colliding_keys(dns::Algorithm::ECDSAP256SHA256, zsk, 21), std::invalid_argument);
    CHECK(zones::colliding_keys(dns::Algorithm::ECDSAP256SHA256, zsk, 20).size() == 20);
}
