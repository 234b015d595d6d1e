#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/rdata.h"
#include "resolver/dns/text.h"
#include "tests/dns/generators.h"

using dns::Name;
using dns::RrType;

namespace {

const Name origin = Name::literal("Example.");

} // namespace

TEST_CASE("RDATA text: reads, and is written in one form") {
    struct Case {
        std::string_view type, text, written; // written empty: as read
    };
    const Case cases[] = {
        {"A", "192.0.2.1", ""},
        {"AAAA", "2001:DB8:0::1", "2001:db8::1"},
        {"NS", "ns", "ns.Example."},
        {"CNAME", "@", "Example."},
        {"DNAME", "a\\.b.test.", "a\\.b.test."},
        {"SOA", "ns hostmaster ( 1 ; serial\n 3600 1h\t2w 300 )",
         "ns.Example. hostmaster.Example. 1 3600 3600 1209600 300"},
        {"MX", "10 mail", "10 mail.Example."},
        {"MX", "0 .", ""}, // RFC 7505 §3
        {"TXT", "abc \"d e\" \"\" \\\"q\\065\\000 ;comment", "\"abc\" \"d e\" \"\" \"\\\"qA\\000\""},
        {"SRV", "1 2 25 mx.Example.", ""},
        {"TLSA", "3 1 1 8CB0fc6c 527506a0", "3 1 1 8cb0fc6c527506a0"},
        {"DS", "60485 RSASHA1 SHA-1 2BB183AF5F22588179A53B0A 98631FAD1A292118",
         "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"},
        {"CDS", "0 0 0 00", ""}, // RFC 8078 §4
        {"CDNSKEY", "0 3 0 AA==", ""},
        {"DNSKEY", "257 3 ED25519 l02Woi0iS8Aa25FQkUd9 RMzZHJpBoRQwAQEX1SxZJA4=",
         "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="},
        {"RRSIG", "A 5 3 86400 1048354263 20030220173103 2642 example.com. Zm9v",
         "A 5 3 86400 20030322173103 20030220173103 2642 example.com. Zm9v"},
        {"RRSIG", "TYPE65280 13 1 0 0 4294967295 0 . Zg==", "TYPE65280 13 1 0 19700101000000 21060207062815 0 . Zg=="},
        {"NSEC", "host.example.com. NSEC TYPE1234 a RRSIG MX", "host.example.com. A MX RRSIG NSEC TYPE1234"},
        {"NSEC", "\\000.a.Example.", "\\000.a.Example."},
        {"NSEC3", "1 1 12 aabbccdd 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX NS",
         "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS MX"},
        {"NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr", ""},
        {"NSEC3PARAM", "1 0 12 AABB", "1 0 12 aabb"},
        {"NSEC3PARAM", "1 0 0 -", ""},
        {"HINFO", "PC \"A b\"", "\"PC\" \"A b\""},
        {"NAPTR", "100 50 s http \"\" _x.test.", "100 50 \"s\" \"http\" \"\" _x.test."},
        {"CAA", "0 issue \"ca.example; x=1\"", "0 \"issue\" \"ca.example; x=1\""},
        {"SSHFP", "4 2 00ff", ""},
        {"A6", "\\# 18 00000102030405060708090a0b0c0d0e0f00", "\\# 18 00000102030405060708090a0b0c0d0e0f00"},
        {"TYPE731", "\\# 6 abcd ef 01 23 45", "\\# 6 abcdef012345"},
        {"TYPE62347", "\\# 0", ""},
        {"A", "\\# 4 0A000001", "10.0.0.1"}, // RFC 3597 §5
        {"A", "\\# 3 0a0000", ""},           // unfit for its type, and still expressible
        {"DNSKEY", "\\# 4 01010308", ""},    // a key without octets has no other text
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.type << ' ' << one.text) {
            const RrType type = dns::rr_type_from_text(one.type).value();
            const auto rdata = dns::rdata_from_text(type, one.text, origin);
            REQUIRE(rdata);
            const std::string written = dns::rdata_to_text(type, *rdata);
            CHECK(written == (one.written.empty() ? one.text : one.written));
            CHECK(*dns::rdata_from_text(type, written, Name()) == *rdata);
        }
    }
}

