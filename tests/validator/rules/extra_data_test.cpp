// What a response holds beside the answer, and what is given out of a bogus one (RFC 4035 §3.2.3, §5.5).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const auto www = ask("www.example.", RrType::A);

bool holds(const validator::Verdict& verdict, std::string_view owner) {
    for (const auto& set : verdict.answer)
        if (set.set.owner == name(owner)) return true;
    return false;
}

} // namespace

TEST_CASE("V-210 unsigned RRsets beside the answer change no verdict, and are not part of it (RFC 4035 §3.2.3)",
          "[rules]") {
    Desk desk;
    const auto a = desk.sign("www.example.", RrType::A, {"192.0.2.1"});
    const auto ns = unsigned_set("example.", RrType::NS, {"ns.evil."});
    const auto glue = unsigned_set("ns.evil.", RrType::A, {"192.0.2.66"});
    SECTION("obeys: in AUTHORITY, in ADDITIONAL, and unasked for in ANSWER") {
        auto reply = desk.answer({a, glue}, {ns});
        append(reply.additional, glue);
        const auto verdict = desk.judge(www, reply);
        expect_secure(verdict);
        CHECK(verdict.answer.size() == 1);
        CHECK_FALSE(holds(verdict, "ns.evil."));
    }
    SECTION("obeys: beside a denial") {
        const auto reply = desk.no_data({ns, desk.nsec("www.example.", "x.example. TXT RRSIG NSEC")});
        expect_secure(desk.judge(www, reply), AnswerKind::no_data);
    }
    SECTION("breaks: rrsig-missing, the answer itself unsigned, whatever signed data stands beside it") {
        const auto signed_ns = desk.sign("example.", RrType::NS, {"ns.example."});
        expect_bogus(
            desk.judge(www, desk.answer({unsigned_set("www.example.", RrType::A, {"192.0.2.1"})}, {signed_ns})),
            "rrsig-missing");
    }
    SECTION("breaks: rrsig-missing, the SOA of a denial: it decides how long that is kept") {
        auto reply = desk.answer({}, {desk.nsec("www.example.", "x.example. TXT RRSIG NSEC")});
        auto soa = desk.soa();
        soa.signatures.clear();
        append(reply.authority, soa);
        expect_bogus(desk.judge(www, reply), "rrsig-missing");
    }
}

TEST_CASE(
    "V-211 an RRset made from a wildcard in ADDITIONAL is not used at all; asked for, it needs its denial (RFC 4035 "
    "§5.3.4)",
    "[rules]") {
    Desk desk;
    const auto made = desk.expand("mail.example.", RrType::A, {"192.0.2.1"}, 1);
    SECTION("obeys: the answer is secure, the addition no part of it") {
        auto reply = desk.answer({desk.sign("www.example.", RrType::MX, {"10 mail.example."})});
        append(reply.additional, made);
        const auto verdict = desk.judge(ask("www.example.", RrType::MX), reply);
        expect_secure(verdict);
        CHECK_FALSE(holds(verdict, "mail.example."));
    }
    SECTION("breaks: wildcard-expansion-not-proven, as an answer") {
        expect_bogus(desk.judge(ask("mail.example.", RrType::A), desk.answer({made})), "wildcard-expansion-not-proven");
    }
}

TEST_CASE("V-212 of a bogus answer no data is given out (RFC 4035 §5.5)", "[rules]") {
    Desk desk;
    auto a = desk.sign("www.example.", RrType::A, {"192.0.2.1"});
    SECTION("obeys: secure data is") {
        const validator::Lookup lookup{www, desk.judge(www, desk.answer({a})), {}};
        CHECK_FALSE(lookup.is_error());
        CHECK(lookup.rdata().size() == 1);
        CHECK(lookup.verdict.ttl == 3600);
    }
    SECTION("breaks: rrsig-bad-signature") {
        a.signatures.front().back() ^= 1;
        const validator::Lookup lookup{www, desk.judge(www, desk.answer({a})), {}};
        expect_bogus(lookup.verdict, "rrsig-bad-signature");
        CHECK(lookup.is_error());
        CHECK(lookup.rdata().empty());
        CHECK(lookup.verdict.ttl == 0);
    }
}

TEST_CASE("V-213 records of another class than the question's are not used (RFC 4035 §5.3.1)", "[rules]") {
    Desk desk;
    const auto a = desk.sign("www.example.", RrType::A, {"192.0.2.1"});
    auto reply = desk.answer({a});
    const auto to_chaos = [](std::vector<dns::Record>& section, bool rrsigs_only) {
        for (dns::Record& record : section)
            if (!rrsigs_only || record.type == RrType::RRSIG) record.rr_class = dns::RrClass::CH;
    };
    SECTION("obeys: all of class IN") { expect_secure(desk.judge(www, reply)); }
    SECTION("breaks: rrsig-missing, the RRSIG is of another class") {
        to_chaos(reply.answer, true);
        expect_bogus(desk.judge(www, reply), "rrsig-missing");
    }
    SECTION("breaks: denial-unsigned, the RRset is of another class: nothing is left") {
        to_chaos(reply.answer, false);
        expect_bogus(desk.judge(www, reply), "denial-unsigned");
    }
    SECTION("breaks: no-trust-anchor, a question of another class has no anchor") {
        const dns::Question chaos(name("www.example."), RrType::A, dns::RrClass::CH);
        to_chaos(reply.answer, false);
        expect_insecure(desk.judge(chaos, reply), "no-trust-anchor");
    }
}
