#include "zones/proof.h"

#include <algorithm>

namespace zones {
namespace {

void add(Proof& proof, const dns::SignedRrSet* set) {
    if (!set || set->set.rdata.empty()) return; // withheld by a fault
    if (std::find(proof.begin(), proof.end(), set) == proof.end()) proof.push_back(set);
}

const dns::SignedRrSet* nsec3_for(const ZoneIndex& index, const dns::Name& name) {
    return index.nsec3_at(index.hashed_owner(name));
}

const dns::SignedRrSet* nsec3_over(const ZoneIndex& index, const dns::Name& name) {
    return index.nsec3_before(index.hashed_owner(name));
}

dns::Name next_closer(const dns::Name& name, const dns::Name& encloser) {
    return name.ancestor(encloser.label_count() + 1);
}

// The wildcard directly below `encloser`; nullopt where that name would be too long to exist.
std::optional<dns::Name> wildcard_below(const dns::Name& encloser) {
    const auto wildcard = encloser.wildcard_child();
    return wildcard ? std::optional(*wildcard) : std::nullopt;
}

// The deepest strict ancestor that has an NSEC3 of its own: under opt-out not always the closest encloser itself
// (RFC 5155 §7.2.1). The apex at worst.
dns::Name provable_encloser(const ZoneIndex& index, const dns::Name& name) {
    for (auto labels = name.label_count(); labels-- > index.apex().label_count() + 1;) {
        const auto ancestor = name.ancestor(labels);
        if (nsec3_for(index, ancestor)) return ancestor;
    }
    return index.apex();
}

Proof nsec3_encloser_proof(const ZoneIndex& index, const dns::Name& name, const dns::Name& encloser) {
    Proof proof;
    add(proof, nsec3_over(index, next_closer(name, encloser)));
    add(proof, nsec3_for(index, encloser));
    return proof;
}

} // namespace

Proof prove_no_data(const ZoneIndex& index, const dns::Name& name) {
    Proof proof;
    if (!index.has_nsec3()) {
        const auto* own = index.nsec_at(name);
        add(proof, own ? own : index.nsec_before(name)); // an empty non-terminal has none of its own
        return proof;
    }
    const auto* own = nsec3_for(index, name);
    if (!own && name != index.apex()) return nsec3_encloser_proof(index, name, provable_encloser(index, name));
    add(proof, own);
    return proof;
}

Proof prove_name_error(const ZoneIndex& index, const dns::Name& name) {
    Proof proof;
    const auto encloser = index.has_nsec3() ? provable_encloser(index, name) : index.closest_encloser(name);
    const auto wildcard = wildcard_below(encloser);
    if (index.has_nsec3()) {
        proof = nsec3_encloser_proof(index, name, encloser);
        if (wildcard) add(proof, nsec3_over(index, *wildcard));
    } else {
        add(proof, index.nsec_before(name));
        if (wildcard) add(proof, index.nsec_before(*wildcard));
    }
    return proof;
}

Proof prove_expansion(const ZoneIndex& index, const dns::Name& name) {
    Proof proof;
    if (index.has_nsec3()) {
        add(proof, nsec3_over(index, next_closer(name, index.closest_encloser(name))));
    } else {
        add(proof, index.nsec_before(name));
    }
    return proof;
}

Proof prove_wildcard_no_data(const ZoneIndex& index, const dns::Name& name) {
    auto proof = prove_expansion(index, name);
    const auto encloser = index.closest_encloser(name);
    const auto wildcard = wildcard_below(encloser);
    if (index.has_nsec3()) {
        add(proof, nsec3_for(index, encloser));
        if (wildcard) {
            const auto* own = nsec3_for(index, *wildcard);
            add(proof, own ? own : nsec3_over(index, *wildcard));
        }
    } else if (wildcard) {
        const auto* own = index.nsec_at(*wildcard);
        add(proof, own ? own : index.nsec_before(*wildcard));
    }
    return proof;
}

} // namespace zones
