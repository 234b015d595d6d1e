// Where NSEC3 leads to "insecure": unsigned delegations, opt-out, iterations (RFC 5155 §8.9, §9.2, RFC 9276 §3.2).
#include "tests/validator/rules/desk.h"

using namespace test;
using dns::EdeCode;

namespace {

const std::vector<RrType> apex_types{RrType::NS, RrType::SOA, RrType::DNSKEY};
const auto below = ask("www.sub.example.", RrType::A);
const auto b_txt = ask("b.example.", RrType::TXT);

// Unsigned data below sub.example., whose DS is answered with these records.
validator::Verdict judge_cut(Desk& desk, const Sets& denial) {
    desk.record(ask("sub.example.", RrType::DS), desk.no_data(denial));
    return desk.judge(below, desk.answer({unsigned_set("www.sub.example.", RrType::A, {"192.0.2.1"})}));
}

bool has_ede(const validator::Verdict& verdict, EdeCode code) {
    return std::any_of(verdict.reasons.begin(), verdict.reasons.end(),
                       [&](const validator::Reason& r) { return validator::info(r.code).ede == code; });
}

} // namespace

TEST_CASE("V-182 an NSEC3 that matches the delegation has NS, and neither DS nor SOA (RFC 5155 §8.9)", "[rules]") {
    Desk desk;
    const auto judge = [&](std::vector<RrType> types) {
        return judge_cut(desk, {desk.nsec3_match("sub.example.", std::move(types))});
    };
    SECTION("obeys: NS alone") { expect_insecure(judge({RrType::NS}), "delegation-insecure"); }
    SECTION("breaks: rrsig-missing, without NS there is no delegation, so the data must be signed") {
        expect_bogus(judge({RrType::A}), "rrsig-missing");
    }
    SECTION("breaks: nsec3-type-present, nsec-from-parent-side") {
        expect_bogus(judge({RrType::NS, RrType::DS}), "nsec3-type-present");
        expect_bogus(judge({RrType::NS, RrType::SOA}), "nsec-from-parent-side");
    }
}

TEST_CASE("V-183 without a match: closest encloser proof and opt-out over the next closer name (RFC 5155 §8.9)",
          "[rules]") {
    Desk desk;
    const auto encloser = desk.nsec3_match("example.", apex_types);
    const auto opt_out = desk.nsec3_cover("sub.example.", {0, true});
    SECTION("obeys: both") { expect_insecure(judge_cut(desk, {encloser, opt_out}), "delegation-insecure-opt-out"); }
    SECTION("breaks: nsec3-no-closest-encloser, nsec3-does-not-cover") {
        expect_bogus(judge_cut(desk, {opt_out}), "nsec3-no-closest-encloser");
        expect_bogus(judge_cut(desk, {encloser}), "nsec3-does-not-cover");
    }
    SECTION("breaks: rrsig-missing, covered without opt-out there is no such name to delegate") {
        expect_bogus(judge_cut(desk, {encloser, desk.nsec3_cover("sub.example.")}), "rrsig-missing");
    }
    SECTION("breaks: rrsig-bad-signature, an opt-out record that is not itself valid proves nothing") {
        auto forged = opt_out;
        forged.signatures.front().back() ^= 1;
        expect_bogus(judge_cut(desk, {encloser, forged}), "rrsig-bad-signature");
    }
}

TEST_CASE("V-184 a denial over an opt-out span is not secure, whatever the type (RFC 5155 §9.2)", "[rules]") {
    Desk desk;
    const auto encloser = desk.nsec3_match("example.", apex_types);
    const auto wildcard = desk.nsec3_cover("*.example.");
    const auto cover = [&](bool opt_out) { return desk.nsec3_cover("b.example.", {0, opt_out}); };
    SECTION("obeys: without opt-out the name error is secure") {
        expect_secure(desk.judge(b_txt, desk.name_error({encloser, wildcard, cover(false)})), AnswerKind::name_error);
    }
    SECTION("breaks: nsec3-opt-out-span, name error and NODATA, also for NS") {
        expect_insecure(desk.judge(b_txt, desk.name_error({encloser, wildcard, cover(true)})), "nsec3-opt-out-span");
        for (const RrType type : {RrType::NS, RrType::A, RrType::DS}) {
            const auto verdict = desk.judge(ask("b.example.", type), desk.no_data({encloser, cover(true)}));
            expect_insecure(verdict, "nsec3-opt-out-span");
            CHECK(verdict.kind == AnswerKind::no_data);
        }
    }
}

