// Named faults, applied on purpose. A name says what is broken; the same names stand in scenario files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/record.h"

namespace zones {

enum class FaultKind {
    rrsig_missing,                  // RRSIGs over (owner, type) removed
    rrsig_expired,                  // re-signed with a window that ended before now
    rrsig_not_yet_valid,            // re-signed with a window that begins after now
    rrsig_wrong_octets,             // one bit of the signature flipped
    rrsig_wrong_signer,             // signer's name replaced by a sibling, signature made accordingly
    rrsig_wrong_labels,             // Labels field one too many
    rrsig_wrong_key_tag,            // key tag of no key
    rrsig_expires_before_inception, // re-signed with the window's ends swapped
    dnskey_missing,                 // DNSKEY RRset (and its RRSIG) removed from the zone
    dnskey_unsigned,                // DNSKEY RRset's RRSIG removed
    dnskey_flags_zero,              // Zone Key flag cleared, all re-signed, DS made to match
    dnskey_bad_protocol,            // Protocol 4 in every key, all re-signed, DS made to match
    dnskey_revoked,                 // REVOKE flag set in the KSK, all re-signed, DS made to match
    ds_digest_wrong,                // DS digest octets altered in the parent, parent signed afterwards
    ds_key_tag_wrong,               // DS with the tag of no key
    ds_algorithm_wrong,             // DS names an algorithm that the zone has no key for
    ds_denial_missing,              // insecure delegation without its NSEC/NSEC3: neither DS nor proof
    ds_algorithm_unknown,           // DS with an unassigned algorithm only: the zone becomes insecure
    ds_digest_unknown,              // DS with an unassigned digest type only: the zone becomes insecure
    denial_missing,                 // NSEC/NSEC3 that deny (owner, type) removed, RRSIGs too
    denial_wrong,                   // NSEC/NSEC3 that deny (owner, type) replaced by ones that do not cover it (signed)
    denial_bad_signature,           // their RRSIG's octets altered
    denial_type_present,            // NSEC/NSEC3 at the owner claims that the type exists
    zone_unsigned_under_ds,         // the zone is served unsigned although the parent has a DS
    nsec3_iterations_high,          // the zone re-signed with NSEC3 iterations above every limit
    rdata_altered,                  // RDATA changed after signing
    answer_servfail,                // the recursive face answers SERVFAIL to (owner, type)
    answer_silent,                  // the recursive face does not answer (owner, type)
};

// When a fault is applied: to the zone before it is signed, to the finished zone, or to answers only.
enum class FaultStage { before_signing, after_signing, answering };
FaultStage stage(FaultKind kind);
// rrsig-*, denial-* and rdata-* need a type; answer-* may have one (without: every type); the others refuse one.
enum class TypeRule { required, optional, refused };
TypeRule type_rule(FaultKind kind);

std::string_view to_text(FaultKind kind);                        // "rrsig-expired"
std::optional<FaultKind> fault_kind_from_text(std::string_view); // that name
const std::vector<FaultKind>& all_fault_kinds();

struct Fault {
    FaultKind kind{};
    dns::Name owner;                 // what is broken: an owner name, or a zone's apex for ds-*, dnskey-*, zone-*
    std::optional<dns::RrType> type; // see type_rule
};

std::string to_text(const Fault& fault); // "rrsig-expired mx.example. A"

} // namespace zones
