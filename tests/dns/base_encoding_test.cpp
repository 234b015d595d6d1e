#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/text.h"
#include "tests/dns/generators.h"

namespace {

dns::Bytes octets(std::string_view text) { return dns::Bytes(text.begin(), text.end()); }

} // namespace

TEST_CASE("base encodings: the test vectors of RFC 4648 §10") {
    struct Case {
        std::string_view plain, hex, hex32, hex64;
    };
    const Case cases[] = {
        {"", "", "", ""},
        {"f", "66", "co", "Zg=="},
        {"fo", "666f", "cpng", "Zm8="},
        {"foo", "666f6f", "cpnmu", "Zm9v"},
        {"foob", "666f6f62", "cpnmuog", "Zm9vYg=="},
        {"fooba", "666f6f6261", "cpnmuoj1", "Zm9vYmE="},
        {"foobar", "666f6f626172", "cpnmuoj1e8", "Zm9vYmFy"},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION("'" << one.plain << "'") {
            CHECK(dns::base16(octets(one.plain)) == one.hex);
            CHECK(dns::base32hex(octets(one.plain)) == one.hex32);
            CHECK(dns::base64(octets(one.plain)) == one.hex64);
            CHECK(*dns::from_base16(one.hex) == octets(one.plain));
            CHECK(*dns::from_base32hex(one.hex32) == octets(one.plain));
            CHECK(*dns::from_base64(one.hex64) == octets(one.plain));
        }
    }
}

TEST_CASE("base encodings: any length reads back") {
    generators::Generator random(4648);
    for (int i = 0; i < 200; ++i) {
        const dns::Bytes data = random.octets(0, 70);
        REQUIRE(*dns::from_base16(dns::base16(data)) == data);
        REQUIRE(*dns::from_base32hex(dns::base32hex(data)) == data);
        REQUIRE(*dns::from_base64(dns::base64(data)) == data);
    }
}

TEST_CASE("base encodings: letters in any case, and spaces where lines are folded") {
    CHECK(*dns::from_base16("66 6F\t6f") == octets("foo"));
    CHECK(*dns::from_base32hex("CpNmU") == octets("foo"));
    CHECK(*dns::from_base64("Zm9v Ym\nFy") == octets("foobar"));
}

TEST_CASE("base encodings: damaged text is refused") {
    CHECK_FALSE(dns::from_base16("666"));
    CHECK_FALSE(dns::from_base16("6g"));
    CHECK_FALSE(dns::from_base32hex("cpnmw"));
    CHECK_FALSE(dns::from_base32hex("cp nmu"));
    CHECK_FALSE(dns::from_base32hex("c"));
    CHECK_FALSE(dns::from_base32hex("cpnmuoj1e8======"));
    CHECK_FALSE(dns::from_base32hex("cp")); // bits left over that are not zero
    CHECK_FALSE(dns::from_base64("Zm9vYg="));
    CHECK_FALSE(dns::from_base64("Zm9vYg"));
    CHECK_FALSE(dns::from_base64("Zg==Zg=="));
    CHECK_FALSE(dns::from_base64("Zh=="));
    CHECK_FALSE(dns::from_base64("Zm9*"));
    CHECK_FALSE(dns::from_base64("===="));
}
