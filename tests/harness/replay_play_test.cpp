// Replay files played: each expectation passes as written, and fails, with what differs, when it is altered.
#include <catch2/catch_test_macros.hpp>

#include "tests/harness/replay_support.h"

namespace {

using dns::RrType;
using harness::replay::Dialect;
using harness::replay::FileResult;
using test::ReplayWriter;

dns::Name name(std::string_view text) { return dns::Name::literal(text); }
dns::Question ask(std::string_view owner, RrType type) { return {name(owner), type}; }

const zones::Hierarchy& hierarchy(zones::Denial denial = zones::Denial::nsec) {
    static const auto build = [](zones::Denial kind) {
        zones::SigningPolicy policy;
        policy.inception = {test::replay_now.seconds - 10 * 86400};
        policy.expiration = {test::replay_now.seconds + 20 * 86400};
        policy.denial = kind;
        const std::string text = "www 300 IN A 192.0.2.1\n"
                                 "a.www 300 IN A 192.0.2.9\n"
                                 "alias 300 IN CNAME www\n"
                                 "mail 300 IN MX 10 www\n"
                                 "*.wild 300 IN A 192.0.2.2\n"
                                 "old 300 IN DNAME www\n";
        return zones::Hierarchy::build({{name("shop.example."), text, policy}}, policy, {}, 7);
    };
    static const zones::Hierarchy nsec = build(zones::Denial::nsec), nsec3 = build(zones::Denial::nsec3);
    return denial == zones::Denial::nsec ? nsec : nsec3;
}

// What a validator asks about names in shop.example., and the questions themselves.
std::vector<dns::Question> chain_and(std::vector<dns::Question> questions) {
    const std::vector<dns::Question> chain{ask(".", RrType::DNSKEY), ask("example.", RrType::DS),
                                           ask("example.", RrType::DNSKEY), ask("shop.example.", RrType::DS),
                                           ask("shop.example.", RrType::DNSKEY)};
    questions.insert(questions.begin(), chain.begin(), chain.end());
    return questions;
}

std::vector<dns::Record> answer_of(const dns::Question& question) {
    return zones::answer_authoritatively(hierarchy(), dns::make_query(question, 1)).answer;
}

std::string outcome(const ReplayWriter& writer) {
    const auto played = writer.play();
    return std::string(harness::replay::to_text(played.result)) + " " + played.why;
}

bool passes(const ReplayWriter& writer) { return writer.play().result == FileResult::pass; }
bool fails_with(const ReplayWriter& writer, std::string_view what) {
    const auto played = writer.play();
    return played.result == FileResult::fail && played.why.find(what) != std::string::npos;
}

// One question and one expectation.
ReplayWriter scenario(Dialect dialect, const dns::Question& question, const std::string& match,
                      const std::string& flags, const std::vector<dns::Record>& answer,
                      const std::string& query_flags = "RD DO") {
    ReplayWriter writer(dialect);
    writer.serve(hierarchy(), chain_and({question}));
    writer.ask(1, query_flags, question);
    writer.expect(10, match, flags, question, answer);
    return writer;
}

} // namespace

TEST_CASE("replay: a signed answer passes in both dialects; each part of the expectation counts") {
    const auto question = ask("www.shop.example.", RrType::A);
    const auto answer = answer_of(question);
    REQUIRE(answer.size() == 2);
    for (const auto dialect : {Dialect::unbound, Dialect::deckard}) {
        const auto good = scenario(dialect, question, "all", "QR RD RA AD DO NOERROR", answer);
        INFO(outcome(good));
        CHECK(passes(good));
        CHECK(fails_with(scenario(dialect, question, "all", "QR RD RA DO NOERROR", answer),
                         "AD: expected clear, seen set"));
        CHECK(fails_with(scenario(dialect, question, "all", "QR RD RA AD DO SERVFAIL", {}),
                         "RCODE: expected SERVFAIL, seen NOERROR"));
        auto altered = answer;
        altered[0].rdata[3] ^= 1;
        const auto wrong = scenario(dialect, question, "all", "QR RD RA AD DO NOERROR", altered);
        CHECK(fails_with(wrong, "ANSWER lacks: www.shop.example. 0 IN A 192.0.2.0"));
        CHECK(fails_with(wrong, "ANSWER has too much: www.shop.example. 0 IN A 192.0.2.1"));
        CHECK(passes(scenario(dialect, question, "rcode", "QR RD RA DO NOERROR", altered)));
    }
}

