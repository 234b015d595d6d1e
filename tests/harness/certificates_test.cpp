#include "harness/certificates.h"

#include <botan/pkcs8.h>
#include <botan/pkix_types.h>
#include <botan/x509cert.h>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <stdexcept>

#include "resolver/dns/serial.h"

using namespace harness;

namespace {

constexpr dns::UnixTime now{1'780'272'000}; // 2026-06-01T00:00:00Z

CertificatePlan plan_for(KeyKind key) {
    CertificatePlan plan;
    plan.common_name = "mx.example";
    plan.dns_names = {"mx.example", "*.mail.example"};
    plan.key = key;
    plan.intermediates = 2;
    return plan;
}

Botan::X509_Certificate parse(const IssuedCertificate& certificate) { return Botan::X509_Certificate(certificate.der); }

} // namespace

TEST_CASE("certificates: a chain is signed link by link, with the names, times and flags asked for") {
    for (const KeyKind key : {KeyKind::ecdsa_p256, KeyKind::rsa_2048, KeyKind::ed25519}) {
        DYNAMIC_SECTION(to_text(key)) {
            const auto chain = CertificateMaker(7, now).make(plan_for(key));
            REQUIRE(chain.certificates.size() == 4);
            for (std::size_t i = 0; i < 4; ++i) {
                const auto certificate = parse(chain.certificates[i]);
                const auto issuer = parse(chain.certificates[std::min<std::size_t>(i + 1, 3)]);
                CHECK(certificate.check_signature(*issuer.subject_public_key()));
                CHECK(certificate.issuer_dn() == issuer.subject_dn());
                CHECK(certificate.authority_key_id() == issuer.subject_key_id());
                CHECK(certificate.is_CA_cert() == (i > 0));
                CHECK(certificate.x509_version() == 3);
            }
            const auto leaf = parse(chain.certificates[0]);
            CHECK(leaf.subject_dn().get_first_attribute("CN") == "mx.example");
            CHECK(leaf.subject_alt_name().dns() == std::set<std::string>{"mx.example", "*.mail.example"});
            CHECK(leaf.not_before().time_since_epoch() == static_cast<std::uint64_t>(now.seconds - 30 * 86'400));
            CHECK(leaf.not_after().time_since_epoch() == static_cast<std::uint64_t>(now.seconds + 365 * 86'400));
            CHECK(chain.credentials.chain.size() == 4);
            CHECK(chain.credentials.key->subject_public_key() == leaf.subject_public_key_info());
        }
    }
}

TEST_CASE("certificates: same seed, same octets; another seed, other keys") {
    for (const KeyKind key : {KeyKind::ecdsa_p256, KeyKind::rsa_2048, KeyKind::ed25519}) {
        DYNAMIC_SECTION(to_text(key)) {
            const auto first = CertificateMaker(7, now).make(plan_for(key));
            const auto second = CertificateMaker(7, now).make(plan_for(key));
            CHECK(first.credentials.chain == second.credentials.chain);
            if (key == KeyKind::rsa_2048) return; // two more RSA keys would prove nothing new
            const auto other = CertificateMaker(8, now).make(plan_for(key));
            CHECK(first.credentials.chain != other.credentials.chain);
            CHECK(first.credentials.key->subject_public_key() != other.credentials.key->subject_public_key());
        }
    }
    // The keys do not come out of a cache alone: this one's octets were made by an earlier build.
    CertificateTemplate wanted;
    wanted.common_name = "fixed.example";
    const auto fixed = CertificateMaker(42, now).self_signed(wanted);
    const auto digest = tlsa_rdata(fixed.der, tlsa::Usage::DANE_EE, tlsa::Selector::Cert, tlsa::MatchingType::SHA2_256);
    std::string hex;
    for (const auto octet : digest) {
        hex += "0123456789abcdef"[octet >> 4];
        hex += "0123456789abcdef"[octet & 15];
    }
    CHECK(hex == "030001d001c6f1098ee8edd9253cff7cd899a04b67a95d1e22bf5142cbdc8c1d78b7a6");
}

TEST_CASE("certificates: serial numbers are positive and differ under one issuer (RFC 5280 §4.1.2.2)") {
    const CertificateMaker maker(7, now);
    CertificateTemplate authority;
    authority.common_name = "Root";
    authority.authority = true;
    const auto root = maker.self_signed(authority);
    std::set<std::vector<std::uint8_t>> serials;
    for (const char* name : {"a.example", "b.example"})
        for (const std::int64_t later : {0, 1}) {
            CertificateTemplate wanted;
            wanted.common_name = name;
            wanted.validity.not_after = dns::UnixTime{now.seconds + 1000 + later};
            const auto serial = parse(maker.issue(root, wanted)).serial_number();
            CHECK(serial.size() <= 20);
            CHECK(serial.at(0) < 0x80);
            serials.insert(serial);
        }
    CHECK(serials.size() == 4);
}

TEST_CASE("certificates: the variations that scenarios break things with") {
    const CertificateMaker maker(7, now);
    CertificatePlan plan = plan_for(KeyKind::ecdsa_p256);
    SECTION("self-signed leaf") {
        plan.self_signed = true;
        const auto made = maker.make(plan);
        REQUIRE(made.certificates.size() == 1);
        CHECK(parse(made.certificates[0]).is_self_signed());
        CHECK_FALSE(parse(made.certificates[0]).is_CA_cert());
    }
    SECTION("root not sent") {
        plan.send_root = false;
        const auto made = maker.make(plan);
        CHECK(made.certificates.size() == 4);
        CHECK(made.credentials.chain.size() == 3);
        CHECK(made.credentials.chain.back() == made.certificates[2].der);
    }
    SECTION("intermediates not sent") {
        plan.send_intermediates = false;
        const auto made = maker.make(plan);
        CHECK(made.credentials.chain == std::vector<dns::Bytes>{made.certificates[0].der, made.certificates[3].der});
    }
    SECTION("authorities without the CA flag") {
        plan.authority_flag = false;
        for (const auto& certificate : maker.make(plan).certificates) CHECK_FALSE(parse(certificate).is_CA_cert());
    }
    SECTION("broken signature, and its whole twin") {
        const auto whole = maker.make(plan);
        plan.broken_signature = true;
        const auto broken = maker.make(plan);
        const auto issuer_key = parse(whole.certificates[1]).subject_public_key();
        CHECK(parse(whole.certificates[0]).check_signature(*issuer_key));
        CHECK_FALSE(parse(broken.certificates[0]).check_signature(*issuer_key));
        CHECK(whole.certificates[1].der == broken.certificates[1].der);
    }
    SECTION("chosen times, also past 2049 (RFC 5280 §4.1.2.5)") {
        plan.validity.not_before = dns::from_rfc3339("2020-01-01T00:00:00Z").value();
        plan.validity.not_after = dns::from_rfc3339("2060-01-01T00:00:00Z").value();
        const auto leaf = parse(maker.make(plan).certificates[0]);
        CHECK(leaf.not_before().to_string() == "200101000000Z");
        CHECK(leaf.not_after().to_string() == "20600101000000Z");
    }
    SECTION("path length") {
        CertificateTemplate authority;
        authority.common_name = "Root";
        authority.authority = true;
        authority.path_length = 0;
        CHECK(parse(maker.self_signed(authority)).path_limit() == 0);
        authority.path_length.reset();
        CHECK(parse(maker.self_signed(authority)).path_limit() > 100); // Botan's way to say none
    }
    SECTION("no names at all") {
        plan.common_name = "";
        plan.dns_names = {};
        const auto leaf = parse(maker.make(plan).certificates[0]);
        CHECK(leaf.subject_dn().empty());
        CHECK(leaf.subject_alt_name().dns().empty());
    }
}

TEST_CASE("certificates: TLSA RDATA holds what its selector and matching type say (RFC 6698 §2.1)") {
    const auto leaf = CertificateMaker(7, now).make(plan_for(KeyKind::ecdsa_p256)).certificates[0];
    const auto full = tlsa_rdata(leaf.der, tlsa::Usage::DANE_TA, tlsa::Selector::Cert, tlsa::MatchingType::Full);
    CHECK(dns::Bytes(full.begin(), full.begin() + 3) == dns::Bytes{2, 0, 0});
    CHECK(dns::Bytes(full.begin() + 3, full.end()) == leaf.der);
    const auto key = tlsa_rdata(leaf.der, tlsa::Usage::DANE_EE, tlsa::Selector::SPKI, tlsa::MatchingType::Full);
    CHECK(dns::Bytes(key.begin() + 3, key.end()) == leaf.key->subject_public_key());
    CHECK(tlsa_rdata(leaf.der, tlsa::Usage::DANE_EE, tlsa::Selector::SPKI, tlsa::MatchingType::SHA2_256).size() ==
          3 + 32);
    CHECK(tlsa_rdata(leaf.der, tlsa::Usage::DANE_EE, tlsa::Selector::SPKI, tlsa::MatchingType::SHA2_512).size() ==
          3 + 64);
    CHECK_THROWS_AS(tlsa_rdata(leaf.der, tlsa::Usage::DANE_EE, tlsa::Selector::PrivSel, tlsa::MatchingType::Full),
                    std::invalid_argument);
    CHECK_THROWS_AS(tlsa_rdata(leaf.der, tlsa::Usage::DANE_EE, tlsa::Selector::Cert, tlsa::MatchingType::PrivMatch),
                    std::invalid_argument);
}

TEST_CASE("certificates: words of the kinds of key go both ways") {
    for (const KeyKind key : {KeyKind::ecdsa_p256, KeyKind::rsa_2048, KeyKind::ed25519})
        CHECK(key_kind_from_text(to_text(key)) == key);
    CHECK_FALSE(key_kind_from_text("rsa").has_value());
}
