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
    rrsig_labels_too_few,           // Labels field smaller than the signer's name has, signature made accordingly
    rrsig_wrong_algorithm,          // Algorithm field unassigned (100), or `number`
    dnskey_missing,                 // DNSKEY RRset (and its RRSIG) removed from the zone
    dnskey_unsigned,                // DNSKEY RRset's RRSIG removed
    dnskey_flags_zero,              // Zone Key flag cleared, all re-signed, DS made to match
    dnskey_bad_protocol,            // Protocol 4 in every key, all re-signed, DS made to match
    dnskey_revoked,                 // REVOKE flag set in the KSK, all re-signed, DS made to match
    dnskey_wrong_octets,            // one bit of the public key altered; the DS still names the true key
    dnskey_wrong_algorithm,         // Algorithm field unassigned (100), or `number`; the DS still names the true key
    dnskey_cut_short,               // the public key's octets end too early, all re-signed, DS made to match
    ds_digest_wrong,                // DS digest octets altered in the parent, parent signed afterwards
    ds_key_tag_wrong,               // DS with the tag of no key
    ds_algorithm_wrong,             // DS names an algorithm that the zone has no key for
    ds_digest_cut_short,            // DS digest one octet shorter than its type's
    ds_denial_missing,              // insecure delegation without its NSEC/NSEC3: neither DS nor proof
    ds_algorithm_unknown,           // DS with an unassigned algorithm only: the zone becomes insecure
    ds_digest_unknown,              // DS with an unassigned digest type only: the zone becomes insecure
    denial_missing,                 // NSEC/NSEC3 that deny (owner, type) removed, RRSIGs too
    denial_wrong,                   // NSEC/NSEC3 that deny (owner, type) replaced by ones that do not cover it (signed)
    denial_bad_signature,           // their RRSIG's octets altered
    denial_type_present,            // NSEC/NSEC3 at the owner claims that the type exists
    wildcard_denial_missing,        // NSEC/NSEC3 that deny the wildcard of an absent (owner, type) removed, RRSIGs too
    nsec_next_outside_zone,     // Next Domain Name of the NSEC that denies (owner, type) lies in another zone (signed)
    nsec3_wrong_owner,          // every NSEC3 of the zone moved to another hash
    nsec3_wrong_next,           // Next Hashed Owner Name of every NSEC3 directly after its owner: it covers nothing
    nsec3_unknown_hash,         // Hash Algorithm of every NSEC3 unassigned (2)
    nsec3param_missing,         // NSEC3PARAM removed: the server takes the zone for unsigned (RFC 5155 §4)
    nsec3param_wrong_salt,      // NSEC3PARAM with a salt that no NSEC3 has: the server finds none of them
    zone_algorithm_unsupported, // keys, signatures and DS bear an algorithm that validators lack: `number`, or 100
    zone_unsigned_under_ds,     // the zone is served unsigned although the parent has a DS
    nsec3_iterations_high,      // the zone re-signed with NSEC3 iterations above every limit
    rdata_altered,              // RDATA changed after signing
    attack_colliding_keys,      // `number` keys of one tag added to the DNSKEY RRset (`key`: ksk, else as ZSKs)
    attack_dnskeys,             // `number` more keys in the DNSKEY RRset
    attack_ds_records,          // `number` DS records of colliding keys in front of the true one
    attack_wrong_signatures,    // `number` signatures that name the colliding keys in front of the true one
    attack_unsolicited_denial,  // `number` signed NSEC or NSEC3 records in every answer that nobody asked for
    answer_servfail,            // the recursive face answers SERVFAIL to (owner, type)
    answer_silent,              // the recursive face does not answer (owner, type)
    zone_refuses,               // the zone's servers refuse every question: SERVFAIL to the client, with EDE 22
};

// When a fault is applied: to the zone before it is signed, to the finished zone, or to answers only.
enum class FaultStage { before_signing, after_signing, answering };
// rrsig-*, denial-* and rdata-* need a type; answer-* may have one (without: every type); the others refuse one.
enum class TypeRule { required, optional, refused };
TypeRule type_rule(FaultKind kind);

std::string_view to_text(FaultKind kind);                        // "rrsig-expired"
std::optional<FaultKind> fault_kind_from_text(std::string_view); // that name
const std::vector<FaultKind>& all_fault_kinds();

enum class KeyRole { ksk, zsk };
std::string_view to_text(KeyRole role); // "ksk"
std::optional<KeyRole> key_role_from_text(std::string_view);

// What narrows or widens a fault, where its kind allows that (`detail_allowed`).
struct FaultDetails {
    std::optional<KeyRole> key;     // dnskey-*: this key alone; rrsig-*: signatures by this key alone
    std::optional<unsigned> number; // the wrong key tag, algorithm or digest type itself; attack-*: how many (50)
    bool edited = false;            // done to the finished zone: the signatures are left as they were, and fail
    bool everywhere = false;        // rrsig-*, denial-missing: owner is a zone's apex, all of the zone is meant (all
                                    // RRsets of the type, or every RRset)
};
enum class FaultDetail { key, number, edited, everywhere };
bool detail_allowed(FaultKind kind, FaultDetail detail);
unsigned largest_number(FaultKind kind); // of FaultDetails::number

struct Fault {
    FaultKind kind{};
    dns::Name owner;                 // what is broken: an owner name, or a zone's apex for ds-*, dnskey-*, zone-*
    std::optional<dns::RrType> type; // see type_rule
    FaultDetails details{};
};
FaultStage stage(const Fault& fault); // of its kind; what is edited, or is one key's, comes after signing

std::string to_text(const Fault& fault); // "rrsig-expired mx.example. A", "dnskey-missing example. zsk, edited"

} // namespace zones
