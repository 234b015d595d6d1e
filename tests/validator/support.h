// A signed name space in memory and the loop that asks it: what most tests of this folder need.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "validator/validation.h"
#include "zones/authority.h"
#include "zones/hierarchy.h"

namespace test {

using dns::RrType;

inline const dns::UnixTime now = *dns::from_rfc3339("2026-06-15T12:00:00Z");

inline dns::Name name(std::string_view text) { return dns::Name::literal(text); }
inline dns::Question ask(std::string_view owner, dns::RrType type) { return {name(owner), type}; }

inline zones::SigningPolicy signing(zones::Denial denial = zones::Denial::nsec,
                                    dns::Algorithm algorithm = dns::Algorithm::ECDSAP256SHA256) {
    zones::SigningPolicy policy;
    policy.algorithm = algorithm;
    policy.denial = denial;
    policy.inception = dns::UnixTime{now.seconds - 86400};
    policy.expiration = dns::UnixTime{now.seconds + 14 * 86400};
    return policy;
}

inline zones::ZoneSpec zone(std::string_view apex, std::string records,
                            std::optional<zones::SigningPolicy> policy = signing()) {
    zones::ZoneSpec spec;
    spec.apex = name(apex);
    spec.records = std::move(records);
    spec.signing = std::move(policy);
    return spec;
}

inline zones::Fault fault(zones::FaultKind kind, std::string_view owner, std::optional<dns::RrType> type = {}) {
    zones::Fault f;
    f.kind = kind;
    f.owner = name(owner);
    f.type = type;
    return f;
}

inline zones::Hierarchy build(const std::vector<zones::ZoneSpec>& specs, const std::vector<zones::Fault>& faults = {},
                              const zones::SigningPolicy& rest = signing()) {
    return zones::Hierarchy::build(specs, rest, faults, 42);
}

inline validator::TrustAnchors anchors_of(const std::vector<dns::Record>& records) {
    validator::TrustAnchors anchors;
    for (const dns::Record& record : records) {
        validator::TrustAnchor anchor{record.owner, {}, {}};
        if (record.type == dns::RrType::DS) anchor.ds.push_back(*dns::Ds::parse(record.rdata));
        if (record.type == dns::RrType::DNSKEY) anchor.dnskey.push_back(*dns::Dnskey::parse(record.rdata));
        anchors.add(anchor);
    }
    return anchors;
}

// Answers one question; `nullopt` cannot happen: silence is a NoAnswer.
using Upstream = std::function<validator::Response(const dns::Question&)>;

inline Upstream recursive(const zones::Hierarchy& tree, zones::Recursion behaviour = zones::Recursion::dnssec,
                          std::string source = "192.0.2.53:53 (priority 0)") {
    return [&tree, behaviour, source](const dns::Question& question) -> validator::Response {
        const dns::Message query = dns::make_query(question, 1);
        return validator::Answered{zones::answer_recursively(tree, query, behaviour), {source}, {}};
    };
}

struct Trial {
    validator::Verdict verdict;
    unsigned rounds = 0;              // sequential round trips
    std::vector<dns::Question> asked; // in order
};

inline Trial drive(validator::Validation validation, const Upstream& upstream) {
    Trial trial;
    for (;;) {
        auto step = validation.advance();
        if (auto* verdict = std::get_if<validator::Verdict>(&step)) {
            trial.verdict = std::move(*verdict);
            return trial;
        }
        ++trial.rounds;
        for (const dns::Question& question : std::get<validator::Needs>(step).questions) {
            trial.asked.push_back(question);
            validation.supply(question, upstream(question));
        }
    }
}

inline const validator::Policy& default_policy() {
    static const validator::Policy policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    return policy;
}

inline Trial look_up(const zones::Hierarchy& tree, const dns::Question& question, const Upstream& upstream,
                     const validator::Policy& policy = default_policy(), validator::KeyCache* cache = nullptr,
                     dns::UnixTime at = now) {
    const validator::TrustAnchors anchors = anchors_of(tree.root_anchors());
    return drive(validator::Validation(question, anchors, policy, at, cache), upstream);
}

inline Trial look_up(const zones::Hierarchy& tree, const dns::Question& question) {
    return look_up(tree, question, recursive(tree));
}

// For INFO: the verdict in words.
inline std::string words(const validator::Verdict& verdict) {
    std::string text(validator::to_text(verdict.security));
    for (const validator::Reason& reason : verdict.reasons)
        text += "\n  " + std::string(validator::info(reason.code).id) + ": " + validator::to_text(reason, now);
    return text;
}

inline std::string root_cause(const validator::Verdict& verdict) {
    return verdict.reasons.empty() ? "" : std::string(validator::info(verdict.reasons.front().code).id);
}

} // namespace test