TEST_CASE("replay: absence, aliases, wildcards and DNAME pass by NSEC and by NSEC3; without their proof they fail") {
    for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3}) {
        const auto& zone = hierarchy(denial);
        const auto play = [&](const dns::Question& question, const std::string& flags, bool with_answer) {
            ReplayWriter writer(Dialect::unbound);
            writer.serve(zone, chain_and({question, ask("www.shop.example.", RrType::A),
                                          ask("a.www.shop.example.", RrType::A)}));
            writer.ask(1, "RD DO", question);
            writer.expect(10, with_answer ? "all" : "rcode flags", flags, question);
            return outcome(writer);
        };
        const std::string good = "QR RD RA AD DO NOERROR";
        CHECK(play(ask("none.shop.example.", RrType::A), "QR RD RA AD DO NXDOMAIN", true) == "pass ");
        CHECK(play(ask("www.shop.example.", RrType::TXT), good, true) == "pass ");
        CHECK(play(ask("alias.shop.example.", RrType::A), good, false) == "pass ");
        CHECK(play(ask("x.wild.shop.example.", RrType::A), good, false) == "pass ");
        CHECK(play(ask("a.old.shop.example.", RrType::A), good, false) == "pass ");
        CHECK(play(ask("none.shop.example.", RrType::A), good, true).starts_with("fail "));
    }
}

TEST_CASE(
    "replay: a bogus answer is SERVFAIL with its extended error; CD gives it out (RFC 4035 §5.5, RFC 8914 §4.7)") {
    const auto question = ask("www.shop.example.", RrType::A);
    const auto play = [&](const std::string& query, const std::string& match, const std::string& flags) {
        ReplayWriter writer(Dialect::unbound);
        writer.option("ede: yes");
        writer.serve(hierarchy(), chain_and({ask("www.shop.example.", RrType::DS)}));
        writer.raw_entry("ENTRY_BEGIN\nMATCH opcode qtype qname\nADJUST copy_id\nREPLY QR NOERROR\nSECTION QUESTION\n"
                         "www.shop.example. IN A\nSECTION ANSWER\nwww.shop.example. IN A 192.0.2.66\nENTRY_END\n");
        writer.ask(1, query, question);
        writer.expect(10, match, flags, question);
        return outcome(writer);
    };
    CHECK(play("RD DO", "all ede=10", "QR RD RA DO SERVFAIL") == "pass ");
    CHECK(play("RD DO", "all ede=6", "QR RD RA DO SERVFAIL") == "pass ");
    CHECK(play("RD DO", "all ede=any", "QR RD RA DO SERVFAIL") == "pass ");
    CHECK(play("RD DO", "all ede=9", "QR RD RA DO SERVFAIL").starts_with("fail line "));
    CHECK(play("RD DO", "rcode", "QR RD RA DO NOERROR").find("RCODE: expected NOERROR") != std::string::npos);
    CHECK(play("RD DO CD", "rcode flags", "QR RD RA CD DO NOERROR") == "pass ");
    CHECK(play("RD DO CD", "all", "QR RD RA CD DO NOERROR").find("192.0.2.66") != std::string::npos);
}

TEST_CASE("replay: without DO no RRSIG, with AD in the query AD in the answer (RFC 6840 §5.8, RFC 4035 §3.2.1)") {
    const auto question = ask("www.shop.example.", RrType::A);
    auto bare = answer_of(question);
    std::erase_if(bare, [](const dns::Record& record) { return record.type == RrType::RRSIG; });
    CHECK(passes(scenario(Dialect::unbound, question, "all", "QR RD RA NOERROR", bare, "RD")));
    CHECK(passes(scenario(Dialect::unbound, question, "all", "QR RD RA AD NOERROR", bare, "RD AD")));
    CHECK(
        fails_with(scenario(Dialect::unbound, question, "all", "QR RD RA AD NOERROR", bare, "RD"), "AD: expected set"));
    CHECK(fails_with(scenario(Dialect::unbound, question, "all", "QR RD RA NOERROR", answer_of(question), "RD"),
                     "ANSWER lacks"));
}

TEST_CASE("replay: what was answered is kept for its TTL while servers are silent, and no longer") {
    const auto question = ask("www.shop.example.", RrType::A);
    const auto play = [&](const std::string& seconds, const std::string& flags) {
        ReplayWriter writer(Dialect::unbound);
        writer.range("0 10");
        writer.serve(hierarchy(), chain_and({question}));
        writer.ask(1, "RD DO", question);
        writer.expect(2, "rcode flags", "QR RD RA AD DO NOERROR", question);
        writer.step("STEP 20 TIME_PASSES ELAPSE " + seconds + "\n");
        writer.ask(30, "RD DO", question);
        writer.expect(40, "rcode flags", flags, question);
        return outcome(writer);
    };
    CHECK(play("100", "QR RD RA AD DO NOERROR") == "pass ");
    CHECK(play("301", "QR RD RA DO SERVFAIL") == "pass ");
    CHECK(play("301", "QR RD RA AD DO NOERROR").starts_with("fail line "));
}

