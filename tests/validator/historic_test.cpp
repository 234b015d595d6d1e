// Switches of the policy that only scenario files of other validators use: DSA, no clock, every algorithm, any digest.
#include <botan/dl_group.h>
#include <botan/dsa.h>
#include <botan/pubkey.h>
#include <botan/system_rng.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/validator/test_zone.h"

using namespace test;
using validator::Policy;
using validator::Security;

namespace {

// RFC 2536 §2.
dns::Dnskey dsa_dnskey(const Botan::DSA_PrivateKey& key, dns::Algorithm algorithm) {
    const std::size_t octets = key.get_int_field("p").bytes();
    dns::Dnskey dnskey;
    dnskey.flags = 256;
    dnskey.algorithm = algorithm;
    dnskey.public_key = {static_cast<std::uint8_t>((octets - 64) / 8)};
    const auto append = [&](const Botan::BigInt& number, std::size_t size) {
        const auto bytes = number.serialize(size);
        dnskey.public_key.insert(dnskey.public_key.end(), bytes.begin(), bytes.end());
    };
    append(key.get_int_field("q"), 20);
    append(key.get_int_field("p"), octets);
    append(key.get_int_field("g"), octets);
    append(key.get_int_field("y"), octets);
    return dnskey;
}

dns::Bytes signature_of(const Botan::DSA_PrivateKey& key, const dns::Bytes& data, Botan::Signature_Format format) {
    auto& rng = Botan::system_rng();
    Botan::PK_Signer signer(key, rng, "SHA-1", format);
    return signer.sign_message(data, rng);
}

} // namespace

TEST_CASE("historic: DSA is verified, as RFC 2536 §3 writes it and in DER, but no profile has it") {
    auto& rng = Botan::system_rng();
    const Botan::DSA_PrivateKey key(rng, Botan::DL_Group::from_name("dsa/jce/1024"));
    const dns::Bytes data{1, 2, 3, 4};
    for (const auto algorithm : {dns::Algorithm::DSA, dns::Algorithm::DSA_NSEC3_SHA1}) {
        const auto loaded = validator::load_public_key(dsa_dnskey(key, algorithm));
        REQUIRE(loaded);
        dns::Bytes plain = signature_of(key, data, Botan::Signature_Format::Standard);
        plain.insert(plain.begin(), 8);
        REQUIRE(plain.size() == 41);
        CHECK(validator::verify(**loaded, algorithm, data, plain));
        dns::Bytes der = signature_of(key, data, Botan::Signature_Format::DerSequence);
        CHECK(validator::verify(**loaded, algorithm, data, der));
        for (dns::Bytes* signature : {&plain, &der}) {
            signature->back() ^= 1;
            CHECK_FALSE(validator::verify(**loaded, algorithm, data, *signature));
        }
        CHECK_FALSE(validator::verify(**loaded, algorithm, data, {}));
        for (const auto profile : {validator::AlgorithmProfile::rfc9904, validator::AlgorithmProfile::legacy,
                                   validator::AlgorithmProfile::strict})
            CHECK_FALSE(Policy::of(profile).supports(algorithm));
        Policy historic = Policy::of(validator::AlgorithmProfile::legacy);
        historic.add_historic_algorithms();
        CHECK(historic.supports(algorithm));
    }
    dns::Dnskey cut = dsa_dnskey(key, dns::Algorithm::DSA);
    cut.public_key.pop_back();
    CHECK_FALSE(validator::load_public_key(cut));
    cut.public_key = {9};
    CHECK_FALSE(validator::load_public_key(cut));
}

TEST_CASE("historic: signature times are looked at unless the policy says otherwise (RFC 4035 §5.3.1)") {
    const auto set = rrset("www.example.", RrType::A, {"192.0.2.1"});
    const auto expire = [](dns::Rrsig& r) { r.expiration = dns::SerialTime::of(dns::UnixTime{now.seconds - 3600}); };
    TestZone zone("example.");
    const auto expired = zone.sign(set, expire);
    CHECK(first_reason(zone.prove(expired).reasons) == "rrsig-expired");
    zone.policy.ignore_signature_times = true;
    CHECK(zone.prove(expired).proven);
}

TEST_CASE("V-056 signatures by every algorithm are called for only as an option (RFC 6840 §5.11)", "[rules]") {
    const auto second = zones::SigningKey::make(dns::Algorithm::ECDSAP256SHA256, 257, 43, "example.");
    const auto apex = name("example.");
    TestZone zone(apex.to_text());
    dns::RrSet keys(apex, RrType::DNSKEY, 3600, {zone.key.dnskey().build(), second.dnskey().build()});
    validator::TrustAnchor both{apex, {}, {zone.key.dnskey(), second.dnskey()}};
    const auto vouchers = validator::Vouchers::of(both);
    dns::SignedRrSet by_one = zone.sign(keys);
    dns::SignedRrSet by_both = by_one;
    dns::Rrsig fields = zone.fields(keys);
    fields.algorithm = second.dnskey().algorithm;
    fields.key_tag = second.tag();
    by_both.signatures.push_back(zones::sign_rrset_as(keys, fields, second).rdata);
    const auto is_secure = [&](const dns::SignedRrSet& set) {
        return std::holds_alternative<validator::SecureCut>(validator::authenticate_keys(vouchers, set, zone.work()));
    };
    SECTION("obeys: one good signature is enough; with the option all of them are") {
        CHECK(is_secure(by_one));
        CHECK(is_secure(by_both));
        zone.policy.require_all_algorithms = true;
        CHECK(is_secure(by_both));
    }
    SECTION("breaks: rrsig-algorithm-missing, with the option and one algorithm alone") {
        zone.policy.require_all_algorithms = true;
        auto refused = validator::authenticate_keys(vouchers, by_one, zone.work());
        REQUIRE(std::holds_alternative<validator::BrokenCut>(refused));
        CHECK(first_reason(std::get<validator::BrokenCut>(refused).reasons) == "rrsig-algorithm-missing");
    }
}

TEST_CASE("historic: a SHA-1 DS record counts beside a SHA-256 one only where the policy says so (RFC 4509 §3)") {
    TestZone zone("example.");
    const auto apex = name("example.");
    const auto rdata = zone.key.dnskey().build();
    validator::TrustAnchor anchor{apex, {}, {}};
    for (const auto digest : {dns::DigestType::SHA1, dns::DigestType::SHA256}) {
        dns::Ds ds{zone.key.tag(), zone.key.dnskey().algorithm, digest, *validator::ds_digest(digest, apex, rdata)};
        if (digest == dns::DigestType::SHA256) ds.digest[0] ^= 1;
        anchor.ds.push_back(ds);
    }
    const auto keys = zone.sign(dns::RrSet(apex, RrType::DNSKEY, 3600, {rdata}));
    const auto vouchers = validator::Vouchers::of(anchor);
    CHECK(std::holds_alternative<validator::BrokenCut>(validator::authenticate_keys(vouchers, keys, zone.work())));
    zone.policy.strongest_digest_only = false;
    CHECK(std::holds_alternative<validator::SecureCut>(validator::authenticate_keys(vouchers, keys, zone.work())));
}
