#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/rdata.h"
#include "tests/dns/generators.h"

using dns::RrType;
using dns::TypeBitmap;

TEST_CASE("type bitmap: the example of RFC 4034 §4.3") {
    const TypeBitmap bitmap({RrType::A, RrType::MX, RrType::RRSIG, RrType::NSEC, static_cast<RrType>(1234)});
    dns::Bytes expected = {0x00, 0x06, 0x40, 0x01, 0x00, 0x00, 0x00, 0x03, 0x04, 0x1b};
    expected.resize(expected.size() + 26);
    expected.push_back(0x20);
    CHECK(bitmap.build() == expected);
    CHECK(*TypeBitmap::parse(expected) == bitmap);
    CHECK(bitmap.contains(RrType::MX));
    CHECK(bitmap.contains(static_cast<RrType>(1234)));
    CHECK_FALSE(bitmap.contains(RrType::AAAA));
    CHECK_FALSE(bitmap.contains(static_cast<RrType>(65535))); // RFC 4034 §4.1.2: bits not given are zero
}

TEST_CASE("type bitmap: windows must ascend, be 1 to 32 octets long and end with the data (RFC 4034 §4.1.2)") {
    dns::Bytes longest(34);
    longest[1] = 32;
    longest[2] = 0x40;
    dns::Bytes too_long(35);
    too_long[1] = 33;
    struct Case {
        std::string_view about;
        dns::Bytes windows;
        bool good;
    };
    const Case cases[] = {
        {"empty (RFC 6840 §6.4)", {}, true},
        {"one window", {0, 1, 0x40}, true},
        {"length 0", {0, 0}, false},
        {"length 32", longest, true},
        {"length 33", too_long, false},
        {"two windows", {0, 1, 0x40, 1, 1, 0x40}, true},
        {"same window twice", {0, 1, 0x40, 0, 1, 0x20}, false},
        {"descending", {1, 1, 0x40, 0, 1, 0x40}, false},
        {"last window 255", {255, 1, 0x40}, true},
        {"window number alone", {0, 1, 0x40, 1}, false},
        {"cut off", {0, 2, 0x40}, false},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.about) {
            const auto parsed = TypeBitmap::parse(one.windows);
            CHECK(parsed.has_value() == one.good);
            if (!parsed) CHECK(parsed.error().code == dns::WireErrorCode::bad_type_bitmap);
        }
    }
}

TEST_CASE("type bitmap: type 0 and pseudo-types are ignored, but NXNAME is kept (RFC 4034 §4.1.2)") {
    dns::Bytes windows(34);
    windows[1] = 32;
    windows[2] = 0xC0;                // TYPE0, A
    windows[2 + 41 / 8] |= 0x80 >> 1; // OPT
    windows[2 + 128 / 8] |= 0x80;     // NXNAME
    windows[2 + 255 / 8] |= 0x01;     // ANY
    CHECK(TypeBitmap::parse(windows)->types() == std::vector<RrType>{RrType::A, RrType::NXNAME});
}

TEST_CASE("type bitmap: building and parsing gives the same types") {
    generators::Generator random(1234);
    for (int i = 0; i < 300; ++i) {
        const TypeBitmap bitmap = random.bitmap();
        REQUIRE(*TypeBitmap::parse(bitmap.build()) == bitmap);
    }
    CHECK(TypeBitmap({RrType::MX, RrType::A, RrType::MX}).types() == std::vector<RrType>{RrType::A, RrType::MX});
}
