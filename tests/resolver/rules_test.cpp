// V-116 to V-123, V-129, V-130: the rules that bind whoever asks and keeps.
#include <catch2/catch_test_macros.hpp>

#include "resolver/cache.h"
#include "resolver/query.h"
#include "tests/resolver/hierarchy_bench.h"

using namespace resolver_test;
using resolver::FailureCache;
using resolver::Query;
using resolver::QueryForm;
using validator::ReasonCode;
using validator::Security;

namespace {

dns::Message sent(const QueryForm& form = {}) {
    return dns::Message::parse(Query(address, form, counting_random()).octets()).value();
}

// A recursive server that edits its answers.
Script editing(const zones::Hierarchy& zones, std::function<void(const dns::Message&, dns::Message&)> edit) {
    return [&zones, edit](const dns::Message& query, std::size_t) {
        dns::Message reply = zones::answer_recursively(zones, query, Recursion::dnssec);
        edit(query, reply);
        return std::vector<dns::Bytes>{reply.build()};
    };
}

Lookup looked_up(const dns::Question& question, Security security) {
    Lookup lookup;
    lookup.question = question;
    lookup.verdict.security = security;
    return lookup;
}

dns::UnixTime after(std::int64_t seconds) { return {base_now.seconds + seconds}; }

} // namespace

TEST_CASE("V-116 with a negative anchor gone, what was kept at and below it is forgotten (RFC 7646 §4)", "[rules]") {
    Bench bench(hierarchy({{FaultKind::rrsig_expired, address.name, address.type}}));
    bench.policy.negative_anchors = {dns::Name::literal("mail.example.")};
    bench.add(Recursion::dnssec, 0);
    bench.start();
    REQUIRE(bench.lookup(address).verdict.has_reason(ReasonCode::negative_trust_anchor));
    bench.policy.negative_anchors.clear();
    SECTION("obeys") {
        bench.stub->forget_below(dns::Name::literal("mail.example."));
        CHECK(bench.lookup(address).verdict.has_reason(ReasonCode::rrsig_expired));
    }
    SECTION("breaks: forgetting another name leaves the exempted verdict until its TTL is over") {
        bench.stub->forget_below(dns::Name::literal("plain.example."));
        CHECK(bench.lookup(address).verdict.has_reason(ReasonCode::negative_trust_anchor));
    }
}

TEST_CASE("V-117 own queries have EDNS with DO set (RFC 4035 §4.1)", "[rules]") {
    SECTION("obeys") {
        REQUIRE(sent().edns);
        CHECK(sent().edns->dnssec_ok);
    }
    SECTION("breaks: what comes back without EDNS is judged as it is, and bogus") {
        QueryForm form;
        form.edns = false; // the last resort after FORMERR
        CHECK_FALSE(sent(form).edns);
        Bench bench;
        bench.add(Recursion::no_edns, 0);
        bench.start();
        CHECK(bench.lookup(address).verdict.security == Security::bogus);
    }
}

TEST_CASE("V-118 own queries advertise at least 1220 octets (RFC 4035 §4.1)", "[rules]") {
    SECTION("obeys: and 4000 are received") {
        CHECK(sent().edns->udp_payload_size >= 1220);
        Bench bench;
        bench.options.udp_payload_size = 4000;
        bench.add(Recursion::dnssec, 0, 4000);
        bench.start();
        CHECK(bench.lookup(address).verdict.security == Security::secure);
    }
    SECTION("breaks: a server that sends no more than 512 is asked again over TCP") {
        Bench bench;
        bench.add(Recursion::dnssec, 0, 512);
        bench.start();
        CHECK(bench.lookup(address).verdict.security == Security::secure);
    }
}

