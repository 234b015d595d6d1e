#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/message.h"
#include "resolver/dns/rdata.h"
#include "resolver/dns/text.h"
#include "tests/dns/generators.h"

using dns::Message;
using dns::Name;
using dns::RrType;

namespace {

Message referral() {
    Message message;
    message.header.response = true;
    message.questions.emplace_back(Name::literal("www.example.test."), RrType::A);
    for (int i = 0; i < 4; ++i) {
        message.authority.push_back(
            dns::record_from_text("example.test. 60 IN NS ns" + std::to_string(i) + ".example.test.").value());
        message.additional.push_back(
            dns::record_from_text("ns" + std::to_string(i) + ".example.test. 60 IN A 192.0.2.1").value());
    }
    message.edns.emplace();
    return message;
}

} // namespace

TEST_CASE("message build: parse(build(m)) == m, with the case of names kept") {
    generators::Generator random(1);
    for (int i = 0; i < 400; ++i) {
        const Message message = random.message();
        const dns::Bytes wire = message.build();
        const auto again = Message::parse(wire);
        REQUIRE(again);
        REQUIRE(*again == message);
        for (std::size_t j = 0; j < message.answer.size(); ++j) {
            REQUIRE(again->answer[j].owner.same_octets(message.answer[j].owner));
        }
        REQUIRE(again->build() == wire);
    }
}

TEST_CASE("message build: a message cut short anywhere is refused, and one changed anywhere is read or refused") {
    generators::Generator random(7);
    for (int i = 0; i < 10; ++i) {
        const dns::Bytes wire = random.message().build();
        for (std::size_t size = 0; size < wire.size(); ++size) {
            const dns::Bytes cut(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size));
            REQUIRE_FALSE(Message::parse(cut));
        }
        for (int change = 0; change < 200; ++change) {
            dns::Bytes changed = wire;
            changed[random.below(changed.size())] = random.octet();
            const auto message = Message::parse(changed);
            if (!message) continue;
            const auto again = Message::parse(message->build()); // what was read once can be said again
            REQUIRE(again);
            REQUIRE(*again == *message);
        }
    }
}

TEST_CASE("message build: owners and names of RFC 1035 types are compressed, others are not (RFC 3597 §4)") {
    Message message;
    message.questions.emplace_back(Name::literal("a.example."), RrType::MX);
    const auto size_with = [&](RrType type, dns::Bytes rdata) {
        Message with = message;
        with.answer.emplace_back(Name::literal("a.example."), type, 0, std::move(rdata));
        return with.build().size() - message.build().size();
    };
    const dns::Bytes name = dns::SingleName{Name::literal("b.example.")}.build();
    CHECK(size_with(RrType::NS, name) == 2 + 10 + 4); // pointer, fixed fields, "b" and a pointer
    CHECK(size_with(RrType::MX, dns::Mx{1, Name::literal("a.example.")}.build()) == 2 + 10 + 2 + 2);
    CHECK(size_with(RrType::DNAME, name) == 2 + 10 + name.size());
    CHECK(size_with(RrType::SRV, dns::Srv{1, 2, 3, Name::literal("a.example.")}.build()) == 2 + 10 + 6 + 11);
    CHECK(size_with(RrType::NSEC, dns::Nsec{Name::literal("a.example."), {}}.build()) == 2 + 10 + 11);
}

TEST_CASE("message build: names beyond the reach of a pointer are written whole (RFC 1035 §4.1.4)") {
    Message message;
    for (int i = 0; i < 900; ++i) {
        const std::string owner = "n" + std::to_string(i) + ".far" + std::to_string(i / 7) + ".example.";
        message.answer.push_back(dns::record_from_text(owner + " 60 IN MX 5 mx." + owner).value());
    }
    const dns::Bytes wire = message.build();
    CHECK(wire.size() > 0x4000);
    CHECK(Message::parse(wire).value() == message);
}

TEST_CASE("message build: a limit drops EDE first, then records from the end, and sets TC (RFC 8914 §3)") {
    Message message = referral();
    const std::size_t bare = message.build().size();
    message.add_extended_error({dns::EdeCode::other, std::string(100, 'x')});
    const std::size_t whole = message.build().size();

    SECTION("all fits") {
        const auto built = message.build(whole);
        CHECK(built == message.build());
        CHECK_FALSE(Message::parse(built)->header.truncated);
    }
    SECTION("without EDE it fits") {
        const auto built = Message::parse(message.build(whole - 1)).value();
        CHECK(built.header.truncated);
        CHECK(built.extended_errors().empty());
        CHECK(built.authority == message.authority);
        CHECK(built.additional == message.additional);
    }
    SECTION("records go from the end, never beyond the limit, OPT and question stay") {
        std::size_t last = 9;
        for (std::size_t limit = bare; limit >= 45; --limit) {
            const dns::Bytes wire = message.build(limit);
            REQUIRE(wire.size() <= limit);
            const auto built = Message::parse(wire).value();
            REQUIRE(built.header.truncated);
            REQUIRE(built.edns);
            REQUIRE(built.questions == message.questions);
            const std::size_t records = built.authority.size() + built.additional.size();
            REQUIRE(records <= last);
            REQUIRE((built.additional.empty() || built.authority.size() == 4));
            last = records;
        }
        CHECK(last == 0);
    }
}
