// The stub end to end: a signed hierarchy behind recursive servers on loopback.
#include <catch2/catch_test_macros.hpp>

#include "tests/resolver/hierarchy_bench.h"

using namespace resolver_test;
using validator::ReasonCode;
using validator::Security;

TEST_CASE("hierarchy: three zone cuts are proven secure in two round trips, and no question is asked twice") {
    for (const auto& wanted : {address, tlsa, question("mail.example.", dns::RrType::MX)}) {
        DYNAMIC_SECTION(wanted.to_text()) {
            Bench bench;
            bench.add(Recursion::dnssec, 0);
            bench.start();
            const auto lookup = bench.lookup(wanted);
            CHECK(lookup.verdict.security == Security::secure);
            CHECK(lookup.verdict.reasons.empty());
            CHECK(lookup.rdata().size() == 1);
            CHECK(lookup.attempts.empty());
            CHECK(bench.rounds_completed <= 2);
            CHECK(bench.asked_each_once());
            CHECK(bench.exchanges() == lookup.verdict.questions);
            CHECK(lookup.verdict.verifications == 6); // root DNSKEY, two DS, two DNSKEY, the answer
        }
    }
}

TEST_CASE("hierarchy: denials are secure, and a name below an unsigned delegation is insecure") {
    const struct {
        dns::Question question;
        Security security;
        validator::AnswerKind kind;
    } table[] = {
        {question("no.mail.example.", dns::RrType::A), Security::secure, validator::AnswerKind::name_error},
        {question("mx.mail.example.", dns::RrType::AAAA), Security::secure, validator::AnswerKind::no_data},
        {question("mx.plain.example.", dns::RrType::A), Security::insecure, validator::AnswerKind::positive},
        {question("no.plain.example.", dns::RrType::A), Security::insecure, validator::AnswerKind::name_error},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.question.to_text()) {
            Bench bench;
            bench.add(Recursion::dnssec, 0);
            bench.start();
            const auto lookup = bench.lookup(row.question);
            CHECK(lookup.verdict.security == row.security);
            CHECK(lookup.verdict.kind == row.kind);
            CHECK(bench.rounds_completed <= 2);
            CHECK(bench.asked_each_once());
        }
    }
}

TEST_CASE("hierarchy: an expired signature is bogus, and so until the clock says otherwise") {
    Bench bench(hierarchy({{FaultKind::rrsig_expired, address.name, address.type}}));
    bench.add(Recursion::dnssec, 0);
    bench.start();
    const auto lookup = bench.lookup(address);
    CHECK(lookup.verdict.security == Security::bogus);
    CHECK(lookup.verdict.has_reason(ReasonCode::rrsig_expired));
    CHECK(bench.lookup(question("mx2.mail.example.", dns::RrType::A)).verdict.security == Security::secure);
}

TEST_CASE("hierarchy: a bogus verdict is not kept: once mended, the next lookup is secure") {
    Bench bench(hierarchy({{FaultKind::rrsig_wrong_octets, address.name, address.type}}));
    bench.add(Recursion::dnssec, 0);
    bench.start();
    CHECK(bench.lookup(address).verdict.security == Security::bogus);
    bench.zones = hierarchy();
    CHECK(bench.lookup(address).verdict.security == Security::secure);
}

TEST_CASE("hierarchy: a secure verdict is kept for its TTL, and the keys serve other questions of the zone") {
    Bench bench;
    bench.add(Recursion::dnssec, 0);
    bench.start();
    const auto first = bench.lookup(address);
    CHECK(first.verdict.ttl == 3600);
    const auto exchanges = bench.exchanges();

    bench.now.seconds += 3599;
    const auto cached = bench.lookup(address);
    CHECK(cached.verdict.security == Security::secure);
    CHECK(cached.verdict.ttl == 1);
    CHECK(cached.rdata() == first.rdata());
    CHECK(bench.exchanges() == exchanges);

    bench.now.seconds -= 3000;
    const auto other = bench.lookup(tlsa);
    CHECK(other.verdict.security == Security::secure);
    CHECK(bench.asked_each_once());
    CHECK(other.verdict.verifications == 1); // the answer's alone

    bench.now.seconds += 3001;
    CHECK(bench.lookup(address).verdict.security == Security::secure);
    CHECK(bench.asked.at(address) == 2);
}

TEST_CASE("hierarchy: with the cache off, each lookup asks for itself") {
    Bench bench;
    bench.options.cache_entries = 0;
    bench.add(Recursion::dnssec, 0);
    bench.start();
    CHECK(bench.lookup(address).verdict.security == Security::secure);
    CHECK(bench.lookup(address).verdict.security == Security::secure);
    for (const auto& [wanted, times] : bench.asked) CHECK(times == 2);
}

