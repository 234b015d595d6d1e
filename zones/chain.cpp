#include <algorithm>
#include <array>
#include <map>

#include "validator/crypto.h"
#include "zones/contents.h"

namespace zones {
namespace {

// Types whose RRsets at this node belong to this zone: at a cut only NS and DS do (RFC 4035 §2.3).
std::vector<dns::RrType> own_types(const Contents& contents, const dns::Name& owner, const Contents::Sets& sets) {
    const bool cut = contents.is_cut(owner);
    std::vector<dns::RrType> types;
    for (const auto& [type, set] : sets) {
        if (!cut || type == dns::RrType::NS || type == dns::RrType::DS) types.push_back(type);
    }
    return types;
}

using Hash = std::array<std::uint8_t, 20>;

// The types at every name that gets an NSEC3: owners of data and, without types, the empty non-terminals above them.
std::map<dns::Name, std::vector<dns::RrType>> hashed_names(const Contents& contents, bool opt_out) {
    std::map<dns::Name, std::vector<dns::RrType>> names;
    for (const auto& [owner, sets] : contents.nodes) {
        if (contents.is_occluded(owner)) continue;
        const bool cut = contents.is_cut(owner);
        const bool has_signature = !cut || sets.contains(dns::RrType::DS);
        if (opt_out && !has_signature) continue; // RFC 5155 §7.1: an insecure delegation may be left out
        auto types = own_types(contents, owner, sets);
        if (has_signature) types.push_back(dns::RrType::RRSIG);
        names[owner] = std::move(types);
        for (auto labels = owner.label_count(); labels > contents.apex.label_count() + 1;)
            names.try_emplace(owner.ancestor(--labels));
    }
    return names;
}

} // namespace

std::vector<dns::RrSet> nsec_chain(const Contents& contents) {
    std::vector<const dns::Name*> owners;
    for (const auto& [owner, sets] : contents.nodes) {
        if (!contents.is_occluded(owner)) owners.push_back(&owner);
    }
    std::vector<dns::RrSet> chain;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        const auto& owner = *owners[i];
        auto types = own_types(contents, owner, contents.nodes.at(owner));
        types.push_back(dns::RrType::RRSIG);
        types.push_back(dns::RrType::NSEC);
        const dns::Nsec nsec{*owners[(i + 1) % owners.size()], dns::TypeBitmap(std::move(types))};
        chain.push_back(dns::RrSet(owner, dns::RrType::NSEC, contents.denial_ttl(), {nsec.build()}));
    }
    return chain;
}

std::vector<dns::RrSet> nsec3_chain(const Contents& contents, const SigningPolicy& policy) {
    const bool opt_out = policy.denial == Denial::nsec3_opt_out;
    std::map<Hash, std::vector<dns::RrType>> hashes;
    for (auto& [name, types] : hashed_names(contents, opt_out))
        hashes[validator::nsec3_hash(name, policy.nsec3_salt, policy.nsec3_iterations)] = types;

    std::vector<dns::RrSet> chain;
    for (auto here = hashes.begin(); here != hashes.end(); ++here) {
        const auto next = std::next(here) == hashes.end() ? hashes.begin() : std::next(here);
        const dns::Nsec3 nsec3{.flags = opt_out ? dns::Nsec3::opt_out_flag : std::uint8_t{0},
                               .iterations = policy.nsec3_iterations,
                               .salt = policy.nsec3_salt,
                               .next_hashed_owner = dns::Bytes(next->first.begin(), next->first.end()),
                               .types = dns::TypeBitmap(here->second)};
        chain.push_back(dns::RrSet(nsec3_owner(here->first, contents.apex), dns::RrType::NSEC3, contents.denial_ttl(),
                                   {nsec3.build()}));
    }
    return chain;
}

} // namespace zones
