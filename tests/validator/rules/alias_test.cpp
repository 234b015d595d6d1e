// Chains of aliases: each link on its own, and what they come to together (RFC 6672 §5.3.3, RFC 4035 §5.3.4).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const auto www = ask("www.example.", RrType::A);

// example. and other. are signed; plain.example. is delegated without DS.
Desk three_zones() {
    Desk desk({"example.", "other."});
    desk.record(ask("plain.example.", RrType::DS),
                desk.no_data({desk.nsec("plain.example.", "q.example. NS RRSIG NSEC")}));
    return desk;
}

} // namespace

TEST_CASE("V-192 each link is validated in its own zone, and the weakest is the verdict (RFC 6672 §5.3.3)", "[rules]") {
    Desk desk = three_zones();
    auto alias = desk.sign("www.example.", RrType::CNAME, {"www.other."});
    auto target = desk.sign("www.other.", RrType::A, {"192.0.2.1"});
    SECTION("obeys: two zones, in one response and in pieces") {
        expect_secure(desk.judge(www, desk.answer({alias, target})));
        desk.record(ask("www.other.", RrType::A), desk.answer({target}));
        const auto verdict = desk.judge(www, desk.answer({alias}));
        expect_secure(verdict);
        CHECK(verdict.final_name == name("www.other."));
    }
    SECTION("breaks: rrsig-bad-signature, in the first link and in the last") {
        auto bad_alias = alias, bad_target = target;
        bad_alias.signatures.front().back() ^= 1;
        bad_target.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(www, desk.answer({bad_alias, target})), "rrsig-bad-signature");
        expect_bogus(desk.judge(www, desk.answer({alias, bad_target})), "rrsig-bad-signature");
    }
    SECTION("breaks: rrsig-missing, an insecure link before it does not excuse a bogus one") {
        const auto unsigned_alias = unsigned_set("www.plain.example.", RrType::CNAME, {"www.other."});
        target.signatures.clear();
        expect_bogus(desk.judge(ask("www.plain.example.", RrType::A), desk.answer({unsigned_alias, target})),
                     "rrsig-missing");
    }
}

TEST_CASE("V-193 behind an insecure link all is insecure (RFC 7672 §2.1.3, RFC 4035 §3.2.3)", "[rules]") {
    Desk desk = three_zones();
    const auto into = desk.sign("www.example.", RrType::CNAME, {"www.plain.example."});
    const auto plain = unsigned_set("www.plain.example.", RrType::A, {"192.0.2.1"});
    const auto back = unsigned_set("www.plain.example.", RrType::CNAME, {"www.other."});
    const auto secure_end = desk.sign("www.other.", RrType::A, {"192.0.2.1"});
    SECTION("obeys: secure all along") {
        const auto alias = desk.sign("www.example.", RrType::CNAME, {"www.other."});
        expect_secure(desk.judge(www, desk.answer({alias, secure_end})));
    }
    SECTION("breaks: delegation-insecure, at the end of the chain and in its middle") {
        expect_insecure(desk.judge(www, desk.answer({into, plain})), "delegation-insecure");
        const auto verdict = desk.judge(www, desk.answer({into, back, secure_end}));
        expect_insecure(verdict, "delegation-insecure");
        REQUIRE(verdict.aliases.size() == 2);
        CHECK(verdict.aliases[0].security == Security::secure);
        CHECK(verdict.aliases[1].security == Security::insecure);
    }
    SECTION("breaks: delegation-insecure, made-up RRSIGs in the unsigned zone change nothing") {
        const auto fake = desk.zone(0).sign(rrset("www.plain.example.", RrType::A, {"192.0.2.1"}), {},
                                            [](dns::Rrsig& r) { r.signature[5] ^= 1; });
        expect_insecure(desk.judge(www, desk.answer({into, fake})), "delegation-insecure");
    }
}

