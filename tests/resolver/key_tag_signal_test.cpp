#include "resolver/key_tag_signal.h"

#include <boost/asio/steady_timer.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "resolver/answering.h"
#include "resolver/sentinel.h"
#include "resolver/stub.h"
#include "tests/resolver/scripted_server.h"

using namespace resolver_test;
using validator::Security;

namespace {

validator::TrustAnchor anchor(std::string_view zone, const std::vector<dns::KeyTag>& tags) {
    validator::TrustAnchor result{dns::Name::literal(zone), {}, {}};
    for (const dns::KeyTag tag : tags) {
        dns::Ds ds;
        ds.key_tag = tag;
        result.ds.push_back(ds);
    }
    return result;
}

std::string query_name(std::string_view zone, const std::vector<dns::KeyTag>& tags) {
    const auto name = resolver::key_tag_query_name(anchor(zone, tags));
    return name ? name->to_text() : "";
}

dns::Message sentinel_query(std::string_view name, dns::RrType type = dns::RrType::A) {
    dns::Message query = dns::make_query({dns::Name::literal(name), type}, 1);
    query.header.checking_disabled = false;
    return query;
}

} // namespace

TEST_CASE("key tag query: the RFC's own examples (RFC 8145 §5.1)", "[anchors]") {
    CHECK(query_name(".", {17476}) == "_ta-4444.");
    CHECK(query_name("example.com.", {1589, 43547, 31406}) == "_ta-0635-7aae-aa1b.example.com.");
    CHECK(query_name(".", {999}) == "_ta-03e7.");
    CHECK(query_name(".", {38696, 20326, 20326}) == "_ta-4f66-9728.");
    CHECK(query_name(".", {}).empty());
    CHECK(query_name(".", std::vector<dns::KeyTag>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}).empty());
}

TEST_CASE("key tag option: two octets for each tag (RFC 8145 §4.1)", "[anchors]") {
    const auto option = resolver::key_tag_option(anchor(".", {38696, 20326}));
    CHECK(option.code == 14);
    CHECK(option.data == dns::Bytes{0x4f, 0x66, 0x97, 0x28});
}

TEST_CASE("stub: what it trusts is told with the DNSKEY queries of trust points, where that is wanted (RFC 8145 §4.2)",
          "[anchors]") {
    const bool wanted = GENERATE(true, false);
    asio::io_context io;
    ScriptedServer server(io, [](const dns::Message& query, std::size_t) -> std::vector<dns::Bytes> {
        dns::Message answer = query;
        answer.header.response = true;
        return {answer.build()};
    });
    validator::TrustAnchors anchors;
    anchors.add(anchor(".", {20326, 38696}));
    const auto policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    resolver::StubOptions options;
    options.edns_key_tag = options.key_tag_query = wanted;
    options.upstreams = {*resolver::Upstream::from_text(server.endpoint().to_text())};
    resolver::Stub stub(
        io.get_executor(), options, anchors, policy, [] { return dns::UnixTime{1'000'000}; }, counting_random());
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            const dns::Question of_root(dns::Name(), dns::RrType::DNSKEY);
            const dns::Question of_another(dns::Name::literal("com."), dns::RrType::DNSKEY);
            const dns::Question data(dns::Name(), dns::RrType::NS);
            (void)co_await stub.ask(of_root);
            (void)co_await stub.ask(of_another);
            (void)co_await stub.ask(data);
            const auto name = resolver::key_tag_query_name(anchors.all().front());
            const dns::Question told(*name, resolver::type_null);
            if (wanted) (void)co_await stub.ask(told); // joins the one that is under way
            io.stop();
        },
        asio::detached);
    io.run();
    unsigned options_seen = 0, queries_seen = 0;
    for (const dns::Message& query : server.udp_queries()) {
        const auto& question = query.questions.front();
        const bool of_root = question.type == dns::RrType::DNSKEY && question.name.is_root();
        if (!query.edns->options.empty()) {
            CHECK(of_root);
            ++options_seen;
        }
        if (question.type == resolver::type_null) ++queries_seen;
    }
    CHECK(options_seen == (wanted ? 1 : 0));
    CHECK((queries_seen >= 1) == wanted);
}

TEST_CASE("sentinel: labels are recognised exactly (RFC 8509 §2.1)", "[anchors]") {
    const auto asked = [](std::string_view name) { return resolver::sentinel_question(dns::Name::literal(name)); };
    REQUIRE(asked("root-key-sentinel-is-ta-20326.example."));
    CHECK(asked("root-key-sentinel-is-ta-20326.example.")->is_ta);
    CHECK(asked("ROOT-key-sentinel-NOT-ta-00042.example.")->tag == 42);
    CHECK_FALSE(asked("ROOT-key-sentinel-NOT-ta-00042.example.")->is_ta);
    for (const auto* other : {"root-key-sentinel-is-ta-42.example.", "root-key-sentinel-is-ta-020326.example.",
                              "root-key-sentinel-is-ta-99999.example.", "root-key-sentinel-is-ta-2032x.example.",
                              "www.root-key-sentinel-is-ta-20326.example.", "."})
        CHECK_FALSE(asked(other));
}

TEST_CASE("sentinel: SERVFAIL where label and trust disagree, under all preconditions (RFC 8509 §2.2)", "[anchors]") {
    validator::TrustAnchors anchors;
    anchors.add(anchor(".", {20326}));
    anchors.add(anchor("example.", {38696})); // not the root's
    const auto fails = [&](const dns::Message& query, Security security = Security::secure) {
        return resolver::sentinel_fails(query, security, anchors);
    };
    CHECK_FALSE(fails(sentinel_query("root-key-sentinel-is-ta-20326.example.")));
    CHECK(fails(sentinel_query("root-key-sentinel-not-ta-20326.example.")));
    CHECK(fails(sentinel_query("root-key-sentinel-is-ta-38696.example.")));
    CHECK_FALSE(fails(sentinel_query("root-key-sentinel-not-ta-38696.example.")));
    const auto lying = sentinel_query("root-key-sentinel-not-ta-20326.example.", dns::RrType::AAAA);
    CHECK(fails(lying));
    CHECK_FALSE(fails(lying, Security::insecure));
    CHECK_FALSE(fails(lying, Security::bogus));
    CHECK_FALSE(fails(sentinel_query("root-key-sentinel-not-ta-20326.example.", dns::RrType::TXT)));
    auto unchecked = lying;
    unchecked.header.checking_disabled = true;
    CHECK_FALSE(fails(unchecked));
    CHECK_FALSE(fails(sentinel_query("www.example.")));
}

TEST_CASE("answering: the sentinel answers only where it is switched on (RFC 8509 §2.2)", "[anchors]") {
    validator::TrustAnchors anchors;
    anchors.add(anchor(".", {20326}));
    const auto query = sentinel_query("root-key-sentinel-not-ta-20326.example.");
    validator::Verdict verdict;
    verdict.security = Security::secure;
    verdict.kind = validator::AnswerKind::positive;
    dns::SignedRrSet set;
    set.set = dns::RrSet(query.questions[0].name, dns::RrType::A, 60, {{192, 0, 2, 1}});
    verdict.answer = {set};
    const bool on = GENERATE(true, false);
    resolver::AnsweringPolicy policy;
    if (on) policy.sentinel = &anchors;
    const auto answer = resolver::answer_for(query, verdict, nullptr, policy, {1'000'000});
    CHECK((answer.rcode == dns::Rcode::SERVFAIL) == on);
    CHECK(answer.answer.empty() == on);
}
