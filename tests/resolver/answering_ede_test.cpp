// The Extended DNS Errors that a client of ours reads (RFC 8914 §3, §4).
#include "resolver/answering.h"

#include <algorithm>

#include "tests/validator/rules/desk.h"

using namespace test;
using dns::EdeCode;
using validator::NoAnswerCause;

namespace {

using Codes = std::vector<EdeCode>;

Codes codes(const std::vector<dns::ExtendedError>& errors) {
    Codes all;
    for (const auto& error : errors) all.push_back(error.code);
    return all;
}

const auto www = ask("www.example.", RrType::A);

validator::Verdict no_answer_to(RrType type, NoAnswerCause cause) {
    Desk desk;
    desk.record(www, desk.answer({desk.sign("www.example.", RrType::A, {"192.0.2.1"})}));
    validator::TrustAnchors anchors;
    anchors.add({desk.zone().apex, {}, {desk.zone().key.dnskey()}});
    validator::Validation validation(www, anchors, desk.policy, now);
    return drive(std::move(validation),
                 [&](const dns::Question& question) -> validator::Response {
                     if (question.type != type) return desk.respond(question);
                     return validator::NoAnswer{cause, {{{"192.0.2.53:53"}, cause}}};
                 })
        .verdict;
}

} // namespace

TEST_CASE("V-241 several causes give several options, root cause first (RFC 8914 §3)", "[rules]") {
    Desk desk;
    SECTION("obeys: no signature at all comes before no denial; what is bogus always says so, too") {
        const auto errors = resolver::extended_errors_of(desk.judge(www, desk.answer({})), now);
        CHECK(codes(errors) == Codes{EdeCode::rrsigs_missing, EdeCode::nsec_missing, EdeCode::dnssec_bogus});
        for (const auto& error : errors) CHECK_FALSE(error.text.empty());
    }
    SECTION("breaks: without a cause there is no option") {
        const auto good = desk.answer({desk.sign("www.example.", RrType::A, {"192.0.2.1"})});
        CHECK(resolver::extended_errors_of(desk.judge(www, good), now).empty());
    }
}

TEST_CASE("V-244 code 0 comes with a text (RFC 8914 §4.1)", "[rules]") {
    Desk desk;
    const auto query = dns::make_query(www, 1);
    validator::Evidence evidence;
    const auto reply_to = [&](dns::Message message) {
        const auto verdict = desk.judge(www, message);
        evidence.supply(www, validator::Answered{message, {"the desk"}, {}});
        auto plain = query;
        plain.header.checking_disabled = false;
        return resolver::answer_for(plain, verdict, &evidence, {}, now);
    };
    auto a = desk.sign("www.example.", RrType::A, {"192.0.2.1"});
    SECTION("obeys: a record that is too short for its type") {
        a.set.rdata.front().pop_back();
        const auto reply = reply_to(desk.answer({a}));
        CHECK(reply.rcode == dns::Rcode::SERVFAIL);
        bool other = false;
        for (const auto& error : reply.extended_errors()) {
            other |= error.code == EdeCode::other;
            CHECK_FALSE(error.text.empty());
        }
        CHECK(other);
    }
    SECTION("breaks: rrsig-bad-signature, where another code says it, there is no code 0") {
        a.signatures.front().back() ^= 1;
        for (const auto& error : reply_to(desk.answer({a})).extended_errors()) CHECK(error.code != EdeCode::other);
    }
}

TEST_CASE("V-247 code 5 goes with what could not be told (RFC 8914 §4.6)", "[rules]") {
    SECTION("obeys: indeterminate") {
        const auto verdict = no_answer_to(RrType::A, NoAnswerCause::servfail);
        CHECK(verdict.security == Security::indeterminate);
        const auto all = codes(resolver::extended_errors_of(verdict, now));
        CHECK(std::find(all.begin(), all.end(), EdeCode::dnssec_indeterminate) != all.end());
    }
    SECTION("breaks: rrsig-missing, what is proven bad has code 6 and not 5") {
        Desk desk;
        const auto bad = desk.judge(www, desk.answer({unsigned_set("www.example.", RrType::A, {"192.0.2.1"})}));
        CHECK(codes(resolver::extended_errors_of(bad, now)) == Codes{EdeCode::rrsigs_missing, EdeCode::dnssec_bogus});
    }
}

TEST_CASE("V-255 code 22: nobody could be reached, or all refuse (RFC 8914 §4.23)", "[rules]") {
    SECTION("obeys: silence and REFUSED") {
        for (const auto cause : {NoAnswerCause::timeout, NoAnswerCause::refused, NoAnswerCause::refused_connection}) {
            const auto all = codes(resolver::extended_errors_of(no_answer_to(RrType::A, cause), now));
            CHECK(all.at(0) == EdeCode::no_reachable_authority);
        }
    }
    SECTION("breaks: servfail, somebody answered") {
        const auto all = codes(resolver::extended_errors_of(no_answer_to(RrType::A, NoAnswerCause::servfail), now));
        CHECK(std::find(all.begin(), all.end(), EdeCode::no_reachable_authority) == all.end());
    }
}

TEST_CASE("V-256 code 23: the exchange with another server failed (RFC 8914 §4.24)", "[rules]") {
    SECTION("obeys: SERVFAIL and silence, for the keys with code 9 before it") {
        for (const auto cause : {NoAnswerCause::servfail, NoAnswerCause::timeout}) {
            const auto all = codes(resolver::extended_errors_of(no_answer_to(RrType::A, cause), now));
            CHECK(std::find(all.begin(), all.end(), EdeCode::network_error) != all.end());
        }
        const auto keys =
            codes(resolver::extended_errors_of(no_answer_to(RrType::DNSKEY, NoAnswerCause::timeout), now));
        CHECK(keys.at(0) == EdeCode::dnskey_missing);
        CHECK(std::find(keys.begin(), keys.end(), EdeCode::network_error) != keys.end());
    }
    SECTION("breaks: refused-by-resolver, an orderly refusal is no broken exchange") {
        const auto all = codes(resolver::extended_errors_of(no_answer_to(RrType::A, NoAnswerCause::refused), now));
        CHECK(std::find(all.begin(), all.end(), EdeCode::network_error) == all.end());
    }
}
