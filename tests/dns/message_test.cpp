#include "resolver/dns/message.h"

#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/rdata.h"
#include "resolver/dns/text.h"

using dns::Message;
using dns::Name;
using dns::RrType;
using dns::WireErrorCode;

namespace {

// A message in pieces: header counts, then whatever octets follow.
dns::Bytes wire(std::array<std::uint8_t, 4> counts, std::initializer_list<dns::Bytes> pieces) {
    dns::Bytes out = {0x12, 0x34, 0x80, 0x00};
    for (const std::uint8_t count : counts) {
        out.push_back(0);
        out.push_back(count);
    }
    for (const dns::Bytes& piece : pieces) out.insert(out.end(), piece.begin(), piece.end());
    return out;
}

// A record owned by "x." with this RDATA; RDLENGTH may lie.
dns::Bytes record(RrType type, const dns::Bytes& rdata, int length_error = 0, dns::Bytes owner = {1, 'x', 0}) {
    dns::Writer writer;
    writer.octets(owner);
    writer.u16(static_cast<std::uint16_t>(type));
    writer.u16(1);
    writer.u32(300);
    writer.u16(static_cast<std::uint16_t>(static_cast<int>(rdata.size()) + length_error));
    writer.octets(rdata);
    return std::move(writer).take();
}

dns::Bytes opt(const dns::Bytes& options, dns::Bytes owner = {0}) {
    return record(RrType::OPT, options, 0, std::move(owner));
}

constexpr std::array<std::uint8_t, 4> one_answer = {0, 1, 0, 0};

const dns::Bytes pointer_to_owner = {0xC0, 12};

dns::Bytes joined(std::initializer_list<dns::Bytes> pieces) {
    dns::Bytes out;
    for (const dns::Bytes& piece : pieces) out.insert(out.end(), piece.begin(), piece.end());
    return out;
}

dns::Bytes ede(const dns::Bytes& data) { return joined({{0, 15, 0, static_cast<std::uint8_t>(data.size())}, data}); }

} // namespace

TEST_CASE("message: header bits (RFC 1035 §4.1.1, RFC 4035 §3.2)") {
    const dns::Bytes octets = {0xAB, 0xCD, 0x85, 0xB3, 0, 0, 0, 0, 0, 0, 0, 0};
    const auto message = Message::parse(octets);
    REQUIRE(message);
    CHECK(message->header.id == 0xABCD);
    CHECK(message->header.response);
    CHECK(message->header.authoritative);
    CHECK_FALSE(message->header.truncated);
    CHECK(message->header.recursion_desired);
    CHECK(message->header.recursion_available);
    CHECK(message->header.authentic_data);
    CHECK(message->header.checking_disabled);
    CHECK(message->rcode == dns::Rcode::NXDOMAIN);
    CHECK(message->build() == octets);
}

TEST_CASE("message: damaged messages are refused, each by its own error") {
    struct Case {
        std::string_view about;
        dns::Bytes octets;
        WireErrorCode code;
    };
    const dns::Bytes a = record(RrType::A, {192, 0, 2, 1});
    const Case cases[] = {
        {"nothing", {}, WireErrorCode::truncated},
        {"half a header", {0, 1, 2, 3, 4, 5}, WireErrorCode::truncated},
        {"a question that is not there", wire({1, 0, 0, 0}, {}), WireErrorCode::truncated},
        {"a question without class", wire({1, 0, 0, 0}, {{1, 'x', 0, 0, 1}}), WireErrorCode::truncated},
        {"more records counted than octets could hold", wire({0, 200, 0, 0}, {a}), WireErrorCode::truncated},
        {"an octet behind the end", wire(one_answer, {a, {0}}), WireErrorCode::trailing_octets},
        {"RDLENGTH past the end", wire(one_answer, {record(RrType::A, {192, 0, 2, 1}, 1)}), WireErrorCode::truncated},
        {"owner points at itself", wire(one_answer, {record(RrType::A, {192, 0, 2, 1}, 0, pointer_to_owner)}),
         WireErrorCode::bad_pointer},
        {"owner with label type 01", wire(one_answer, {record(RrType::A, {192, 0, 2, 1}, 0, {0x41, 0})}),
         WireErrorCode::bad_label_type},
        {"OPT in ANSWER", wire(one_answer, {opt({})}), WireErrorCode::bad_opt},
        {"OPT in AUTHORITY", wire({0, 0, 1, 0}, {opt({})}), WireErrorCode::bad_opt},
        {"OPT twice", wire({0, 0, 0, 2}, {opt({}), opt({})}), WireErrorCode::bad_opt},
        {"OPT with an owner", wire({0, 0, 0, 1}, {opt({}, {1, 'x', 0})}), WireErrorCode::bad_opt},
        {"option past the end of OPT", wire({0, 0, 0, 1}, {opt({0, 15, 0, 3, 0, 6})}), WireErrorCode::bad_opt},
        {"half an option head", wire({0, 0, 0, 1}, {opt({0, 15, 0})}), WireErrorCode::bad_opt},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.about) {
            const auto message = Message::parse(one.octets);
            REQUIRE_FALSE(message);
            CHECK(message.error().code == one.code);
        }
    }
}

