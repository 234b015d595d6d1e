// DNAME: what it redirects, and the CNAME that it yields (RFC 6672).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const auto www = ask("www.old.example.", RrType::A);

struct Redirection {
    explicit Redirection(Desk& desk)
        : dname(desk.sign("old.example.", RrType::DNAME, {"new.example."}))
        , cname(unsigned_set("www.old.example.", RrType::CNAME, {"www.new.example."}))
        , target(desk.sign("www.new.example.", RrType::A, {"192.0.2.1"})) {}
    dns::SignedRrSet dname, cname, target;
};

} // namespace

TEST_CASE("V-199 DNAME is understood (RFC 6672 §5.3.4)", "[rules]") {
    Desk desk;
    const Redirection r(desk);
    SECTION("obeys: to data, to no data, to no name, and twice in a row") {
        expect_secure(desk.judge(www, desk.answer({r.dname, r.cname, r.target})));
        const auto nothing =
            desk.no_data({desk.nsec("www.new.example.", "x.new.example. TXT RRSIG NSEC")}, {r.dname, r.cname});
        expect_secure(desk.judge(www, nothing), AnswerKind::no_data);
        const auto nobody =
            desk.name_error({desk.nsec("new.example.", "x.new.example. TXT RRSIG NSEC")}, {r.dname, r.cname});
        expect_secure(desk.judge(www, nobody), AnswerKind::name_error);
        const auto again = desk.sign("new.example.", RrType::DNAME, {"newer.example."});
        const auto second = unsigned_set("www.new.example.", RrType::CNAME, {"www.newer.example."});
        const auto end = desk.sign("www.newer.example.", RrType::A, {"192.0.2.1"});
        const auto verdict = desk.judge(www, desk.answer({r.dname, r.cname, again, second, end}));
        expect_secure(verdict);
        CHECK(verdict.aliases.size() == 2);
    }
    SECTION("breaks: rrsig-bad-signature, the DNAME is forged") {
        auto forged = r.dname;
        forged.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(www, desk.answer({forged, r.cname, r.target})), "rrsig-bad-signature");
    }
}

TEST_CASE("V-200 the unsigned CNAME that a signed DNAME yields is covered by the DNAME's signature (RFC 4035 §4.8, RFC "
          "6672 §5.3.1)",
          "[rules]") {
    Desk desk;
    const Redirection r(desk);
    SECTION("obeys: with it, also where the CNAME itself is asked for") {
        expect_secure(desk.judge(www, desk.answer({r.dname, r.cname, r.target})));
        const auto verdict = desk.judge(ask("www.old.example.", RrType::CNAME), desk.answer({r.dname, r.cname}));
        expect_secure(verdict);
        REQUIRE(verdict.answer.size() == 2);
        CHECK(verdict.answer[0].set.type == RrType::DNAME);
        CHECK(verdict.answer[1].set.type == RrType::CNAME);
    }
    SECTION("breaks: rrsig-missing, without the DNAME nothing covers it") {
        expect_bogus(desk.judge(www, desk.answer({r.cname, r.target})), "rrsig-missing");
    }
}

TEST_CASE("V-201 the CNAME is computed anew from DNAME and name: another target is bogus (RFC 6672 §5.3.1, §5.3.4.3)",
          "[rules]") {
    Desk desk;
    const Redirection r(desk);
    const auto evil = desk.sign("evil.example.", RrType::A, {"192.0.2.66"});
    SECTION("obeys: the same target in letters of another case") {
        const auto loud = unsigned_set("www.old.example.", RrType::CNAME, {"WWW.New.Example."});
        expect_secure(desk.judge(www, desk.answer({r.dname, loud, r.target})));
    }
    SECTION("breaks: alias-target-differs") {
        const auto forged = unsigned_set("www.old.example.", RrType::CNAME, {"evil.example."});
        expect_bogus(desk.judge(www, desk.answer({r.dname, forged, evil})), "alias-target-differs");
        expect_bogus(desk.judge(ask("www.old.example.", RrType::CNAME), desk.answer({r.dname, forged})),
                     "alias-target-differs");
    }
    SECTION("breaks: rrsig-missing, a DNAME that is not above the name covers nothing") {
        const auto elsewhere = unsigned_set("www.example.", RrType::CNAME, {"evil.example."});
        expect_bogus(desk.judge(ask("www.example.", RrType::A), desk.answer({r.dname, elsewhere, evil})),
                     "rrsig-missing");
    }
}

TEST_CASE("V-202 a DNAME without its CNAME is followed all the same (RFC 6672 §3.4, §3.4.1)", "[rules]") {
    Desk desk;
    const Redirection r(desk);
    SECTION("obeys: with the target in the response, and without") {
        expect_secure(desk.judge(www, desk.answer({r.dname, r.target})));
        desk.record(ask("www.new.example.", RrType::A), desk.answer({r.target}));
        const auto verdict = desk.judge(www, desk.answer({r.dname}));
        expect_secure(verdict);
        CHECK(verdict.final_name == name("www.new.example."));
        CHECK(verdict.aliases.at(0).type == RrType::DNAME);
    }
    SECTION("breaks: rrsig-missing, an unsigned DNAME leads nowhere") {
        auto bare = r.dname;
        bare.signatures.clear();
        expect_bogus(desk.judge(www, desk.answer({bare, r.target})), "rrsig-missing");
    }
}