TEST_CASE("V-194 loops and long chains end (RFC 6672 §2.2, RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    const auto chain_of = [&](int links) {
        Sets sets;
        for (int i = 0; i < links; ++i)
            sets.push_back(desk.sign("n" + std::to_string(i) + ".example.", RrType::CNAME,
                                     {"n" + std::to_string(i + 1) + ".example."}));
        sets.push_back(desk.sign("n" + std::to_string(links) + ".example.", RrType::A, {"192.0.2.1"}));
        return desk.judge(ask("n0.example.", RrType::A), desk.answer(sets));
    };
    SECTION("obeys: eleven links") { expect_secure(chain_of(11)); }
    SECTION("breaks: alias-chain-too-long, twelve") {
        expect(chain_of(12), Security::indeterminate, "alias-chain-too-long");
    }
    SECTION("breaks: alias-loop, of one link, of two, and across responses") {
        const auto self = desk.sign("www.example.", RrType::CNAME, {"www.example."});
        expect(desk.judge(www, desk.answer({self})), Security::indeterminate, "alias-loop");
        const auto there = desk.sign("www.example.", RrType::CNAME, {"x.example."});
        const auto back = desk.sign("x.example.", RrType::CNAME, {"WWW.example."});
        expect(desk.judge(www, desk.answer({there, back})), Security::indeterminate, "alias-loop");
        desk.record(ask("x.example.", RrType::A), desk.answer({back}));
        const auto verdict = desk.judge(www, desk.answer({there}));
        expect(verdict, Security::indeterminate, "alias-loop");
        CHECK(verdict.questions == 3);
    }
}

TEST_CASE(
    "V-195 a CNAME beside other data, or two of them, is the zone's fault: the wanted type answers (RFC 4035 §2.5)",
    "[rules]") {
    Desk desk;
    const auto alias = desk.sign("www.example.", RrType::CNAME, {"x.example."});
    const auto data = desk.sign("www.example.", RrType::A, {"192.0.2.1"});
    SECTION("obeys: in either order, and without following the alias") {
        for (const auto& reply : {desk.answer({alias, data}), desk.answer({data, alias})}) {
            const auto verdict = desk.judge(www, reply);
            expect_secure(verdict);
            CHECK(verdict.aliases.empty());
            CHECK(verdict.answer.size() == 1);
        }
    }
    SECTION("obeys: of two CNAMEs under one signature the first is followed") {
        const auto two = desk.sign("www.example.", RrType::CNAME, {"x.example.", "y.example."});
        const auto end = desk.sign("x.example.", RrType::A, {"192.0.2.1"});
        expect_secure(desk.judge(www, desk.answer({two, end})));
    }
    SECTION("breaks: rrsig-missing, the wanted type unsigned beside a signed CNAME") {
        auto bare = data;
        bare.signatures.clear();
        expect_bogus(desk.judge(www, desk.answer({alias, bare})), "rrsig-missing");
    }
    SECTION("breaks: rrsig-bad-signature, a second CNAME added to a signed one") {
        auto two = alias;
        two.set.rdata.push_back(rrset("www.example.", RrType::CNAME, {"evil.example."}).rdata.front());
        expect_bogus(desk.judge(www, desk.answer({two, desk.sign("x.example.", RrType::A, {"192.0.2.1"})})),
                     "rrsig-bad-signature");
    }
}

TEST_CASE("V-196 asked for CNAME or DNAME, the record itself answers (RFC 1034 §3.6.2, RFC 6672 §2.2)", "[rules]") {
    Desk desk;
    const auto alias = desk.sign("www.example.", RrType::CNAME, {"x.example."});
    const auto dname = desk.sign("old.example.", RrType::DNAME, {"new.example."});
    SECTION("obeys: neither is followed, whatever else the server sent") {
        const auto more = desk.sign("x.example.", RrType::A, {"192.0.2.1"});
        const auto of_cname = desk.judge(ask("www.example.", RrType::CNAME), desk.answer({alias, more}));
        expect_secure(of_cname);
        CHECK(of_cname.aliases.empty());
        CHECK(of_cname.answer.size() == 1);
        const auto of_dname = desk.judge(ask("old.example.", RrType::DNAME), desk.answer({dname}));
        expect_secure(of_dname);
        CHECK(of_dname.final_name == name("old.example."));
    }
    SECTION("obeys: a DNAME asked for below another one is redirected by that") {
        const auto question = ask("a.old.example.", RrType::DNAME);
        const auto target = desk.sign("a.new.example.", RrType::DNAME, {"newer.example."});
        const auto verdict = desk.judge(question, desk.answer({dname, target}));
        expect_secure(verdict);
        CHECK(verdict.final_name == name("a.new.example."));
    }
    SECTION("breaks: rrsig-bad-signature, the record itself is forged") {
        auto forged = alias;
        forged.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(ask("www.example.", RrType::CNAME), desk.answer({forged})), "rrsig-bad-signature");
    }
}

