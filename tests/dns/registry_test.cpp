#include "resolver/dns/registry.h"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("registry: every number reads back from its text") {
    for (unsigned value = 0; value < 65536; ++value) {
        const auto type = static_cast<dns::RrType>(value);
        REQUIRE(dns::rr_type_from_text(dns::to_text(type)) == type);
        const auto rr_class = static_cast<dns::RrClass>(value);
        REQUIRE(dns::rr_class_from_text(dns::to_text(rr_class)) == rr_class);
    }
    for (unsigned value = 0; value < 256; ++value) {
        const auto algorithm = static_cast<dns::Algorithm>(value);
        REQUIRE(dns::algorithm_from_text(dns::to_text(algorithm)) == algorithm);
        const auto digest = static_cast<dns::DigestType>(value);
        REQUIRE(dns::digest_type_from_text(dns::to_text(digest)) == digest);
    }
}

TEST_CASE("registry: mnemonics in any case, and the generic forms of RFC 3597 §5") {
    CHECK(dns::rr_type_from_text("nsec3param") == dns::RrType::NSEC3PARAM);
    CHECK(dns::rr_type_from_text("TYPE1") == dns::RrType::A);
    CHECK(dns::rr_type_from_text("type65535") == static_cast<dns::RrType>(65535));
    CHECK(dns::to_text(static_cast<dns::RrType>(731)) == "TYPE731");
    CHECK(dns::rr_class_from_text("class32") == static_cast<dns::RrClass>(32));
    CHECK(dns::to_text(static_cast<dns::RrClass>(32)) == "CLASS32");
    CHECK(dns::algorithm_from_text("ecdsap256sha256") == dns::Algorithm::ECDSAP256SHA256);
    CHECK(dns::algorithm_from_text("RSASHA1-NSEC3-SHA1") == dns::Algorithm::RSASHA1_NSEC3_SHA1);
    CHECK(dns::to_text(static_cast<dns::Algorithm>(200)) == "200");
    CHECK(dns::digest_type_from_text("SHA-256") == dns::DigestType::SHA256);
    CHECK(dns::digest_type_from_text("sha384") == dns::DigestType::SHA384);
    CHECK(dns::to_text(dns::Rcode::NXDOMAIN) == "NXDOMAIN");
    CHECK(dns::to_text(static_cast<dns::Rcode>(3841)) == "3841");
    for (const std::string_view text : {"", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "AAAAA", "CLASS1", "TYPE 1"}) {
        DYNAMIC_SECTION("no type: " << text) { CHECK_FALSE(dns::rr_type_from_text(text)); }
    }
    CHECK_FALSE(dns::algorithm_from_text("256"));
    CHECK_FALSE(dns::algorithm_from_text(""));
    CHECK_FALSE(dns::digest_type_from_text("MD5"));
}

TEST_CASE("registry: purposes of extended errors (RFC 8914 §4)") {
    CHECK(dns::describe(dns::EdeCode::dnssec_bogus) == "DNSSEC Bogus");
    CHECK(dns::describe(dns::EdeCode::signature_expired) == "Signature Expired");
    CHECK(dns::describe(dns::EdeCode::unsupported_nsec3_iterations) == "Unsupported NSEC3 Iterations Value");
    CHECK(dns::describe(static_cast<dns::EdeCode>(49152)).empty());
}

TEST_CASE("registry: meta types (RFC 6895 §3.1)") {
    for (const auto type :
         {dns::RrType::OPT, dns::RrType::NXNAME, dns::RrType::ANY, dns::RrType::TSIG, dns::RrType::AXFR}) {
        CHECK(dns::is_meta_type(type));
    }
    for (const auto type : {dns::RrType::A, dns::RrType::SPF, dns::RrType::CAA, dns::RrType::RRSIG}) {
        CHECK_FALSE(dns::is_meta_type(type));
    }
}
