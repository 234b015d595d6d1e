#include "resolver/dns/address_text.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/dns/generators.h"

TEST_CASE("address: IPv6 in the form of RFC 5952 §4") {
    struct Case {
        std::string_view read, written;
    };
    const Case cases[] = {
        {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:0DB8::0001", "2001:db8::1"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"::ffff:192.0.2.1", "::ffff:c000:201"},
        {"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.read) {
            const auto address = dns::ipv6_from_text(one.read);
            REQUIRE(address);
            CHECK(dns::ipv6_text(*address) == one.written);
        }
    }
    generators::Generator random(5952);
    for (int i = 0; i < 300; ++i) {
        dns::Bytes address = random.octets(16, 16);
        for (auto& octet : address) octet = random.coin() ? octet : std::uint8_t{0};
        REQUIRE(*dns::ipv6_from_text(dns::ipv6_text(address)) == address);
    }
}

TEST_CASE("address: what is no IP address is refused") {
    for (const std::string_view text : {"", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
                                        "12345::", "g::", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
                                        "192.0.2.1::", "::192.0.2", "1:", ":1", "::1%lo", "1:192.0.2.1::"}) {
        DYNAMIC_SECTION("IPv6 " << text) { CHECK_FALSE(dns::ipv6_from_text(text)); }
    }
    for (const std::string_view text : {"", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.", ".1.2.3",
                                        "1.2.3.4 ", "1.2.3.-4", "1..2.3", "0x1.2.3.4"}) {
        DYNAMIC_SECTION("IPv4 " << text) { CHECK_FALSE(dns::ipv4_from_text(text)); }
    }
    CHECK(dns::ipv4_text(*dns::ipv4_from_text("192.0.2.255")) == "192.0.2.255");
    CHECK(dns::ipv4_text(*dns::ipv4_from_text("0.0.0.0")) == "0.0.0.0");
}
