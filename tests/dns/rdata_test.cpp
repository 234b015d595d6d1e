#include "resolver/dns/rdata.h"

#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/text.h"
#include "tests/dns/generators.h"

using dns::Dnskey;
using dns::Name;
using dns::RrType;
using dns::WireErrorCode;

namespace {

dns::Bytes rdata(RrType type, std::string_view text) { return dns::rdata_from_text(type, text, Name()).value(); }

} // namespace

TEST_CASE("rdata: key tags of published keys (RFC 4034 §B)") {
    struct Case {
        std::string_view origin, text;
        dns::KeyTag tag;
    };
    const Case cases[] = {
        {"RFC 4034 §5.4",
         "256 3 5 "
         "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+"
         "X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
         60485},
        {"RFC 6605 §6.1",
         "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==", 55648},
        {"RFC 8080 §6.1", "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", 3613},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.origin) {
            const auto key = Dnskey::parse(rdata(RrType::DNSKEY, one.text));
            REQUIRE(key);
            CHECK(key->key_tag() == one.tag);
            CHECK(key->is_zone_key());
            CHECK_FALSE(key->is_revoked());
        }
    }
}

TEST_CASE("rdata: the key tag of a revoked key is that of the changed RDATA (RFC 5011 §2.1)") {
    auto key = Dnskey::parse(rdata(RrType::DNSKEY, "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=")).value();
    key.flags |= Dnskey::revoke_flag;
    CHECK(key.is_revoked());
    CHECK(key.key_tag() == 3613 + 128);
    // With the carry folded: a key of one octet pair chosen so that the sum is 0xFFFF before the flag.
    Dnskey edge{0x0101, 3, dns::Algorithm::RSASHA256, {}};
    const unsigned rest = 0xFFFFU - 0x0101U - 0x0308U;
    edge.public_key = {static_cast<std::uint8_t>(rest >> 8), static_cast<std::uint8_t>(rest)};
    CHECK(edge.key_tag() == 0xFFFF);
    edge.flags |= Dnskey::revoke_flag;
    CHECK(edge.key_tag() == ((0xFFFF + 128) & 0xFFFF) + 1);
}

TEST_CASE("rdata: the key tag of algorithm 1 is cut out of the modulus (RFC 6840 §5.5)") {
    const Dnskey key{256, 3, dns::Algorithm::RSAMD5, {1, 3, 0xAA, 0x12, 0x34, 0x56}};
    CHECK(key.key_tag() == 0x1234);
    CHECK(Dnskey{256, 3, dns::Algorithm::RSAMD5, {1, 2}}.key_tag() == 0);
}

TEST_CASE("rdata: the NSEC3 of RFC 5155 §B.1 and the RRSIG of RFC 4034 §3.3, field by field") {
    const auto nsec3 = dns::Nsec3::parse(
        rdata(RrType::NSEC3, "1 1 12 aabbccdd ( 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG )"));
    REQUIRE(nsec3);
    CHECK(nsec3->hash_algorithm == 1);
    CHECK(nsec3->opt_out());
    CHECK(nsec3->iterations == 12);
    CHECK(nsec3->salt == dns::Bytes{0xAA, 0xBB, 0xCC, 0xDD});
    CHECK(nsec3->next_hashed_owner.size() == 20);
    CHECK(nsec3->types.contains(RrType::NSEC3PARAM));
    const auto rrsig = dns::Rrsig::parse(
        rdata(RrType::RRSIG,
              "A 5 3 86400 20030322173103 20030220173103 2642 Example.com. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr"));
    REQUIRE(rrsig);
    CHECK(rrsig->type_covered == RrType::A);
    CHECK(rrsig->labels == 3);
    CHECK(rrsig->original_ttl == 86400);
    CHECK(dns::is_before(rrsig->inception, rrsig->expiration));
    CHECK(rrsig->key_tag == 2642);
    CHECK(rrsig->signature.size() == 27);
    const dns::Bytes head = rrsig->build_without_signature();
    CHECK(head.size() == 18 + rrsig->signer.wire_size());
    CHECK(head[19] == 'e'); // RFC 4034 §3.1.8.1: signer's name in canonical form
    CHECK(rrsig->build()[19] == 'E');
}

