// Absence with NSEC3: the closest encloser, name error, no data, wildcards (RFC 5155 §8.3 to §8.8).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const std::vector<RrType> apex_types{RrType::NS, RrType::SOA, RrType::DNSKEY};
const auto deep = ask("a.b.example.", RrType::A); // closest encloser example., next closer b.example.
const auto b_txt = ask("b.example.", RrType::TXT);

// Records with names, so that a proof can be given whole or without one of them.
struct Proof {
    explicit Proof(Desk& desk)
        : encloser(desk.nsec3_match("example.", apex_types))
        , next_closer(desk.nsec3_cover("b.example."))
        , wildcard(desk.nsec3_cover("*.example."))
        , wildcard_without_type(desk.nsec3_match("*.example.", {RrType::MX})) {}
    dns::SignedRrSet encloser, next_closer, wildcard, wildcard_without_type;
};

} // namespace

TEST_CASE("V-170 the closest encloser is the longest ancestor that an NSEC3 matches (RFC 5155 §8.3)", "[rules]") {
    Desk desk;
    const Proof proof(desk);
    SECTION("obeys: the apex, and a longer one") {
        expect_secure(desk.judge(deep, desk.name_error({proof.encloser, proof.next_closer, proof.wildcard})),
                      AnswerKind::name_error);
        const auto longer = desk.name_error({proof.encloser, desk.nsec3_match("b.example.", {RrType::A}),
                                             desk.nsec3_cover("a.b.example."), desk.nsec3_cover("*.b.example.")});
        expect_secure(desk.judge(deep, longer), AnswerKind::name_error);
    }
    SECTION("breaks: nsec3-no-closest-encloser") {
        expect_bogus(desk.judge(deep, desk.name_error({proof.next_closer, proof.wildcard})),
                     "nsec3-no-closest-encloser");
    }
    SECTION("breaks: nsec3-wildcard-not-denied, the wildcard of a shorter ancestor than the closest is denied") {
        const auto reply = desk.name_error({proof.encloser, desk.nsec3_match("b.example.", {RrType::A}),
                                            desk.nsec3_cover("a.b.example."), proof.wildcard});
        expect_bogus(desk.judge(deep, reply), "nsec3-wildcard-not-denied");
    }
}

TEST_CASE("V-171 the next closer name is covered (RFC 5155 §8.3)", "[rules]") {
    Desk desk;
    const Proof proof(desk);
    SECTION("obeys: it is") {
        expect_secure(desk.judge(deep, desk.name_error({proof.encloser, proof.next_closer, proof.wildcard})),
                      AnswerKind::name_error);
    }
    SECTION("breaks: nsec3-does-not-cover, nothing covers it") {
        expect_bogus(desk.judge(deep, desk.name_error({proof.encloser, proof.wildcard})), "nsec3-does-not-cover");
    }
}

TEST_CASE("V-172 a matched ancestor without its next closer name covered is no proof (RFC 5155 §8.3)", "[rules]") {
    Desk desk;
    const Proof proof(desk);
    SECTION("obeys: with it") {
        expect_secure(desk.judge(deep, desk.name_error({proof.encloser, proof.next_closer, proof.wildcard})),
                      AnswerKind::name_error);
    }
    SECTION("breaks: nsec3-does-not-cover, the name itself is covered instead") {
        const auto reply = desk.name_error({proof.encloser, desk.nsec3_cover("a.b.example."), proof.wildcard});
        expect_bogus(desk.judge(deep, reply), "nsec3-does-not-cover");
    }
}

TEST_CASE("V-173 the NSEC3 of the closest encloser has no DNAME bit, and NS only with SOA (RFC 5155 §8.3)", "[rules]") {
    Desk desk;
    const auto judge = [&](std::vector<RrType> types) {
        return desk.judge(deep, desk.name_error({desk.nsec3_match("b.example.", std::move(types)),
                                                 desk.nsec3_cover("a.b.example."), desk.nsec3_cover("*.b.example.")}));
    };
    SECTION("obeys: other types, or NS with SOA") {
        expect_secure(judge({RrType::A, RrType::CNAME}), AnswerKind::name_error);
        expect_secure(judge({RrType::NS, RrType::SOA}), AnswerKind::name_error);
    }
    SECTION("breaks: nsec-from-parent-side") {
        expect_bogus(judge({RrType::DNAME}), "nsec-from-parent-side");
        expect_bogus(judge({RrType::NS}), "nsec-from-parent-side");
        expect_bogus(judge({RrType::NS, RrType::DS}), "nsec-from-parent-side");
    }
}

