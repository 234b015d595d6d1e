#include "validator/relevance.h"

#include <algorithm>
#include <array>

#include "resolver/dns/rdata.h"
#include "validator/nsec3.h"

namespace validator {
namespace {

using dns::RrType;
using Hash = std::array<std::uint8_t, 20>;

// One record, read but not believed.
struct Candidate {
    const dns::SignedRrSet* set;
    std::optional<dns::Nsec> nsec;
    std::optional<dns::Nsec3> nsec3;
    Hash owner_hash{};
    int weight = 0; // 1: covers a name that counts; 2: matches one. Intervals may overlap in a flood, owners cannot.
    void bears(int more) { weight = std::max(weight, more); }
};

Candidate read(const dns::SignedRrSet& set, const dns::Name& zone) {
    Candidate candidate{&set, {}, {}};
    if (set.signatures.empty()) return candidate; // never to be proven
    if (set.set.type == RrType::NSEC) {
        if (auto nsec = dns::Nsec::parse(set.set.rdata.front())) candidate.nsec = *std::move(nsec);
        return candidate;
    }
    auto nsec3 = dns::Nsec3::parse(set.set.rdata.front());
    const auto hash = nsec3_owner_hash(set.set.owner, zone);
    if (!nsec3 || !hash || nsec3->next_hashed_owner.size() != hash->size()) return candidate;
    candidate.nsec3 = *std::move(nsec3);
    candidate.owner_hash = *hash;
    return candidate;
}

int weight_for(const Candidate& candidate, const dns::Name& name, const dns::Name& zone) {
    const dns::Name& owner = candidate.set->set.owner;
    const dns::Name& next = candidate.nsec->next;
    if (owner == name) return 2;
    return owner < name && (name < next || next == zone) ? 1 : 0;
}

void mark_nsec(std::vector<Candidate>& candidates, const dns::Name& zone, const dns::Name& name) {
    constexpr std::size_t most =
        4; // closest enclosers that records around the name suggest; a true one is among the first
    std::vector<dns::Name> wildcards;
    for (Candidate& candidate : candidates) {
        const int weight = candidate.nsec ? weight_for(candidate, name, zone) : 0;
        if (weight == 0) continue;
        candidate.bears(weight);
        for (const dns::Name& end : {candidate.set->set.owner, candidate.nsec->next}) {
            const auto wildcard = name.common_ancestor(end).wildcard_child();
            if (wildcard && wildcards.size() < most) wildcards.push_back(*wildcard);
        }
    }
    for (Candidate& candidate : candidates)
        for (const dns::Name& wildcard : wildcards)
            if (candidate.nsec) candidate.bears(weight_for(candidate, wildcard, zone));
}

bool covers(const Candidate& candidate, const Hash& hash) {
    const dns::ByteView next = candidate.nsec3->next_hashed_owner;
    const bool behind_owner = candidate.owner_hash < hash;
    const bool before_next = std::lexicographical_compare(hash.begin(), hash.end(), next.begin(), next.end());
    const bool wraps = !std::lexicographical_compare(candidate.owner_hash.begin(), candidate.owner_hash.end(),
                                                     next.begin(), next.end());
    return wraps ? behind_owner || before_next : behind_owner && before_next;
}

// The records with one set of parameters: those that match the name or an ancestor, and those that cover the next
// closer name or the wildcard (RFC 5155 §8.3).
void mark_nsec3(const std::vector<Candidate*>& chain, const dns::Name& zone, const dns::Name& name, Work work) {
    const dns::Nsec3& parameters = *chain.front()->nsec3;
    const auto hash_of = [&](const dns::Name& of) {
        return work.memo.nsec3_hash(of, parameters.salt, parameters.iterations, work.policy.limits);
    };
    const auto mark = [&](const std::optional<Hash>& hash, bool and_covering) {
        bool any = false;
        for (Candidate* candidate : chain) {
            if (!hash || !(candidate->owner_hash == *hash || (and_covering && covers(*candidate, *hash)))) continue;
            candidate->bears(candidate->owner_hash == *hash ? 2 : 1);
            any = true;
        }
        return any;
    };
    mark(hash_of(name), false);
    for (std::size_t labels = zone.label_count(); labels < name.label_count(); ++labels) {
        const dns::Name ancestor = name.ancestor(labels);
        const bool matched = mark(hash_of(ancestor), false);
        const bool denied = mark(hash_of(name.ancestor(labels + 1)), true); // also without a match: RFC 5155 §8.8
        const auto wildcard = ancestor.wildcard_child();
        if (matched && wildcard) mark(hash_of(*wildcard), true);
        if (matched && denied) return;
    }
}

void mark_nsec3(std::vector<Candidate>& candidates, const dns::Name& zone, const dns::Name& name, Work work) {
    constexpr std::size_t most = 2; // sets of parameters: a zone has two while it changes them
    std::vector<std::vector<Candidate*>> chains;
    for (Candidate& candidate : candidates) {
        if (!candidate.nsec3 || candidate.nsec3->iterations > work.policy.limits.nsec3_iterations) continue;
        const auto same = [&](const std::vector<Candidate*>& chain) {
            const dns::Nsec3& first = *chain.front()->nsec3;
            return first.iterations == candidate.nsec3->iterations && first.salt == candidate.nsec3->salt;
        };
        const auto chain = std::find_if(chains.begin(), chains.end(), same);
        if (chain != chains.end())
            chain->push_back(&candidate);
        else if (chains.size() < most)
            chains.push_back({&candidate});
    }
    for (const auto& chain : chains) mark_nsec3(chain, zone, name, work);
}

} // namespace

std::vector<dns::SignedRrSet> denial_candidates(std::span<const dns::SignedRrSet> section, const dns::Name& zone,
                                                const dns::Name& name, Work work) {
    std::vector<dns::SignedRrSet> sets;
    for (const dns::SignedRrSet& set : section) {
        if (set.set.type != RrType::NSEC && set.set.type != RrType::NSEC3) continue;
        if (!set.set.owner.is_at_or_below(zone)) continue; // of the other zones of an alias chain
        for (dns::SignedRrSet& one : one_set_per_denial(set)) sets.push_back(std::move(one));
    }
    if (sets.size() <= work.policy.limits.denial_records || !name.is_at_or_below(zone)) return sets;
    std::vector<Candidate> candidates;
    for (const dns::SignedRrSet& set : sets) candidates.push_back(read(set, zone));
    mark_nsec(candidates, zone, name);
    mark_nsec3(candidates, zone, name, work);
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.weight > b.weight; });
    std::vector<dns::SignedRrSet> ordered;
    for (const Candidate& candidate : candidates) ordered.push_back(*candidate.set);
    return ordered;
}

} // namespace validator
