#include "tlsa/association.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "resolver/dns/text.h"
#include "tests/tlsa/test_chain.h"

using namespace tlsa;

namespace {

dns::Bytes rdata(unsigned usage, unsigned selector, unsigned matching_type, std::size_t octets) {
    dns::Bytes out = {static_cast<std::uint8_t>(usage), static_cast<std::uint8_t>(selector),
                      static_cast<std::uint8_t>(matching_type)};
    out.resize(3 + octets, 0xab);
    return out;
}
std::string verdict(const AssessedRecord& record) {
    return record.unusable ? std::string(id(*record.unusable)) : "usable";
}

std::vector<std::string> verdicts(const std::vector<dns::Bytes>& records, UsagePolicy policy) {
    std::vector<std::string> out;
    for (const auto& record : assess(records, policy)) out.push_back(verdict(record));
    return out;
}

} // namespace

TEST_CASE("association: what makes a single record unusable (RFC 6698 §2.1, §4.1, RFC 7672 §3.1.3)") {
    const auto leaf = test::make_certificate(test::leaf_spec());
    const auto key = test::Key("key of mx.example").spki();
    auto with_trailing = test::record(3, 0, 0, leaf);
    with_trailing.push_back(0);
    auto cut = test::record(3, 1, 0, key);
    cut.pop_back();
    struct Case {
        const char* about;
        dns::Bytes rdata;
        const char *smtp, *generic;
    };
    const std::vector<Case> cases = {
        {"3 1 1", rdata(3, 1, 1, 32), "usable", "usable"},
        {"2 0 2", rdata(2, 0, 2, 64), "usable", "usable"},
        {"0 0 1", rdata(0, 0, 1, 32), "usage-pkix-in-smtp", "usable"},
        {"1 1 1", rdata(1, 1, 1, 32), "usage-pkix-in-smtp", "usable"},
        {"usage 4", rdata(4, 1, 1, 32), "usage-unknown", "usage-unknown"},
        {"usage 255", rdata(255, 1, 1, 32), "usage-unknown", "usage-unknown"},
        {"selector 2", rdata(3, 2, 1, 32), "selector-unknown", "selector-unknown"},
        {"selector 255", rdata(3, 255, 1, 32), "selector-unknown", "selector-unknown"},
        {"matching type 3", rdata(3, 1, 3, 48), "matching-type-unknown", "matching-type-unknown"},
        {"matching type 255", rdata(3, 1, 255, 32), "matching-type-unknown", "matching-type-unknown"},
        {"no octet at all", {}, "malformed", "malformed"},
        {"two octets", {3, 1}, "malformed", "malformed"},
        {"no data", rdata(3, 1, 1, 0), "empty-data", "empty-data"},
        {"SHA2-256 one short", rdata(3, 1, 1, 31), "digest-length-wrong", "digest-length-wrong"},
        {"SHA2-256 one long", rdata(3, 1, 1, 33), "digest-length-wrong", "digest-length-wrong"},
        {"SHA2-512 of 32 octets", rdata(3, 1, 2, 32), "digest-length-wrong", "digest-length-wrong"},
        {"a whole certificate", test::record(3, 0, 0, leaf), "usable", "usable"},
        {"a whole key", test::record(3, 1, 0, key), "usable", "usable"},
        {"a certificate and an octet more", with_trailing, "full-data-not-der", "full-data-not-der"},
        {"a key without its last octet", cut, "full-data-not-der", "full-data-not-der"},
        {"a certificate where a key belongs", test::record(3, 1, 0, leaf), "full-data-not-der", "full-data-not-der"},
        {"a key where a certificate belongs", test::record(2, 0, 0, key), "full-data-not-der", "full-data-not-der"},
        {"garbage as certificate", rdata(3, 0, 0, 40), "full-data-not-der", "full-data-not-der"},
    };
    for (const auto& row : cases) {
        DYNAMIC_SECTION(row.about) {
            CHECK(verdicts({row.rdata}, UsagePolicy::smtp) == std::vector<std::string>{row.smtp});
            CHECK(verdicts({row.rdata}, UsagePolicy::generic) == std::vector<std::string>{row.generic});
        }
    }
}

