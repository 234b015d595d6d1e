#include "tlsa/certificate.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "tests/tlsa/test_chain.h"

using tlsa::Certificate;
using tlsa::SignatureCheck;

namespace {
Certificate parse(const test::CertificateSpec& spec) {
    auto certificate = Certificate::parse(test::make_certificate(spec));
    REQUIRE(certificate);
    return *certificate;
}
} // namespace

TEST_CASE("certificate: the fields of a CA certificate (RFC 5280 §4)") {
    auto spec = test::issuer_spec();
    spec.path_length = 2;
    spec.permitted_dns = {"example"};
    spec.excluded_dns = {"bad.example", "worse.example"};
    const Certificate ca = parse(spec);
    CHECK(ca.version() == 3);
    CHECK(ca.subject().to_text() == "CN=Issuing CA");
    CHECK(ca.issuer().to_text() == "CN=Root CA");
    CHECK_FALSE(ca.is_self_issued());
    REQUIRE(ca.not_before());
    CHECK(dns::to_rfc3339(*ca.not_before()) == "2026-01-01T00:00:00Z");
    REQUIRE(ca.not_after());
    CHECK(dns::to_rfc3339(*ca.not_after()) == "2027-01-01T00:00:00Z");
    const auto& extensions = ca.extensions();
    CHECK_FALSE(extensions.malformed);
    CHECK_FALSE(extensions.unknown_critical);
    REQUIRE(extensions.basic_constraints);
    CHECK(extensions.basic_constraints->ca);
    CHECK(extensions.basic_constraints->path_length == 2U);
    REQUIRE(extensions.key_usage);
    CHECK((*extensions.key_usage & Certificate::key_cert_sign) != 0);
    REQUIRE(extensions.name_constraints);
    CHECK(extensions.name_constraints->permitted.dns == std::vector<std::string>{"example"});
    CHECK(extensions.name_constraints->excluded.dns.size() == 2);
    REQUIRE(extensions.subject_key_id);
    CHECK(extensions.subject_key_id->size() == 20);
    CHECK(extensions.authority_key_id == parse(test::root_spec()).extensions().subject_key_id);
}

TEST_CASE("certificate: the key's octets are those in the certificate, and the octets received are kept") {
    const auto octets = test::make_certificate(test::leaf_spec());
    const auto leaf = Certificate::parse(octets);
    REQUIRE(leaf);
    CHECK(leaf->der() == octets);
    CHECK(leaf->spki() == test::Key("key of mx.example").spki());
    CHECK_FALSE(leaf->extensions().basic_constraints);
    CHECK_FALSE(leaf->extensions().key_usage);
    REQUIRE(leaf->extensions().subject_alternative_names);
    CHECK(leaf->extensions().subject_alternative_names->dns_ids == std::vector<std::string>{"mx.example"});
}

TEST_CASE("certificate: years from 2050 on are GeneralizedTime (RFC 5280 §4.1.2.5)") {
    auto spec = test::leaf_spec();
    spec.not_before = "20491231235959Z";
    spec.not_after = "30150415232352Z";
    const Certificate leaf = parse(spec);
    CHECK(dns::to_rfc3339(leaf.not_before().value()) == "2049-12-31T23:59:59Z");
    CHECK(dns::to_rfc3339(leaf.not_after().value()) == "3015-04-15T23:23:52Z");
    spec.not_after = "20261301000000Z";
    CHECK_FALSE(parse(spec).not_after());
}

TEST_CASE("certificate: a signature holds with the issuer's key alone, over unchanged octets alone (RFC 5280 §6.1.3)") {
    auto octets = test::make_certificate(test::leaf_spec());
    const auto leaf = Certificate::parse(octets);
    REQUIRE(leaf);
    CHECK(leaf->signed_with(test::Key("key of Issuing CA").spki()) == SignatureCheck::good);
    CHECK(leaf->signed_with(test::Key("key of Root CA").spki()) == SignatureCheck::bad);
    CHECK(leaf->signed_with(dns::Bytes{1, 2, 3}) == SignatureCheck::unsupported);
    octets.back() ^= 1;
    const auto altered = Certificate::parse(octets);
    REQUIRE(altered);
    CHECK(altered->signed_with(test::Key("key of Issuing CA").spki()) != SignatureCheck::good);
}

TEST_CASE("certificate: unknown critical extensions and old versions are seen") {
    auto spec = test::leaf_spec();
    spec.unknown_critical = true;
    CHECK(parse(spec).extensions().unknown_critical);
    spec = test::root_spec();
    spec.version = 1;
    CHECK(parse(spec).version() == 1);
    CHECK_FALSE(parse(spec).extensions().basic_constraints);
}

TEST_CASE("certificate: names compare without case and string type, but not malformed ones (RFC 5280 §7.1)") {
    using tlsa::DistinguishedName;
    const dns::Bytes utf8 = {0x30, 0x0d, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x02, 'C', 'A'};
    const dns::Bytes printable = {0x30, 0x0d, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03,
                                  0x55, 0x04, 0x03, 0x13, 0x02, 'c',  'a'};
    const dns::Bytes other = {0x30, 0x0d, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x02, 'C', 'A'};
    const dns::Bytes broken = {0x30, 0x02, 0x31, 0x01};
    CHECK(DistinguishedName::parse(utf8) == DistinguishedName::parse(printable));
    CHECK_FALSE(DistinguishedName::parse(utf8) == DistinguishedName::parse(other));
    CHECK(DistinguishedName::parse(broken).malformed());
    CHECK_FALSE(DistinguishedName::parse(broken) == DistinguishedName::parse(broken));
}
