#include "resolver/dns/text.h"
#include "zones/apply.h"
#include "zones/contents.h"
#include "zones/lookup.h"

namespace zones {
namespace {

// Takes the RRset and its signatures out of the zone.
void take_out(SignedZone& zone, const dns::RrSet& set) {
    remove_rrset(zone, set.owner, set.type);
    remove_signatures(zone, set.owner, set.type);
}

// The octets one after `hash` in the order of hashes.
dns::Bytes successor(dns::Bytes hash) {
    for (auto octet = hash.rbegin(); octet != hash.rend() && ++*octet == 0; ++octet) {
    }
    return hash;
}

// The name directly after `name` in canonical order (RFC 4470 §3.1.2: a least label of one zero octet in front).
dns::Name successor(const dns::Name& name, const Fault& fault) {
    const std::uint8_t zero = 0;
    const auto next = name.prepend_label({&zero, 1});
    if (!next) nothing_to_break(fault, "its NSEC's owner is too long to be moved");
    return *next;
}

dns::Bytes hash_of(const dns::Name& nsec3_owner, const Fault& fault) {
    const auto label = nsec3_owner.label(0);
    const auto hash = dns::from_base32hex({reinterpret_cast<const char*>(label.data()), label.size()});
    if (!hash) nothing_to_break(fault, "the owner of its NSEC3 is no hash");
    return *hash;
}

// An NSEC that spans nothing; where it spoke of its own owner, the next name's NSEC instead of this one.
dns::RrSet misplaced_nsec(const dns::RrSet& set, bool speaks_of_owner, const Fault& fault) {
    auto nsec = dns::Nsec::parse(set.rdata.front());
    if (!nsec) nothing_to_break(fault, "its NSEC is broken already");
    const auto next = successor(set.owner, fault);
    if (!speaks_of_owner) nsec->next = next;
    return dns::RrSet(speaks_of_owner ? next : set.owner, set.type, set.ttl, {nsec->build()});
}

dns::RrSet misplaced_nsec3(const dns::RrSet& set, bool speaks_of_owner, const dns::Name& apex, const Fault& fault) {
    auto nsec3 = dns::Nsec3::parse(set.rdata.front());
    if (!nsec3) nothing_to_break(fault, "its NSEC3 is broken already");
    const auto next = successor(hash_of(set.owner, fault));
    if (!speaks_of_owner) nsec3->next_hashed_owner = next;
    return dns::RrSet(speaks_of_owner ? nsec3_owner(next, apex) : set.owner, set.type, set.ttl, {nsec3->build()});
}

// The same NSEC with a next name that is no name of the zone (RFC 4034 §4.1.1): behind it in canonical order.
dns::RrSet leading_out(const dns::RrSet& set, const dns::Name& apex, const Fault& fault) {
    if (set.type != dns::RrType::NSEC) nothing_to_break(fault, "it is not denied by an NSEC");
    auto nsec = dns::Nsec::parse(set.rdata.front());
    if (!nsec) nothing_to_break(fault, "its NSEC is broken already");
    if (apex.is_root()) nothing_to_break(fault, "nothing is outside the root");
    const auto label = apex.label(0);
    const auto outside = apex.parent().prepend(std::string(label.begin(), label.end()) + "-outside");
    if (!outside) nothing_to_break(fault, "the zone's name is too long");
    nsec->next = *outside;
    return dns::RrSet(set.owner, set.type, set.ttl, {nsec->build()});
}

// The NSEC or NSEC3 records that deny the wildcard of an absent name, and nothing else.
void take_out_wildcard_denial(SignedZone& zone, const ZoneIndex& index, const Finding& finding, const Fault& fault) {
    const auto wildcard = index.closest_encloser(fault.owner).wildcard_child();
    if (finding.kind != Finding::Kind::name_error || !wildcard) nothing_to_break(fault, "the name is there");
    const auto* denial =
        index.has_nsec3() ? index.nsec3_before(index.hashed_owner(*wildcard)) : index.nsec_before(*wildcard);
    if (!denial || denial == finding.proof.front()) nothing_to_break(fault, "one record denies name and wildcard");
    const auto owner = denial->set.owner;
    take_out(zone, denial->set);
    zone.withheld.push_back(owner);
}

// Every NSEC or NSEC3 of the zone, with the signatures.
void take_out_all(SignedZone& zone, const Fault& fault) {
    if (!fault.type || (*fault.type != dns::RrType::NSEC && *fault.type != dns::RrType::NSEC3))
        nothing_to_break(fault, "everywhere, its type is NSEC or NSEC3");
    const auto removed = std::erase_if(zone.records, [&](const dns::Record& record) {
        return record.type == *fault.type || covers(record, record.owner, *fault.type);
    });
    if (removed == 0) nothing_to_break(fault, "the zone has none");
}

template <class Denying>
dns::RrSet claiming(const dns::RrSet& set, dns::RrType type, const Fault& fault) {
    auto denying = Denying::parse(set.rdata.front());
    if (!denying) nothing_to_break(fault, "its denial is broken already");
    auto types = denying->types.types();
    types.push_back(type);
    denying->types = dns::TypeBitmap(std::move(types));
    return dns::RrSet(set.owner, set.type, set.ttl, {denying->build()});
}

} // namespace

void apply_denial_fault(SignedZone& zone, const Fault& fault) {
    if (fault.details.everywhere) return take_out_all(zone, fault);
    const ZoneIndex index(zone);
    const auto finding = look_up(index, dns::Question(fault.owner, *fault.type));
    if (finding.proof.empty()) nothing_to_break(fault, "it is not denied: it exists, or it was broken before");
    const auto set = finding.proof.front()->set;
    const bool is_nsec = set.type == dns::RrType::NSEC;
    const bool speaks_of_owner = set.owner == (is_nsec ? fault.owner : index.hashed_owner(fault.owner));

    switch (fault.kind) {
    case FaultKind::denial_missing:
        take_out(zone, set);
        zone.withheld.push_back(set.owner);
        return;
    case FaultKind::wildcard_denial_missing: return take_out_wildcard_denial(zone, index, finding, fault);
    case FaultKind::nsec_next_outside_zone: {
        const auto changed = leading_out(set, zone.apex, fault);
        take_out(zone, set);
        return add_signed(zone, changed);
    }
    case FaultKind::denial_bad_signature: return flip_signature_bits(zone, set.owner, set.type);
    case FaultKind::denial_wrong:
        take_out(zone, set);
        return add_signed(zone, is_nsec ? misplaced_nsec(set, speaks_of_owner, fault)
                                        : misplaced_nsec3(set, speaks_of_owner, zone.apex, fault));
    default:
        if (!speaks_of_owner) nothing_to_break(fault, "the name has no NSEC or NSEC3 of its own");
        take_out(zone, set);
        return add_signed(zone, is_nsec ? claiming<dns::Nsec>(set, *fault.type, fault)
                                        : claiming<dns::Nsec3>(set, *fault.type, fault));
    }
}

} // namespace zones
