// Rules of DANE (zones/rules/dane.json) about how TLSA records are written.
#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/name.h"
#include "resolver/dns/text.h"

namespace {

dns::Result<dns::Bytes> read(std::string_view text) {
    return dns::rdata_from_text(dns::RrType::TLSA, text, dns::Name::literal("example."));
}

} // namespace

TEST_CASE("D-165 TLSA records are read in numbers and acronyms, hex with spaces (RFC 6698 §2.2, RFC 7218 §2)") {
    const dns::Bytes wanted{3, 1, 1, 0x8c, 0xb0, 0xfc, 0x6c};
    SECTION("obeys") {
        for (const char* text : {"3 1 1 8cb0fc6c", "3 1 1 8CB0 fc6c", "DANE-EE SPKI SHA2-256 8cb0fc6c",
                                 "dane-ee spki sha2-256 8cb0fc6c", "003 1 SHA2-256 8cb0fc6c"}) {
            INFO(text);
            const auto octets = read(text);
            REQUIRE(octets);
            CHECK(*octets == wanted);
        }
        CHECK(read("PKIX-TA Cert Full 00").value() == dns::Bytes{0, 0, 0, 0});
        CHECK(read("PKIX-EE Cert SHA2-512 00").value() == dns::Bytes{1, 0, 2, 0});
        CHECK(read("DANE-TA PrivSel PrivMatch 00").value() == dns::Bytes{2, 255, 255, 0});
        CHECK(read("PrivCert 7 9 00").value() == dns::Bytes{255, 7, 9, 0});
    }
    SECTION("breaks") {
        for (const char* text : {"256 1 1 00", "-1 1 1 00", "DANE 1 1 00", "SPKI 1 1 00", "3 DANE-EE 1 00",
                                 "3 1 SHA-256 00", "3 1 1 0g", "3 1 1 000", "3 1"}) {
            INFO(text);
            CHECK_FALSE(read(text));
        }
    }
}