TEST_CASE("V-185 an opt-out span asserts nothing about delegations: wildcard answers over it are insecure, and what is "
          "kept of it expires (RFC 5155 §6, §12.2)",
          "[rules]") {
    Desk desk;
    const auto made = desk.expand("b.example.", RrType::TXT, {"\"x\""}, 1);
    SECTION("obeys: without opt-out the answer is secure, and kept no longer than its denial") {
        auto cover = desk.nsec3_cover("b.example.");
        cover.set.ttl = 60;
        const auto verdict = desk.judge(b_txt, desk.answer({made}, {cover}));
        expect_secure(verdict);
        CHECK(verdict.ttl == 60);
    }
    SECTION("breaks: nsec3-opt-out-span") {
        const auto reply = desk.answer({made}, {desk.nsec3_cover("b.example.", {0, true})});
        expect_insecure(desk.judge(b_txt, reply), "nsec3-opt-out-span");
    }
    SECTION("breaks: nsec3-opt-out-span, a name error is not kept longer than the record says") {
        auto cover = desk.nsec3_cover("b.example.", {0, true});
        cover.set.ttl = 60;
        const auto reply =
            desk.name_error({desk.nsec3_match("example.", apex_types), cover, desk.nsec3_cover("*.example.")});
        const auto verdict = desk.judge(b_txt, reply);
        expect_insecure(verdict, "nsec3-opt-out-span");
        CHECK(verdict.ttl == 60);
    }
}

TEST_CASE("V-186 iterations above the limit are never secure (RFC 9276 §3.2, RFC 5155 §10.3)", "[rules]") {
    Desk desk;
    const auto judge = [&](std::uint16_t iterations) {
        return desk.judge(b_txt, desk.no_data({desk.nsec3_match("b.example.", {RrType::A}, {iterations})}));
    };
    SECTION("obeys: up to the limit they are computed") {
        expect_secure(judge(0), AnswerKind::no_data);
        expect_secure(judge(50), AnswerKind::no_data);
        desk.policy.limits.nsec3_iterations = 0;
        expect_secure(judge(0), AnswerKind::no_data);
    }
    SECTION("breaks: nsec3-iterations-too-high, and nothing is computed") {
        for (const std::uint16_t iterations : {std::uint16_t{51}, std::uint16_t{150}, std::uint16_t{65535}}) {
            const auto verdict = judge(iterations);
            expect_insecure(verdict, "nsec3-iterations-too-high");
            CHECK(verdict.nsec3_hashes == 0);
        }
        desk.policy.limits.nsec3_iterations = 0;
        expect_insecure(judge(1), "nsec3-iterations-too-high");
    }
}

TEST_CASE("V-187 insecure because of iterations only after the signature over the NSEC3 was found good (RFC 9276 §3.2)",
          "[rules]") {
    Desk desk;
    auto record = desk.nsec3_match("b.example.", {RrType::A}, {2500});
    SECTION("obeys: verified") {
        const auto verdict = desk.judge(b_txt, desk.no_data({record}));
        expect_insecure(verdict, "nsec3-iterations-too-high");
        CHECK(verdict.verifications == 3); // DNSKEY, NSEC3, SOA
    }
    SECTION("breaks: rrsig-bad-signature, and rrsig-missing") {
        record.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(b_txt, desk.no_data({record})), "rrsig-bad-signature");
        record.signatures.clear();
        expect_bogus(desk.judge(b_txt, desk.no_data({record})), "rrsig-missing");
    }
}