TEST_CASE("message: the same messages without the damage are taken") {
    const dns::Bytes a = record(RrType::A, {192, 0, 2, 1});
    CHECK(Message::parse(wire({1, 1, 0, 0}, {{1, 'x', 0, 0, 1, 0, 1}, a}))->answer.size() == 1);
    CHECK(Message::parse(wire({0, 2, 0, 0}, {a, record(RrType::A, {192, 0, 2, 1}, 0, pointer_to_owner)}))
              ->answer[1]
              .owner == Name::literal("x."));
    CHECK(Message::parse(wire(one_answer, {record(RrType::MX, {0, 1, 1, 'a', 0})})).has_value());
    CHECK(Message::parse(wire(one_answer, {record(RrType::PX, {0, 1, 0, 0})})).has_value());
    CHECK(Message::parse(wire(one_answer, {record(RrType::DNAME, {1, 'y', 0})})).has_value());
    CHECK(Message::parse(wire({0, 0, 0, 2}, {opt({}), a}))->additional.size() == 1);
    CHECK(Message::parse(wire({0, 0, 0, 1}, {opt({0, 15, 0, 2, 0, 6})})).has_value());
}

TEST_CASE("message: names in RDATA that a sender may compress come out decompressed (RFC 3597 §4)") {
    for (const RrType type : {RrType::NS, RrType::CNAME, RrType::PTR, RrType::NXT}) {
        DYNAMIC_SECTION(dns::to_text(type)) {
            const auto message = Message::parse(wire(one_answer, {record(type, joined({{1, 'a'}, pointer_to_owner}))}));
            REQUIRE(message);
            CHECK(message->answer[0].rdata == dns::Bytes{1, 'a', 1, 'x', 0});
        }
    }
    SECTION("with fields around the names") {
        const dns::Bytes numbers(20, 7);
        const auto soa = Message::parse(
            wire(one_answer, {record(RrType::SOA, joined({pointer_to_owner, pointer_to_owner, numbers}))}));
        REQUIRE(soa);
        CHECK(soa->answer[0].rdata == joined({{1, 'x', 0}, {1, 'x', 0}, numbers}));
        const auto naptr = Message::parse(
            wire(one_answer, {record(RrType::NAPTR, joined({{0, 1, 0, 2, 1, 'u', 0, 0}, pointer_to_owner}))}));
        REQUIRE(naptr);
        CHECK(naptr->answer[0].rdata == dns::Bytes{0, 1, 0, 2, 1, 'u', 0, 0, 1, 'x', 0});
    }
}

TEST_CASE("message: other RDATA unfit for its type is kept as it came, and its typed parse says why") {
    const std::pair<RrType, dns::Bytes> cases[] = {
        {RrType::A, {192, 0, 2}},         {RrType::DNSKEY, {1, 1}},          {RrType::DS, {0, 1, 8}},
        {RrType::RRSIG, dns::Bytes(10)},  {RrType::NSEC, {1, 'y', 0, 0, 0}}, {RrType::NSEC, {}},
        {RrType::NSEC3, {1, 0, 0, 0, 9}}, {RrType::DNAME, {1, 'y'}},         {RrType::TXT, {5, 'a'}},
        {RrType::MX, {0, 1, 0, 9, 9}}, // octets behind the name
    };
    for (const auto& [type, rdata] : cases) {
        DYNAMIC_SECTION(dns::to_text(type) << ' ' << dns::base16(rdata)) {
            const auto message = Message::parse(wire(one_answer, {record(type, rdata)}));
            REQUIRE(message);
            CHECK(message->answer[0].rdata == rdata);
            CHECK_FALSE(dns::check_rdata(type, rdata).has_value());
            CHECK(Message::parse(message->build()).value() == *message);
        }
    }
}

