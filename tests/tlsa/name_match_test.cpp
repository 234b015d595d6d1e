#include "tlsa/name_match.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "tests/tlsa/test_chain.h"

using namespace std::string_literals;

TEST_CASE("name match: presented identifiers against a reference (RFC 7672 §3.2.3, RFC 6125 §6.4)") {
    struct Case {
        std::string presented;
        const char* reference;
        bool expected;
    };
    const std::vector<Case> cases = {
        {"mx.example.com", "mx.example.com.", true},
        {"MX.Example.COM", "mx.example.com.", true},
        {"mx.example.com.", "mx.example.com.", true},
        {"mx.example.com..", "mx.example.com.", false},
        {"mx2.example.com", "mx.example.com.", false},
        {"example.com", "mx.example.com.", false},
        {"mx.example.com.evil.test", "mx.example.com.", false},
        {"*.example.com", "mx1.example.com.", true},
        {"*.example.com.", "mx1.example.com.", true},
        {"*.EXAMPLE.com", "MX1.example.com.", true},
        {"*.example.com", "example.com.", false},
        {"*.example.com", "a.b.example.com.", false},
        {"smtp*.example.com", "smtp1.example.com.", false},
        {"*smtp.example.com", "asmtp.example.com.", false},
        {"mx.*.com", "mx.example.com.", false},
        {"*.*.com", "mx.example.com.", false},
        {"**.example.com", "mx.example.com.", false},
        {"*", "com.", false},
        {"*.com", "example.com.", false},
        {"*.", "example.", false},
        {"mx.example.com\0.evil.test"s, "mx.example.com.", false},
        {"mx.example.com\0"s, "mx.example.com.", false},
        {"mx_1.example.com", "mx_1.example.com.", false},
        {"mx\\.example.com", "mx\\.example.com.", false},
        {"\\109x.example.com", "mx.example.com.", false},
        {" mx.example.com", "mx.example.com.", false},
        {"-mx.example.com", "-mx.example.com.", false},
        {"mx-.example.com", "mx-.example.com.", false},
        {"mx..example.com", "mx.example.com.", false},
        {".mx.example.com", "mx.example.com.", false},
        {"", "mx.example.com.", false},
        {".", ".", false},
        {"xn--bcher-kva.example", "xn--bcher-kva.example.", true},
        {"192.0.2.1", "192.0.2.1.", true}, // a name made of digits is a name; addresses are never references
    };
    for (const auto& row : cases) DYNAMIC_SECTION(row.presented << " for " << row.reference)
    CHECK(tlsa::matches(row.presented, dns::Name::literal(row.reference)) == row.expected);
}

namespace {

tlsa::Certificate certificate(const std::string& common_name, std::vector<std::string> dns_ids, dns::Bytes extra = {}) {
    auto spec = test::leaf_spec();
    spec.subject = common_name;
    spec.key = "names";
    spec.dns_ids = std::move(dns_ids);
    spec.extra_general_name = std::move(extra);
    auto parsed = tlsa::Certificate::parse(test::make_certificate(spec));
    REQUIRE(parsed);
    return *parsed;
}
bool matches(const tlsa::Certificate& subject) {
    return tlsa::match_names(subject, std::vector<dns::Name>{dns::Name::literal("mx.example.com.")}).has_value();
}

} // namespace

TEST_CASE("name match: the CN counts only without any DNS-ID, and only as a full host name (RFC 7672 §3.2.3, RFC 6125 "
          "§6.4.4)") {
    const dns::Bytes address = {0x87, 0x04, 192, 0, 2, 1};
    const dns::Bytes mail = {0x81, 0x05, 'a', '@', 'b', '.', 'c'};
    CHECK(matches(certificate("mx.example.com", {})));
    CHECK(matches(certificate("*.example.com", {})));
    CHECK_FALSE(matches(certificate("mx.example.com", {"other.example.com"})));
    CHECK(matches(certificate("other", {"mx.example.com"})));
    CHECK(matches(certificate("mx.example.com", {}, address)));
    CHECK(matches(certificate("mx.example.com", {}, mail)));
    CHECK_FALSE(matches(certificate("mx.example.com", {"mx.example.com\0.evil.test"s})));
    CHECK_FALSE(matches(certificate("The host mx.example.com", {})));
    CHECK_FALSE(matches(certificate("", {})));
    CHECK(tlsa::presented_names(certificate("mx", {})).empty());
}

TEST_CASE("name match: references are tried in their order and the one that fits is told") {
    const std::vector<dns::Name> references = {dns::Name::literal("base.example."),
                                               dns::Name::literal("mx.example.com.")};
    const auto match = tlsa::match_names(certificate("", {"a.example.com", "*.example.com"}), references);
    REQUIRE(match);
    CHECK(match->presented == "*.example.com");
    CHECK(match->reference == references[1]);
}