TEST_CASE("V-188 there is one limit for iterations: no second one above which the answer is refused (RFC 9276 §4)",
          "[rules]") {
    Desk desk;
    const auto judge = [&](std::uint16_t iterations) {
        return desk.judge(b_txt, desk.no_data({desk.nsec3_match("b.example.", {RrType::A}, {iterations})}));
    };
    SECTION("obeys: insecure just above the limit and at the largest number") {
        CHECK(judge(51).security == Security::insecure);
        CHECK(judge(65535).security == Security::insecure);
    }
    SECTION("breaks: nsec3-iterations-too-high does not excuse a denial that a chain within the limit contradicts") {
        const auto both = desk.no_data(
            {desk.nsec3_match("b.example.", {RrType::TXT}, {1}), desk.nsec3_match("b.example.", {RrType::A}, {2500})});
        expect_bogus(desk.judge(b_txt, both), "nsec3-type-present");
    }
}

TEST_CASE("V-189 insecure because of iterations carries the Extended DNS Error 27 (RFC 9276 §3.2)", "[rules]") {
    Desk desk;
    SECTION("obeys: first of the codes") {
        const auto reply = desk.no_data({desk.nsec3_match("b.example.", {RrType::A}, {51})});
        const auto verdict = desk.judge(b_txt, reply);
        REQUIRE(verdict.security == Security::insecure);
        CHECK(validator::info(verdict.reasons.front().code).ede == EdeCode::unsupported_nsec3_iterations);
        CHECK(static_cast<int>(EdeCode::unsupported_nsec3_iterations) == 27);
    }
    SECTION("breaks: within the limit there is no such code") {
        const auto reply = desk.no_data({desk.nsec3_match("b.example.", {RrType::A}, {50})});
        CHECK_FALSE(has_ede(desk.judge(b_txt, reply), EdeCode::unsupported_nsec3_iterations));
    }
}

TEST_CASE("V-190 no Extended DNS Error 27 where the records were not validated (RFC 9276 §3.2)", "[rules]") {
    Desk desk;
    auto record = desk.nsec3_match("b.example.", {RrType::A}, {51});
    SECTION("obeys: a bad signature gives 6") {
        record.signatures.front().back() ^= 1;
        const auto verdict = desk.judge(b_txt, desk.no_data({record}));
        CHECK(verdict.security == Security::bogus);
        CHECK(has_ede(verdict, EdeCode::dnssec_bogus));
        CHECK_FALSE(has_ede(verdict, EdeCode::unsupported_nsec3_iterations));
    }
    SECTION("breaks: validated, it gives 27") {
        CHECK(has_ede(desk.judge(b_txt, desk.no_data({record})), EdeCode::unsupported_nsec3_iterations));
    }
}

TEST_CASE("V-191 the limit holds in proofs of insecure delegations too (RFC 9276 §3.2)", "[rules]") {
    Desk desk;
    const auto denial = [&](std::uint16_t iterations) {
        return Sets{desk.nsec3_match("sub.example.", {RrType::NS}, {iterations})};
    };
    SECTION("obeys: within the limit the delegation is proven") {
        const auto verdict = judge_cut(desk, denial(50));
        expect_insecure(verdict, "delegation-insecure");
        CHECK(verdict.nsec3_hashes == 1);
    }
    SECTION("breaks: nsec3-iterations-too-high, without one hash (CVE-2026-1519)") {
        for (const std::uint16_t iterations : {std::uint16_t{51}, std::uint16_t{65535}}) {
            const auto verdict = judge_cut(desk, denial(iterations));
            expect_insecure(verdict, "nsec3-iterations-too-high");
            CHECK(verdict.nsec3_hash_blocks == 0);
        }
    }
    SECTION("breaks: rrsig-bad-signature, where the record is not valid") {
        auto forged = denial(51);
        forged.front().signatures.front().back() ^= 1;
        expect_bogus(judge_cut(desk, forged), "rrsig-bad-signature");
    }
}
