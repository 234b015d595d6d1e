// Replay files in the shape that most have: a server for each zone, found by referrals; and answers of unusual form.
#include <catch2/catch_test_macros.hpp>

#include "harness/replay/rpl_reply.h"
#include "tests/harness/replay_support.h"

namespace {

using dns::RrType;
using harness::replay::Dialect;
using harness::replay::FileResult;

dns::Name name(std::string_view text) { return dns::Name::literal(text); }
dns::Question ask(std::string_view owner, RrType type) { return {name(owner), type}; }

const zones::SigningPolicy& policy() {
    static const zones::SigningPolicy signing = [] {
        zones::SigningPolicy made;
        made.inception = {test::replay_now.seconds - 10 * 86400};
        made.expiration = {test::replay_now.seconds + 20 * 86400};
        return made;
    }();
    return signing;
}

const zones::Hierarchy& hierarchy() {
    static const std::string far(63, 'x');
    static const zones::Hierarchy built = [] {
        std::string many = "www 300 IN A 192.0.2.1\nlong 300 IN DNAME " + far + "." + far + "." + far + ".example.\n" +
                           "old 300 IN DNAME plain.example.\nout 300 IN CNAME www.plain.example.\n";
        for (int type = 65300; type < 65330; ++type) many += "many 300 IN TYPE" + std::to_string(type) + " \\# 1 00\n";
        return zones::Hierarchy::build({{name("shop.example."), many, policy()},
                                        {name("plain.example."), "www 300 IN A 192.0.2.7\n", std::nullopt}},
                                       policy(), {}, 7);
    }();
    return built;
}

struct Server {
    std::string zone, address;
};
const std::vector<Server> servers{
    {".", "192.0.2.53"}, {"example.", "192.0.2.54"}, {"shop.example.", "192.0.2.55"}, {"plain.example.", "192.0.2.56"}};

std::string records(const std::string& section, const std::vector<dns::Record>& all) {
    std::string out = "SECTION " + section + "\n";
    for (const auto& record : all) out += dns::to_text(record) + "\n";
    return out;
}

// One server's answers to these questions; a referral gets the address of the next server.
std::string range_of(const Server& server, const std::vector<dns::Question>& questions, bool second_address) {
    std::string out = "RANGE_BEGIN 0 100\nADDRESS " + server.address + "\n";
    for (const auto& question : questions) {
        auto message = zones::answer_from_zone(hierarchy(), name(server.zone), dns::make_query(question, 1));
        if (message.rcode == dns::Rcode::REFUSED) continue;
        message.additional.clear();
        for (const auto& record : message.authority) {
            if (record.type != RrType::NS || !message.answer.empty()) continue;
            const auto target = dns::SingleName::parse(record.rdata)->name.to_text();
            for (const Server& next : servers)
                if (record.owner == name(next.zone)) {
                    if (second_address)
                        message.additional.push_back(*dns::record_from_text(target + " 3600 IN A 198.51.100.1"));
                    message.additional.push_back(*dns::record_from_text(target + " 3600 IN A " + next.address));
                }
        }
        out += "ENTRY_BEGIN\nMATCH opcode qtype qname\nADJUST copy_id\nREPLY QR " + dns::to_text(message.rcode) +
               "\nSECTION QUESTION\n" + question.name.to_text() + " IN " + dns::to_text(question.type) + "\n" +
               records("ANSWER", message.answer) + records("AUTHORITY", message.authority) +
               records("ADDITIONAL", message.additional) + "ENTRY_END\n";
    }
    return out + "RANGE_END\n";
}

struct Wanted {
    dns::Question question;
    std::string match, flags;
    std::vector<dns::Record> answer{};
};

// Servers know DNSKEY and the questions; DS comes with referrals alone. `extra` are more ranges.
std::string play(Dialect dialect, const Wanted& wanted, const std::string& extra = "", bool second_address = false,
                 const std::string& query_flags = "RD DO") {
    std::vector<dns::Question> questions{wanted.question, ask("www.plain.example.", wanted.question.type)};
    for (const Server& server : servers) questions.push_back(ask(server.zone, RrType::DNSKEY));
    const bool unbound = dialect == Dialect::unbound;
    std::string text = unbound ? "server:\n" : "";
    for (const auto& record : hierarchy().root_anchors()) text += "trust-anchor: \"" + dns::to_text(record) + "\"\n";
    text += "val-override-date: \"20270115080000\"\n";
    text += unbound ? "stub-zone:\nname: .\nstub-addr: 192.0.2.53\n" : "stub-addr: 192.0.2.53\n";
    text += "CONFIG_END\nSCENARIO_BEGIN shapes\n";
    for (const Server& server : servers) text += range_of(server, questions, second_address);
    const std::string question =
        "SECTION QUESTION\n" + wanted.question.name.to_text() + " IN " + dns::to_text(wanted.question.type) + "\n";
    text += extra + "STEP 1 QUERY\nENTRY_BEGIN\nREPLY " + query_flags + "\n" + question + "ENTRY_END\n";
    text += "STEP 10 CHECK_ANSWER\nENTRY_BEGIN\nMATCH " + wanted.match + "\nREPLY " + wanted.flags + "\n" + question +
            records("ANSWER", wanted.answer) + "ENTRY_END\nSCENARIO_END\n";
    const auto played = harness::replay::play(harness::replay::read_rpl("shape.rpl", text), {test::replay_now});
    std::string log;
    if (played.result == FileResult::fail)
        for (const auto& line : played.log) log += "\n" + line;
    return std::string(harness::replay::to_text(played.result)) + " " + played.why + log;
}

const std::string secure = "QR RD RA AD DO NOERROR", insecure = "QR RD RA DO NOERROR";

} // namespace

