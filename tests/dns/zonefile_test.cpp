#include "resolver/dns/zonefile.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/text.h"
#include "tests/dns/generators.h"

using dns::Name;

namespace {

std::vector<std::string> lines_of(std::string_view text, const Name& origin) {
    std::vector<std::string> lines;
    for (const dns::Record& record : dns::parse_zone_file(text, origin).value()) lines.push_back(dns::to_text(record));
    return lines;
}

} // namespace

TEST_CASE("zone file: the example of RFC 1035 §5.3") {
    const auto lines = lines_of("@   IN  SOA     VENERA      Action\\.domains (\n"
                                "                                 20     ; SERIAL\n"
                                "                                 7200   ; REFRESH\n"
                                "                                 600    ; RETRY\n"
                                "                                 3600000; EXPIRE\n"
                                "                                 60)    ; MINIMUM\n"
                                "\n"
                                "        NS      A.ISI.EDU.\n"
                                "        NS      VENERA\n"
                                "        MX      10      VENERA\n"
                                "        MX      20      VAXA\n"
                                "\n"
                                "A       A       26.3.0.103\n"
                                "\n"
                                "VENERA  A       10.1.0.52\n"
                                "        A       128.9.0.32\n",
                                Name::literal("ISI.EDU."));
    const std::vector<std::string> expected = {
        "ISI.EDU. 60 IN SOA VENERA.ISI.EDU. Action\\.domains.ISI.EDU. 20 7200 600 3600000 60",
        "ISI.EDU. 60 IN NS A.ISI.EDU.",
        "ISI.EDU. 60 IN NS VENERA.ISI.EDU.",
        "ISI.EDU. 60 IN MX 10 VENERA.ISI.EDU.",
        "ISI.EDU. 60 IN MX 20 VAXA.ISI.EDU.",
        "A.ISI.EDU. 60 IN A 26.3.0.103",
        "VENERA.ISI.EDU. 60 IN A 10.1.0.52",
        "VENERA.ISI.EDU. 60 IN A 128.9.0.32",
    };
    CHECK(lines == expected);
}

TEST_CASE("zone file: $ORIGIN and $TTL (RFC 1035 §5.1, RFC 2308 §4)") {
    const auto lines = lines_of("$TTL 1h\r\n"
                                "a A 192.0.2.1\r\n"
                                "$ORIGIN sub ; relative to the origin before\n"
                                "a 5 A 192.0.2.2\n"
                                "  A 192.0.2.3\n"
                                "$TTL 60\n"
                                "\\$x TXT \"semi;colon (and\" ( y\\(\n z )\n",
                                Name::literal("example."));
    const std::vector<std::string> expected = {
        "a.example. 3600 IN A 192.0.2.1",
        "a.sub.example. 5 IN A 192.0.2.2",
        "a.sub.example. 3600 IN A 192.0.2.3",
        "\\$x.sub.example. 60 IN TXT \"semi;colon (and\" \"y(\" \"z\"",
    };
    CHECK(lines == expected);
}

TEST_CASE("zone file: a fault is told with line, column and what was expected") {
    struct Case {
        std::string_view text;
        std::size_t line, column;
        std::string_view expected;
    };
    const Case cases[] = {
        {"a 1 A 192.0.2.1\nb 1 A 192.0.2\n", 2, 7, "expected an IPv4 address"},
        {"  1 A 192.0.2.1\n", 1, 3, "expected an owner name at the start of the line"},
        {"a A 192.0.2.1\n", 1, 3, "expected a TTL, as there is none before it and no $TTL"},
        {"\n\n$INCLUDE other.zone\n", 3, 1, "expected $ORIGIN, $TTL or a record (other directives are refused)"},
        {"$GENERATE 1-2 a A 192.0.2.$\n", 1, 1, "expected $ORIGIN, $TTL or a record (other directives are refused)"},
        {"$TTL\n", 1, 5, "expected a value for the directive"},
        {"$TTL 1 2\n", 1, 8, "expected the end of the line"},
        {"$TTL soon\n", 1, 6, "expected seconds"},
        {"$ORIGIN a..b.\n", 1, 11, "expected a domain name"},
        {"a 1 TXT ( x\n\ny\n", 1, 9, "expected a ')' for this '('"},
        {"a 1 TXT x )\n", 1, 11, "expected no ')' without a '(' before it"},
        {"a 1 TXT \"x\ny\"\n", 1, 9, "expected a closing '\"' on the same line"},
        {"a 1 SOA . . (\n 1 2\n 3 4x 5 )\n", 3, 4, "expected seconds"},
        {"a 1 MX\n", 1, 7, "expected a number from 0 to 65535"},
        {"a 1 SVCB 1 . alpn=h2\n", 1, 10, "expected RDATA in the form \\# LENGTH HEX"},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.text) {
            const auto records = dns::parse_zone_file(one.text, Name::literal("example."));
            REQUIRE_FALSE(records);
            CHECK(records.error().line == one.line);
            CHECK(records.error().column == one.column);
            CHECK(records.error().message == one.expected);
        }
    }
    CHECK(dns::parse_zone_file("", Name())->empty());
    CHECK(dns::parse_zone_file("; nothing\n\n", Name())->empty());
}

TEST_CASE("zone file: written with the SOA first, then in canonical order (RFC 4034 §6.1)") {
    const Name origin = Name::literal("example.");
    auto records = dns::parse_zone_file("$TTL 60\n"
                                        "*.z A 192.0.2.1\n"
                                        "z A 192.0.2.2\n"
                                        "Z.a A 192.0.2.3\n"
                                        "a A 192.0.2.5\n"
                                        "a A 192.0.2.4\n"
                                        "@ NS a\n"
                                        "@ A 192.0.2.6\n"
                                        "@ SOA a b 1 2 3 4 5\n",
                                        origin)
                       .value();
    CHECK(dns::write_zone_file(origin, records) == "$ORIGIN example.\n"
                                                   "example. 60 IN SOA a.example. b.example. 1 2 3 4 5\n"
                                                   "example. 60 IN A 192.0.2.6\n"
                                                   "example. 60 IN NS a.example.\n"
                                                   "a.example. 60 IN A 192.0.2.4\n"
                                                   "a.example. 60 IN A 192.0.2.5\n"
                                                   "Z.a.example. 60 IN A 192.0.2.3\n"
                                                   "z.example. 60 IN A 192.0.2.2\n"
                                                   "*.z.example. 60 IN A 192.0.2.1\n");
}

TEST_CASE("zone file: writing and reading gives the same records") {
    generators::Generator random(1987);
    std::vector<dns::Record> records;
    for (int i = 0; i < 300; ++i) records.push_back(random.record());
    const std::string text = dns::write_zone_file(Name::literal("example."), records);
    const auto again = dns::parse_zone_file(text, Name());
    REQUIRE(again);
    REQUIRE(again->size() == records.size());
    CHECK(dns::write_zone_file(Name::literal("example."), *again) == text);
    CHECK(std::ranges::is_permutation(*again, records));
}
