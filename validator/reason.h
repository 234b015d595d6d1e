// Why a verdict is not plainly Secure. Every reason comes from one table (reason.cpp): id, sentence, RFC section, EDE
// code. A Reason adds the place: owner name, type, key, dates, resolver.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/rdata.h"
#include "resolver/dns/record.h"

namespace validator {

// The four states of RFC 4035 §4.3. No order is implied. Indeterminate is "could not obtain what was needed".
enum class Security { secure, insecure, bogus, indeterminate };
std::string_view to_text(Security security); // "secure" ...

// One enumerator per row of the table in reason.cpp; the id of a row is the enumerator with '-' for '_'
// ("rrsig-expired"). Append freely; ids are part of the scenario format.
enum class ReasonCode {
    // RRSIG (RFC 4035 §5.3)
    rrsig_missing,
    rrsig_expired,
    rrsig_not_yet_valid,
    rrsig_expires_before_inception,
    rrsig_signer_not_zone,
    rrsig_labels_exceed_owner,
    rrsig_labels_below_signer,
    rrsig_no_matching_key,
    rrsig_bad_signature,
    rrsig_malformed,
    rrsig_algorithm_unsupported,
    rrsig_ttl_mismatch,
    rrsig_signer_above_cut,
    rdata_malformed,
    rrsig_algorithm_missing,
    // DNSKEY and DS (RFC 4035 §5.2)
    dnskey_missing,
    dnskey_not_signed_by_ds_key,
    dnskey_no_zone_flag,
    dnskey_bad_protocol,
    dnskey_revoked,
    dnskey_malformed,
    ds_no_matching_key,
    ds_digest_mismatch,
    ds_algorithm_not_in_dnskey,
    ds_malformed,
    anchor_no_matching_key,
    dnskey_unobtainable,
    // delegation and denial
    delegation_proof_missing,
    delegation_proof_invalid,
    nsec_missing,
    denial_unsigned,
    nsec_does_not_cover,
    nsec_type_present,
    nsec_from_parent_side,
    nsec_next_outside_zone,
    nsec_wildcard_not_denied,
    nsec3_missing,
    nsec3_does_not_cover,
    nsec3_type_present,
    nsec3_no_closest_encloser,
    nsec3_wildcard_not_denied,
    nsec3_owner_not_under_zone,
    nsec3_parameters_unknown,
    wildcard_expansion_not_proven,
    ds_answered_by_alias,
    // insecure, proven
    delegation_insecure,
    delegation_insecure_opt_out,
    zone_algorithms_unsupported,
    zone_digests_unsupported,
    zone_algorithms_private,
    nsec3_opt_out_span,
    nsec3_iterations_too_high,
    no_trust_anchor,
    negative_trust_anchor,
    answer_not_signable,
    // aliases
    alias_loop,
    alias_chain_too_long,
    alias_target_differs,
    dname_substitution_too_long,
    dname_from_wildcard,
    // could not tell
    no_answer,
    not_recorded, // offline: the evidence lacks this question
    servfail,
    refused_by_resolver,
    answer_malformed,
    answer_mismatched,
    rcode_unexpected,
    not_determined,
    failure_remembered,
    // limits, each its own (RFC 4035 §5.4)
    budget_verifications,
    budget_signatures,
    budget_failures_per_rrset,
    budget_same_tag_keys,
    budget_ds_records,
    budget_nsec3_hashes,
    budget_denial_records,
    budget_questions,
    // advice beside a root cause
    resolver_strips_dnssec,
    clock_suspect,
};

struct ReasonInfo {
    ReasonCode code;
    std::string_view id;       // "rrsig-expired"
    std::string_view sentence; // template: {owner} {type} {tag} {algorithm} {inception} {expiration} {now} {zone}
                               // {resolver} {detail}
    std::string_view rfc;      // "RFC 4035 §5.3.1"
    std::optional<dns::EdeCode> ede;
};
const ReasonInfo& info(ReasonCode code);
std::span<const ReasonInfo> all_reasons();
std::optional<ReasonCode> reason_from_id(std::string_view id);

struct SignatureWindow {
    dns::SerialTime inception, expiration;
    friend bool operator==(const SignatureWindow&, const SignatureWindow&) = default;
};

struct Reason {
    ReasonCode code;
    dns::Name owner;               // where it happened
    dns::RrType type{};            // of what
    std::optional<dns::Name> zone; // the zone (signer) concerned
    std::optional<dns::KeyTag> key_tag;
    std::optional<dns::Algorithm> algorithm;
    std::optional<SignatureWindow> window;
    std::string resolver;                  // "127.0.0.2 (priority 0)" where a resolver is at fault, else ""
    std::string detail;                    // numbers and the like that the sentence mentions
    std::optional<dns::EdeCode> passed_on; // the resolver's own code, where it gave one; `detail` holds its words

    Reason(ReasonCode c, dns::Name at, dns::RrType t)
        : code(c)
        , owner(at)
        , type(t) {}
    friend bool operator==(const Reason&, const Reason&) = default;
};

// The resolver's own code where it gave one (RFC 8914 §3), else that of the table.
std::optional<dns::EdeCode> ede_code(const Reason& reason);
// The Extended DNS Errors of these reasons in their order, each once: the root cause's first (RFC 8914 §3 allows several).
std::vector<dns::EdeCode> ede_codes(std::span<const Reason> reasons);

// The sentence with its blanks filled in. `now` serves to print times.
std::string to_text(const Reason& reason, dns::UnixTime now);

} // namespace validator