TEST_CASE("replay shapes: down the referrals to a secure answer, an absence, and an unsigned zone") {
    for (const auto dialect : {Dialect::unbound, Dialect::deckard}) {
        CHECK(play(dialect, {ask("www.shop.example.", RrType::A), "rcode flags", secure}) == "pass ");
        CHECK(play(dialect, {ask("none.shop.example.", RrType::A), "all", "QR RD RA AD DO NXDOMAIN"}) == "pass ");
        CHECK(play(dialect, {ask("www.shop.example.", RrType::MX), "all", secure}) == "pass ");
        CHECK(play(dialect, {ask("www.plain.example.", RrType::A), "rcode flags", insecure}) == "pass ");
        CHECK(play(dialect, {ask("out.shop.example.", RrType::A), "rcode flags", insecure}) == "pass ");
        CHECK(play(dialect, {ask("www.old.shop.example.", RrType::A), "rcode flags", insecure}) == "pass ");
        CHECK(play(dialect, {ask("www.plain.example.", RrType::A), "rcode flags", secure}).starts_with("fail line "));
    }
}

TEST_CASE("replay shapes: data that fails is asked of the zone's other server") {
    const std::string forged = "RANGE_BEGIN 0 100\nADDRESS 198.51.100.1\nENTRY_BEGIN\nMATCH opcode qtype qname\n"
                               "ADJUST copy_id\nREPLY QR NOERROR\nSECTION QUESTION\nwww.shop.example. IN A\n"
                               "SECTION ANSWER\nwww.shop.example. IN A 192.0.2.66\nENTRY_END\nRANGE_END\n";
    const Wanted wanted{ask("www.shop.example.", RrType::A), "rcode flags", secure};
    CHECK(play(Dialect::unbound, wanted, forged, true) == "pass ");
    CHECK(play(Dialect::unbound, wanted, "", true) == "pass "); // the first one is silent
}

TEST_CASE("replay shapes: a DNAME that yields too long a name is YXDOMAIN, and secure (RFC 6672 §2.2)") {
    const std::string label(60, 'y');
    const auto question = ask(label + ".long.shop.example.", RrType::A);
    CHECK(play(Dialect::unbound, {question, "rcode flags", "QR RD RA AD DO YXDOMAIN"}) == "pass ");
}