TEST_CASE("message: RDATA shorter than its names, or with a bad one, costs the record alone (RFC 3597 §4)") {
    struct Case {
        std::string_view about;
        RrType type;
        dns::Bytes rdata;
        dns::Bytes kept;
    };
    const Case cases[] = {
        {"MX without name", RrType::MX, {0, 1}, {0, 1}},
        {"MX with nothing", RrType::MX, {}, {}},
        {"MX name past its RDATA", RrType::MX, {0, 1, 1, 'a'}, {0, 1}},
        {"PX shorter than its two names", RrType::PX, {0, 1, 0}, {0, 1, 0}},
        {"PX with half a second name", RrType::PX, joined({{0, 1}, pointer_to_owner, {3, 'a'}}), {0, 1, 1, 'x', 0}},
        {"NS points forwards", RrType::NS, {0xC0, 200}, {}},
        {"NS points at itself", RrType::NS, {0xC0, 12 + 3 + 10}, {}},
        {"compressed DNAME", RrType::DNAME, pointer_to_owner, pointer_to_owner},
        {"compressed NSEC", RrType::NSEC, joined({pointer_to_owner, {0, 1, 0x40}}),
         joined({pointer_to_owner, {0, 1, 0x40}})},
        {"compressed signer", RrType::RRSIG, joined({dns::Bytes(18), pointer_to_owner, {1}}),
         joined({dns::Bytes(18), pointer_to_owner, {1}})},
        {"compressed SVCB", RrType::SVCB, joined({{0, 1}, pointer_to_owner}), joined({{0, 1}, pointer_to_owner})},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.about) {
            const auto message =
                Message::parse(wire({0, 2, 0, 0}, {record(one.type, one.rdata), record(RrType::A, {192, 0, 2, 1})}));
            REQUIRE(message);
            CHECK(message->answer[0].rdata == one.kept);
            CHECK(message->answer[1].rdata == dns::Bytes{192, 0, 2, 1});
            CHECK_FALSE(dns::check_rdata(one.type, one.kept).has_value());
            CHECK_FALSE(dns::canonical_rdata(one.type, one.kept).has_value());
            CHECK(Message::parse(message->build()).value() == *message);
        }
    }
}

TEST_CASE("message: TTLs with the top bit set are read as 0 (RFC 2181 §8)") {
    dns::Bytes octets = wire(one_answer, {record(RrType::A, {192, 0, 2, 1})});
    octets[12 + 3 + 4] = 0x80;
    CHECK(Message::parse(octets)->answer[0].ttl == 0);
    octets[12 + 3 + 4] = 0x7F;
    CHECK(Message::parse(octets)->answer[0].ttl == 0x7F00012C);
}

TEST_CASE("message: EDNS wherever OPT stands in ADDITIONAL, and the extended RCODE (RFC 6891 §6.1)") {
    dns::Bytes edns = opt(joined({{0, 10, 0, 1, 9}, ede({0, 6})}));
    edns[3] = 0x04, edns[4] = 0xD0; // class: 1232 octets
    edns[5] = 1;                    // upper bits of the RCODE: BADVERS
    edns[6] = 2;                    // version
    edns[7] = 0x80, edns[8] = 0;    // DO
    const dns::Bytes a = record(RrType::A, {192, 0, 2, 1});
    for (const auto& octets :
         {wire({0, 0, 0, 3}, {edns, a, a}), wire({0, 0, 0, 3}, {a, edns, a}), wire({0, 0, 0, 3}, {a, a, edns})}) {
        const auto message = Message::parse(octets);
        REQUIRE(message);
        REQUIRE(message->edns);
        CHECK(message->edns->udp_payload_size == 1232);
        CHECK(message->edns->version == 2);
        CHECK(message->edns->dnssec_ok);
        CHECK(message->edns->options.size() == 2);
        CHECK(message->rcode == dns::Rcode::BADVERS);
        CHECK(message->additional.size() == 2);
        CHECK(Message::parse(message->build()).value() == *message);
    }
}