TEST_CASE(
    "V-174 the NSEC3 of a delegation denies nothing at or below it but DS, one with DNAME nothing below (RFC 6840 "
    "§4.1)",
    "[rules]") {
    Desk desk;
    const auto delegation = desk.nsec3_match("b.example.", {RrType::NS, RrType::RRSIG});
    const auto dname = desk.nsec3_match("b.example.", {RrType::DNAME, RrType::RRSIG});
    SECTION("obeys: DS at the delegation, types at the DNAME's owner") {
        expect_secure(desk.judge(ask("b.example.", RrType::DS), desk.no_data({delegation})), AnswerKind::no_data);
        expect_secure(desk.judge(b_txt, desk.no_data({dname})), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-from-parent-side, other types at the delegation") {
        expect_bogus(desk.judge(b_txt, desk.no_data({delegation})), "nsec-from-parent-side");
    }
    SECTION("breaks: nsec-from-parent-side, names below, also two levels down past a closer encloser") {
        const auto question = ask("x.a.b.example.", RrType::A);
        for (const auto& above : {delegation, dname}) {
            const auto reply =
                desk.name_error({above, desk.nsec3_match("a.b.example.", {RrType::A}),
                                 desk.nsec3_cover("x.a.b.example."), desk.nsec3_cover("*.a.b.example.")});
            expect_bogus(desk.judge(question, reply), "nsec-from-parent-side");
        }
    }
}

TEST_CASE("V-175 NXDOMAIN needs the closest encloser proof and the wildcard covered (RFC 5155 §8.4)", "[rules]") {
    Desk desk;
    const Proof proof(desk);
    SECTION("obeys: three records, in any order") {
        expect_secure(desk.judge(deep, desk.name_error({proof.wildcard, proof.next_closer, proof.encloser})),
                      AnswerKind::name_error);
    }
    SECTION("breaks: nsec3-wildcard-not-denied") {
        expect_bogus(desk.judge(deep, desk.name_error({proof.encloser, proof.next_closer})),
                     "nsec3-wildcard-not-denied");
    }
    SECTION("breaks: nsec3-wildcard-not-denied, also where opt-out covers the name") {
        const auto opt_out = desk.nsec3_cover("b.example.", {0, true});
        expect_bogus(desk.judge(deep, desk.name_error({proof.encloser, opt_out})), "nsec3-wildcard-not-denied");
    }
}

TEST_CASE("V-176 NODATA needs an NSEC3 that matches the name without the type and CNAME (RFC 5155 §8.5, RFC 6840 §4.3)",
          "[rules]") {
    Desk desk;
    SECTION("obeys: neither bit") {
        const auto reply = desk.no_data({desk.nsec3_match("b.example.", {RrType::A})});
        expect_secure(desk.judge(b_txt, reply), AnswerKind::no_data);
        const auto wrong_rcode = desk.name_error({desk.nsec3_match("b.example.", {RrType::A})});
        expect_secure(desk.judge(b_txt, wrong_rcode), AnswerKind::no_data);
    }
    SECTION("breaks: nsec3-type-present") {
        for (const RrType type : {RrType::TXT, RrType::CNAME}) {
            const auto reply = desk.no_data({desk.nsec3_match("b.example.", {type})});
            expect_bogus(desk.judge(b_txt, reply), "nsec3-type-present");
        }
    }
    SECTION("breaks: nsec-missing, no record at all") {
        expect_bogus(desk.judge(b_txt, desk.no_data({})), "nsec-missing");
    }
}

TEST_CASE("V-177 a matching NSEC3 with an empty bit map is an empty non-terminal (RFC 5155 §8.5, RFC 6840 §6.4)",
          "[rules]") {
    Desk desk;
    const auto empty = desk.nsec3_match("b.example.", {});
    SECTION("obeys: NODATA, NOERROR, under either RCODE") {
        for (const auto& reply : {desk.no_data({empty}), desk.name_error({empty})}) {
            const auto verdict = desk.judge(b_txt, reply);
            expect_secure(verdict, AnswerKind::no_data);
            CHECK(verdict.rcode == dns::Rcode::NOERROR);
        }
    }
    SECTION("breaks: nsec3-no-closest-encloser, at another name") {
        const auto reply = desk.no_data({desk.nsec3_match("c.example.", {})});
        expect_bogus(desk.judge(b_txt, reply), "nsec3-no-closest-encloser");
    }
}

TEST_CASE("V-178 NODATA for DS needs DS and CNAME clear in a matching NSEC3 (RFC 5155 §8.6)", "[rules]") {
    Desk desk;
    const auto ds = ask("b.example.", RrType::DS);
    const auto judge = [&](std::vector<RrType> types) {
        return desk.judge(ds, desk.no_data({desk.nsec3_match("b.example.", std::move(types))}));
    };
    SECTION("obeys: a delegation without DS, a name that is none, an empty non-terminal") {
        expect_secure(judge({RrType::NS}), AnswerKind::no_data);
        expect_secure(judge({RrType::A}), AnswerKind::no_data);
        expect_secure(judge({}), AnswerKind::no_data);
    }
    SECTION("breaks: nsec3-type-present") {
        expect_bogus(judge({RrType::NS, RrType::DS}), "nsec3-type-present");
        expect_bogus(judge({RrType::CNAME}), "nsec3-type-present");
    }
    SECTION("breaks: nsec-from-parent-side, the child's own record") {
        expect_bogus(judge({RrType::NS, RrType::SOA}), "nsec-from-parent-side");
    }
}

TEST_CASE("V-179 NODATA for DS without a match needs opt-out over the next closer name (RFC 5155 §8.6)", "[rules]") {
    Desk desk;
    const Proof proof(desk);
    const auto ds = ask("b.example.", RrType::DS);
    SECTION("obeys: with opt-out it is insecure, also for another type (an empty non-terminal of the span)") {
        const auto reply = desk.no_data({proof.encloser, desk.nsec3_cover("b.example.", {0, true})});
        expect_insecure(desk.judge(ds, reply), "nsec3-opt-out-span");
        expect_insecure(desk.judge(b_txt, reply), "nsec3-opt-out-span");
    }
    SECTION("breaks: nsec3-does-not-cover, no opt-out") {
        const auto verdict = desk.judge(ds, desk.no_data({proof.encloser, proof.next_closer}));
        expect_bogus(verdict, "nsec3-does-not-cover");
        CHECK(validator::info(verdict.reasons.front().code).ede == dns::EdeCode::dnssec_bogus);
    }
    SECTION("breaks: nsec3-no-closest-encloser") {
        const auto reply = desk.no_data({desk.nsec3_cover("b.example.", {0, true})});
        expect_bogus(desk.judge(ds, reply), "nsec3-no-closest-encloser");
    }
}

TEST_CASE("V-180 wildcard NODATA needs the closest encloser proof and the wildcard without type and CNAME (RFC 5155 "
          "§8.7)",
          "[rules]") {
    Desk desk;
    const Proof proof(desk);
    SECTION("obeys: three records") {
        const auto reply = desk.no_data({proof.encloser, proof.next_closer, proof.wildcard_without_type});
        expect_secure(desk.judge(b_txt, reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec3-no-closest-encloser, nsec3-does-not-cover, each record lacking in turn") {
        expect_bogus(desk.judge(b_txt, desk.no_data({proof.next_closer, proof.wildcard_without_type})),
                     "nsec3-no-closest-encloser");
        expect_bogus(desk.judge(b_txt, desk.no_data({proof.encloser, proof.wildcard_without_type})),
                     "nsec3-does-not-cover");
        expect_bogus(desk.judge(b_txt, desk.no_data({proof.encloser, proof.next_closer})), "nsec3-does-not-cover");
    }
    SECTION("breaks: nsec3-type-present, with and without opt-out") {
        for (const RrType type : {RrType::TXT, RrType::CNAME}) {
            for (const bool opt_out : {false, true}) {
                const auto reply = desk.no_data({proof.encloser, desk.nsec3_cover("b.example.", {0, opt_out}),
                                                 desk.nsec3_match("*.example.", {type})});
                expect_bogus(desk.judge(b_txt, reply), "nsec3-type-present");
            }
        }
    }
}

TEST_CASE("V-181 an answer from a wildcard needs the next closer name covered, and no match (RFC 5155 §8.8)",
          "[rules]") {
    Desk desk;
    const auto made = desk.expand("a.b.example.", RrType::A, {"192.0.2.1"}, 1); // from *.example.
    const auto judge = [&](const Sets& authority) { return desk.judge(deep, desk.answer({made}, authority)); };
    SECTION("obeys: one record") { expect_secure(judge({desk.nsec3_cover("b.example.")})); }
    SECTION("obeys: whatever the RCODE says, the data is there") {
        auto reply = desk.answer({made}, {desk.nsec3_cover("b.example.")});
        reply.rcode = dns::Rcode::NXDOMAIN;
        const auto verdict = desk.judge(deep, reply);
        expect_secure(verdict);
        CHECK(verdict.rcode == dns::Rcode::NOERROR);
    }
    SECTION("breaks: wildcard-expansion-not-proven, nothing, or only the name itself is covered") {
        expect_bogus(judge({}), "wildcard-expansion-not-proven");
        expect_bogus(judge({desk.nsec3_cover("a.b.example.")}), "wildcard-expansion-not-proven");
        expect_bogus(judge({desk.nsec3_match("b.example.", {RrType::A})}), "wildcard-expansion-not-proven");
    }
}