TEST_CASE("replay shapes: a CNAME that a DNAME yields and the server left out stands in the answer (RFC 6672 §3.4.1)") {
    const auto question = ask("www.old.shop.example.", RrType::A);
    auto answer = zones::answer_from_zone(hierarchy(), name("shop.example."), dns::make_query(question, 1)).answer;
    std::erase_if(answer, [](const dns::Record& record) { return !(record.owner == name("old.shop.example.")); });
    REQUIRE(answer.size() == 2);
    const std::string bare = "RANGE_BEGIN 0 100\nADDRESS 192.0.2.55\nENTRY_BEGIN\nMATCH opcode qtype qname\n"
                             "ADJUST copy_id\nREPLY QR NOERROR\nSECTION QUESTION\nwww.old.shop.example. IN A\n" +
                             records("ANSWER", answer) + "ENTRY_END\nRANGE_END\n";
    auto whole = answer;
    whole.push_back(*dns::record_from_text("www.old.shop.example. 300 IN CNAME www.plain.example."));
    whole.push_back(*dns::record_from_text("www.plain.example. 300 IN A 192.0.2.7"));
    CHECK(play(Dialect::unbound, {question, "all ttl", insecure, whole}, bare) == "pass ");
    CHECK(play(Dialect::unbound, {question, "all ttl", insecure, answer}, bare).starts_with("fail line "));
}

TEST_CASE("replay shapes: ANY with many RRsets, and a type beside a CNAME, are answered whole") {
    const auto any = ask("many.shop.example.", RrType::ANY);
    CHECK(play(Dialect::unbound, {any, "rcode flags", secure}) == "pass ");
    auto all = zones::answer_from_zone(hierarchy(), name("shop.example."), dns::make_query(any, 1)).answer;
    CHECK(play(Dialect::deckard, {any, "all", secure, all}) == "pass ");
    dns::Message capped; // Unbound hands out the first 24 of them
    capped.answer = all;
    harness::replay::keep_first_sets(capped, 24);
    CHECK(dns::group(capped.answer).size() == 24);
    CHECK(play(Dialect::unbound, {any, "all", secure, capped.answer}) == "pass ");
    CHECK(play(Dialect::unbound, {any, "all", secure, all}).starts_with("fail line "));
    const auto question = ask("www.shop.example.", RrType::A);
    const auto answer =
        zones::answer_from_zone(hierarchy(), name("shop.example."), dns::make_query(question, 1)).answer;
    const std::string beside = "RANGE_BEGIN 0 100\nADDRESS 192.0.2.55\nENTRY_BEGIN\nMATCH opcode qtype qname\n"
                               "ADJUST copy_id\nREPLY QR NOERROR\nSECTION QUESTION\nwww.shop.example. IN A\n" +
                               records("ANSWER", answer) + "www.shop.example. IN CNAME elsewhere.example.\n" +
                               "ENTRY_END\nRANGE_END\n";
    CHECK(play(Dialect::unbound, {question, "rcode flags", secure}, beside) == "pass ");
}

TEST_CASE("replay shapes: a referral for a question without RD is none of a stub's business") {
    const std::string question = "SECTION QUESTION\nwww.shop.example. IN A\n";
    const auto anchor = dns::to_text(hierarchy().root_anchors().front());
    const auto text = [&](const std::string& flags) {
        return "server:\ntrust-anchor: \"" + anchor + "\"\nCONFIG_END\nSCENARIO_BEGIN referral\nSTEP 1 QUERY\n" +
               "ENTRY_BEGIN\nREPLY " + flags + "\n" + question + "ENTRY_END\nSTEP 2 CHECK_ANSWER\nENTRY_BEGIN\n" +
               "MATCH all\nREPLY QR NOERROR\n" + question +
               "SECTION AUTHORITY\nexample. IN NS ns.example.\nENTRY_END\n" + "SCENARIO_END\n";
    };
    const auto result = [&](const std::string& flags) {
        return harness::replay::play(harness::replay::read_rpl("r.rpl", text(flags)), {test::replay_now}).result;
    };
    CHECK(result("DO") == FileResult::skip);
    CHECK(result("RD DO") == FileResult::fail);
}
