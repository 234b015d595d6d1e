// Questions for ANY (RFC 6840 §4.2, RFC 8482).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const auto any = ask("www.example.", RrType::ANY);

} // namespace

TEST_CASE("V-207 of ANY every RRset at the name is validated, and one failure is bogus (RFC 6840 §4.2)", "[rules]") {
    Desk desk;
    const auto a = desk.sign("www.example.", RrType::A, {"192.0.2.1"});
    auto mx = desk.sign("www.example.", RrType::MX, {"10 mail.example."});
    const auto nsec = desk.nsec("www.example.", "x.example. A MX RRSIG NSEC");
    SECTION("obeys: all are good") {
        const auto verdict = desk.judge(any, desk.answer({a, mx, nsec}));
        expect_secure(verdict);
        CHECK(verdict.answer.size() == 3);
        CHECK(verdict.verifications == 4);
    }
    SECTION("obeys: an alias is an answer; what stands behind it is validated with it") {
        const auto alias = desk.sign("www.example.", RrType::CNAME, {"x.example."});
        const auto behind = desk.sign("x.example.", RrType::A, {"192.0.2.1"});
        const auto alone = desk.judge(any, desk.answer({alias}));
        expect_secure(alone);
        CHECK(alone.aliases.empty());
        const auto both = desk.judge(any, desk.answer({alias, behind}));
        expect_secure(both);
        CHECK(both.answer.size() == 2);
        auto bare = behind;
        bare.signatures.clear();
        expect_bogus(desk.judge(any, desk.answer({alias, bare})), "rrsig-missing");
    }
    SECTION("obeys: below a DNAME, with the CNAME that it yields and without") {
        const auto below = ask("www.old.example.", RrType::ANY);
        const auto dname = desk.sign("old.example.", RrType::DNAME, {"new.example."});
        const auto made = unsigned_set("www.old.example.", RrType::CNAME, {"www.new.example."});
        const auto end = desk.sign("www.new.example.", RrType::A, {"192.0.2.1"});
        for (const auto& reply :
             {desk.answer({dname, made, end}), desk.answer({dname, end}), desk.answer({dname, made})})
            expect_secure(desk.judge(below, reply));
        CHECK(desk.judge(below, desk.answer({dname, made, end})).answer.size() == 3);
    }
    SECTION("breaks: rrsig-bad-signature, rrsig-missing") {
        mx.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(any, desk.answer({a, mx})), "rrsig-bad-signature");
        mx.signatures.clear();
        expect_bogus(desk.judge(any, desk.answer({a, mx})), "rrsig-missing");
    }
    SECTION("breaks: alias-target-differs, below a DNAME") {
        const auto dname = desk.sign("old.example.", RrType::DNAME, {"new.example."});
        const auto forged = unsigned_set("www.old.example.", RrType::CNAME, {"evil.example."});
        expect_bogus(desk.judge(ask("www.old.example.", RrType::ANY), desk.answer({dname, forged})),
                     "alias-target-differs");
    }
}

TEST_CASE("V-208 ANY without any RRset needs the proof that there is none (RFC 6840 §4.2)", "[rules]") {
    Desk desk;
    SECTION("obeys: no name, and a name without data; with NSEC and with NSEC3") {
        const auto nobody = desk.name_error({desk.nsec("example.", "x.example. SOA NS RRSIG NSEC")});
        expect_secure(desk.judge(any, nobody), AnswerKind::name_error);
        const auto nothing = desk.no_data({desk.nsec3_match("www.example.", {})});
        expect_secure(desk.judge(any, nothing), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-type-present and nsec3-type-present, there is data; nsec-missing, no proof") {
        const auto nsec = desk.no_data({desk.nsec("www.example.", "x.example. A RRSIG NSEC")});
        expect_bogus(desk.judge(any, nsec), "nsec-type-present");
        expect_bogus(desk.judge(any, desk.no_data({desk.nsec3_match("www.example.", {RrType::A})})),
                     "nsec3-type-present");
        expect_bogus(desk.judge(any, desk.no_data({})), "nsec-missing");
    }
    SECTION("breaks: wildcard-expansion-not-proven, a wildcard's data without its denial") {
        const auto made = desk.expand("www.example.", RrType::A, {"192.0.2.1"}, 1);
        expect_bogus(desk.judge(any, desk.answer({made})), "wildcard-expansion-not-proven");
        expect_secure(desk.judge(any, desk.answer({made}, {desk.nsec3_cover("www.example.")})));
    }
}

TEST_CASE(
    "V-209 ANY may be answered with a part, or with HINFO: no absence follows (RFC 6840 §4.2, RFC 8482 §4.1, §4.2)",
    "[rules]") {
    Desk desk;
    SECTION("obeys: one RRset of many, and a signed HINFO") {
        expect_secure(desk.judge(any, desk.answer({desk.sign("www.example.", RrType::A, {"192.0.2.1"})})));
        const auto hinfo = desk.sign("www.example.", RrType::HINFO,
                                     {"\"RFC"
                                      "8482\" \"\""});
        expect_secure(desk.judge(any, desk.answer({hinfo})));
    }
    SECTION("obeys: of very many RRsets the first twelve are validated and given out") {
        Sets sets;
        for (std::uint16_t type = 300; type < 340; ++type) {
            dns::RrSet set(name("www.example."), static_cast<RrType>(type), 3600, {dns::Bytes{1, 2, 3}});
            sets.push_back(desk.zone().sign(set));
        }
        const auto verdict = desk.judge(any, desk.answer(sets));
        expect_secure(verdict);
        CHECK(verdict.answer.size() == 12);
        CHECK(verdict.verifications == 1 + 12);
    }
    SECTION("breaks: rrsig-missing, an HINFO made on the way is as bogus as other unsigned data") {
        const auto hinfo = unsigned_set("www.example.", RrType::HINFO,
                                        {"\"RFC"
                                         "8482\" \"\""});
        expect_bogus(desk.judge(any, desk.answer({hinfo})), "rrsig-missing");
    }
}
