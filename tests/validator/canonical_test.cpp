#include "validator/canonical.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/validator/test_zone.h"

using namespace test;

TEST_CASE("canonical: RDATA in order, each once (RFC 4034 §6.3)") {
    auto set = rrset("a.example.", RrType::TXT, {"\"b\"", "\"a\"", "\"b\"", "\"aa\""});
    const auto order = validator::canonical_rdata_order(set);
    REQUIRE(order);
    // The length octet comes first: "a" (1), "b" (1), "aa" (2).
    CHECK(*order == std::vector<dns::Bytes>{{1, 'a'}, {1, 'b'}, {2, 'a', 'a'}});
}

TEST_CASE("canonical: names in RDATA are lowercased for the listed types only (RFC 4034 §6.2, RFC 6840 §5.1)") {
    const auto form = [](RrType type, const std::string& text) {
        return validator::canonical_rdata_order(rrset("a.example.", type, {text})).value();
    };
    CHECK(form(RrType::MX, "1 MAIL.Example.") == form(RrType::MX, "1 mail.example."));
    CHECK(form(RrType::CNAME, "Mail.Example.") == form(RrType::CNAME, "mail.example."));
    CHECK(form(RrType::DNAME, "Mail.Example.") == form(RrType::DNAME, "mail.example."));
    CHECK(form(RrType::NSEC, "Mail.Example. A") != form(RrType::NSEC, "mail.example. A"));
    CHECK(form(RrType::TXT, "\"Mail\"") != form(RrType::TXT, "\"mail\""));
}

TEST_CASE("canonical: the signed data begins with the RRSIG, signer lowercased, and has the Original TTL (RFC 4034 "
          "§3.1.8.1)") {
    TestZone zone("example.");
    const auto set = rrset("WWW.Example.", RrType::A, {"192.0.2.2", "192.0.2.1"}, 17);
    dns::Rrsig rrsig = zone.fields(set);
    rrsig.original_ttl = 3600;
    rrsig.signer = name("EXAMPLE.");
    const auto data = validator::signed_data(set, rrsig);
    REQUIRE(data);
    dns::Writer expected;
    rrsig.signer = name("example.");
    expected.octets(rrsig.build_without_signature());
    for (const std::uint8_t last : {1, 2}) {
        expected.octets(name("www.example.").wire());
        expected.u16(1);
        expected.u16(1);
        expected.u32(3600);
        expected.u16(4);
        expected.octets(dns::Bytes{192, 0, 2, last});
    }
    CHECK(*data == std::move(expected).take());
}

TEST_CASE("canonical: fewer labels than the owner's mean a wildcard, more an error (RFC 4035 §5.3.2)") {
    TestZone zone("example.");
    const auto set = rrset("a.b.example.", RrType::A, {"192.0.2.1"});
    auto rrsig = zone.fields(set);
    rrsig.labels = 1;
    auto wildcard = set;
    wildcard.owner = name("*.example.");
    CHECK(*validator::signed_data(set, rrsig) == *validator::signed_data(wildcard, rrsig));
    rrsig.labels = 4;
    CHECK_FALSE(validator::signed_data(set, rrsig));
    auto root = rrset(".", RrType::NS, {"a.example."});
    rrsig.labels = 0;
    CHECK(validator::signed_data(root, rrsig));
}