TEST_CASE("V-119 own queries have CD set, every one (RFC 6840 §5.9)", "[rules]") {
    SECTION("obeys") { CHECK(sent().header.checking_disabled); }
    SECTION("breaks: behind a resolver that heeds it, bad data arrive and the reason can be told (rrsig-expired)") {
        Bench bench(hierarchy({{FaultKind::rrsig_expired, address.name, address.type}}));
        bench.servers.push_back(std::make_unique<ScriptedServer>(
            bench.io, editing(bench.zones, [](const dns::Message& query, dns::Message& reply) {
                if (query.header.checking_disabled) return;
                reply.answer.clear();
                reply.rcode = dns::Rcode::SERVFAIL;
            })));
        bench.options.upstreams.emplace_back(bench.servers.back()->endpoint(), 0);
        bench.start();
        CHECK(bench.lookup(address).verdict.has_reason(ReasonCode::rrsig_expired));
    }
}

TEST_CASE("V-120 a SERVFAIL is not kept: the question is asked anew, with CD (RFC 6840 §5.9)", "[rules]") {
    bool failing = true;
    Bench bench;
    bench.servers.push_back(
        std::make_unique<ScriptedServer>(bench.io, editing(bench.zones, [&](const dns::Message&, dns::Message& reply) {
                                             if (!failing) return;
                                             reply.answer.clear();
                                             reply.rcode = dns::Rcode::SERVFAIL;
                                         })));
    bench.options.upstreams.emplace_back(bench.servers.back()->endpoint(), 0);
    bench.start();
    REQUIRE(bench.lookup(address).verdict.security == Security::indeterminate);
    SECTION("obeys") {
        failing = false;
        CHECK(bench.lookup(address).verdict.security == Security::secure);
        CHECK(bench.asked.at(address) == 2);
    }
    SECTION("breaks: while the server fails, so does the next try (servfail)") {
        CHECK(bench.lookup(address).verdict.has_reason(ReasonCode::servfail));
        CHECK(bench.asked.at(address) == 2);
    }
}

TEST_CASE("V-121 own queries have AD clear (RFC 4035 §4.6)", "[rules]") {
    SECTION("obeys") {
        CHECK_FALSE(sent().header.authentic_data);
        CHECK((sent().build()[3] & 0x20) == 0);
    }
    SECTION("breaks: an AD that comes unasked vouches for nothing (rrsig-missing)") {
        Bench bench(hierarchy({{FaultKind::rrsig_missing, address.name, address.type}}));
        bench.servers.push_back(std::make_unique<ScriptedServer>(
            bench.io, editing(bench.zones, [](const dns::Message& query, dns::Message& reply) {
                CHECK_FALSE(query.header.authentic_data);
                reply.header.authentic_data = true;
            })));
        bench.options.upstreams.emplace_back(bench.servers.back()->endpoint(), 0);
        bench.start();
        CHECK(bench.lookup(address).verdict.has_reason(ReasonCode::rrsig_missing));
    }
}

TEST_CASE("V-122 AD and CD of a response have no influence (RFC 4035 §4.6)", "[rules]") {
    for (const bool flag : {false, true}) {
        const auto verdict_with = [flag](const std::vector<zones::Fault>& faults) {
            Bench bench(hierarchy(faults));
            bench.servers.push_back(std::make_unique<ScriptedServer>(
                bench.io, editing(bench.zones, [flag](const dns::Message&, dns::Message& reply) {
                    reply.header.authentic_data = flag;
                    reply.header.checking_disabled = flag;
                })));
            bench.options.upstreams.emplace_back(bench.servers.back()->endpoint(), 0);
            bench.start();
            return bench.lookup(address).verdict;
        };
        SECTION("obeys: " + std::string(flag ? "set" : "clear")) {
            CHECK(verdict_with({}).security == Security::secure);
        }
        SECTION("breaks: rrsig-bad-signature, " + std::string(flag ? "set" : "clear")) {
            const auto verdict = verdict_with({{FaultKind::rdata_altered, address.name, address.type}});
            CHECK(verdict.security == Security::bogus);
            CHECK(verdict.has_reason(ReasonCode::rrsig_bad_signature));
        }
    }
}

