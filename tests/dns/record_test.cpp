#include "resolver/dns/record.h"

#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/text.h"

using dns::RrType;

namespace {

dns::Record record(std::string_view line) { return dns::record_from_text(line).value(); }

const std::string_view signature = " 13 2 300 20260701000000 20260601000000 1 example. Zm9v";

dns::Record rrsig(std::string_view owner, std::string_view covered, unsigned ttl) {
    return record(std::string(owner) + ' ' + std::to_string(ttl) + " IN RRSIG " + std::string(covered) +
                  std::string(signature));
}

} // namespace

TEST_CASE("record: grouping joins records of one name, class and type, without case and without duplicates") {
    const std::vector<dns::Record> records = {
        record("www.Example. 300 IN A 192.0.2.1"), record("www.example. 300 IN AAAA 2001:db8::1"),
        record("WWW.example. 200 IN A 192.0.2.2"), record("www.example. 300 IN A 192.0.2.1"),
        record("www.example. 300 CH A 192.0.2.9"),
    };
    const auto groups = dns::group(records);
    REQUIRE(groups.size() == 3);
    CHECK(groups[0].set.owner.to_text() == "www.Example."); // as first seen
    CHECK(groups[0].set.rdata == std::vector<dns::Bytes>{{192, 0, 2, 1}, {192, 0, 2, 2}});
    CHECK(groups[0].set.ttl == 200); // RFC 2181 §5.2
    CHECK(groups[1].set.type == RrType::AAAA);
    CHECK(groups[2].set.rr_class == dns::RrClass::CH);
    CHECK(groups[0].signatures.empty());
    CHECK(groups[0].set.records().size() == 2);
    CHECK(groups[0].set.records()[1].rdata == dns::Bytes{192, 0, 2, 2});
    CHECK(dns::group({}).empty());
}

TEST_CASE("record: RRSIGs come to the set that they cover, wherever they stand") {
    const std::vector<dns::Record> records = {
        rrsig("www.example.", "A", 100),  record("www.example. 300 IN A 192.0.2.1"), rrsig("WWW.example.", "A", 100),
        rrsig("www.example.", "MX", 100), rrsig("mail.example.", "A", 100),          rrsig("www.example.", "A", 50),
    };
    const auto groups = dns::group(records);
    REQUIRE(groups.size() == 3);
    CHECK(groups[0].signatures.size() == 1); // the duplicates fall together
    CHECK(groups[0].signature_ttl == 50);
    CHECK(groups[0].set.ttl == 300);
    CHECK(groups[1].set.type == RrType::RRSIG); // covers nothing present
    CHECK(groups[1].set.owner == dns::Name::literal("www.example."));
    CHECK(groups[2].set.owner == dns::Name::literal("mail.example."));
}

TEST_CASE("record: an RRSIG too short to name a type, or that covers RRSIG, is kept as a set of its own") {
    dns::Record cut = rrsig("www.example.", "A", 100);
    cut.rdata.resize(1);
    const std::vector<dns::Record> records = {record("www.example. 300 IN A 192.0.2.1"), cut,
                                              rrsig("www.example.", "RRSIG", 100)};
    const auto groups = dns::group(records);
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].signatures.empty());
    CHECK(groups[1].set.type == RrType::RRSIG);
    CHECK(groups[1].set.rdata.size() == 2);
    // Long enough to name the type and nothing else: reported with the set that it claims to cover.
    cut.rdata = {0, 1};
    CHECK(dns::group(std::vector{records[0], cut})[0].signatures == std::vector<dns::Bytes>{{0, 1}});
}

TEST_CASE("record: questions as text") {
    CHECK(dns::Question(dns::Name::literal("www.example."), RrType::A).to_text() == "www.example. A");
    CHECK(dns::Question(dns::Name(), RrType::TXT, dns::RrClass::CH).to_text() == ". CH TXT");
    CHECK(dns::Question(dns::Name::literal("A."), RrType::A) == dns::Question(dns::Name::literal("a."), RrType::A));
    CHECK(std::hash<dns::Question>()(dns::Question(dns::Name::literal("A."), RrType::A)) ==
          std::hash<dns::Question>()(dns::Question(dns::Name::literal("a."), RrType::A)));
}
