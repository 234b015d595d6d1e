#include "zones/index.h"

#include <algorithm>

#include "validator/crypto.h"
#include "zones/contents.h"

namespace zones {
namespace {

bool is_denial(dns::RrType type) { return type == dns::RrType::NSEC || type == dns::RrType::NSEC3; }

void add_record(dns::SignedRrSet& signed_set, const dns::Record& record) {
    auto& set = signed_set.set;
    if (set.rdata.empty()) set = dns::RrSet(record.owner, record.type, record.ttl, {});
    set.ttl = std::min(set.ttl, record.ttl);
    set.rdata.push_back(record.rdata);
}

void add_signature(dns::SignedRrSet& signed_set, const dns::Record& rrsig) {
    signed_set.signature_ttl =
        signed_set.signatures.empty() ? rrsig.ttl : std::min(signed_set.signature_ttl, rrsig.ttl);
    signed_set.signatures.push_back(rrsig.rdata);
}

dns::RrType covered_type(const dns::Record& rrsig) {
    dns::Reader reader(rrsig.rdata);
    const auto type = reader.u16();
    return static_cast<dns::RrType>(type ? *type : 0);
}

dns::SignedRrSet* find_in(std::vector<dns::SignedRrSet>& sets, dns::RrType type) {
    const auto found = std::find_if(sets.begin(), sets.end(), [&](const auto& s) { return s.set.type == type; });
    return found == sets.end() ? nullptr : &*found;
}

} // namespace

ZoneIndex::ZoneIndex(const SignedZone& zone)
    : apex_(zone.apex) {
    const auto chain_of = [this](dns::RrType type) -> Chain& { return type == dns::RrType::NSEC ? nsec_ : nsec3_; };
    for (const auto& record : zone.records) {
        if (record.type == dns::RrType::RRSIG) continue;
        if (zone.thought_unsigned && is_denial(record.type)) continue;
        if (is_denial(record.type)) {
            add_record(chain_of(record.type)[record.owner], record);
            continue;
        }
        auto& sets = nodes_[record.owner];
        auto* set = find_in(sets, record.type);
        add_record(set ? *set : sets.emplace_back(), record);
    }
    for (const auto& record : zone.records) {
        if (record.type != dns::RrType::RRSIG || zone.thought_unsigned) continue;
        const auto type = covered_type(record);
        if (is_denial(type)) {
            const auto found = chain_of(type).find(record.owner);
            if (found != chain_of(type).end()) add_signature(found->second, record);
        } else if (const auto node = nodes_.find(record.owner); node != nodes_.end()) {
            if (auto* set = find_in(node->second, type)) add_signature(*set, record);
        }
    }
    if (zone.policy && zone.policy->denial != Denial::nsec && !zone.thought_unsigned) use_nsec3_chain(*zone.policy);
    for (const auto& owner : zone.withheld) (has_nsec3() ? nsec3_ : nsec_)[owner] = {};
}

// RFC 5155 §4: a server uses the chain that NSEC3PARAM names; NSEC3 records with other parameters are no part of it.
void ZoneIndex::use_nsec3_chain(const SigningPolicy& policy) {
    nsec3param_ = dns::Nsec3param{.iterations = policy.nsec3_iterations, .salt = policy.nsec3_salt};
    const auto* published = find(apex_, dns::RrType::NSEC3PARAM);
    const auto param = published ? dns::Nsec3param::parse(published->set.rdata.front()) : *nsec3param_;
    if (!param) return;
    nsec3param_ = *param;
    std::erase_if(nsec3_, [&](const auto& entry) {
        const auto nsec3 = dns::Nsec3::parse(entry.second.set.rdata.front());
        return nsec3 && (nsec3->salt != nsec3param_->salt || nsec3->iterations != nsec3param_->iterations);
    });
}

const std::vector<dns::SignedRrSet>* ZoneIndex::at(const dns::Name& owner) const {
    const auto node = nodes_.find(owner);
    return node == nodes_.end() ? nullptr : &node->second;
}

const dns::SignedRrSet* ZoneIndex::find(const dns::Name& owner, dns::RrType type) const {
    const auto* sets = at(owner);
    if (!sets) return nullptr;
    const auto found = std::find_if(sets->begin(), sets->end(), [&](const auto& s) { return s.set.type == type; });
    return found == sets->end() ? nullptr : &*found;
}

bool ZoneIndex::exists(const dns::Name& name) const {
    // In canonical order (RFC 4034 §6.1) a name's descendants follow it at once.
    const auto node = nodes_.lower_bound(name);
    return node != nodes_.end() && node->first.is_at_or_below(name);
}

dns::Name ZoneIndex::closest_encloser(const dns::Name& name) const {
    for (auto labels = name.label_count(); labels > apex_.label_count(); --labels) {
        const auto ancestor = name.ancestor(labels);
        if (exists(ancestor)) return ancestor;
    }
    return apex_;
}

const dns::SignedRrSet* ZoneIndex::cut_above(const dns::Name& name) const {
    for (auto labels = apex_.label_count() + 1; labels <= name.label_count(); ++labels) {
        if (const auto* cut = find(name.ancestor(labels), dns::RrType::NS)) return cut;
    }
    return nullptr;
}

const dns::SignedRrSet* ZoneIndex::dname_above(const dns::Name& name) const {
    for (auto labels = apex_.label_count(); labels < name.label_count(); ++labels) {
        if (const auto* dname = find(name.ancestor(labels), dns::RrType::DNAME)) return dname;
    }
    return nullptr;
}

const dns::SignedRrSet* ZoneIndex::at_or_before(const Chain& chain, const dns::Name& name) {
    if (chain.empty()) return nullptr;
    const auto after = chain.upper_bound(name);
    return after == chain.begin() ? &chain.rbegin()->second : &std::prev(after)->second;
}

const dns::SignedRrSet* ZoneIndex::nsec_at(const dns::Name& owner) const {
    const auto found = nsec_.find(owner);
    return found == nsec_.end() ? nullptr : &found->second;
}

const dns::SignedRrSet* ZoneIndex::nsec_before(const dns::Name& name) const { return at_or_before(nsec_, name); }

dns::Name ZoneIndex::hashed_owner(const dns::Name& name) const {
    return nsec3_owner(validator::nsec3_hash(name, nsec3param_->salt, nsec3param_->iterations), apex_);
}

const dns::SignedRrSet* ZoneIndex::nsec3_at(const dns::Name& hashed_owner) const {
    const auto found = nsec3_.find(hashed_owner);
    return found == nsec3_.end() ? nullptr : &found->second;
}

const dns::SignedRrSet* ZoneIndex::nsec3_before(const dns::Name& hashed_owner) const {
    return at_or_before(nsec3_, hashed_owner);
}

} // namespace zones
