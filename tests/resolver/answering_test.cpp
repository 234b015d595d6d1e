// What a validating resolver tells its client, rule by rule.
#include "resolver/answering.h"

#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/text.h"

namespace {

using dns::RrType;
using validator::Reason;
using validator::ReasonCode;
using validator::Security;
using validator::Verdict;

constexpr dns::UnixTime now{1'800'000'000};

dns::Name www() { return dns::Name::literal("www.example."); }

dns::Message query(bool dnssec_ok = true) {
    dns::Message message;
    message.header.recursion_desired = true;
    message.questions = {{www(), RrType::A}};
    if (dnssec_ok) message.edns = dns::Edns{1232, 0, true, {}};
    return message;
}

Verdict verdict(Security security, std::vector<Reason> reasons = {}) {
    Verdict result;
    result.security = security;
    result.reasons = std::move(reasons);
    result.kind = validator::AnswerKind::positive;
    result.final_name = www();
    dns::SignedRrSet set;
    set.set = dns::RrSet(www(), RrType::A, 300, {{192, 0, 2, 1}});
    set.signatures = {{1, 2, 3}};
    set.signature_ttl = 300;
    result.answer = {set};
    return result;
}

dns::Message answer(const dns::Message& asked, const Verdict& judged) {
    return resolver::answer_for(asked, judged, nullptr, {}, now);
}

std::vector<int> codes(const dns::Message& message) {
    std::vector<int> result;
    for (const auto& error : message.extended_errors()) result.push_back(static_cast<int>(error.code));
    return result;
}

Reason reason(ReasonCode code, RrType type = RrType::A) { return {code, www(), type}; }

} // namespace

TEST_CASE("V-124 AD is set only for a client that sent DO or AD (RFC 6840 §5.8)", "[rules]") {
    SECTION("obeys: DO, or AD alone") {
        CHECK(answer(query(), verdict(Security::secure)).header.authentic_data);
        auto asks = query(false);
        asks.header.authentic_data = true;
        CHECK(answer(asks, verdict(Security::secure)).header.authentic_data);
    }
    SECTION("breaks: neither, so a secure answer goes out without AD") {
        CHECK_FALSE(answer(query(false), verdict(Security::secure)).header.authentic_data);
    }
}

TEST_CASE("V-125 AD is never set where not all is authentic (RFC 4035 §3.2.3)", "[rules]") {
    SECTION("obeys: a secure verdict") { CHECK(answer(query(), verdict(Security::secure)).header.authentic_data); }
    SECTION("breaks: insecure, or bogus and asked for with CD") {
        const auto insecure = answer(query(), verdict(Security::insecure, {reason(ReasonCode::delegation_insecure)}));
        CHECK_FALSE(insecure.header.authentic_data);
        CHECK(insecure.answer.size() == 2);
        auto asks = query();
        asks.header.checking_disabled = true;
        CHECK_FALSE(answer(asks, verdict(Security::bogus, {reason(ReasonCode::rrsig_expired)})).header.authentic_data);
    }
}

TEST_CASE("V-212 bogus data is given out only under CD, else SERVFAIL (RFC 4035 §5.5, §3.2.2)", "[rules]") {
    const auto bogus = verdict(Security::bogus, {reason(ReasonCode::rrsig_expired)});
    SECTION("obeys: SERVFAIL without data; under CD all of it") {
        const auto refused = answer(query(), bogus);
        CHECK(refused.rcode == dns::Rcode::SERVFAIL);
        CHECK(refused.answer.empty());
        CHECK(codes(refused) == std::vector{7, 6});
        auto asks = query();
        asks.header.checking_disabled = true;
        const auto given = answer(asks, bogus);
        CHECK(given.rcode == dns::Rcode::NOERROR);
        CHECK(given.answer.size() == 2);
        CHECK(given.header.checking_disabled);
    }
    SECTION("breaks: what could not be had is SERVFAIL even where data came, and secure data is not") {
        CHECK(answer(query(), verdict(Security::indeterminate, {reason(ReasonCode::no_answer)})).rcode ==
              dns::Rcode::SERVFAIL);
        CHECK(answer(query(), verdict(Security::secure)).rcode == dns::Rcode::NOERROR);
    }
}

TEST_CASE("V-241 several causes are several options, root cause first (RFC 8914 §3)", "[rules]") {
    SECTION("obeys: each code once, in the order of the reasons") {
        const auto both = verdict(Security::bogus, {reason(ReasonCode::rrsig_expired), reason(ReasonCode::nsec_missing),
                                                    reason(ReasonCode::rrsig_expired, RrType::NSEC)});
        CHECK(codes(answer(query(), both)) == std::vector{7, 12, 6});
    }
    SECTION("breaks: no cause, no option; and no EDNS, no option") {
        CHECK(codes(answer(query(), verdict(Security::secure))).empty());
        CHECK(codes(answer(query(false), verdict(Security::bogus, {reason(ReasonCode::rrsig_expired)}))).empty());
    }
}

TEST_CASE("answering: lookup failures tell by code what failed (RFC 8914 §4.10, §4.23, §4.24)") {
    const auto of = [](Reason why) {
        return codes(answer(query(), verdict(Security::indeterminate, {std::move(why)})));
    };
    CHECK(of(reason(ReasonCode::servfail, RrType::DNSKEY)) == std::vector{9, 23, 5});
    CHECK(of(reason(ReasonCode::no_answer)) == std::vector{22, 23, 5});
    CHECK(of(reason(ReasonCode::refused_by_resolver)) == std::vector{22, 5});
}

TEST_CASE(
    "answering: DNSSEC records only with DO or where asked for (RFC 4035 §3.2.1); EDNS only where the query had it") {
    const auto plain = answer(query(false), verdict(Security::secure));
    CHECK(plain.answer.size() == 1);
    CHECK_FALSE(plain.edns);
    CHECK(answer(query(), verdict(Security::secure)).answer.size() == 2);
    CHECK(answer(query(), verdict(Security::secure)).edns->dnssec_ok);
    CHECK(plain.header.recursion_available);
    CHECK(plain.header.recursion_desired);
    CHECK(plain.header.response);
}

TEST_CASE("answering: a negative answer brings its SOA and, with DO, its denial; malformed data has code 0") {
    validator::Evidence evidence;
    dns::Message upstream;
    upstream.authority = {
        *dns::record_from_text("example. 300 IN SOA ns hostmaster 1 2 3 4 5"),
        *dns::record_from_text("example. 300 IN NSEC zzz.example. SOA"),
        *dns::record_from_text("example. 300 IN NS ns.example."),
    };
    evidence.supply({www(), RrType::A}, validator::Answered{upstream, {}, {}});
    auto denied = verdict(Security::secure);
    denied.answer.clear();
    denied.kind = validator::AnswerKind::name_error;
    denied.rcode = dns::Rcode::NXDOMAIN;
    const auto full = resolver::answer_for(query(), denied, &evidence, {}, now);
    CHECK(full.rcode == dns::Rcode::NXDOMAIN);
    CHECK(full.authority.size() == 2);
    CHECK(resolver::answer_for(query(false), denied, &evidence, {}, now).authority.size() == 1);

    validator::Evidence malformed;
    upstream.answer = {dns::Record(www(), RrType::A, 300, {1, 2, 3})};
    malformed.supply({www(), RrType::A}, validator::Answered{upstream, {}, {}});
    const auto bogus = verdict(Security::bogus, {reason(ReasonCode::rrsig_bad_signature)});
    const auto told = resolver::answer_for(query(), bogus, &malformed, {}, now);
    CHECK(codes(told) == std::vector{6, 0});
    CHECK_FALSE(told.extended_errors().back().text.empty()); // RFC 8914 §4.1: code 0 comes with a text
}
