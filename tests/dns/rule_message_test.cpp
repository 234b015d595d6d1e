// The rules of messages that a validator stands on: compression, damaged records, and EDE options.
#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/message.h"
#include "resolver/dns/rdata.h"

using dns::EdeCode;
using dns::Message;
using dns::RrType;
using dns::WireErrorCode;

namespace {

// A message with one record, owned by "x.", in the ANSWER (OPT: ADDITIONAL) section. RDLENGTH may lie.
dns::Bytes message_with(RrType type, const dns::Bytes& rdata, int length_error = 0) {
    const bool opt = type == RrType::OPT;
    dns::Writer writer;
    for (const int word : {0x1234, 0x8000, 0, opt ? 0 : 1, 0, opt ? 1 : 0})
        writer.u16(static_cast<std::uint16_t>(word));
    writer.octets(opt ? dns::Bytes{0} : dns::Bytes{1, 'x', 0});
    writer.u16(static_cast<std::uint16_t>(type));
    writer.u16(1);
    writer.u32(0);
    writer.u16(static_cast<std::uint16_t>(static_cast<int>(rdata.size()) + length_error));
    writer.octets(rdata);
    return std::move(writer).take();
}

dns::Bytes joined(std::initializer_list<dns::Bytes> pieces) {
    dns::Bytes out;
    for (const dns::Bytes& piece : pieces) out.insert(out.end(), piece.begin(), piece.end());
    return out;
}

std::vector<dns::ExtendedError> errors_in(const dns::Bytes& options) {
    return Message::parse(message_with(RrType::OPT, options)).value().extended_errors();
}

// An EDE option (code 15) with these octets.
dns::Bytes ede(const dns::Bytes& data) { return joined({{0, 15, 0, static_cast<std::uint8_t>(data.size())}, data}); }

const dns::Bytes pointer{0xc0, 12}; // to the owner

} // namespace

TEST_CASE("V-214 a compression pointer in RDATA is expanded where senders may have put one, else refused (RFC 3597 §4, "
          "RFC 4034 §3.1.7)",
          "[rules]") {
    SECTION("obeys: the types of RFC 1035, and RP, AFSDB, RT, SIG, PX, NXT, NAPTR, SRV") {
        for (const RrType type :
             {RrType::NS, RrType::CNAME, RrType::SOA, RrType::PTR, RrType::MX, RrType::MINFO, RrType::RP, RrType::AFSDB,
              RrType::RT, RrType::SIG, RrType::PX, RrType::NXT, RrType::NAPTR, RrType::SRV})
            CHECK(dns::may_be_compressed_on_receipt(type));
        const auto ns = Message::parse(message_with(RrType::NS, joined({{1, 'a'}, pointer})));
        REQUIRE(ns);
        CHECK(ns->answer.at(0).rdata == dns::Bytes{1, 'a', 1, 'x', 0});
        const auto px = Message::parse(message_with(RrType::PX, joined({{0, 1}, pointer, pointer})));
        REQUIRE(px);
        CHECK(px->answer.at(0).rdata == dns::Bytes{0, 1, 1, 'x', 0, 1, 'x', 0});
    }
    SECTION("breaks: pointer_not_allowed in RRSIG, NSEC, DNAME and SVCB, which costs that record alone") {
        const std::pair<RrType, dns::Bytes> newer[] = {{RrType::DNAME, pointer},
                                                       {RrType::NSEC, joined({pointer, {0, 1, 0x40}})},
                                                       {RrType::RRSIG, joined({dns::Bytes(18), pointer, {1}})},
                                                       {RrType::SVCB, joined({{0, 1}, pointer})}};
        for (const auto& [type, rdata] : newer) {
            const auto message = Message::parse(message_with(type, rdata));
            REQUIRE(message);
            CHECK(dns::check_rdata(type, message->answer.at(0).rdata).error().code ==
                  WireErrorCode::pointer_not_allowed);
            CHECK_FALSE(dns::canonical_rdata(type, message->answer.at(0).rdata));
        }
    }
}

