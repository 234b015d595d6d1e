#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/text.h"
#include "tests/dns/generators.h"

using dns::Name;

TEST_CASE("record text: TTL and class in either order, or missing (RFC 1035 §5.1)") {
    const Name origin = Name::literal("example.");
    struct Case {
        std::string_view line, written;
    };
    const Case cases[] = {
        {"www 300 IN A 192.0.2.1", "www.example. 300 IN A 192.0.2.1"},
        {"www IN 300 A 192.0.2.1", "www.example. 300 IN A 192.0.2.1"},
        {"www 300 A 192.0.2.1", "www.example. 300 IN A 192.0.2.1"},
        {"www IN A 192.0.2.1", "www.example. 0 IN A 192.0.2.1"},
        {"www A 192.0.2.1", "www.example. 0 IN A 192.0.2.1"},
        {"www. 1h30m CH TXT x", "www. 5400 CH TXT \"x\""},
        {"@ 1 IN TYPE1 192.0.2.1", "example. 1 IN A 192.0.2.1"},
        {"a 1 IN A 192.0.2.1 ; a comment", "a.example. 1 IN A 192.0.2.1"},
        {"a 1 IN SOA . . 1 2 3 4 5", "a.example. 1 IN SOA . . 1 2 3 4 5"},
        {"a IN SOA . . 1 2 3 4 5", "a.example. 0 IN SOA . . 1 2 3 4 5"},
        {"a.example. 0 CLASS32 TYPE731 \\# 6 abcd (\n ef 01 23 45 )",
         "a.example. 0 CLASS32 TYPE731 \\# 6 abcdef012345"},
        {"b.example. 0 HS TYPE62347 \\# 0", "b.example. 0 HS TYPE62347 \\# 0"},
        {"e.example. 0 IN A \\# 4 0A000001", "e.example. 0 IN A 10.0.0.1"},
        {"e.example. 0 CLASS1 TYPE1 10.0.0.2", "e.example. 0 IN A 10.0.0.2"},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.line) {
            const auto record = dns::record_from_text(one.line, origin);
            REQUIRE(record);
            CHECK(dns::to_text(*record) == one.written);
        }
    }
}

TEST_CASE("record text: what is no record is refused with its place") {
    struct Case {
        std::string_view line;
        std::size_t offset;
    };
    const Case cases[] = {
        {"", 0},
        {"; nothing", 9},
        {"www.example.", 12},
        {"www.example. 300", 16},
        {"www.example. 300 400 A 192.0.2.1", 17},
        {"www.example. IN IN A 192.0.2.1", 16},
        {"www.example. 2147483648 A 192.0.2.1", 13},
        {"www.example. 5y A 192.0.2.1", 13},
        {"www.example. FOO 192.0.2.1", 13},
        {" A 192.0.2.1", 1},
        {"a. A 192.0.2.1\nb. A 192.0.2.1", 15},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION("'" << one.line << "'") {
            const auto record = dns::record_from_text(one.line);
            REQUIRE_FALSE(record);
            CHECK(record.error().offset == one.offset);
        }
    }
}

TEST_CASE("record text: writing and reading gives the same record") {
    generators::Generator random(9);
    for (int i = 0; i < 400; ++i) {
        const dns::Record record = random.record();
        const std::string text = dns::to_text(record);
        INFO(text);
        const auto again = dns::record_from_text(text);
        REQUIRE(again);
        REQUIRE(*again == record);
        REQUIRE(again->owner.same_octets(record.owner));
    }
}
