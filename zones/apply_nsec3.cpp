// The faults that change all NSEC3 records of a zone, or its NSEC3PARAM.
#include <algorithm>

#include "resolver/dns/text.h"
#include "zones/apply.h"
#include "zones/contents.h"

namespace zones {
namespace {

constexpr std::uint8_t unassigned_hash = 2; // only SHA-1 has a number (RFC 5155 §11)

// The octets one after `hash` in the order of hashes.
dns::Bytes successor(dns::Bytes hash) {
    for (auto octet = hash.rbegin(); octet != hash.rend() && ++*octet == 0; ++octet) {
    }
    return hash;
}

std::optional<dns::Bytes> hash_of(const dns::Name& owner) {
    const auto label = owner.label(0);
    const auto hash = dns::from_base32hex({reinterpret_cast<const char*>(label.data()), label.size()});
    return hash ? std::optional(*hash) : std::nullopt;
}

bool belongs_to_nsec3(const dns::Record& record) {
    return record.type == dns::RrType::NSEC3 || covers(record, record.owner, dns::RrType::NSEC3);
}

// Whole lines are moved: each NSEC3 takes its RRSIG along.
void move_owners(SignedZone& zone) {
    for (auto& record : zone.records) {
        if (!belongs_to_nsec3(record)) continue;
        if (const auto hash = hash_of(record.owner)) record.owner = nsec3_owner(successor(*hash), zone.apex);
    }
}

void edit(SignedZone& zone, FaultKind kind) {
    for (auto& record : zone.records) {
        if (record.type != dns::RrType::NSEC3) continue;
        auto nsec3 = dns::Nsec3::parse(record.rdata);
        const auto hash = hash_of(record.owner);
        if (!nsec3 || !hash) continue;
        if (kind == FaultKind::nsec3_wrong_next)
            nsec3->next_hashed_owner = successor(*hash);
        else
            nsec3->hash_algorithm = unassigned_hash;
        record.rdata = nsec3->build();
    }
}

void sign_all_again(SignedZone& zone) {
    std::vector<dns::Name> owners;
    for (const auto& record : zone.records)
        if (record.type == dns::RrType::NSEC3) owners.push_back(record.owner);
    for (const auto& owner : owners) sign_again(zone, owner, dns::RrType::NSEC3);
}

void spoil_salt(SignedZone& zone) {
    const auto record = std::find_if(zone.records.begin(), zone.records.end(), [&](const dns::Record& r) {
        return r.owner == zone.apex && r.type == dns::RrType::NSEC3PARAM;
    });
    auto param = dns::Nsec3param::parse(record->rdata);
    if (!param) return;
    param->salt.push_back(0xff);
    record->rdata = param->build();
    sign_again(zone, zone.apex, dns::RrType::NSEC3PARAM);
}

} // namespace

void apply_nsec3_fault(SignedZone& zone, const Fault& fault) {
    if (zone.apex != fault.owner) nothing_to_break(fault, "it is no zone's apex");
    if (rrset_of(zone, zone.apex, dns::RrType::NSEC3PARAM).rdata.empty()) nothing_to_break(fault, "it has no NSEC3");
    switch (fault.kind) {
    case FaultKind::nsec3param_missing:
        remove_rrset(zone, zone.apex, dns::RrType::NSEC3PARAM);
        remove_signatures(zone, zone.apex, dns::RrType::NSEC3PARAM);
        zone.thought_unsigned = true;
        return;
    case FaultKind::nsec3param_wrong_salt: return spoil_salt(zone);
    case FaultKind::nsec3_wrong_owner: move_owners(zone); break;
    default: edit(zone, fault.kind);
    }
    if (!fault.details.edited) sign_all_again(zone);
}

} // namespace zones
