#include "resolver/query.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <set>

#include "tests/resolver/scripted_server.h"

using namespace resolver_test;
using resolver::Outcome;
using resolver::Query;
using resolver::QueryForm;
using validator::NoAnswerCause;

namespace {

const dns::Question asked(dns::Name::literal("www.example."), dns::RrType::A);

dns::Message sent_by(const Query& query) { return dns::Message::parse(query.octets()).value(); }

} // namespace

TEST_CASE("query: a stub sets RD, DO and CD and clears AD (RFC 4035 §4.9.1, RFC 6840 §5.9)") {
    const auto message = sent_by(Query(asked, QueryForm{}, counting_random()));
    CHECK(message.header.recursion_desired);
    CHECK(message.header.checking_disabled);
    CHECK_FALSE(message.header.authentic_data);
    CHECK_FALSE(message.header.response);
    REQUIRE(message.edns);
    CHECK(message.edns->dnssec_ok);
    CHECK(message.edns->version == 0);
    CHECK(message.edns->udp_payload_size == 1232);
    REQUIRE(message.questions.size() == 1);
    CHECK(message.questions.front().name.same_octets(asked.name));
}

TEST_CASE("query: without EDNS there is no OPT record") {
    QueryForm form;
    form.edns = false;
    CHECK_FALSE(sent_by(Query(asked, form, counting_random())).edns);
}

TEST_CASE("query: the id is the low 16 bits of the given random number") {
    CHECK(Query(asked, QueryForm{}, [] { return 0xabcdef12U; }).id() == 0xef12);
    CHECK(sent_by(Query(asked, QueryForm{}, [] { return 0xabcdef12U; })).header.id == 0xef12);
}

TEST_CASE("query: only a response with this id, opcode and question is the answer (RFC 5452 §9.1)") {
    const Query query(asked, QueryForm{}, counting_random());
    const struct {
        std::string_view about;
        std::function<void(dns::Message&)> change;
        bool accepted;
    } table[] = {
        {"the answer", [](dns::Message&) {}, true},
        {"another letter case", [](dns::Message& m) { m.questions[0].name = dns::Name::literal("WWW.example."); },
         true},
        {"no question, FORMERR",
         [](dns::Message& m) {
             m.questions.clear();
             m.answer.clear();
             m.rcode = dns::Rcode::FORMERR;
         },
         true},
        {"no question, NOTIMP",
         [](dns::Message& m) {
             m.questions.clear();
             m.answer.clear();
             m.rcode = dns::Rcode::NOTIMP;
         },
         true},
        {"no question, NOERROR", [](dns::Message& m) { m.questions.clear(); }, false},
        {"no question, SERVFAIL",
         [](dns::Message& m) {
             m.questions.clear();
             m.rcode = dns::Rcode::SERVFAIL;
         },
         false},
        {"another id", [](dns::Message& m) { m.header.id ^= 1; }, false},
        {"a query", [](dns::Message& m) { m.header.response = false; }, false},
        {"another opcode", [](dns::Message& m) { m.header.opcode = dns::Opcode::NOTIFY; }, false},
        {"another name", [](dns::Message& m) { m.questions[0].name = dns::Name::literal("example."); }, false},
        {"another type", [](dns::Message& m) { m.questions[0].type = dns::RrType::AAAA; }, false},
        {"another class", [](dns::Message& m) { m.questions[0].rr_class = dns::RrClass::CH; }, false},
        {"two questions", [](dns::Message& m) { m.questions.push_back(m.questions[0]); }, false},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) {
            dns::Message response = address_answer(sent_by(query));
            row.change(response);
            const Outcome outcome = query.judge(response.build());
            CHECK(std::holds_alternative<dns::Message>(outcome) == row.accepted);
            if (!row.accepted) CHECK(std::get<NoAnswerCause>(outcome) == NoAnswerCause::mismatch);
        }
    }
}

TEST_CASE("query: what cannot be parsed is malformed, not mismatched") {
    const Query query(asked, QueryForm{}, counting_random());
    dns::Bytes octets = address_answer(sent_by(query)).build();
    octets.pop_back();
    for (const auto& received : {octets, dns::Bytes{}, dns::Bytes{'h', 'e', 'l', 'l', 'o'}}) {
        const Outcome outcome = query.judge(received);
        REQUIRE(std::holds_alternative<NoAnswerCause>(outcome));
        CHECK(std::get<NoAnswerCause>(outcome) == NoAnswerCause::malformed);
    }
}

TEST_CASE("query: 0x20 sends random letter case, takes only its echo, and gives the asker's case back") {
    QueryForm form;
    form.use_0x20 = true;
    const dns::Question question(dns::Name::literal("a-1.long-enough-name.example."), dns::RrType::A);
    const Query query(question, form, counting_random());
    const auto sent = sent_by(query);
    CHECK(sent.questions[0].name == question.name);
    CHECK_FALSE(sent.questions[0].name.same_octets(question.name));

    const Outcome echoed = query.judge(address_answer(sent).build());
    REQUIRE(std::holds_alternative<dns::Message>(echoed));
    CHECK(std::get<dns::Message>(echoed).questions[0].name.same_octets(question.name));
    CHECK(std::get<dns::Message>(echoed).answer[0].owner.same_octets(question.name));

    dns::Message lowered = address_answer(sent);
    lowered.questions[0].name = question.name;
    CHECK(std::get<NoAnswerCause>(query.judge(lowered.build())) == NoAnswerCause::mismatch);
}

TEST_CASE("query: 0x20 leaves names without letters alone") {
    QueryForm form;
    form.use_0x20 = true;
    const dns::Question question(dns::Name(), dns::RrType::DNSKEY);
    CHECK(sent_by(Query(question, form, counting_random())).questions[0].name.is_root());
}
