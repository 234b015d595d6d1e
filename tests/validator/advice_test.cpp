// Advice beside the root cause: the clock.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;
using validator::ReasonCode;

namespace {

constexpr std::int64_t day = 86400;

// Signatures of the zones end 14 days from now; those of the root, of another signer, 4 days later.
zones::Hierarchy tree_with(const std::vector<zones::Fault>& faults = {}) {
    auto later = signing();
    later.expiration.seconds += 4 * day;
    return build({zone("example.", "www A 192.0.2.1\nx TXT x\n"), zone("sub.example.", "mail A 192.0.2.2\n")}, faults,
                 later);
}

validator::Verdict at(const zones::Hierarchy& tree, std::int64_t seconds, const Edits& edits = {}) {
    return look_up(tree, ask("mail.sub.example.", RrType::A), edited(tree, edits), default_policy(), nullptr,
                   dns::UnixTime{now.seconds + seconds})
        .verdict;
}

std::string clock_words(const validator::Verdict& verdict) {
    for (const auto& reason : verdict.reasons)
        if (reason.code == ReasonCode::clock_suspect) return validator::to_text(reason, now);
    return "";
}

} // namespace

TEST_CASE("advice: a clock that is fast or slow makes every signature fail, and is named behind the root cause") {
    const auto tree = tree_with();
    SECTION("fast, by a little and by years") {
        for (const std::int64_t days : {20, 45, 4000}) {
            const auto verdict = at(tree, days * day);
            INFO(words(verdict));
            CHECK(verdict.security == Security::bogus);
            CHECK(root_cause(verdict) == "rrsig-expired");
            CHECK(clock_words(verdict).starts_with("every signature is expired, by about "));
        }
    }
    SECTION("slow") {
        for (const std::int64_t seconds : {-2 * day, -400 * day}) {
            const auto verdict = at(tree, seconds);
            INFO(words(verdict));
            CHECK(root_cause(verdict) == "rrsig-not-yet-valid");
            CHECK(clock_words(verdict).starts_with("every signature is not yet valid, by about "));
        }
        CHECK(clock_words(at(tree, -2 * day)).find("by about 24 hours: check the clock") != std::string::npos);
    }
}

TEST_CASE("advice: the clock is suspected from what came, though parts did not come or have other dates") {
    const auto tree = tree_with();
    SECTION("some answers lack their signatures") {
        const Edit bare = [](dns::Message& m) { drop(m.answer, RrType::RRSIG); };
        const Edits edits{{ask("sub.example.", RrType::DS), bare}, {ask("mail.sub.example.", RrType::A), bare}};
        CHECK_FALSE(clock_words(at(tree, 45 * day, edits)).empty());
    }
    SECTION("one signature was made to last") {
        const auto mail = rrset("mail.sub.example.", RrType::A, {"192.0.2.2"});
        const Edit lasting = [&](dns::Message& m) {
            drop(m.answer, RrType::RRSIG);
            m.answer.push_back(signature_by(tree, "sub.example.", mail, [](auto& r) {
                r.expiration.seconds += 1000 * static_cast<unsigned>(day);
            }));
        };
        const auto text = clock_words(at(tree, 45 * day, {{ask("mail.sub.example.", RrType::A), lasting}}));
        CHECK(text.starts_with("nearly every signature is expired"));
    }
}

TEST_CASE("advice: the clock is not suspected where zones are at fault") {
    SECTION("a zone whose signatures all expired, under zones that are fine") {
        const auto tree = tree_with({fault(zones::FaultKind::rrsig_expired, "mail.sub.example.", RrType::A),
                                     fault(zones::FaultKind::rrsig_expired, "sub.example.", RrType::DNSKEY)});
        const auto verdict = at(tree, 0);
        CHECK(verdict.security == Security::bogus);
        CHECK(clock_words(verdict).empty());
    }
    SECTION("signatures that are expired here and not yet valid there") {
        const auto tree = tree_with({fault(zones::FaultKind::rrsig_expired, "mail.sub.example.", RrType::A),
                                     fault(zones::FaultKind::rrsig_not_yet_valid, "sub.example.", RrType::DNSKEY)});
        CHECK(clock_words(at(tree, 0)).empty());
    }
    SECTION("the clock is right") { CHECK(at(tree_with(), 0).security == Security::secure); }
}
