// What a sender is told of a domain that takes no mail.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/deliver/office.h"

using Catch::Matchers::ContainsSubstring;

TEST_CASE("D-156 mail for a null MX goes back with 5.1.10 (RFC 7505 §4.1)") {
    test::Office office(
        R"("destination_controls": [{"domain": "default", "tls": "preferred", "dane": "opportunistic"}],)");
    SECTION("obeys") {
        office.send("you@null.example");
        CHECK(office
                  .pass(test::internet(R"([{"apex": "null.example.", "records": ["@ MX 0 .", "@ A 192.0.2.25"]}])",
                                       "[]", "[]"))
                  .bounced == 1);
        CHECK_THAT(office.log(), ContainsSubstring("5.1.10"));
    }
    SECTION("breaks: a domain that names hosts, none of which is there, is no such domain; the mail waits") {
        office.send("you@null.example");
        CHECK(office.pass(test::internet(R"([{"apex": "null.example.", "records": ["@ MX 0 mx"]}])", "[]", "[]"))
                  .deferred == 1);
        CHECK_THAT(office.log(), !ContainsSubstring("5.1.10"));
    }
}
