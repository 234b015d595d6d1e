#include "resolver/dns/serial.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using dns::SerialTime;
using dns::UnixTime;

TEST_CASE("serial: comparison on a circle (RFC 1982 §3.2)") {
    CHECK(dns::is_before({1}, {2}));
    CHECK_FALSE(dns::is_before({2}, {1}));
    CHECK_FALSE(dns::is_before({7}, {7}));
    CHECK(dns::is_before({0xFFFFFFFF}, {0}));
    CHECK(dns::is_before({0xFFFFFF00}, {100}));
    CHECK_FALSE(dns::is_before({100}, {0xFFFFFF00}));
    CHECK(dns::is_before({0}, {0x7FFFFFFF}));
    CHECK_FALSE(dns::is_before({0}, {0x80000000})); // undefined by the RFC: before in neither direction
    CHECK_FALSE(dns::is_before({0x80000000}, {0}));
    CHECK_FALSE(dns::is_before({0}, {0x80000001}));
}

TEST_CASE("serial: the 64-bit time nearest to another") {
    const UnixTime after_2106{0x100000000 + 50};
    CHECK(dns::expand({100}, after_2106).seconds == 0x100000000 + 100);
    CHECK(dns::expand({0xFFFFFFF0}, after_2106).seconds == 0xFFFFFFF0);
    CHECK(dns::expand({1780272000}, {1780000000}).seconds == 1780272000);
    CHECK(dns::expand({5}, {0}).seconds == 5);
    CHECK(dns::expand({0xFFFFFFFF}, {0}).seconds == -1);
    for (const std::int64_t near : {std::int64_t{0}, std::int64_t{1} << 33, std::int64_t{-12345}}) {
        for (const std::uint32_t bits : {0U, 1U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
            CHECK(SerialTime::of(dns::expand({bits}, {near})).seconds == bits);
        }
    }
}

TEST_CASE("serial: RFC 3339 both ways") {
    struct Case {
        std::string_view text;
        std::int64_t seconds;
    };
    const Case cases[] = {
        {"1970-01-01T00:00:00Z", 0},  {"2026-06-01T00:00:00Z", 1780272000},  {"2000-02-29T23:59:59Z", 951868799},
        {"1969-12-31T23:59:59Z", -1}, {"2106-02-07T06:28:16Z", 0x100000000}, {"0000-01-01T00:00:00Z", -62167219200},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.text) {
            CHECK(dns::from_rfc3339(one.text)->seconds == one.seconds);
            CHECK(dns::to_rfc3339({one.seconds}) == one.text);
        }
    }
    CHECK(dns::from_rfc3339("2026-06-01")->seconds == 1780272000);
    CHECK(dns::from_rfc3339("2026-06-01T02:30:00+02:30")->seconds == 1780272000);
    CHECK(dns::from_rfc3339("2026-05-31T20:00:00.75-04:00")->seconds == 1780272000);
    CHECK(dns::from_rfc3339("2026-06-01t00:00:00z")->seconds == 1780272000);
    for (const std::string_view text :
         {"", "2026", "2026-13-01", "2026-02-29", "2026-06-00", "2026-06-01T", "2026-06-01T00:00:00",
          "2026-06-01T24:00:00Z", "2026-06-01T00:60:00Z", "2026-06-01T00:00:00Zx", "2026-06-01T00:00:00+2:00",
          "26-06-01", "2026-06-01T00:00:00.Z"}) {
        DYNAMIC_SECTION("refused: " << text) { CHECK_FALSE(dns::from_rfc3339(text)); }
    }
    CHECK(dns::to_rfc3339({std::numeric_limits<std::int64_t>::max()}).size() > 20); // no overflow on the way
    CHECK(dns::to_rfc3339({std::numeric_limits<std::int64_t>::min()}).size() > 20);
}

TEST_CASE("serial: the times of RRSIG text (RFC 4034 §3.2)") {
    CHECK(dns::from_rrsig_text("20030322173103")->seconds == 1048354263);
    CHECK(dns::to_rrsig_text({1048354263}, {1048354263}) == "20030322173103");
    CHECK(dns::from_rrsig_text("1048354263")->seconds == 1048354263);
    CHECK(dns::from_rrsig_text("4294967295")->seconds == 0xFFFFFFFF);
    CHECK(dns::from_rrsig_text("21060207062816")->seconds == 0); // modulo 2^32
    CHECK(dns::to_rrsig_text({0}, {0x100000000 + 9}) == "21060207062816");
    for (const std::string_view text : {"", "4294967296", "2003032217310", "200303221731033", "20031322173103", "12x",
                                        "-1", "20030229000000", "20030322176003"}) {
        DYNAMIC_SECTION("refused: " << text) { CHECK_FALSE(dns::from_rrsig_text(text)); }
    }
}