TEST_CASE("V-215 a message cut short is refused; a record unfit for its type is known as such (RFC 1035 §4.1)",
          "[rules]") {
    const dns::Bytes good = message_with(RrType::A, {192, 0, 2, 1});
    SECTION("obeys: whole") {
        CHECK(Message::parse(good));
        CHECK(dns::check_rdata(RrType::A, dns::Bytes{192, 0, 2, 1}).has_value());
    }
    SECTION("breaks: truncated, at every octet") {
        for (std::size_t size = 0; size < good.size(); ++size)
            CHECK_FALSE(Message::parse(dns::ByteView(good).first(size)));
        CHECK_FALSE(Message::parse(message_with(RrType::A, {192, 0, 2, 1}, 1)));
    }
    SECTION("breaks: RDATA shorter or longer than its type is kept, and refused by whoever needs it") {
        for (const dns::Bytes& rdata : {dns::Bytes{192, 0, 2}, dns::Bytes{192, 0, 2, 1, 0}, dns::Bytes{}}) {
            const auto message = Message::parse(message_with(RrType::A, rdata));
            REQUIRE(message);
            CHECK_FALSE(dns::check_rdata(RrType::A, message->answer.at(0).rdata).has_value());
            CHECK_FALSE(dns::A::parse(message->answer.at(0).rdata));
        }
        const auto short_px = Message::parse(message_with(RrType::PX, {0, 1, 0})); // names that are not there
        REQUIRE(short_px);
        CHECK_FALSE(dns::canonical_rdata(RrType::PX, short_px->answer.at(0).rdata));
    }
}

TEST_CASE("V-238 an EDE option's text is as long as the option, perhaps null-terminated, perhaps empty (RFC 8914 §2)",
          "[rules]") {
    SECTION("obeys: with text, with a final NUL, without text, not UTF-8") {
        CHECK(errors_in(ede({0, 7, 'o', 'l', 'd'})) ==
              std::vector<dns::ExtendedError>{{EdeCode::signature_expired, "old"}});
        CHECK(errors_in(ede({0, 7, 'o', 'l', 'd', 0})) ==
              std::vector<dns::ExtendedError>{{EdeCode::signature_expired, "old"}});
        CHECK(errors_in(ede({0, 6})) == std::vector<dns::ExtendedError>{{EdeCode::dnssec_bogus, ""}});
        CHECK(errors_in(ede({0, 0, 0xff})).at(0).text == "\xEF\xBF\xBD");
        CHECK(errors_in(joined({ede({0, 10}), ede({0xc3, 0x50})})).size() == 2);
    }
    SECTION("breaks: too short for a code, it is left out; longer than the OPT record, the message is refused") {
        CHECK(errors_in(joined({ede({6}), ede({}), ede({0, 9})})) ==
              std::vector<dns::ExtendedError>{{EdeCode::dnskey_missing, ""}});
        const auto message = Message::parse(message_with(RrType::OPT, {0, 15, 0, 9, 0, 6}));
        REQUIRE_FALSE(message);
        CHECK(message.error().code == WireErrorCode::bad_opt);
    }
}

TEST_CASE("V-243 where a response is too long, EDE goes before anything else, and TC is set (RFC 8914 §3)", "[rules]") {
    Message message;
    message.questions.emplace_back(dns::Name::literal("x."), RrType::A);
    message.answer.emplace_back(dns::Name::literal("x."), RrType::A, 60, dns::Bytes{192, 0, 2, 1});
    const std::size_t bare = message.build().size();
    message.add_extended_error({EdeCode::dnssec_bogus, std::string(100, 'x')});
    const std::size_t whole = message.build().size();
    SECTION("obeys: all fits, so all stays") {
        const auto built = Message::parse(message.build(whole)).value();
        CHECK(built.extended_errors().size() == 1);
        CHECK_FALSE(built.header.truncated);
    }
    SECTION("breaks: an octet too long: the option is gone, the answer is not") {
        const auto built = Message::parse(message.build(whole - 1)).value();
        CHECK(built.extended_errors().empty());
        CHECK(built.answer == message.answer);
        CHECK(built.header.truncated);
        CHECK(whole - 1 > bare);
    }
}