TEST_CASE("RDATA text: what cannot be read is refused with its place") {
    struct Case {
        std::string_view type, text;
        std::size_t offset;
    };
    const Case cases[] = {
        {"A", "", 0},
        {"A", "192.0.2", 0},
        {"A", "192.0.2.1 x", 10},
        {"AAAA", "1::2::3", 0},
        {"MX", "10", 2},
        {"MX", "65536 a.", 0},
        {"MX", "-1 a.", 0},
        {"MX", "10 a..b", 5},
        {"TXT", "\"abc", 0},
        {"TXT", "a\\256", 1},
        {"TXT", "a )", 2},
        {"TXT", "( a", 0},
        {"TXT", "", 0},
        {"SOA", "a. b. 1 2 3 4 5x", 14},
        {"DS", "1 8 2 abc", 6},
        {"DS", "1 FOO 2 ab", 2},
        {"DNSKEY", "257 3 15 Zg", 9},
        {"DNSKEY", "257 3 15", 8},
        {"RRSIG", "A 5 3 86400 20031322173103 20030220173103 2642 example.com. Zm9v", 12},
        {"NSEC", "a. FOO", 3},
        {"NSEC3", "1 0 0 - -", 8},
        {"NSEC3", "1 0 0 xyz 2t7b4g4vsa5smi47k61mv5bv1a22bojr", 6},
        {"TYPE731", "abcd", 0},
        {"TYPE731", "\\# 3 abcd", 3},
        {"TYPE731", "\\# 2 abc", 5},
        {"TYPE731", "\\#", 2},
        {"TYPE731", "\\# 65536 00", 3},
        {"NULL", "x", 0},
        {"MX", "10 a.\n10 b.", 6},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.type << " '" << one.text << "'") {
            const auto rdata = dns::rdata_from_text(dns::rr_type_from_text(one.type).value(), one.text, origin);
            REQUIRE_FALSE(rdata);
            CHECK(rdata.error().code == dns::WireErrorCode::bad_text);
            CHECK(rdata.error().offset == one.offset);
        }
    }
    CHECK(dns::rdata_from_text(RrType::NS, std::string(64, 'a'), origin).error().code ==
          dns::WireErrorCode::label_too_long);
    CHECK(dns::rdata_from_text(RrType::TXT, std::string(255, 'a'), origin).has_value());
    CHECK(dns::rdata_from_text(RrType::TXT, std::string(256, 'a'), origin).error().code ==
          dns::WireErrorCode::bad_text);
}

TEST_CASE("RDATA text: every RDATA, well formed or not, reads back from its text") {
    generators::Generator random(3597);
    const RrType types[] = {RrType::A,    RrType::SOA,    RrType::MX,         RrType::TXT,
                            RrType::SRV,  RrType::NAPTR,  RrType::DS,         RrType::RRSIG,
                            RrType::NSEC, RrType::NSEC3,  RrType::NSEC3PARAM, RrType::CAA,
                            RrType::A6,   RrType::DNSKEY, RrType::SVCB,       static_cast<RrType>(65280)};
    for (int i = 0; i < 1500; ++i) {
        dns::Record record = random.record();
        if (i % 3 == 0) { // octets that fit only by chance
            record.type = types[random.below(std::size(types))];
            record.rdata = random.octets(0, 24);
            for (auto& octet : record.rdata) octet = static_cast<std::uint8_t>(random.coin() ? octet : octet & 7);
        }
        const std::string text = dns::rdata_to_text(record.type, record.rdata);
        INFO(dns::to_text(record.type) << ' ' << text);
        const auto again = dns::rdata_from_text(record.type, text, Name());
        REQUIRE(again);
        REQUIRE(*again == record.rdata);
    }
}
