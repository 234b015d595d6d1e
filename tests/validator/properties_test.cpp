// What must hold of validation whatever the zones: RFC 4035 §5 speaks of evidence, not of the order in which it comes.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>

#include "tests/validator/support.h"

using namespace test;
using dns::RrType;
using validator::Security;
using zones::FaultKind;

namespace {

std::vector<zones::Hierarchy> trees() {
    const std::string data =
        "mail A 192.0.2.1\n@ MX 10 mail\n*.wild TXT \"w\"\nalias CNAME mail\nwide CNAME mail.plain.example.\n";
    const auto make = [&](zones::Denial denial, const std::vector<zones::Fault>& faults) {
        return build({zone("example.", "", signing(denial)), zone("sub.example.", data, signing(denial)),
                      zone("plain.example.", data, std::nullopt)},
                     faults, signing(denial));
    };
    std::vector<zones::Hierarchy> all;
    all.push_back(make(zones::Denial::nsec, {}));
    all.push_back(make(zones::Denial::nsec3_opt_out, {}));
    all.push_back(make(zones::Denial::nsec, {fault(FaultKind::ds_digest_wrong, "sub.example.")}));
    all.push_back(make(zones::Denial::nsec, {fault(FaultKind::rrsig_expired, "mail.sub.example.", RrType::A)}));
    all.push_back(make(zones::Denial::nsec3, {fault(FaultKind::dnskey_unsigned, "example.")}));
    return all;
}

const std::vector<dns::Question>& questions() {
    static const std::vector<dns::Question> all = {
        ask("mail.sub.example.", RrType::A),   ask("mail.sub.example.", RrType::TXT),
        ask("no.sub.example.", RrType::A),     ask("x.wild.sub.example.", RrType::TXT),
        ask("alias.sub.example.", RrType::A),  ask("wide.sub.example.", RrType::A),
        ask("mail.plain.example.", RrType::A), ask("no.plain.example.", RrType::A),
        ask("sub.example.", RrType::DS)};
    return all;
}

bool same(const validator::Verdict& a, const validator::Verdict& b) {
    return a.security == b.security && a.reasons == b.reasons && a.kind == b.kind && a.rcode == b.rcode &&
           a.final_name == b.final_name && a.ttl == b.ttl && a.window.has_value() == b.window.has_value();
}

validator::Evidence everything(const zones::Hierarchy& tree, const std::vector<dns::Question>& asked) {
    validator::Evidence evidence;
    for (const dns::Question& question : asked) evidence.supply(question, recursive(tree)(question));
    return evidence;
}

} // namespace

TEST_CASE("property: the order of supply changes nothing") {
    std::mt19937 order(7);
    for (const auto& tree : trees()) {
        const auto anchors = anchors_of(tree.root_anchors());
        for (const dns::Question& question : questions()) {
            const auto expected = look_up(tree, question).verdict;
            for (int attempt = 0; attempt < 4; ++attempt) {
                // One answer at a time, a random one of those that are needed.
                validator::Validation validation(question, anchors, default_policy(), now);
                for (;;) {
                    auto step = validation.advance();
                    if (auto* verdict = std::get_if<validator::Verdict>(&step)) {
                        INFO(question.to_text() << "\n" << words(expected) << "\n" << words(*verdict));
                        CHECK(same(*verdict, expected));
                        break;
                    }
                    const auto& needs = std::get<validator::Needs>(step).questions;
                    REQUIRE_FALSE(needs.empty());
                    const auto& chosen = needs[order() % needs.size()];
                    REQUIRE(validation.evidence().find(chosen) == nullptr); // never one already supplied
                    validation.supply(chosen, recursive(tree)(chosen));
                }
            }
        }
    }
}

