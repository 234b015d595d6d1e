// Applies faults of FaultStage::after_signing to finished zones. For the sources of this folder.
#pragma once

#include <map>

#include "zones/fault.h"
#include "zones/signer.h"

namespace zones {

using Zones = std::map<dns::Name, SignedZone>;

// The deepest zone at or above the name; nullptr where there is none.
SignedZone* deepest_zone(Zones& zones, const dns::Name& name);
// The zone that holds (or would hold) this RRset: for DS the parent's side (RFC 4035 §3.1.4.1).
SignedZone* holder(Zones& zones, const dns::Name& owner, dns::RrType type);

// Throws std::invalid_argument ("fault rrsig-missing mx.example. A: ...") where there is nothing to break.
void apply_after_signing(Zones& zones, const Fault& fault);

// --- the parts it is made of ---
[[noreturn]] void nothing_to_break(const Fault& fault, std::string_view why);
// NSEC or NSEC3 of the denial of (owner, type), by fault.kind.
void apply_denial_fault(SignedZone& zone, const Fault& fault);
// All NSEC3 records of the zone, or its NSEC3PARAM.
void apply_nsec3_fault(SignedZone& zone, const Fault& fault);
// Records of the finished zone's DNSKEY RRset.
void apply_dnskey_fault(SignedZone& zone, const Fault& fault);
// The key under the fault: other flags, protocol, algorithm or octets.
SigningKey spoil_key(const SigningKey& key, const Fault& fault);
// Is the fault about this one of the zone's keys (0 is the KSK or CSK)?
bool concerns(const Fault& fault, std::size_t key_index);
// The RRset as the zone has it now; without RDATA where there is none.
dns::RrSet rrset_of(const SignedZone& zone, const dns::Name& owner, dns::RrType type);
bool covers(const dns::Record& record, const dns::Name& owner, dns::RrType type);     // an RRSIG over that RRset
std::size_t remove_rrset(SignedZone& zone, const dns::Name& owner, dns::RrType type); // the number removed
std::size_t remove_signatures(SignedZone& zone, const dns::Name& owner, dns::RrType type);
void flip_signature_bit(dns::Record& rrsig);
void flip_signature_bits(SignedZone& zone, const dns::Name& owner, dns::RrType type); // one bit of each signature
void add_signed(SignedZone& zone, const dns::RrSet& set); // with an RRSIG in the zone's usual window
// Each RRSIG over it made anew over the RRset as it is now, with the fields that it has.
void sign_again(SignedZone& zone, const dns::Name& owner, dns::RrType type);

} // namespace zones
