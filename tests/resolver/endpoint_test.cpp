#include "resolver/endpoint.h"

#include <catch2/catch_test_macros.hpp>

using resolver::DialMap;
using resolver::Endpoint;

namespace {

Endpoint endpoint(std::string_view text) { return Endpoint::from_text(text, 53).value(); }

} // namespace

TEST_CASE("endpoint: an address with or without port is read, and written with its port") {
    const struct {
        std::string_view text, written;
    } table[] = {
        {"127.0.0.1", "127.0.0.1:53"},
        {"192.0.2.1:5353", "192.0.2.1:5353"},
        {"192.0.2.1:65535", "192.0.2.1:65535"},
        {"::1", "[::1]:53"},
        {"2001:DB8::0:1", "[2001:db8::1]:53"},
        {"[2001:db8::1]", "[2001:db8::1]:53"},
        {"[2001:db8::1]:853", "[2001:db8::1]:853"},
        {"::ffff:192.0.2.1", "[::ffff:192.0.2.1]:53"},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.text) {
            const auto read = Endpoint::from_text(row.text, 53);
            REQUIRE(read);
            CHECK(read->to_text() == row.written);
            CHECK(Endpoint::from_text(row.written, 1).value() == *read);
        }
    }
}

TEST_CASE("endpoint: what is no address or no port is refused with the place of the mistake") {
    const struct {
        std::string_view text;
        std::size_t offset;
    } table[] = {
        {"", 0},
        {"localhost", 0},
        {"192.0.2", 0},
        {"192.0.2.256", 0},
        {"192.0.2.1:", 10},
        {"192.0.2.1:0", 10},
        {"192.0.2.1:65536", 10},
        {"192.0.2.1:53x", 10},
        {"192.0.2.1:+53", 10},
        {"192.0.2.1:-1", 10},
        {" 192.0.2.1", 0},
        {"[192.0.2.1]:53", 1},
        {"[::1", 4},
        {"[::1]53", 5},
        {"[::1]:", 6},
        {"[]:53", 1},
        {"::1:99999", 0},
        {std::string_view("192.0.2.1\0x", 11), 0},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION("'" << row.text << "'") {
            const auto read = Endpoint::from_text(row.text, 53);
            REQUIRE_FALSE(read);
            CHECK(read.error().code == dns::WireErrorCode::bad_text);
            CHECK(read.error().offset == row.offset);
        }
    }
}

TEST_CASE(
    "dial map: a published endpoint is dialled at its real place, others as written or, once closed, not at all") {
    DialMap map;
    map.add(endpoint("192.0.2.1:53"), endpoint("127.0.0.1:40000"));
    REQUIRE(map.find(endpoint("192.0.2.1:53")));
    CHECK(*map.find(endpoint("192.0.2.1:53")) == endpoint("127.0.0.1:40000"));
    REQUIRE(map.find(endpoint("192.0.2.1:54")));
    CHECK(*map.find(endpoint("192.0.2.1:54")) == endpoint("192.0.2.1:54"));
    map.close();
    CHECK(map.find(endpoint("192.0.2.1:54")) == nullptr);
    REQUIRE(map.find(endpoint("192.0.2.1:53")));
    CHECK(*map.find(endpoint("192.0.2.1:53")) == endpoint("127.0.0.1:40000"));
}
