// V-126 to V-128: what could not be had, what was cut off, and how much work a hostile answer can cause.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;
using validator::NoAnswerCause;
using validator::ReasonCode;

namespace {

const auto mail = ask("mail.sub.example.", RrType::A);

zones::Hierarchy small_tree() {
    const std::string many = "mail A 192.0.2.2\nmany A 192.0.2.3\nmany AAAA 2001:db8::1\nmany TXT t\nmany HINFO a b\n"
                             "many MX 1 mail\nmany SRV 1 1 1 mail\nmany CAA 0 issue x\nmany TLSA 3 1 1 00\n";
    return build({zone("example.", "www A 192.0.2.1\n"), zone("sub.example.", many)});
}

// The tree, but one question is not answered.
Upstream without(const zones::Hierarchy& tree, const dns::Question& lost, NoAnswerCause cause) {
    return [&tree, lost, cause](const dns::Question& question) -> validator::Response {
        if (question == lost) return validator::NoAnswer{cause, {{{"192.0.2.53"}, cause}}};
        return recursive(tree)(question);
    };
}

std::vector<int> codes(const validator::Verdict& verdict) {
    std::vector<int> out;
    for (const auto& reason : verdict.reasons)
        if (const auto ede = validator::info(reason.code).ede) out.push_back(static_cast<int>(*ede));
    return out;
}

// Every RRSIG of the answer replaced by `copies` that look alike and fail.
Edit flooded(unsigned copies) {
    return [copies](dns::Message& m) {
        std::vector<dns::Record> forged;
        for (const dns::Record& r : m.answer) {
            if (r.type != RrType::RRSIG) continue;
            for (unsigned i = 1; i <= copies; ++i) {
                forged.push_back(r);
                forged.back().rdata.back() ^= static_cast<std::uint8_t>(i);
                forged.back().rdata[forged.back().rdata.size() - 2] ^= static_cast<std::uint8_t>(i >> 8);
            }
        }
        drop(m.answer, RrType::RRSIG);
        m.answer.insert(m.answer.end(), forged.begin(), forged.end());
    };
}

} // namespace

TEST_CASE("V-126 what cannot be had makes a verdict indeterminate, never \"proved bad\" (RFC 4035 §4.3)", "[rules]") {
    const auto tree = small_tree();
    SECTION("obeys") { CHECK(verdict_of(tree, mail).security == Security::secure); }
    SECTION("breaks: no-answer to the question itself (EDE 23, 5)") {
        const auto verdict = look_up(tree, mail, without(tree, mail, NoAnswerCause::timeout)).verdict;
        CHECK(verdict.security == Security::indeterminate);
        CHECK(root_cause(verdict) == "no-answer");
        CHECK(codes(verdict) == std::vector{23, 5});
    }
    SECTION("breaks: refused-by-resolver (EDE 22, 5)") {
        const auto verdict = look_up(tree, mail, without(tree, mail, NoAnswerCause::refused)).verdict;
        CHECK(codes(verdict) == std::vector{22, 5});
    }
    SECTION("breaks: dnskey-unobtainable where a DS exists and no DNSKEY can be had (EDE 23, 9, 5)") {
        for (const auto cause : {NoAnswerCause::timeout, NoAnswerCause::servfail}) {
            const auto lost = without(tree, ask("sub.example.", RrType::DNSKEY), cause);
            const auto verdict = look_up(tree, mail, lost).verdict;
            CHECK(verdict.security == Security::indeterminate);
            CHECK(verdict.has_reason(ReasonCode::dnskey_unobtainable));
            CHECK(codes(verdict) == std::vector{23, 9, 5});
        }
    }
    SECTION("breaks: servfail for a DS is not a proof of an insecure delegation") {
        const auto lost = without(tree, ask("sub.example.", RrType::DS), NoAnswerCause::servfail);
        CHECK(look_up(tree, mail, lost).verdict.security == Security::indeterminate);
    }
}

TEST_CASE("V-127 of a truncated answer what is there is judged (RFC 4035 §4.3)", "[rules]") {
    const auto tree = small_tree();
    SECTION("obeys: a whole answer stays secure without its other sections") {
        const auto verdict = verdict_of(tree, mail, {{mail, [](dns::Message& m) {
                                                          m.authority.clear();
                                                          m.additional.clear();
                                                          m.header.truncated = true;
                                                      }}});
        CHECK(verdict.security == Security::secure);
    }
    SECTION("breaks: rrsig-missing where the cut took the signatures") {
        const auto verdict = verdict_of(tree, mail, {{mail, [](dns::Message& m) {
                                                          drop(m.answer, RrType::RRSIG);
                                                          m.header.truncated = true;
                                                      }}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-missing");
    }
}

TEST_CASE("V-128 work is bounded: sixteen signatures for a question in which one has failed (RFC 4035 §5.4)",
          "[rules]") {
    const auto tree = small_tree();
    const auto any = ask("many.sub.example.", RrType::ANY);
    SECTION("obeys: a question in which all is well may need more than that") {
        const auto verdict = verdict_of(tree, any);
        INFO(words(verdict));
        CHECK(verdict.security == Security::secure);
        CHECK(verdict.verifications > 10);
    }
    SECTION("breaks: budget-failures-per-rrset after four on one RRset") {
        const auto verdict = verdict_of(tree, mail, {{mail, flooded(500)}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-bad-signature");
        CHECK(verdict.has_reason(ReasonCode::budget_failures_per_rrset));
        CHECK(verdict.verifications == 6 + 4); // the walk's own, down to "no cut at mail.sub.example.", and four
    }
    SECTION("breaks: budget-verifications over many RRsets") {
        const auto verdict = verdict_of(tree, any, {{any, flooded(40)}});
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::budget_verifications));
        CHECK(verdict.verifications == 16);
    }
    SECTION("breaks: budget-verifications also where the hostile parts come in answers of their own") {
        Edits edits{{any, flooded(40)}};
        for (const auto* zone : {".", "example.", "sub.example."})
            edits.emplace_back(ask(zone, RrType::DNSKEY), flooded(40));
        CHECK(verdict_of(tree, any, edits).verifications <= 16);
    }
}