TEST_CASE("V-123 the DO bit of a response is ignored (RFC 6840 §5.6)", "[rules]") {
    const auto verdict_with = [](bool dnssec_ok, const std::vector<zones::Fault>& faults) {
        Bench bench(hierarchy(faults));
        bench.servers.push_back(std::make_unique<ScriptedServer>(
            bench.io, editing(bench.zones, [dnssec_ok](const dns::Message&, dns::Message& reply) {
                if (reply.edns) reply.edns->dnssec_ok = dnssec_ok;
            })));
        bench.options.upstreams.emplace_back(bench.servers.back()->endpoint(), 0);
        bench.start();
        return bench.lookup(address).verdict;
    };
    SECTION("obeys: signatures count without it") { CHECK(verdict_with(false, {}).security == Security::secure); }
    SECTION("breaks: it makes up for none (rrsig-missing)") {
        const auto verdict = verdict_with(true, {{FaultKind::rrsig_missing, address.name, address.type}});
        CHECK(verdict.has_reason(ReasonCode::rrsig_missing));
    }
}

TEST_CASE("V-129 what is bogus again and again is remembered for a short while (RFC 6840 §3.1, RFC 4035 §4.7)",
          "[rules]") {
    SECTION("obeys: after three failures, for thirty seconds; no data is handed out") {
        Bench bench(hierarchy({{FaultKind::rrsig_expired, address.name, address.type}}));
        bench.add(Recursion::dnssec, 0);
        bench.start();
        for (int i = 0; i < 3; ++i)
            CHECK_FALSE(bench.lookup(address).verdict.has_reason(ReasonCode::failure_remembered));
        const auto exchanges = bench.exchanges();
        const auto remembered = bench.lookup(address);
        CHECK(bench.exchanges() == exchanges);
        CHECK(remembered.verdict.security == Security::bogus);
        CHECK(remembered.verdict.reasons.front().code == ReasonCode::rrsig_expired);
        CHECK(remembered.verdict.reasons.back().code == ReasonCode::failure_remembered);
        CHECK(remembered.rdata().empty());
        bench.zones = hierarchy();
        bench.now.seconds += FailureCache::life;
        CHECK(bench.lookup(address).verdict.security == Security::secure);
    }
    SECTION("breaks: below the threshold, and with pauses between, it is asked afresh") {
        FailureCache cache(10, 100'000);
        const auto bogus = looked_up(address, Security::bogus);
        cache.note(bogus, base_now);
        cache.note(bogus, after(1));
        CHECK_FALSE(cache.find(address, after(1)));
        cache.note(bogus, after(1 + FailureCache::life)); // the memory was over: this is the first again
        CHECK_FALSE(cache.find(address, after(2 + FailureCache::life)));
    }
    SECTION("breaks: a good verdict ends it, and what merely could not be had never begins it") {
        FailureCache cache(10, 100'000);
        for (int i = 0; i < 5; ++i) cache.note(looked_up(address, Security::indeterminate), base_now);
        CHECK_FALSE(cache.find(address, base_now));
        for (int i = 0; i < 5; ++i) cache.note(looked_up(address, Security::bogus), base_now);
        CHECK(cache.find(address, base_now));
        cache.note(looked_up(address, Security::secure), base_now);
        CHECK_FALSE(cache.find(address, base_now));
    }
}

TEST_CASE("V-130 a response is kept and expires as one, with its DNSSEC records (RFC 4035 §4.5)", "[rules]") {
    Bench bench;
    const auto answer = zones::answer_recursively(bench.zones, dns::make_query(address, 1), Recursion::dnssec);
    resolver::MessageCache cache(10, 100'000);
    cache.store(address, {answer, {"192.0.2.53"}, {}}, base_now);
    SECTION("obeys: records and signatures come back together, equally aged") {
        const auto found = cache.find(address, after(100));
        REQUIRE(found);
        REQUIRE(found->message.answer.size() == answer.answer.size());
        for (const auto& record : found->message.answer) CHECK(record.ttl == 3500);
    }
    SECTION("breaks: one short TTL among them, and all is gone at its end") {
        auto shorter = answer;
        shorter.answer.back().ttl = 10;
        cache.store(address, {shorter, {"192.0.2.53"}, {}}, base_now);
        CHECK(cache.find(address, after(9)));
        CHECK_FALSE(cache.find(address, after(10)));
    }
}
