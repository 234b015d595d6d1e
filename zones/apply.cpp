#include "zones/apply.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "zones/attack.h"

namespace zones {
namespace {

constexpr std::int64_t day = 24 * 60 * 60;
constexpr unsigned unassigned = 100; // among DNSSEC algorithm numbers

// The offset in RDATA of an octet whose change leaves the RDATA well formed and yet different in canonical form.
std::size_t alterable_octet(dns::RrType type, const dns::Bytes& rdata) {
    switch (type) {
    case dns::RrType::MX:
    case dns::RrType::SRV: return 1; // the low octet of the preference or priority
    case dns::RrType::NS:
    case dns::RrType::CNAME:
    case dns::RrType::DNAME:
    case dns::RrType::PTR: return 1; // the first character of the name
    default: return rdata.size() - 1;
    }
}

void alter_rdata(SignedZone& zone, const Fault& fault) {
    for (auto& record : zone.records) {
        if (record.owner != fault.owner || record.type != *fault.type) continue;
        const auto offset = alterable_octet(record.type, record.rdata);
        if (offset >= record.rdata.size()) nothing_to_break(fault, "its data is empty");
        record.rdata[offset] ^= 0x01;
        if (!dns::check_rdata(record.type, record.rdata)) nothing_to_break(fault, "its data cannot be altered");
        return;
    }
    nothing_to_break(fault, "there is no such RRset");
}

const SigningKey& key_of(const SignedZone& zone, const dns::Rrsig& rrsig) {
    const auto found = std::find_if(zone.keys.begin(), zone.keys.end(),
                                    [&](const SigningKey& key) { return key.tag() == rrsig.key_tag; });
    return found == zone.keys.end() ? zone.key_for(rrsig.type_covered) : *found;
}

dns::Name sibling(const dns::Name& apex) {
    const auto parent = apex.is_root() ? apex : apex.parent();
    const auto name = parent.prepend("sibling");
    return name ? *name : dns::Name();
}

dns::KeyTag unused_tag(const SignedZone& zone, dns::KeyTag tag) {
    const auto used = [&](dns::KeyTag candidate) {
        return std::any_of(zone.keys.begin(), zone.keys.end(),
                           [&](const SigningKey& key) { return key.tag() == candidate; });
    };
    while (used(tag)) ++tag; // a zone has two keys at most
    return tag;
}

dns::Rrsig spoil(dns::Rrsig fields, const SignedZone& zone, const Fault& fault) {
    const auto& policy = *zone.policy;
    switch (fault.kind) {
    case FaultKind::rrsig_expired:
        fields.inception = dns::SerialTime::of({policy.inception.seconds - 30 * day});
        fields.expiration = dns::SerialTime::of({policy.inception.seconds - day});
        break;
    case FaultKind::rrsig_not_yet_valid:
        fields.inception = dns::SerialTime::of({policy.expiration.seconds + day});
        fields.expiration = dns::SerialTime::of({policy.expiration.seconds + 30 * day});
        break;
    case FaultKind::rrsig_expires_before_inception: std::swap(fields.inception, fields.expiration); break;
    case FaultKind::rrsig_wrong_signer: fields.signer = sibling(zone.apex); break;
    case FaultKind::rrsig_wrong_labels: ++fields.labels; break;
    case FaultKind::rrsig_labels_too_few:
        if (zone.apex.is_root()) nothing_to_break(fault, "no Labels field is smaller than the root's");
        fields.labels = static_cast<std::uint8_t>(zone.apex.label_count() - 1);
        break;
    case FaultKind::rrsig_wrong_key_tag: fields.key_tag = unused_tag(zone, fields.key_tag); break;
    case FaultKind::rrsig_wrong_algorithm:
        fields.algorithm = static_cast<dns::Algorithm>(fault.details.number.value_or(unassigned));
        break;
    default: break;
    }
    return fields;
}

// Does the fault mean this record: an RRSIG over its RRset, or over all of the zone's, by its key?
bool means(const Fault& fault, const SignedZone& zone, const dns::Record& record) {
    if (record.type != dns::RrType::RRSIG) return false;
    if (!fault.details.everywhere && record.owner != fault.owner) return false;
    const auto rrsig = dns::Rrsig::parse(record.rdata);
    if (!rrsig || (fault.type && rrsig->type_covered != *fault.type)) return false;
    if (!fault.details.key) return true;
    const auto& key = *fault.details.key == KeyRole::ksk ? zone.keys.front() : zone.keys.back();
    return rrsig->key_tag == key.tag();
}

void respoil(SignedZone& zone, const Fault& fault, dns::Record& record) {
    const auto rrsig = dns::Rrsig::parse(record.rdata);
    if (!rrsig) return;
    const auto spoilt = spoil(*rrsig, zone, fault);
    if (fault.details.edited) // with the signature over the old fields
        record.rdata = spoilt.build();
    else
        record = sign_rrset_as(rrset_of(zone, record.owner, rrsig->type_covered), spoilt, key_of(zone, *rrsig));
}

void apply_rrsig_fault(SignedZone& zone, const Fault& fault) {
    const auto meant = [&](const dns::Record& record) { return means(fault, zone, record); };
    if (std::none_of(zone.records.begin(), zone.records.end(), meant))
        nothing_to_break(fault, "there is no RRSIG over it");
    if (fault.kind == FaultKind::rrsig_missing) {
        std::erase_if(zone.records, meant);
        return;
    }
    for (auto& record : zone.records) {
        if (!meant(record)) continue;
        if (fault.kind == FaultKind::rrsig_wrong_octets)
            flip_signature_bit(record);
        else
            respoil(zone, fault, record);
    }
}

} // namespace

void nothing_to_break(const Fault& fault, std::string_view why) {
    throw std::invalid_argument(fmt::format("fault {}: {}", to_text(fault), why));
}

SignedZone* deepest_zone(Zones& zones, const dns::Name& name) {
    for (auto labels = name.label_count() + 1; labels-- > 0;) {
        if (const auto found = zones.find(name.ancestor(labels)); found != zones.end()) return &found->second;
    }
    return nullptr;
}

SignedZone* holder(Zones& zones, const dns::Name& owner, dns::RrType type) {
    const bool parent_side = type == dns::RrType::DS && !owner.is_root();
    return deepest_zone(zones, parent_side ? owner.parent() : owner);
}

bool covers(const dns::Record& record, const dns::Name& owner, dns::RrType type) {
    if (record.type != dns::RrType::RRSIG || record.owner != owner) return false;
    dns::Reader reader(record.rdata);
    const auto covered = reader.u16();
    return covered && *covered == static_cast<std::uint16_t>(type);
}

dns::RrSet rrset_of(const SignedZone& zone, const dns::Name& owner, dns::RrType type) {
    dns::RrSet set(owner, type, 0, {});
    for (const auto& record : zone.records) {
        if (record.owner != owner || record.type != type) continue;
        set.owner = record.owner;
        set.ttl = record.ttl;
        set.rdata.push_back(record.rdata);
    }
    return set;
}

std::size_t remove_rrset(SignedZone& zone, const dns::Name& owner, dns::RrType type) {
    return std::erase_if(zone.records, [&](const auto& r) { return r.owner == owner && r.type == type; });
}

std::size_t remove_signatures(SignedZone& zone, const dns::Name& owner, dns::RrType type) {
    return std::erase_if(zone.records, [&](const auto& record) { return covers(record, owner, type); });
}

void flip_signature_bit(dns::Record& rrsig) {
    constexpr std::size_t from_the_end = 8; // inside the signature of every algorithm, and not its length or sign
    if (rrsig.rdata.size() > from_the_end) rrsig.rdata[rrsig.rdata.size() - from_the_end] ^= 0x01;
}

void flip_signature_bits(SignedZone& zone, const dns::Name& owner, dns::RrType type) {
    for (auto& record : zone.records)
        if (covers(record, owner, type)) flip_signature_bit(record);
}

void sign_again(SignedZone& zone, const dns::Name& owner, dns::RrType type) {
    const auto set = rrset_of(zone, owner, type);
    for (auto& record : zone.records) {
        if (!covers(record, owner, type)) continue;
        if (const auto rrsig = dns::Rrsig::parse(record.rdata))
            record = sign_rrset_as(set, *rrsig, key_of(zone, *rrsig));
    }
}

void add_signed(SignedZone& zone, const dns::RrSet& set) {
    const auto records = set.records();
    zone.records.insert(zone.records.end(), records.begin(), records.end());
    zone.records.push_back(
        sign_rrset(set, zone.apex, zone.key_for(set.type), zone.policy->inception, zone.policy->expiration));
}

void apply_after_signing(Zones& zones, const Fault& fault) {
    const auto type =
        fault.kind == FaultKind::ds_denial_missing ? dns::RrType::DS : fault.type.value_or(dns::RrType::SOA);
    auto* zone = holder(zones, fault.owner, type);
    if (!zone) nothing_to_break(fault, "no zone holds that name");
    if (fault.kind == FaultKind::rdata_altered) return alter_rdata(*zone, fault);
    if (!zone->is_signed()) nothing_to_break(fault, fmt::format("zone {} is not signed", zone->apex.to_text()));
    switch (fault.kind) {
    case FaultKind::dnskey_missing:
    case FaultKind::dnskey_unsigned:
    case FaultKind::dnskey_flags_zero:
    case FaultKind::dnskey_bad_protocol:
    case FaultKind::dnskey_revoked:
    case FaultKind::dnskey_wrong_octets:
    case FaultKind::dnskey_wrong_algorithm:
    case FaultKind::dnskey_cut_short: return apply_dnskey_fault(*zone, fault);
    case FaultKind::nsec3_wrong_owner:
    case FaultKind::nsec3_wrong_next:
    case FaultKind::nsec3_unknown_hash:
    case FaultKind::nsec3param_missing:
    case FaultKind::nsec3param_wrong_salt: return apply_nsec3_fault(*zone, fault);
    case FaultKind::attack_colliding_keys:
    case FaultKind::attack_dnskeys:
    case FaultKind::attack_wrong_signatures:
    case FaultKind::attack_unsolicited_denial: return apply_attack(*zone, fault);
    case FaultKind::ds_denial_missing:
        if (!zones.contains(fault.owner)) nothing_to_break(fault, "it is no zone's apex");
        remove_rrset(*zone, fault.owner, dns::RrType::DS);
        remove_signatures(*zone, fault.owner, dns::RrType::DS);
        return apply_denial_fault(*zone, {FaultKind::denial_missing, fault.owner, dns::RrType::DS});
    case FaultKind::denial_missing:
    case FaultKind::denial_wrong:
    case FaultKind::denial_bad_signature:
    case FaultKind::denial_type_present:
    case FaultKind::wildcard_denial_missing:
    case FaultKind::nsec_next_outside_zone: return apply_denial_fault(*zone, fault);
    default: return apply_rrsig_fault(*zone, fault);
    }
}

} // namespace zones
