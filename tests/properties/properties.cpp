#include "tests/properties/properties.h"

#include <algorithm>
#include <functional>

#include "resolver/cache.h"
#include "resolver/dns/text.h"
#include "zones/authority.h"

namespace properties {

namespace {

using dns::RrType;
using validator::Answered;
using validator::NoAnswer;
using validator::NoAnswerCause;
using validator::ReasonCode;
using validator::Response;
using validator::Security;
using validator::Verdict;

std::string words(const Verdict& verdict) {
    std::string text = std::string(validator::to_text(verdict.security)) + " kind " +
                       std::to_string(static_cast<int>(verdict.kind)) + " at " + verdict.final_name.to_text() +
                       " ttl " + std::to_string(verdict.ttl);
    for (const auto& reason : verdict.reasons)
        text += "\n    " + std::string(validator::info(reason.code).id) + ": " + validator::to_text(reason, now);
    for (const auto& set : verdict.answer)
        for (const auto& record : set.set.records()) text += "\n    = " + dns::to_text(record);
    return text;
}

bool same(const Verdict& a, const Verdict& b) {
    return a.security == b.security && a.reasons == b.reasons && a.kind == b.kind && a.rcode == b.rcode &&
           a.final_name == b.final_name && a.ttl == b.ttl && a.window.has_value() == b.window.has_value();
}

std::vector<dns::Bytes> data_of(const Verdict& verdict, RrType type) {
    std::vector<dns::Bytes> data;
    for (const auto& set : verdict.answer)
        if (set.set.type == type && set.set.owner == verdict.final_name)
            data.insert(data.end(), set.set.rdata.begin(), set.set.rdata.end());
    std::sort(data.begin(), data.end());
    return data;
}

Truth::Kind kind_of(const Verdict& verdict) {
    switch (verdict.kind) {
    case validator::AnswerKind::positive: return Truth::Kind::positive;
    case validator::AnswerKind::no_data: return Truth::Kind::no_data;
    case validator::AnswerKind::name_error: return Truth::Kind::name_error;
    case validator::AnswerKind::failure: return Truth::Kind::failure;
    }
    return Truth::Kind::failure;
}

} // namespace

Prover::Prover(const World& world)
    : world_(world)
    , dice_(world.seed ^ 0x9e3779b97f4a7c15U) {
    for (const dns::Record& record : world.tree.root_anchors()) {
        validator::TrustAnchor anchor;
        anchor.zone = record.owner;
        anchor.ds.push_back(*dns::Ds::parse(record.rdata));
        anchors_.add(anchor);
    }
}

const Response& Prover::answer(const dns::Question& question) {
    const auto known = answers_.find(question);
    if (known != answers_.end()) return known->second;
    Response response = Answered{
        zones::answer_recursively(world_.tree, dns::make_query(question, 1), zones::Recursion::dnssec), {"r"}, {}};
    return answers_.emplace(question, std::move(response)).first->second;
}

Prover::Run Prover::run(const dns::Question& question, const Upstream& upstream, validator::KeyCache* keys,
                        dns::UnixTime at) {
    Run run;
    validator::Validation validation(question, anchors_, policy_, at, keys);
    for (;;) {
        auto step = validation.advance();
        if (auto* verdict = std::get_if<Verdict>(&step)) {
            run.verdict = std::move(*verdict);
            ++tally_.validations;
            ++tally_.by_security[static_cast<std::size_t>(run.verdict.security)];
            return run;
        }
        for (const dns::Question& needed : std::get<validator::Needs>(step).questions) {
            run.asked.push_back(needed);
            validation.supply(needed, upstream(needed));
        }
    }
}

const Prover::Run& Prover::plain(const dns::Question& question) {
    const auto known = runs_.find(question);
    if (known != runs_.end()) return known->second;
    return runs_.emplace(question, run(question, [&](const auto& q) { return answer(q); })).first->second;
}

std::string Prover::report(const std::string& what, const dns::Question& question, const Verdict& before,
                           const Verdict& after) const {
    return what + "\n" + world_.to_text() + "question " + question.to_text() + "\n  expected " + words(before) +
           "\n  found " + words(after) + "\n";
}

bool Prover::is_securely_delegated(const dns::Name& apex) const {
    for (const auto& spec : world_.specs) {
        const bool is_island = spec.parent_ds == zones::ZoneSpec::ParentDs::omit;
        if (apex.is_at_or_below(spec.apex) && (!spec.signing || is_island)) return false;
    }
    return true; // the root and the zones that no spec names are signed
}

// Of an unbroken world: what the verdict should be, by the delegations alone; "" where it is.
std::string Prover::expectation(const dns::Question& question, const Verdict& verdict) const {
    const auto unfollowed = [](const validator::Reason& reason) {
        return reason.code == ReasonCode::alias_loop || reason.code == ReasonCode::alias_chain_too_long;
    };
    if (std::any_of(verdict.reasons.begin(), verdict.reasons.end(), unfollowed)) return "";
    std::vector<const zones::SignedZone*> involved;
    const dns::Message message =
        zones::answer_recursively(world_.truth, dns::make_query(question, 1), zones::Recursion::dnssec);
    for (const dns::Record& record : message.answer)
        if (record.type == RrType::CNAME && question.type != RrType::CNAME)
            involved.push_back(world_.tree.zone_of(record.owner));
    const Truth truth = truth_of(world_, question);
    involved.push_back(world_.tree.zone_for(dns::Question(truth.final_name, question.type)));
    bool secure = true, opt_out = false;
    for (const auto* zone : involved) {
        secure &= is_securely_delegated(zone->apex);
        opt_out |= zone->policy && zone->policy->denial == zones::Denial::nsec3_opt_out;
    }
    if (secure && verdict.security == Security::secure) return "";
    if (verdict.security == Security::insecure && (!secure || opt_out)) return "";
    return secure ? "whole and securely delegated, but not found secure" : "insecurely delegated, but not found so";
}

std::string Prover::whole_worlds_are_judged_right() {
    if (!world_.faults.empty()) return "";
    for (const auto& question : world_.questions) {
        const Verdict& verdict = plain(question).verdict;
        const std::string wrong = expectation(question, verdict);
        if (!wrong.empty()) return report(wrong, question, verdict, verdict);
    }
    return "";
}

// Where a verdict is secure, it says what the zones say.
std::string Prover::lie(const dns::Question& question, const Verdict& verdict) const {
    if (verdict.security != Security::secure || is_made_by_signing(question.type)) return "";
    const Truth truth = truth_of(world_, question);
    if (truth.kind == Truth::Kind::failure) return "";
    if (kind_of(verdict) != truth.kind) return "secure, but another kind of answer than the zone gives";
    if (!(verdict.final_name == truth.final_name))
        return "secure, but the aliases lead to " + truth.final_name.to_text();
    if (data_of(verdict, question.type) != truth.rdata) return "secure, but the data is not the zone's";
    return "";
}

std::string Prover::secure_is_true() {
    for (const auto& question : world_.questions) {
        const Verdict& verdict = plain(question).verdict;
        const std::string wrong = lie(question, verdict);
        if (!wrong.empty()) return report(wrong, question, verdict, verdict);
    }
    return "";
}

std::string Prover::order_is_irrelevant() {
    for (const auto& question : world_.questions) {
        const Verdict& expected = plain(question).verdict;
        ++tally_.validations;
        validator::Validation validation(question, anchors_, policy_, now);
        for (;;) { // one answer at a time, a random one of those that are needed
            auto step = validation.advance();
            if (auto* verdict = std::get_if<Verdict>(&step)) {
                if (!same(*verdict, expected)) return report("another order", question, expected, *verdict);
                break;
            }
            const dns::Question chosen = dice_.of(std::get<validator::Needs>(step).questions);
            if (validation.evidence().find(chosen) != nullptr) return "asked twice: " + chosen.to_text();
            validation.supply(chosen, answer(chosen));
        }
    }
    return "";
}

std::string Prover::more_changes_nothing() {
    for (const auto& question : world_.questions) (void)plain(question);
    for (const auto& question : world_.questions) {
        const Verdict& expected = plain(question).verdict;
        ++tally_.validations;
        validator::Validation rich(question, anchors_, policy_, now);
        for (const auto& [other, response] : answers_) rich.supply(other, response);
        const auto step = rich.advance();
        const auto* verdict = std::get_if<Verdict>(&step);
        if (verdict == nullptr) return report("all was supplied, and more is asked for", question, expected, expected);
        if (!same(*verdict, expected)) return report("with more evidence", question, expected, *verdict);
    }
    return "";
}

std::string Prover::missing_is_no_verdict() {
    for (const auto& question : world_.questions) {
        const Run& whole = plain(question);
        for (int i = 0; i < 2; ++i) {
            const dns::Question missing = dice_.of(whole.asked);
            const auto without = [&](const dns::Question& q) -> Response {
                if (q == missing) return NoAnswer{NoAnswerCause::timeout, {}};
                return answer(q);
            };
            const Verdict verdict = run(question, without).verdict;
            // Something that was asked ahead in vain may be missed without harm.
            if (verdict.security == Security::indeterminate) continue;
            if (verdict.security != whole.verdict.security || !lie(question, verdict).empty())
                return report("without " + missing.to_text(), question, whole.verdict, verdict);
        }
    }
    return "";
}

std::string Prover::warm_keys_change_nothing() {
    validator::KeyCache keys(100);
    const auto upstream = [&](const dns::Question& q) { return answer(q); };
    for (int round = 0; round < 2; ++round) {
        for (const auto& question : world_.questions) {
            const Run& cold = plain(question);
            const Run warm = run(question, upstream, &keys);
            if (!same(warm.verdict, cold.verdict))
                return report("with warm keys", question, cold.verdict, warm.verdict);
            if (warm.verdict.verifications > cold.verdict.verifications)
                return report("more work with warm keys", question, cold.verdict, warm.verdict);
        }
    }
    return "";
}

std::string Prover::cached_messages_change_nothing() {
    resolver::MessageCache messages(1000, 10'000'000);
    for (const auto& [question, response] : answers_) messages.store(question, std::get<Answered>(response), now);
    resolver::LookupCache lookups(1000, 10'000'000);
    const dns::UnixTime later{now.seconds + static_cast<std::int64_t>(dice_.below(4000))};
    for (const auto& question : world_.questions) {
        const auto fresh = run(
                               question, [&](const auto& q) { return answer(q); }, nullptr, later)
                               .verdict;
        const auto upstream = [&](const dns::Question& q) -> Response {
            if (auto cached = messages.find(q, later)) return std::move(*cached);
            return answer(q);
        };
        const auto cached = run(question, upstream, nullptr, later).verdict;
        const bool equal = fresh.security == cached.security && fresh.kind == cached.kind &&
                           fresh.final_name == cached.final_name && fresh.reasons == cached.reasons;
        if (!equal) return report("with cached messages", question, fresh, cached);
        if (cached.ttl > fresh.ttl) return report("the cache made it live longer", question, fresh, cached);
        validator::Lookup lookup;
        lookup.question = question;
        lookup.verdict = plain(question).verdict;
        lookups.store(lookup, now);
        const auto kept = lookups.find(question, later);
        if (kept && (kept->verdict.security != fresh.security || !lie(question, kept->verdict).empty()))
            return report("a verdict was kept too long", question, fresh, kept->verdict);
    }
    return "";
}

std::string check_world(std::uint64_t seed, Tally& tally) {
    const World world = make_world(seed);
    Prover prover(world);
    using Property = std::string (Prover::*)();
    const Property all[] = {&Prover::whole_worlds_are_judged_right,
                            &Prover::secure_is_true,
                            &Prover::order_is_irrelevant,
                            &Prover::more_changes_nothing,
                            &Prover::missing_is_no_verdict,
                            &Prover::warm_keys_change_nothing,
                            &Prover::cached_messages_change_nothing,
                            &Prover::mutations_are_never_secure_lies,
                            &Prover::replayed_wildcards_are_no_answers};
    std::string failure;
    for (const Property property : all)
        if (failure.empty()) failure = (prover.*property)();
    tally.validations += prover.tally().validations;
    for (std::size_t i = 0; i < 4; ++i) tally.by_security[i] += prover.tally().by_security[i];
    return failure;
}

} // namespace properties