TEST_CASE("association: digest agility is per usage and selector, after unusable records are dropped (RFC 7671 §9)") {
    const auto leaf = test::make_certificate(test::leaf_spec());
    struct Case {
        const char* about;
        std::vector<dns::Bytes> records;
        std::vector<std::string> expected;
    };
    const std::vector<Case> cases = {
        {"the stronger digest hides the weaker",
         {rdata(3, 1, 1, 32), rdata(3, 1, 2, 64)},
         {"weaker-digest-ignored", "usable"}},
        {"order does not matter", {rdata(3, 1, 2, 64), rdata(3, 1, 1, 32)}, {"usable", "weaker-digest-ignored"}},
        {"other usages are not hidden", {rdata(2, 1, 1, 32), rdata(3, 1, 2, 64)}, {"usable", "usable"}},
        {"other selectors are not hidden", {rdata(3, 0, 1, 32), rdata(3, 1, 2, 64)}, {"usable", "usable"}},
        {"Full takes no part",
         {test::record(3, 0, 0, leaf), rdata(3, 0, 2, 64), rdata(3, 0, 1, 32)},
         {"usable", "usable", "weaker-digest-ignored"}},
        {"a malformed stronger digest hides nothing",
         {rdata(3, 1, 1, 32), rdata(3, 1, 2, 63)},
         {"usable", "digest-length-wrong"}},
        {"an unknown matching type hides nothing",
         {rdata(3, 1, 1, 32), rdata(3, 1, 3, 64)},
         {"usable", "matching-type-unknown"}},
        {"duplicates do no harm", {rdata(3, 1, 1, 32), rdata(3, 1, 1, 32)}, {"usable", "usable"}},
    };
    for (const auto& row : cases)
        DYNAMIC_SECTION(row.about) CHECK(verdicts(row.records, UsagePolicy::smtp) == row.expected);
}

TEST_CASE("association: order and octets of the input are kept, malformed records have no content") {
    const std::vector<dns::Bytes> input = {rdata(3, 1, 1, 32), {1}, rdata(0, 0, 1, 32)};
    const auto records = assess(input, UsagePolicy::smtp);
    REQUIRE(records.size() == 3);
    for (std::size_t i = 0; i < input.size(); ++i) CHECK(records[i].rdata == input[i]);
    CHECK_FALSE(records[1].association);
    CHECK(any_usable(records));
    CHECK_FALSE(any_usable(std::vector<AssessedRecord>{records[1], records[2]}));
    CHECK_FALSE(any_usable({}));
}

TEST_CASE("association: the names of TLSA RRsets are those of RFC 6698 §3's examples") {
    const auto text = [](const char* base, std::uint16_t port) {
        const auto name = tlsa_name(dns::Name::literal(base), port);
        REQUIRE(name);
        return name->to_text();
    };
    CHECK(text("www.example.com.", 443) == "_443._tcp.www.example.com.");
    CHECK(text("mail.example.com.", 25) == "_25._tcp.mail.example.com.");
    std::string label(61, 'a');
    const auto name = dns::Name::from_text(label + "." + label + "." + label + "." + label + ".");
    REQUIRE(name);
    const auto too_long = tlsa_name(*name, 25);
    REQUIRE_FALSE(too_long);
    CHECK(too_long.error().code == dns::WireErrorCode::name_too_long);
}

TEST_CASE("association: presentation as in RFC 6698 §2.3's examples") {
    const std::string hex = "d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971";
    const auto octets = dns::from_base16("000001" + hex);
    REQUIRE(octets);
    const auto records = assess(std::vector<dns::Bytes>{*octets}, UsagePolicy::generic);
    REQUIRE(records.front().association);
    CHECK_FALSE(records.front().unusable);
    CHECK(records.front().association->to_text() == "0 0 1 " + hex);
}