TEST_CASE("property: more evidence never changes a verdict") {
    for (const auto& tree : trees()) {
        std::vector<dns::Question> all;
        for (const dns::Question& question : questions()) {
            const Trial trial = look_up(tree, question);
            all.insert(all.end(), trial.asked.begin(), trial.asked.end());
        }
        const validator::Evidence evidence = everything(tree, all);
        const auto anchors = anchors_of(tree.root_anchors());
        for (const dns::Question& question : questions()) {
            const auto expected = look_up(tree, question).verdict;
            const auto offline = validator::validate(question, evidence, anchors, default_policy(), now);
            validator::Validation rich(question, anchors, default_policy(), now);
            for (const dns::Question& other : all) rich.supply(other, recursive(tree)(other));
            const auto step = rich.advance();
            INFO(question.to_text() << "\n" << words(expected) << "\n" << words(offline));
            CHECK(same(offline, expected));
            REQUIRE(std::holds_alternative<validator::Verdict>(step));
            CHECK(same(std::get<validator::Verdict>(step), expected));
        }
    }
}

TEST_CASE("property: missing evidence never becomes a verdict of secure, insecure or bogus") {
    for (const auto& tree : trees()) {
        const auto anchors = anchors_of(tree.root_anchors());
        for (const dns::Question& question : questions()) {
            const Trial whole = look_up(tree, question);
            for (const dns::Question& missing : whole.asked) {
                const auto without = [&](const dns::Question& q) -> validator::Response {
                    if (q == missing) return validator::NoAnswer{validator::NoAnswerCause::timeout, {}};
                    return recursive(tree)(q);
                };
                const auto verdict = look_up(tree, question, without).verdict;
                INFO(question.to_text() << " without " << missing.to_text() << "\n" << words(verdict));
                // Something that was asked ahead in vain may be missed without harm; then the verdict is the same.
                CHECK((verdict.security == Security::indeterminate || verdict.security == whole.verdict.security));
            }
        }
    }
}

TEST_CASE("property: a warm KeyCache changes no verdict, only the work") {
    for (const auto& tree : trees()) {
        validator::KeyCache cache(100);
        for (int round = 0; round < 2; ++round) {
            for (const dns::Question& question : questions()) {
                const Trial cold = look_up(tree, question);
                const Trial warm = look_up(tree, question, recursive(tree), default_policy(), &cache);
                INFO(question.to_text() << "\n" << words(cold.verdict) << "\n" << words(warm.verdict));
                CHECK(same(warm.verdict, cold.verdict));
                CHECK(warm.asked.size() <= cold.asked.size());
                CHECK(warm.verdict.verifications <= cold.verdict.verifications);
                const bool whole_chain_kept = round == 1 && cold.verdict.security == Security::secure;
                if (whole_chain_kept && question.type != RrType::DS) CHECK(warm.asked.size() == 1);
            }
        }
        CHECK(cache.size() <= 100);
    }
}

TEST_CASE(
    "property: a session that began at the anchor tells the whole chain, though it filled a KeyCache on the way") {
    for (const auto& tree : trees()) {
        for (const dns::Question& question : questions()) {
            validator::KeyCache empty(100);
            const auto without = look_up(tree, question).verdict.chain;
            const auto with = look_up(tree, question, recursive(tree), default_policy(), &empty).verdict.chain;
            INFO(question.to_text());
            REQUIRE(with.size() == without.size());
            for (std::size_t i = 0; i < with.size(); ++i) CHECK(with[i].zone == without[i].zone);
        }
    }
}

TEST_CASE("property: the same inputs give the same verdict, and a finished session keeps giving it") {
    const auto tree = std::move(trees().front());
    const auto anchors = anchors_of(tree.root_anchors());
    validator::Validation validation(ask("mail.sub.example.", RrType::A), anchors, default_policy(), now);
    for (;;) {
        auto step = validation.advance();
        if (auto* verdict = std::get_if<validator::Verdict>(&step)) {
            const auto again = validation.advance();
            CHECK(same(std::get<validator::Verdict>(again), *verdict));
            CHECK(std::get<validator::Verdict>(again).verifications == verdict->verifications);
            break;
        }
        for (const auto& question : std::get<validator::Needs>(step).questions)
            validation.supply(question, recursive(tree)(question));
    }
}