TEST_CASE("hierarchy: lookups at one time share what is in flight") {
    Bench bench;
    bench.add(Recursion::dnssec, 0);
    bench.start();
    std::vector<asio::awaitable<Lookup>> lookups;
    for (const auto& wanted : {address, tlsa, question("mail.example.", dns::RrType::MX), address, tlsa})
        lookups.push_back(bench.stub->lookup(wanted));
    const auto results = run_all(bench.io, std::move(lookups));
    for (const auto& lookup : results) CHECK(lookup.verdict.security == Security::secure);
    CHECK(bench.asked_each_once());
}

TEST_CASE("hierarchy: answers too long for UDP come over TCP") {
    Bench bench;
    bench.add(Recursion::dnssec, 0, 150);
    bench.start();
    const auto lookup = bench.lookup(address);
    CHECK(lookup.verdict.security == Security::secure);
    CHECK(bench.servers[0]->tcp_queries().size() >= 5);
}

TEST_CASE("hierarchy: which resolvers stand in which order decides the verdict, as in the appliance") {
    constexpr bool named = true;
    const struct {
        std::string_view about;
        std::vector<std::pair<Recursion, unsigned>> resolvers;
        Security security;
        bool names_resolver; // does a reason name the resolver at fault?
    } table[] = {
        {"capable alone", {{Recursion::dnssec, 0}}, Security::secure, !named},
        {"capable first, incapable second",
         {{Recursion::dnssec, 0}, {Recursion::no_edns, 1}},
         Security::secure,
         !named},
        {"incapable first, capable second", {{Recursion::no_edns, 0}, {Recursion::dnssec, 1}}, Security::bogus, named},
        {"unknown to EDNS first", {{Recursion::formerr_on_edns, 0}, {Recursion::dnssec, 1}}, Security::bogus, named},
        {"DO ignored first", {{Recursion::ignores_do, 0}, {Recursion::dnssec, 1}}, Security::bogus, named},
        {"RRSIG stripped first", {{Recursion::strips_rrsig, 0}, {Recursion::dnssec, 1}}, Security::bogus, named},
        {"silent first, capable second", {{Recursion::silent, 0}, {Recursion::dnssec, 1}}, Security::secure, !named},
        {"silent first, incapable second", {{Recursion::silent, 0}, {Recursion::no_edns, 1}}, Security::bogus, named},
        {"SERVFAIL first, capable second",
         {{Recursion::servfail, 0}, {Recursion::dnssec, 1}},
         Security::secure,
         !named},
        {"REFUSED first, capable second", {{Recursion::refuses, 0}, {Recursion::dnssec, 1}}, Security::secure, !named},
        {"equal priorities, mixed", {{Recursion::dnssec, 0}, {Recursion::no_edns, 0}}, Security::bogus, named},
        {"equal priorities, both capable", {{Recursion::dnssec, 0}, {Recursion::dnssec, 0}}, Security::secure, !named},
        {"all silent", {{Recursion::silent, 0}, {Recursion::silent, 1}}, Security::indeterminate, !named},
        {"garbage alone", {{Recursion::garbage, 0}}, Security::indeterminate, !named},
        {"SERVFAIL alone", {{Recursion::servfail, 0}}, Security::indeterminate, named},
        {"REFUSED alone", {{Recursion::refuses, 0}}, Security::indeterminate, named},
        {"none", {}, Security::indeterminate, !named},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) {
            Bench bench;
            bool waits = false;
            for (const auto& [recursion, priority] : row.resolvers) {
                bench.add(recursion, priority);
                waits = waits || recursion == Recursion::silent || recursion == Recursion::garbage;
            }
            if (waits) { // one try is enough here, and long enough for those that do answer
                bench.options.try_timeout = std::chrono::milliseconds(1000);
                bench.options.tries = 1;
            }
            bench.start();
            const auto lookup = bench.lookup(address);
            CHECK(lookup.verdict.security == row.security);
            CHECK(lookup.verdict.reasons.empty() == (row.security == Security::secure));
            if (row.names_resolver) {
                std::size_t named_ones = 0;
                for (const auto& reason : lookup.verdict.reasons) UNSCOPED_INFO(to_text(reason, bench.now));
                for (const auto& reason : lookup.verdict.reasons)
                    for (std::size_t i = 0; i < row.resolvers.size(); ++i)
                        if (row.resolvers[i].first != Recursion::dnssec && row.resolvers[i].first != Recursion::silent)
                            named_ones += reason.resolver == bench.options.upstreams[i].to_text() ? 1 : 0;
                CHECK(named_ones > 0);
            }
        }
    }
}
