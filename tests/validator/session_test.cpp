// The session: what is asked, in how many rounds, and where it stops.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "tests/validator/support.h"

using namespace test;
using validator::ReasonCode;
using validator::Security;
using zones::FaultKind;

namespace {

bool asked_for(const Trial& trial, std::string_view owner, RrType type) {
    return std::find(trial.asked.begin(), trial.asked.end(), ask(owner, type)) != trial.asked.end();
}

zones::Hierarchy small_tree(const std::vector<zones::Fault>& faults = {}) {
    return build({zone("example.", "x TXT y\n"),
                  zone("sub.example.", "mail A 192.0.2.1\na.b.c.d TXT deep\n*.wild TXT w\nalias CNAME x.wild\n"),
                  zone("plain.example.", "mail A 192.0.2.2\na.b.c.d.e.f TXT deep\n", std::nullopt)},
                 faults);
}

} // namespace

TEST_CASE("session: the question first, then the DS and DNSKEY of every zone down to the signer, at once") {
    const auto tree = small_tree();
    const auto anchors = anchors_of(tree.root_anchors());
    validator::Validation validation(ask("mail.sub.example.", RrType::A), anchors, default_policy(), now);
    auto step = validation.advance();
    REQUIRE(std::get<validator::Needs>(step).questions == std::vector{ask("mail.sub.example.", RrType::A)});
    validation.supply(ask("mail.sub.example.", RrType::A), recursive(tree)(ask("mail.sub.example.", RrType::A)));
    step = validation.advance();
    auto needs = std::get<validator::Needs>(step).questions;
    CHECK(needs == std::vector{ask(".", RrType::DNSKEY), ask("example.", RrType::DS), ask("example.", RrType::DNSKEY),
                               ask("sub.example.", RrType::DS), ask("sub.example.", RrType::DNSKEY)});
    for (const auto& question : needs) validation.supply(question, recursive(tree)(question));
    CHECK(std::holds_alternative<validator::Verdict>(validation.advance()));
}

TEST_CASE("session: nothing is asked below the signer of a good answer, nor below a known insecure cut") {
    const auto tree = small_tree();
    const Trial signed_answer = look_up(tree, ask("a.b.c.d.sub.example.", RrType::TXT));
    CHECK(signed_answer.verdict.security == Security::secure);
    CHECK_FALSE(asked_for(signed_answer, "d.sub.example.", RrType::DS));
    SECTION("an unsigned SOA says where the zone is") {
        const Trial negative = look_up(tree, ask("a.b.c.d.e.f.plain.example.", RrType::A));
        CHECK(negative.verdict.security == Security::insecure);
        CHECK(negative.rounds == 2);
        CHECK_FALSE(asked_for(negative, "f.plain.example.", RrType::DS));
    }
    SECTION("a warm cache knows the cut") {
        validator::KeyCache cache(10);
        look_up(tree, ask("mail.plain.example.", RrType::A), recursive(tree), default_policy(), &cache);
        const Trial warm =
            look_up(tree, ask("a.b.c.d.e.f.plain.example.", RrType::TXT), recursive(tree), default_policy(), &cache);
        CHECK(warm.verdict.security == Security::insecure);
        CHECK(warm.asked.size() == 1);
        CHECK(warm.verdict.verifications == 0);
    }
}

TEST_CASE("session: very deep unsigned names are walked in portions, within the budget of questions") {
    std::string deep = "x";
    for (int i = 0; i < 40; ++i) deep += ".l" + std::to_string(i);
    const auto tree =
        build({zone("plain.example.", deep + " TXT t\n", std::nullopt), zone("example.", deep + ".signed TXT t\n")});
    const Trial insecure = look_up(tree, ask(deep + ".plain.example.", RrType::TXT));
    CHECK(insecure.verdict.security == Security::insecure);
    CHECK(insecure.asked.size() <= 1 + 2 * 10);
    SECTION("and where the budget ends, so does the session") {
        const auto broken = build({zone("example.", deep + " TXT t\n")},
                                  {fault(FaultKind::rrsig_missing, deep + ".example.", RrType::TXT)});
        auto policy = default_policy();
        policy.limits.questions = 24;
        const Trial trial = look_up(broken, ask(deep + ".example.", RrType::TXT), recursive(broken), policy);
        INFO(words(trial.verdict));
        CHECK(trial.verdict.security == Security::indeterminate);
        CHECK(trial.verdict.has_reason(ReasonCode::budget_questions));
        CHECK(trial.asked.size() <= 24);
    }
}

TEST_CASE("session: each exhausted limit is its own reason (RFC 4035 §5.4)") {
    const auto tree = small_tree();
    auto policy = default_policy();
    SECTION("verifications of one answer") {
        policy.limits.verifications = 1;
        const auto verdict = look_up(tree, ask("alias.sub.example.", RrType::TXT), recursive(tree), policy).verdict;
        INFO(words(verdict));
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::budget_verifications));
        CHECK(look_up(tree, ask("mail.sub.example.", RrType::A), recursive(tree), policy).verdict.security ==
              Security::secure);
    }
    SECTION("aliases") {
        policy.limits.aliases = 0;
        CHECK(look_up(tree, ask("alias.sub.example.", RrType::TXT), recursive(tree), policy)
                  .verdict.has_reason(ReasonCode::alias_chain_too_long));
    }
    SECTION("questions") {
        policy.limits.questions = 3;
        const Trial trial = look_up(tree, ask("mail.sub.example.", RrType::A), recursive(tree), policy);
        CHECK(trial.verdict.has_reason(ReasonCode::budget_questions));
        CHECK(trial.asked.size() == 3);
    }
}