TEST_CASE("V-197 NXDOMAIN with a chain denies the last name of the chain (RFC 8020 §2)", "[rules]") {
    Desk desk;
    const auto alias = desk.sign("www.example.", RrType::CNAME, {"x.example."});
    const auto denial = desk.nsec("w.example.", "z.example. A RRSIG NSEC");
    const auto wildcard = desk.nsec("example.", "a.example. SOA NS RRSIG NSEC");
    SECTION("obeys: the target is denied, under NXDOMAIN and under NOERROR") {
        for (const bool name_error : {true, false}) {
            const auto reply =
                name_error
                    ? desk.name_error({desk.nsec("www.example.", "z.example. CNAME RRSIG NSEC"), wildcard}, {alias})
                    : desk.no_data({denial, wildcard}, {alias});
            const auto verdict = desk.judge(www, reply);
            expect_secure(verdict, AnswerKind::name_error);
            CHECK(verdict.final_name == name("x.example."));
            CHECK(verdict.rcode == dns::Rcode::NXDOMAIN);
        }
    }
    SECTION("obeys: NXDOMAIN where the target's own response has the data") {
        desk.record(ask("x.example.", RrType::A), desk.answer({desk.sign("x.example.", RrType::A, {"192.0.2.1"})}));
        expect_secure(desk.judge(www, desk.name_error({}, {alias})));
    }
    SECTION("breaks: nsec-does-not-cover, the alias itself is denied instead") {
        const auto of_alias = desk.nsec("wa.example.", "wx.example. A RRSIG NSEC");
        desk.record(ask("x.example.", RrType::A), desk.name_error({of_alias, wildcard}));
        expect_bogus(desk.judge(www, desk.name_error({of_alias, wildcard}, {alias})), "nsec-does-not-cover");
    }
}

TEST_CASE("V-198 each link made from a wildcard brings its own denial (RFC 7129 §5.4, RFC 4035 §5.3.4)", "[rules]") {
    Desk desk({"example.", "other."});
    const auto question = ask("a.example.", RrType::A);
    const auto alias = desk.expand("a.example.", RrType::CNAME, {"b.other."}, 1);
    const auto target = desk.expand("b.other.", RrType::A, {"192.0.2.1"}, 1);
    const auto denies_a = desk.nsec("0.example.", "c.example. A RRSIG NSEC");
    const auto denies_b = desk.nsec("0.other.", "c.other. A RRSIG NSEC");
    SECTION("obeys: both denials, in one response and in two") {
        expect_secure(desk.judge(question, desk.answer({alias, target}, {denies_a, denies_b})));
        desk.record(ask("b.other.", RrType::A), desk.answer({target}, {denies_b}));
        expect_secure(desk.judge(question, desk.answer({alias}, {denies_a})));
        // The whole answer, but the denial of the first link alone: the target's own response has the other.
        expect_secure(desk.judge(question, desk.answer({alias, target}, {denies_a})));
    }
    SECTION("breaks: wildcard-expansion-not-proven, the one or the other is nowhere to be had") {
        desk.record(ask("b.other.", RrType::A), desk.answer({target}));
        expect_bogus(desk.judge(question, desk.answer({alias, target}, {denies_a})), "wildcard-expansion-not-proven");
        expect_bogus(desk.judge(question, desk.answer({alias, target}, {denies_b})), "wildcard-expansion-not-proven");
    }
    SECTION("breaks: nsec3-opt-out-span, a denial with opt-out makes the whole chain insecure") {
        const auto opt_out = desk.nsec3_cover("a.example.", {0, true});
        expect_insecure(desk.judge(question, desk.answer({alias, target}, {opt_out, denies_b})), "nsec3-opt-out-span");
    }
}