TEST_CASE("message: extended errors as RFC 8914 §2 allows them") {
    const auto errors = [](std::initializer_list<dns::Bytes> options) {
        return Message::parse(wire({0, 0, 0, 1}, {opt(joined(options))})).value().extended_errors();
    };
    using dns::EdeCode;
    SECTION("without text, with text, with a final NUL, with an unknown code, several") {
        CHECK(errors({ede({0, 6})}) == std::vector<dns::ExtendedError>{{EdeCode::dnssec_bogus, ""}});
        CHECK(errors({ede({0, 7, 'o', 'l', 'd'})}) ==
              std::vector<dns::ExtendedError>{{EdeCode::signature_expired, "old"}});
        CHECK(errors({ede({0, 7, 'o', 'l', 'd', 0})}) ==
              std::vector<dns::ExtendedError>{{EdeCode::signature_expired, "old"}});
        CHECK(errors({ede({0, 0, 0})}) == std::vector<dns::ExtendedError>{{EdeCode::other, ""}});
        CHECK(errors({ede({0xC3, 0x50})})[0].code == static_cast<EdeCode>(50000));
        CHECK(errors({ede({0, 10}), {0, 10, 0, 0}, ede({0, 12})}).size() == 2);
    }
    SECTION("too short: left out, the others stay") {
        CHECK(errors({ede({}), ede({6}), ede({0, 9})}) ==
              std::vector<dns::ExtendedError>{{EdeCode::dnskey_missing, ""}});
    }
    SECTION("text that is no UTF-8, or would move the cursor, is made harmless") {
        CHECK(errors({ede({0, 0, 0xC3, 0xA9})})[0].text == "\xC3\xA9");
        CHECK(errors({ede({0, 0, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80})})[0].text ==
              "\xE2\x82\xAC\xF0\x9F\x98\x80");
        CHECK(errors({ede({0, 0, 'a', 0xFF, 'b'})})[0].text == "a\xEF\xBF\xBD"
                                                               "b");
        CHECK(errors({ede({0, 0, 0xC0, 0x80})})[0].text == "\xEF\xBF\xBD\xEF\xBF\xBD");        // overlong NUL
        CHECK(errors({ede({0, 0, 0xED, 0xA0, 0x80})})[0].text.substr(0, 3) == "\xEF\xBF\xBD"); // a surrogate
        CHECK(errors({ede({0, 0, 0x1B, '[', 'm'})})[0].text == "\xEF\xBF\xBD[m");
        CHECK(errors({ede({0, 0, 0xC2, 0x9B, 'x'})})[0].text == "\xEF\xBF\xBDx"); // C1 control sequence introducer
        CHECK(errors({ede({0, 0, 0xE2, 0x82})})[0].text == "\xEF\xBF\xBD\xEF\xBF\xBD");
    }
    SECTION("adding") {
        Message message;
        message.add_extended_error({EdeCode::rrsigs_missing, "example. A"});
        message.add_extended_error({EdeCode::dnssec_bogus, ""});
        const auto again = Message::parse(message.build()).value();
        CHECK(again.extended_errors() ==
              std::vector<dns::ExtendedError>{{EdeCode::rrsigs_missing, "example. A"}, {EdeCode::dnssec_bogus, ""}});
    }
}

TEST_CASE("message: a query as a validating stub sends it (RFC 4035 §4.9.1, RFC 6840 §5.9)") {
    const Message query = dns::make_query({Name::literal("www.example."), RrType::TLSA}, 4711);
    CHECK(query.header.id == 4711);
    CHECK(query.header.recursion_desired);
    CHECK(query.header.checking_disabled);
    CHECK_FALSE(query.header.authentic_data);
    CHECK_FALSE(query.header.response);
    REQUIRE(query.edns);
    CHECK(query.edns->dnssec_ok);
    CHECK(query.edns->version == 0);
    CHECK(query.edns->udp_payload_size == 1232);
    CHECK(Message::parse(query.build()).value() == query);
}
