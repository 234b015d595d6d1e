// Rules of DANE (zones/rules/dane.json) that bind whoever asks: what scenarios cannot show, for they do not see
// queries.
#include <catch2/catch_test_macros.hpp>

#include "tests/resolver/hierarchy_bench.h"

using namespace resolver_test;
using validator::ReasonCode;
using validator::Security;

TEST_CASE("D-151 questions of a validating client set DO and CD (RFC 4035 §4.9.1, §4.9.2, RFC 6840 §5.9)") {
    Bench bench;
    SECTION("obeys: each of them, over UDP and TCP") {
        bench.add(Recursion::dnssec, 0, 150);
        bench.start();
        REQUIRE(bench.lookup(tlsa).verdict.security == Security::secure);
        REQUIRE_FALSE(bench.servers[0]->tcp_queries().empty());
        for (const auto* queries : {&bench.servers[0]->udp_queries(), &bench.servers[0]->tcp_queries()})
            for (const auto& query : *queries) {
                CHECK(query.header.checking_disabled);
                CHECK((query.edns && query.edns->dnssec_ok));
            }
    }
    SECTION("breaks: a resolver that takes no notice of DO gives nothing that could be proven") {
        bench.add(Recursion::ignores_do, 0);
        bench.start();
        CHECK(bench.lookup(tlsa).verdict.security == Security::bogus);
    }
}

TEST_CASE("D-153 a denial that lacks records is asked for again, with a bound on the work (RFC 4035 §5.4)") {
    const auto absent = question("_25._tcp.mx2.mail.example.", dns::RrType::TLSA);
    SECTION("obeys: what did not fit is asked for again over TCP, and is whole") {
        Bench bench;
        bench.add(Recursion::dnssec, 0, 150);
        bench.start();
        const auto lookup = bench.lookup(absent);
        CHECK(lookup.verdict.security == Security::secure);
        CHECK(lookup.verdict.kind == validator::AnswerKind::name_error);
        CHECK(bench.servers[0]->udp_queries().size() >= bench.servers[0]->tcp_queries().size());
        CHECK_FALSE(bench.servers[0]->tcp_queries().empty());
    }
    SECTION(
        "breaks: a denial that came whole and still lacks a record is bogus, after no more questions than it takes") {
        Bench bench(hierarchy({{FaultKind::denial_missing, absent.name, absent.type}}));
        bench.add(Recursion::dnssec, 0);
        bench.start();
        const auto lookup = bench.lookup(absent);
        CHECK(lookup.verdict.security == Security::bogus);
        CHECK(bench.exchanges() <= bench.policy.limits.questions);
    }
}