TEST_CASE("replay: bogus data is kept for a minute in Unbound's files; then the servers are asked again") {
    const auto question = ask("www.shop.example.", RrType::A);
    const auto play = [&](const std::string& seconds, const std::string& flags) {
        ReplayWriter writer(Dialect::unbound);
        writer.range("0 100");
        writer.serve(hierarchy(), chain_and({question}));
        writer.raw_entry("RANGE_END\nRANGE_BEGIN 0 10\nADDRESS 192.0.2.53\nENTRY_BEGIN\nMATCH opcode qtype qname\n"
                         "ADJUST copy_id\nREPLY QR NOERROR\nSECTION QUESTION\nwww.shop.example. IN A\n"
                         "SECTION ANSWER\nwww.shop.example. 3600 IN A 192.0.2.66\nENTRY_END\n");
        writer.ask(1, "RD DO", question);
        writer.expect(2, "rcode", "QR RD RA DO SERVFAIL", question);
        writer.step("STEP 20 TIME_PASSES ELAPSE " + seconds + "\n");
        writer.ask(30, "RD DO", question);
        writer.expect(40, "rcode flags", flags, question);
        return outcome(writer);
    };
    CHECK(play("61", "QR RD RA AD DO NOERROR") == "pass ");
    CHECK(play("10", "QR RD RA DO SERVFAIL") == "pass ");
    CHECK(play("10", "QR RD RA AD DO NOERROR").starts_with("fail line "));
}

TEST_CASE("replay: denial seen earlier answers other names where the file asks for it (RFC 8198 §5)") {
    const auto first = ask("none.shop.example.", RrType::A), second = ask("nona.shop.example.", RrType::A);
    const auto play = [&](const std::string& option) {
        ReplayWriter writer(Dialect::unbound);
        if (!option.empty()) writer.option(option);
        writer.serve(hierarchy(), chain_and({first}));
        writer.ask(1, "RD DO", first);
        writer.expect(2, "all", "QR RD RA AD DO NXDOMAIN", first);
        writer.ask(3, "RD DO", second);
        writer.expect(4, "all", "QR RD RA AD DO NXDOMAIN", second);
        return outcome(writer);
    };
    CHECK(play("aggressive-nsec: yes") == "pass ");
    CHECK(play("").starts_with("fail line "));
}

TEST_CASE("replay: files that are none of a stub's business are skipped, and say why") {
    const auto question = ask("www.shop.example.", RrType::A);
    const auto skipped = [&](const std::string& option, const std::string& step) {
        auto writer = scenario(Dialect::unbound, question, "rcode", "QR RD RA DO NOERROR", {});
        if (!option.empty()) writer.option(option);
        if (!step.empty()) writer.step(step);
        const auto played = writer.play();
        return played.result == FileResult::skip ? played.why : "not skipped: " + played.why;
    };
    CHECK(skipped("", "") == "not skipped: ");
    CHECK(skipped("module-config: \"dns64 validator iterator\"", "").find("dns64") != std::string::npos);
    CHECK(skipped("local-data: \"a. IN A 192.0.2.1\"", "").find("local data") != std::string::npos);
    CHECK(skipped("auth-zone:\n\tname: \"a.\"", "").find("auth-zone") != std::string::npos);
    CHECK(skipped("", "STEP 20 INFRA_RTT 192.0.2.53 example. 100\n").find("round-trip") != std::string::npos);
}

TEST_CASE("replay: an answer that nobody checks, and a check without an answer, fail the file") {
    const auto question = ask("www.shop.example.", RrType::A);
    auto unchecked = scenario(Dialect::unbound, question, "rcode", "QR RD RA DO NOERROR", {});
    unchecked.ask(20, "RD DO", question);
    CHECK(fails_with(unchecked, "an answer was never checked"));
    auto twice = scenario(Dialect::unbound, question, "rcode", "QR RD RA DO NOERROR", {});
    twice.expect(20, "rcode", "QR RD RA DO NOERROR", question);
    CHECK(fails_with(twice, "no answer is waiting"));
}
