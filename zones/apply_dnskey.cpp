// The faults that change single keys of a DNSKEY RRset, before or after it is signed.
#include <algorithm>

#include "zones/apply.h"

namespace zones {
namespace {

constexpr unsigned unassigned_algorithm = 100;
constexpr std::uint8_t wrong_protocol = 4;

// Half of what there is: too little for every algorithm.
dns::Bytes cut_short(dns::Bytes octets) {
    octets.resize(octets.size() / 2);
    return octets;
}

// One bit in the middle: of an RSA modulus, or of a point's coordinate.
dns::Bytes altered(dns::Bytes octets) {
    octets[octets.size() / 2] ^= 0x01;
    return octets;
}

bool is_that_key(const dns::Record& record, const dns::Name& apex, const SigningKey& key) {
    return record.owner == apex && record.type == dns::RrType::DNSKEY && record.rdata == key.dnskey().build();
}

void unsign(SignedZone& zone, const Fault& fault) {
    const auto removed = std::erase_if(zone.records, [&](const dns::Record& record) {
        if (!covers(record, zone.apex, dns::RrType::DNSKEY)) return false;
        const auto rrsig = dns::Rrsig::parse(record.rdata);
        for (std::size_t i = 0; i < zone.keys.size(); ++i)
            if (concerns(fault, i) && rrsig && rrsig->key_tag == zone.keys[i].tag()) return true;
        return false;
    });
    if (removed == 0) nothing_to_break(fault, "there is no RRSIG over it");
}

} // namespace

bool concerns(const Fault& fault, std::size_t key_index) {
    if (fault.details.key) return (key_index == 0) == (*fault.details.key == KeyRole::ksk);
    return fault.kind != FaultKind::dnskey_revoked || key_index == 0;
}

SigningKey spoil_key(const SigningKey& key, const Fault& fault) {
    constexpr auto no_zone_key = static_cast<std::uint16_t>(~dns::Dnskey::zone_key_flag);
    const auto& dnskey = key.dnskey();
    switch (fault.kind) {
    case FaultKind::dnskey_flags_zero: return key.with_flags(dnskey.flags & no_zone_key);
    case FaultKind::dnskey_bad_protocol: return key.with_protocol(wrong_protocol);
    case FaultKind::dnskey_revoked: return key.with_flags(dnskey.flags | dns::Dnskey::revoke_flag);
    case FaultKind::dnskey_wrong_octets: return key.with_public_key(altered(dnskey.public_key));
    case FaultKind::dnskey_cut_short: return key.with_public_key(cut_short(dnskey.public_key));
    case FaultKind::dnskey_wrong_algorithm:
    case FaultKind::zone_algorithm_unsupported:
        return key.with_algorithm(static_cast<dns::Algorithm>(fault.details.number.value_or(unassigned_algorithm)));
    default: return key;
    }
}

void apply_dnskey_fault(SignedZone& zone, const Fault& fault) {
    constexpr auto type = dns::RrType::DNSKEY;
    if (zone.apex != fault.owner) nothing_to_break(fault, "it is no zone's apex");
    if (fault.kind == FaultKind::dnskey_unsigned) return unsign(zone, fault);
    if (fault.kind == FaultKind::dnskey_missing && !fault.details.key) {
        if (!fault.details.edited) remove_signatures(zone, zone.apex, type);
        if (remove_rrset(zone, zone.apex, type) == 0) nothing_to_break(fault, "it has no DNSKEY records");
        return;
    }
    bool any = false;
    for (std::size_t i = 0; i < zone.keys.size(); ++i) {
        if (!concerns(fault, i)) continue;
        const auto& key = zone.keys[i];
        const auto record = std::find_if(zone.records.begin(), zone.records.end(),
                                         [&](const auto& r) { return is_that_key(r, zone.apex, key); });
        if (record == zone.records.end()) continue;
        any = true;
        if (fault.kind == FaultKind::dnskey_missing)
            zone.records.erase(record);
        else
            record->rdata = spoil_key(key, fault).dnskey().build();
    }
    if (!any) nothing_to_break(fault, "there is no such key");
    if (!fault.details.edited) sign_again(zone, zone.apex, type);
}

} // namespace zones
