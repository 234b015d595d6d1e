#include "validator/denial.h"

#include <algorithm>

#include "validator/delegation.h"
#include "validator/nsec.h"
#include "validator/nsec3.h"
#include "validator/relevance.h"

namespace validator {
namespace {

Reason about(ReasonCode code, const dns::Question& question, const dns::Name& zone) {
    Reason why(code, question.name, question.type);
    why.zone = zone;
    return why;
}

// RFC 9276 §3.2: the signatures are good, but we do not hash that often: insecure.
std::optional<Reason> too_many_iterations(const Nsec3Records& records, const dns::Question& question,
                                          const dns::Name& zone, const Policy& policy) {
    if (records.chains.empty()) return std::nullopt;
    std::uint16_t least = 0xffff;
    for (const Nsec3Chain& chain : records.chains) least = std::min(least, chain.iterations());
    if (least <= policy.limits.nsec3_iterations) return std::nullopt;
    Reason why = about(ReasonCode::nsec3_iterations_too_high, question, zone);
    why.detail = std::to_string(least);
    return why;
}

Reason nothing_usable(const Nsec3Records& nsec3, const dns::Question& question, const dns::Name& zone) {
    if (nsec3.unusable.empty()) return about(ReasonCode::nsec_missing, question, zone);
    Reason why = about(ReasonCode::nsec3_missing, question, zone);
    why.detail = "all that came were ignored";
    return why;
}

// Tries the claim on the NSEC records, then on each NSEC3 chain; the first success counts, else the first failure's
// reasons. `Claim` is called with NsecRecords or Nsec3Chain; Result is Denial or CutDenial.
template <class Result, class Claim>
Result try_all(const dns::Name& zone, std::span<const ProvenRrSet> records, const dns::Question& question, Work work,
               typename Result::Outcome insecure, Claim claim) {
    constexpr auto failed = Result::Outcome::not_proven;
    Result first{failed, {}};
    const auto keep = [&](Result result) {
        const bool done = result.outcome != failed;
        if (done || first.reasons.empty()) first = std::move(result);
        return done;
    };
    const NsecRecords nsec(zone, records);
    if (!nsec.empty() && keep(claim(nsec))) return first;
    const Nsec3Records nsec3 = read_nsec3(zone, records);
    if (auto why = too_many_iterations(nsec3, question, zone, work.policy)) return {insecure, {*std::move(why)}};
    for (const Nsec3Chain& chain : nsec3.chains) {
        if (chain.iterations() > work.policy.limits.nsec3_iterations) continue;
        if (keep(claim(chain))) return first;
    }
    if (first.reasons.empty()) first.reasons.push_back(nothing_usable(nsec3, question, zone));
    first.reasons.insert(first.reasons.end(), nsec3.unusable.begin(), nsec3.unusable.end());
    return first;
}

// One spelling for NsecRecords, which need no work, and Nsec3Chain, which does.
struct Claims {
    Work work;
    Denial no_data(const NsecRecords& r, const dns::Question& q) const { return r.no_data(q); }
    Denial no_data(const Nsec3Chain& r, const dns::Question& q) const { return r.no_data(q, work); }
    Denial name_error(const NsecRecords& r, const dns::Question& q) const { return r.name_error(q); }
    Denial name_error(const Nsec3Chain& r, const dns::Question& q) const { return r.name_error(q, work); }
    Denial next_closer(const NsecRecords& r, const dns::Question& q, const dns::Name& n) const {
        return r.next_closer(q, n);
    }
    Denial next_closer(const Nsec3Chain& r, const dns::Question& q, const dns::Name& n) const {
        return r.next_closer(q, n, work);
    }
    CutDenial no_ds(const NsecRecords& r, const dns::Name& n) const { return r.no_ds(n); }
    CutDenial no_ds(const Nsec3Chain& r, const dns::Name& n) const { return r.no_ds(n, work); }
};

} // namespace

DenialRecords prove_denial_records(std::span<const dns::SignedRrSet> section, const ZoneKeys& keys,
                                   const dns::Name& about, Work work) {
    const auto candidates = denial_candidates(section, keys.zone(), about, work);
    const std::size_t most = work.policy.limits.denial_records;
    DenialRecords records;
    records.any = !candidates.empty();
    for (std::size_t i = 0; i < candidates.size() && i < most; ++i) {
        Proof proof = prove(candidates[i], keys, work); // RFC 4035 §5.4: each record with a signature of its own
        if (proof.proven)
            records.proven.push_back(*std::move(proof.proven));
        else
            records.reasons.insert(records.reasons.end(), proof.reasons.begin(), proof.reasons.end());
    }
    if (candidates.size() > most) {
        Reason why(ReasonCode::budget_denial_records, about, dns::RrType::NSEC);
        why.zone = keys.zone();
        why.detail = std::to_string(most);
        records.reasons.push_back(std::move(why));
    }
    return records;
}

Denial prove_no_data(const dns::Name& zone, std::span<const ProvenRrSet> records, const dns::Question& question,
                     Work work) {
    const Claims claims{work};
    return try_all<Denial>(zone, records, question, work, Denial::Outcome::insecure,
                           [&](const auto& some) { return claims.no_data(some, question); });
}

Denial prove_name_error(const dns::Name& zone, std::span<const ProvenRrSet> records, const dns::Question& question,
                        Work work) {
    const Claims claims{work};
    return try_all<Denial>(zone, records, question, work, Denial::Outcome::insecure,
                           [&](const auto& some) { return claims.name_error(some, question); });
}

Denial prove_wildcard_expansion(const ProvenRrSet& expanded, std::span<const ProvenRrSet> records, Work work) {
    const Claims claims{work};
    const dns::Question question(expanded.set().owner, expanded.set().type);
    const dns::Name next_closer = question.name.ancestor(expanded.rrsig().labels + std::size_t{1});
    Denial denial = try_all<Denial>(expanded.zone(), records, question, work, Denial::Outcome::insecure,
                                    [&](const auto& some) { return claims.next_closer(some, question, next_closer); });
    if (denial.outcome == Denial::Outcome::not_proven && denial.reasons.front().code == ReasonCode::nsec_missing) {
        denial.reasons.front().code = ReasonCode::wildcard_expansion_not_proven;
        denial.reasons.front().detail = next_closer.to_text();
    }
    return denial;
}

CutDenial prove_no_ds(const dns::Name& zone, std::span<const ProvenRrSet> records, const dns::Name& name, Work work) {
    const Claims claims{work};
    return try_all<CutDenial>(zone, records, dns::Question(name, dns::RrType::DS), work,
                              CutDenial::Outcome::insecure_delegation,
                              [&](const auto& some) { return claims.no_ds(some, name); });
}

} // namespace validator
