#include "validator/classify.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/validator/test_zone.h"

using namespace test;
using validator::Shape;

namespace {

void add(std::vector<dns::Record>& section, const dns::RrSet& set) {
    for (const dns::Record& record : set.records()) section.push_back(record);
}

struct Read {
    validator::Sections sections;
    Shape shape;
};

Read read(const dns::Message& message, std::string_view start, RrType type, std::size_t most_links = 11) {
    Read result{validator::Sections::of(message, dns::RrClass::IN), {}};
    std::vector<dns::Name> visited;
    result.shape = validator::classify(result.sections, message, name(start), type, most_links, visited);
    return result;
}

dns::Message with(const std::vector<dns::RrSet>& answer, const std::vector<dns::RrSet>& authority = {},
                  dns::Rcode rcode = dns::Rcode::NOERROR) {
    dns::Message message;
    message.rcode = rcode;
    for (const auto& set : answer) add(message.answer, set);
    for (const auto& set : authority) add(message.authority, set);
    return message;
}

} // namespace

TEST_CASE("classify: how a response ends (RFC 2308 §2, RFC 1034 §4.3.2)") {
    const auto a = rrset("host.example.", RrType::A, {"192.0.2.1"});
    const auto alias = rrset("www.example.", RrType::CNAME, {"host.example."});
    const auto soa = rrset("example.", RrType::SOA, {"ns.example. host.example. 1 2 3 4 5"});
    struct Row {
        std::string about;
        dns::Message message;
        std::string start;
        Shape::End end;
        std::string final_name;
        std::size_t links;
    };
    const std::vector<Row> rows = {
        {"the type itself", with({a}), "host.example.", Shape::End::positive, "host.example.", 0},
        {"other letters", with({a}), "HOST.example.", Shape::End::positive, "host.example.", 0},
        {"through an alias", with({alias, a}), "www.example.", Shape::End::positive, "host.example.", 1},
        {"in any order", with({a, alias}), "www.example.", Shape::End::positive, "host.example.", 1},
        {"alias and nothing else", with({alias}), "www.example.", Shape::End::unfinished, "host.example.", 1},
        {"alias and a SOA above its target", with({alias}, {soa}), "www.example.", Shape::End::no_data, "host.example.",
         1},
        {"alias and a SOA of elsewhere", with({alias}, {rrset("other.", RrType::SOA, {"ns. host. 1 2 3 4 5"})}),
         "www.example.", Shape::End::unfinished, "host.example.", 1},
        {"alias and NXDOMAIN", with({alias}, {}, dns::Rcode::NXDOMAIN), "www.example.", Shape::End::name_error,
         "host.example.", 1},
        {"nothing", with({}), "www.example.", Shape::End::no_data, "www.example.", 0},
        {"NXDOMAIN", with({}, {soa}, dns::Rcode::NXDOMAIN), "www.example.", Shape::End::name_error, "www.example.", 0},
        {"records of another owner do not count", with({a}), "www.example.", Shape::End::no_data, "www.example.", 0},
        {"an alias to itself", with({rrset("a.", RrType::CNAME, {"a."})}), "a.", Shape::End::loop, "a.", 1},
        {"a ring", with({rrset("a.", RrType::CNAME, {"b."}), rrset("b.", RrType::CNAME, {"a."})}), "a.",
         Shape::End::loop, "a.", 2},
        {"the wanted type beside a CNAME", with({rrset("www.example.", RrType::A, {"192.0.2.9"}), alias}),
         "www.example.", Shape::End::positive, "www.example.", 0},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.about) {
            const Read result = read(row.message, row.start, RrType::A);
            CHECK(result.shape.end == row.end);
            CHECK(result.shape.final_name == name(row.final_name));
            CHECK(result.shape.links.size() == row.links);
            CHECK(result.shape.sets.empty() == (row.end != Shape::End::positive));
        }
    }
    SECTION("a chain longer than allowed") {
        std::vector<dns::RrSet> chain;
        for (int i = 0; i < 4; ++i)
            chain.push_back(rrset("l" + std::to_string(i) + ".", RrType::CNAME, {"l" + std::to_string(i + 1) + "."}));
        chain.push_back(rrset("l4.", RrType::A, {"192.0.2.1"}));
        CHECK(read(with(chain), "l0.", RrType::A, 4).shape.end == Shape::End::positive);
        CHECK(read(with(chain), "l0.", RrType::A, 3).shape.end == Shape::End::too_many_links);
    }
    SECTION("the alias asked for is not followed (RFC 1034 §3.6.2)") {
        CHECK(read(with({alias, a}), "www.example.", RrType::CNAME).shape.links.empty());
        CHECK(read(with({alias}), "www.example.", RrType::ANY).shape.sets.size() == 1);
    }
}

TEST_CASE("classify: DNAME redirects what is below its owner, not the owner (RFC 6672 §2.2, §2.3, §3.4)") {
    const auto dname = rrset("old.example.", RrType::DNAME, {"new.example."});
    const auto deeper = rrset("b.old.example.", RrType::DNAME, {"newer.example."});
    const auto target = rrset("a.new.example.", RrType::A, {"192.0.2.1"});
    SECTION("without a CNAME it is synthesized") {
        const Read result = read(with({dname, target}), "a.old.example.", RrType::A);
        CHECK(result.shape.end == Shape::End::positive);
        REQUIRE(result.shape.links.size() == 1);
        CHECK(result.shape.links[0].cname == nullptr);
        CHECK(result.shape.links[0].dname_target == name("a.new.example."));
    }
    SECTION("the deepest one above the name counts") {
        CHECK(read(with({dname, deeper}), "a.b.old.example.", RrType::A).shape.final_name == name("a.newer.example."));
    }
    SECTION("the owner itself") {
        CHECK(read(with({dname}), "old.example.", RrType::A).shape.end == Shape::End::no_data);
    }
    SECTION("a name that becomes too long") {
        const std::string label(62, 'x');
        const auto wide = rrset("old.example.", RrType::DNAME, {label + "." + label + "." + label + ".example."});
        CHECK(read(with({wide}, {}, dns::Rcode::YXDOMAIN), label + ".old.example.", RrType::A).shape.end ==
              Shape::End::too_long);
        CHECK(read(with({wide}), "a.old.example.", RrType::A).shape.end == Shape::End::unfinished);
    }
}

TEST_CASE("classify: an RRSIG in another section is joined to what it covers; other classes are left out") {
    TestZone zone("example.");
    const auto a = rrset("www.example.", RrType::A, {"192.0.2.1"});
    dns::Message message = with({a});
    message.additional.emplace_back(a.owner, RrType::RRSIG, 3600, zone.rrsig(a));
    message.additional.emplace_back(name("other.example."), RrType::RRSIG, 3600, zone.rrsig(a));
    const auto sections = validator::Sections::of(message, dns::RrClass::IN);
    REQUIRE(sections.answer.size() == 1);
    CHECK(sections.answer[0].signatures.size() == 1);
    CHECK(validator::Sections::of(message, dns::RrClass::CH).answer.empty());
}