TEST_CASE("rdata: a typed parse accepts one structure and nothing behind it") {
    struct Case {
        std::string_view about;
        RrType type;
        dns::Bytes good;
        std::size_t least; // octets without which it cannot be parsed
        bool takes_rest;   // octets behind belong to the last field
    };
    const Case cases[] = {
        {"A", RrType::A, {192, 0, 2, 1}, 4, false},
        {"AAAA", RrType::AAAA, dns::Bytes(16), 16, false},
        {"NS", RrType::NS, {1, 'a', 0}, 3, false},
        {"DNAME", RrType::DNAME, {1, 'a', 0}, 3, false},
        {"SOA", RrType::SOA, dns::Bytes(22), 22, false},
        {"MX", RrType::MX, {0, 10, 1, 'a', 0}, 5, false},
        {"SRV", RrType::SRV, {0, 1, 0, 2, 0, 3, 0}, 7, false},
        {"TXT", RrType::TXT, {1, 'a'}, 2, true},
        {"TLSA", RrType::TLSA, {3, 1, 1, 9}, 3, true},
        {"DS", RrType::DS, {0, 1, 8, 2, 9}, 4, true},
        {"DNSKEY", RrType::DNSKEY, {1, 1, 3, 8, 9}, 4, true},
        {"RRSIG", RrType::RRSIG, dns::Bytes(20), 19, true},
        {"NSEC3PARAM", RrType::NSEC3PARAM, {1, 0, 0, 0, 1, 9}, 6, false},
    };
    const auto typed_parse = [](RrType type, dns::ByteView octets) -> bool {
        switch (type) {
        case RrType::A: return dns::A::parse(octets).has_value();
        case RrType::AAAA: return dns::Aaaa::parse(octets).has_value();
        case RrType::SOA: return dns::Soa::parse(octets).has_value();
        case RrType::MX: return dns::Mx::parse(octets).has_value();
        case RrType::SRV: return dns::Srv::parse(octets).has_value();
        case RrType::TXT: return dns::Txt::parse(octets).has_value();
        case RrType::TLSA: return dns::Tlsa::parse(octets).has_value();
        case RrType::DS: return dns::Ds::parse(octets).has_value();
        case RrType::DNSKEY: return Dnskey::parse(octets).has_value();
        case RrType::RRSIG: return dns::Rrsig::parse(octets).has_value();
        case RrType::NSEC3PARAM: return dns::Nsec3param::parse(octets).has_value();
        default: return dns::SingleName::parse(octets).has_value();
        }
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.about) {
            CHECK(typed_parse(one.type, one.good));
            CHECK(dns::check_rdata(one.type, one.good).has_value());
            for (std::size_t size = 0; size < one.good.size(); ++size) {
                const auto shorter = dns::ByteView(one.good).first(size);
                INFO(size << " octets");
                CHECK(typed_parse(one.type, shorter) == (size >= one.least));
                CHECK(dns::check_rdata(one.type, shorter).has_value() == (size >= one.least));
            }
            dns::Bytes longer = one.good;
            longer.push_back(0);
            CHECK(typed_parse(one.type, longer) == one.takes_rest);
            CHECK(dns::check_rdata(one.type, longer).has_value() == one.takes_rest);
        }
    }
}

TEST_CASE("rdata: what is wrong is said") {
    const auto code = [](RrType type, const dns::Bytes& octets) { return dns::check_rdata(type, octets).error().code; };
    CHECK(code(RrType::MX, {0, 10, 1, 'a'}) == WireErrorCode::truncated);
    CHECK(code(RrType::MX, {0, 10, 0, 0}) == WireErrorCode::bad_rdata);
    CHECK(code(RrType::NSEC, {0, 0, 0}) == WireErrorCode::bad_type_bitmap);
    CHECK(code(RrType::NSEC, {0xC0, 0, 0}) == WireErrorCode::pointer_not_allowed);
    CHECK(code(RrType::NSEC3, {1, 0, 0, 0, 0, 0}) ==
          WireErrorCode::bad_rdata);                          // RFC 5155 §3.2: hash of 1 to 255 octets
    CHECK(code(RrType::TXT, {}) == WireErrorCode::truncated); // RFC 1035 §3.3.14: one or more
    CHECK(code(RrType::A6, {129}) == WireErrorCode::bad_rdata);
    CHECK(dns::Tlsa::parse(dns::Bytes{3, 1}).error().code == WireErrorCode::bad_rdata);
    CHECK(dns::Nsec3::parse(dns::Bytes{1, 0, 0, 0, 0, 0}).error().code == WireErrorCode::bad_rdata);
    CHECK(dns::check_rdata(RrType::NSEC3, dns::Bytes{1, 0, 0, 0, 0, 1, 7}).has_value());
    CHECK(dns::check_rdata(static_cast<RrType>(65280), {}).has_value()); // RFC 3597 §3
}

TEST_CASE("rdata: generated records are well formed, and typed parses build the same octets again") {
    generators::Generator random(2);
    for (int i = 0; i < 600; ++i) {
        const dns::Record record = random.record();
        REQUIRE(dns::check_rdata(record.type, record.rdata).has_value());
        switch (record.type) {
        case RrType::SOA: REQUIRE(dns::Soa::parse(record.rdata)->build() == record.rdata); break;
        case RrType::MX: REQUIRE(dns::Mx::parse(record.rdata)->build() == record.rdata); break;
        case RrType::TXT: REQUIRE(dns::Txt::parse(record.rdata)->build() == record.rdata); break;
        case RrType::SRV: REQUIRE(dns::Srv::parse(record.rdata)->build() == record.rdata); break;
        case RrType::TLSA: REQUIRE(dns::Tlsa::parse(record.rdata)->build() == record.rdata); break;
        case RrType::NSEC: REQUIRE(dns::Nsec::parse(record.rdata)->build() == record.rdata); break;
        case RrType::NSEC3: REQUIRE(dns::Nsec3::parse(record.rdata)->build() == record.rdata); break;
        case RrType::RRSIG: REQUIRE(dns::Rrsig::parse(record.rdata)->build() == record.rdata); break;
        default: break;
        }
    }
}