TEST_CASE("V-203 the synthesized CNAME has TTL 0 or that of the DNAME; either is fine (RFC 6672 §3.1)", "[rules]") {
    Desk desk;
    const Redirection r(desk);
    SECTION("obeys: 0, the DNAME's, and less") {
        for (const dns::Ttl ttl : {0u, 3600u, 17u}) {
            auto cname = r.cname;
            cname.set.ttl = ttl;
            const auto verdict = desk.judge(www, desk.answer({r.dname, cname, r.target}));
            expect_secure(verdict);
            CHECK(verdict.ttl == ttl);
        }
    }
    SECTION("breaks: more than the DNAME's is not believed") {
        auto cname = r.cname;
        cname.set.ttl = 86400;
        CHECK(desk.judge(www, desk.answer({r.dname, cname, r.target})).ttl == 3600);
    }
}

TEST_CASE("V-204 a substitution of more than 255 octets is YXDOMAIN, proven by the signed DNAME (RFC 6672 §2.2)",
          "[rules]") {
    Desk desk;
    const std::string label(62, 'x');
    auto dname = desk.sign("old.example.", RrType::DNAME, {label + "." + label + "." + label + ".example."});
    const auto question = ask(label + ".old.example.", RrType::A);
    const auto reply_with = [&](const dns::SignedRrSet& set) {
        auto reply = desk.answer({set});
        reply.rcode = dns::Rcode::YXDOMAIN;
        return reply;
    };
    SECTION("obeys: secure, with that RCODE, whatever the header says") {
        for (const auto& reply : {reply_with(dname), desk.answer({dname})}) {
            const auto verdict = desk.judge(question, reply);
            expect_secure(verdict, AnswerKind::failure);
            CHECK(verdict.rcode == dns::Rcode::YXDOMAIN);
            CHECK(verdict.answer.size() == 1);
        }
    }
    SECTION("breaks: rrsig-bad-signature; and rcode-unexpected where no DNAME explains it") {
        dname.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(question, reply_with(dname)), "rrsig-bad-signature");
        auto bare = desk.answer({});
        bare.rcode = dns::Rcode::YXDOMAIN;
        expect(desk.judge(question, bare), Security::indeterminate, "rcode-unexpected");
    }
    SECTION("breaks: dname-substitution-too-long, with a CNAME that cannot have been made") {
        const auto cname = unsigned_set(question.name.to_text(), RrType::CNAME, {"evil.example."});
        expect_bogus(desk.judge(question, desk.answer({dname, cname})), "dname-substitution-too-long");
    }
}

TEST_CASE("V-205 the owner of a DNAME is not redirected, at a zone's apex neither (RFC 6672 §2.3)", "[rules]") {
    Desk desk;
    const auto at_apex = desk.sign("example.", RrType::DNAME, {"elsewhere."});
    SECTION("obeys: other types at the apex answer, and are denied, as ever") {
        const auto mx = desk.sign("example.", RrType::MX, {"10 mail.elsewhere."});
        const auto verdict = desk.judge(ask("example.", RrType::MX), desk.answer({mx, at_apex}));
        expect_secure(verdict);
        CHECK(verdict.aliases.empty());
        const auto denial = desk.nsec("example.", "example. NS SOA MX DNAME RRSIG NSEC DNSKEY");
        expect_secure(desk.judge(ask("example.", RrType::A), desk.no_data({denial})), AnswerKind::no_data);
    }
    SECTION("obeys: names below it are") {
        Desk two({"example.", "elsewhere."});
        const auto dname = two.sign("example.", RrType::DNAME, {"elsewhere."});
        const auto end = two.sign("www.elsewhere.", RrType::A, {"192.0.2.1"});
        expect_secure(two.judge(ask("www.example.", RrType::A), two.answer({dname, end})));
    }
    SECTION("breaks: nsec-does-not-cover, a denial below it by the NSEC of the apex") {
        const auto denial = desk.nsec("example.", "example. NS SOA DNAME RRSIG NSEC DNSKEY");
        expect_bogus(desk.judge(ask("www.example.", RrType::A), desk.name_error({denial})), "nsec-does-not-cover");
    }
}

TEST_CASE("V-206 a DNAME made from a wildcard is refused (RFC 6672 §3.3)", "[rules]") {
    Desk desk;
    const auto made = desk.expand("old.example.", RrType::DNAME, {"new.example."}, 1);
    const auto denial = desk.nsec("a.example.", "p.example. A RRSIG NSEC");
    const Redirection r(desk);
    SECTION("obeys: the same one signed as it stands") {
        expect_secure(desk.judge(www, desk.answer({r.dname, r.cname, r.target}, {denial})));
    }
    SECTION("breaks: dname-from-wildcard, with Extended DNS Error 6") {
        const auto verdict = desk.judge(www, desk.answer({made, r.cname, r.target}, {denial}));
        expect_bogus(verdict, "dname-from-wildcard");
        CHECK(validator::info(verdict.reasons.front().code).ede == dns::EdeCode::dnssec_bogus);
    }
    SECTION("breaks: wildcard-expansion-not-proven, where the denial lacks besides") {
        expect_bogus(desk.judge(www, desk.answer({made, r.cname, r.target})), "wildcard-expansion-not-proven");
    }
    SECTION("breaks: dname-from-wildcard, whatever an unused RRSIG before the good one says") {
        auto two = made;
        two.signatures.insert(two.signatures.begin(), r.dname.signatures.front());
        two.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(www, desk.answer({two, r.cname, r.target}, {denial})), "dname-from-wildcard");
    }
}