TEST_CASE("session: DS questions answered by an alias (RFC 4035 §2.5, §5.5)") {
    // www is an alias with unsigned data asked below it, so that the walk meets the alias.
    const auto tree = build({zone("example.", "www CNAME host\nhost A 192.0.2.1\n*.wild CNAME host\n")});
    const auto below = [&](const dns::Question& question, const std::function<void(dns::Message&)>& alter) {
        return look_up(tree, question,
                       [&](const dns::Question& q) -> validator::Response {
                           auto response = recursive(tree)(q);
                           auto& message = std::get<validator::Answered>(response).message;
                           if (q == question) {
                               message = dns::Message();
                               message.answer = {dns::Record(question.name, question.type, 60, {192, 0, 2, 1})};
                           } else if (q.type == RrType::DS && q.name.is_strictly_below(name("example."))) {
                               alter(message);
                           }
                           return response;
                       })
            .verdict;
    };
    SECTION("a signed CNAME at the very name: no cut there, the walk goes on") {
        const auto verdict = below(ask("x.www.example.", RrType::A), [](dns::Message&) {});
        INFO(words(verdict));
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-missing");
    }
    SECTION("an unsigned one") {
        const auto verdict = below(ask("x.www.example.", RrType::A), [](dns::Message& m) {
            std::erase_if(m.answer, [](const dns::Record& r) { return r.type == RrType::RRSIG; });
        });
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::ds_answered_by_alias));
    }
    SECTION("one made from a wildcard") {
        const auto verdict = below(ask("x.y.wild.example.", RrType::A), [](dns::Message&) {});
        INFO(words(verdict));
        CHECK(verdict.security == Security::bogus);
    }
}

TEST_CASE("session: signatures in another section, and records of another class (RFC 4035 §5.3.1)") {
    const auto tree = small_tree();
    const auto question = ask("mail.sub.example.", RrType::A);
    const auto with = [&](const std::function<void(dns::Message&)>& alter) {
        return look_up(tree, question,
                       [&](const dns::Question& q) -> validator::Response {
                           auto response = recursive(tree)(q);
                           if (q == question) alter(std::get<validator::Answered>(response).message);
                           return response;
                       })
            .verdict;
    };
    const auto stray = with([](dns::Message& m) {
        for (const auto& record : m.answer)
            if (record.type == RrType::RRSIG) m.additional.push_back(record);
        std::erase_if(m.answer, [](const dns::Record& r) { return r.type == RrType::RRSIG; });
    });
    CHECK(stray.security == Security::secure);
    const auto other_class = with([](dns::Message& m) {
        for (auto& record : m.answer) record.rr_class = dns::RrClass::CH;
    });
    CHECK(other_class.security == Security::bogus);
    const auto unsigned_extra = with([](dns::Message& m) {
        m.authority.emplace_back(name("example."), RrType::NS, 60, dns::SingleName{name("evil.example.")}.build());
        m.additional.emplace_back(name("evil.example."), RrType::A, 60, dns::Bytes{192, 0, 2, 66});
    });
    CHECK(unsigned_extra.security == Security::secure); // RFC 4035 §3.2.3: extras change nothing
}

TEST_CASE("session: AD, CD and DO of a response have no influence (RFC 4035 §4.6, RFC 6840 §5.6)") {
    const auto tree = small_tree({fault(FaultKind::rrsig_wrong_octets, "mail.sub.example.", RrType::A)});
    for (const bool flag : {false, true}) {
        const Trial trial =
            look_up(tree, ask("mail.sub.example.", RrType::A), [&](const dns::Question& q) -> validator::Response {
                auto response = recursive(tree)(q);
                auto& message = std::get<validator::Answered>(response).message;
                message.header.authentic_data = flag;
                message.header.checking_disabled = flag;
                message.edns.reset();
                return response;
            });
        CHECK(trial.verdict.security == Security::bogus);
        CHECK(root_cause(trial.verdict) == "rrsig-bad-signature");
    }
}

TEST_CASE("session: an alias to nothing whose denial did not come is asked for (RFC 4035 §5.4)") {
    const auto tree = build({zone("example.", "gone CNAME nowhere\n")});
    const auto question = ask("gone.example.", RrType::A);
    const Trial trial = look_up(tree, question, [&](const dns::Question& q) -> validator::Response {
        auto response = recursive(tree)(q);
        if (q == question) {
            auto& authority = std::get<validator::Answered>(response).message.authority;
            std::erase_if(authority, [](const dns::Record& r) { return r.type != RrType::SOA; });
        }
        return response;
    });
    INFO(words(trial.verdict));
    CHECK(trial.verdict.security == Security::secure);
    CHECK(trial.verdict.kind == validator::AnswerKind::name_error);
    CHECK(asked_for(trial, "nowhere.example.", RrType::A));
}
