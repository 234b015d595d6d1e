#include "validator/reason.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace validator {
namespace {

using dns::EdeCode;
using Code = ReasonCode;

// The one table. Sentences have blanks: {owner} {type} {tag} {algorithm} {inception} {expiration} {now} {zone}
// {resolver} {detail}. EDE codes by RFC 8914 §4; nullopt where none says more than the verdict itself.
constexpr auto table = std::to_array<ReasonInfo>({
    // --- RRSIG
    {Code::rrsig_missing, "rrsig-missing",
     "{owner} {type}: no RRSIG came with the RRset, and nothing proves that it may be unsigned", "RFC 4035 §4.3",
     EdeCode::rrsigs_missing},
    {Code::rrsig_expired, "rrsig-expired",
     "{owner} {type}: the signature by {tag} expired at {expiration}; it is {now}", "RFC 4035 §5.3.1",
     EdeCode::signature_expired},
    {Code::rrsig_not_yet_valid, "rrsig-not-yet-valid",
     "{owner} {type}: the signature by {tag} is valid from {inception}; it is {now}", "RFC 4035 §5.3.1",
     EdeCode::signature_not_yet_valid},
    {Code::rrsig_expires_before_inception, "rrsig-expires-before-inception",
     "{owner} {type}: the signature by {tag} expires at {expiration}, before its inception {inception}",
     "RFC 4034 §3.1.5", EdeCode::signature_expired_before_valid},
    {Code::rrsig_signer_not_zone, "rrsig-signer-not-zone",
     "{owner} {type}: the signature names {detail} as its signer, not the zone {zone}", "RFC 4035 §5.3.1",
     EdeCode::dnssec_bogus},
    {Code::rrsig_labels_exceed_owner, "rrsig-labels-exceed-owner",
     "{owner} {type}: the Labels field of the signature is larger than the owner name", "RFC 4035 §5.3.1",
     EdeCode::dnssec_bogus},
    {Code::rrsig_labels_below_signer, "rrsig-labels-below-signer",
     "{owner} {type}: the Labels field of the signature is smaller than that of its signer {zone}", "RFC 4034 §3.1.3",
     EdeCode::dnssec_bogus},
    {Code::rrsig_no_matching_key, "rrsig-no-matching-key",
     "{owner} {type}: no DNSKEY of {zone} has the key tag and algorithm {tag} of the signature", "RFC 4035 §5.3.1",
     EdeCode::dnssec_bogus},
    {Code::rrsig_bad_signature, "rrsig-bad-signature",
     "{owner} {type}: the signature by {tag} of {zone} does not fit the RRset", "RFC 4035 §5.3.3",
     EdeCode::dnssec_bogus},
    {Code::rrsig_malformed, "rrsig-malformed", "{owner} {type}: the RRSIG cannot be read", "RFC 4034 §3.1",
     EdeCode::dnssec_bogus},
    {Code::rrsig_algorithm_unsupported, "rrsig-algorithm-unsupported",
     "{owner} {type}: the signature has the algorithm {algorithm}, which is not supported", "RFC 4035 §5.2",
     EdeCode::unsupported_dnskey_algorithm},
    {Code::rrsig_ttl_mismatch, "rrsig-ttl-mismatch",
     "{owner} {type}: the TTL ({detail}) is larger than the Original TTL of the signature by {tag}, which fails",
     "RFC 4035 §5.3.3", std::nullopt},
    {Code::rrsig_signer_above_cut, "rrsig-signer-above-cut",
     "{owner} {type}: the signature is by {zone}, but the name belongs to {detail}, which is delegated from it",
     "RFC 4035 §5.3.1", EdeCode::dnssec_bogus},
    {Code::rdata_malformed, "rdata-malformed",
     "{owner} {type}: a record is unfit for its type (too short, or with a bad name in it)", "RFC 4034 §6.2",
     EdeCode::other},
    {Code::rrsig_algorithm_missing, "rrsig-algorithm-missing",
     "{owner} {type}: no good signature with {algorithm}, which {zone} advertises, and every one is called for",
     "RFC 6840 §5.11", EdeCode::dnssec_bogus},
    // --- DNSKEY and DS
    {Code::dnskey_missing, "dnskey-missing",
     "{owner}: a DS record or trust anchor calls for DNSKEY records, but there are none", "RFC 4035 §5.2",
     EdeCode::dnskey_missing},
    {Code::dnskey_not_signed_by_ds_key, "dnskey-not-signed-by-ds-key",
     "{owner} DNSKEY: no signature by a key that the DS records match ({detail})", "RFC 4035 §5.2",
     EdeCode::dnssec_bogus},
    {Code::dnskey_no_zone_flag, "dnskey-no-zone-flag", "{owner}: the DNSKEY {tag} lacks the Zone Key flag",
     "RFC 4034 §2.1.1", EdeCode::no_zone_key_bit_set},
    {Code::dnskey_bad_protocol, "dnskey-bad-protocol", "{owner}: the DNSKEY {tag} has protocol {detail}, not 3",
     "RFC 4034 §2.1.2", EdeCode::dnskey_missing},
    {Code::dnskey_revoked, "dnskey-revoked", "{owner}: the DNSKEY {tag} is revoked", "RFC 5011 §2.1",
     EdeCode::dnskey_missing},
    {Code::dnskey_malformed, "dnskey-malformed", "{owner}: the DNSKEY {tag} holds no key of its algorithm",
     "RFC 4034 §2.1.4", EdeCode::dnskey_missing},
    {Code::ds_no_matching_key, "ds-no-matching-key", "{owner}: no DNSKEY matches a DS record ({detail})",
     "RFC 4035 §5.2", EdeCode::dnskey_missing},
    {Code::ds_digest_mismatch, "ds-digest-mismatch", "{owner}: the DNSKEY {tag} has another digest than its DS record",
     "RFC 4035 §5.2", EdeCode::dnskey_missing},
    {Code::ds_algorithm_not_in_dnskey, "ds-algorithm-not-in-dnskey",
     "{owner}: there is a DS record for algorithm {algorithm}, but no DNSKEY with it", "RFC 4035 §5.2",
     EdeCode::dnskey_missing},
    {Code::ds_malformed, "ds-malformed", "{owner}: the digest of a DS record ({tag}) has the wrong length",
     "RFC 4034 §5.1.4", EdeCode::dnskey_missing},
    {Code::anchor_no_matching_key, "anchor-no-matching-key", "{owner}: no DNSKEY matches the trust anchor ({detail})",
     "RFC 4035 §5", EdeCode::dnskey_missing},
    {Code::dnskey_unobtainable, "dnskey-unobtainable",
     "{owner}: a DS record or trust anchor calls for DNSKEY records, but they could not be had", "RFC 4035 §4.3",
     EdeCode::dnskey_missing},
    // --- delegation and denial
    {Code::delegation_proof_missing, "delegation-proof-missing",
     "{owner}: neither DS records nor a proof from {zone} that there are none", "RFC 4035 §5.2", EdeCode::nsec_missing},
    {Code::delegation_proof_invalid, "delegation-proof-invalid",
     "{owner}: the records from {zone} do not prove that there are no DS records", "RFC 4035 §5.2",
     EdeCode::dnssec_bogus},
    {Code::nsec_missing, "nsec-missing", "{owner} {type}: absence is claimed without a signed NSEC or NSEC3 record",
     "RFC 4035 §5.4", EdeCode::nsec_missing},
    {Code::denial_unsigned, "denial-unsigned",
     "{owner} {type}: absence is claimed without a signed SOA record, although the zone {zone} is signed",
     "RFC 4035 §5.4", EdeCode::rrsigs_missing},
    {Code::nsec_does_not_cover, "nsec-does-not-cover",
     "{owner} {type}: no NSEC record of {zone} denies the name {detail}", "RFC 4035 §5.4", EdeCode::dnssec_bogus},
    {Code::nsec_type_present, "nsec-type-present", "{owner}: the NSEC record says that {detail} exists there",
     "RFC 4035 §5.4", EdeCode::dnssec_bogus},
    {Code::nsec_from_parent_side, "nsec-from-parent-side",
     "{owner}: the NSEC record is of the wrong side of a zone cut ({detail})", "RFC 6840 §4.1", EdeCode::dnssec_bogus},
    {Code::nsec_next_outside_zone, "nsec-next-outside-zone",
     "{owner}: the NSEC record points out of the zone {zone} that signed it", "RFC 4034 §4.1.1", EdeCode::dnssec_bogus},
    {Code::nsec_wildcard_not_denied, "nsec-wildcard-not-denied", "{owner}: no NSEC record denies the wildcard {detail}",
     "RFC 4035 §5.4", EdeCode::dnssec_bogus},
    {Code::nsec3_missing, "nsec3-missing", "{owner} {type}: no usable NSEC3 record of {zone} ({detail})",
     "RFC 5155 §8.1", EdeCode::nsec_missing},
    {Code::nsec3_does_not_cover, "nsec3-does-not-cover", "{owner} {type}: no NSEC3 record of {zone} denies {detail}",
     "RFC 5155 §8.3", EdeCode::dnssec_bogus},
    {Code::nsec3_type_present, "nsec3-type-present", "{owner}: the NSEC3 record says that {detail} exists there",
     "RFC 5155 §8.5", EdeCode::dnssec_bogus},
    {Code::nsec3_no_closest_encloser, "nsec3-no-closest-encloser",
     "{owner} {type}: no NSEC3 record of {zone} matches an ancestor of the name", "RFC 5155 §8.3",
     EdeCode::dnssec_bogus},
    {Code::nsec3_wildcard_not_denied, "nsec3-wildcard-not-denied",
     "{owner} {type}: no NSEC3 record denies the wildcard {detail}", "RFC 5155 §8.4", EdeCode::dnssec_bogus},
    {Code::nsec3_owner_not_under_zone, "nsec3-owner-not-under-zone",
     "{owner}: the NSEC3 record does not stand directly under the zone {zone} that signed it", "RFC 5155 §3",
     EdeCode::dnssec_bogus},
    {Code::nsec3_parameters_unknown, "nsec3-parameters-unknown",
     "{owner}: the NSEC3 record has an unknown hash algorithm, flag or hash length ({detail})", "RFC 5155 §8.1",
     EdeCode::dnssec_bogus},
    {Code::wildcard_expansion_not_proven, "wildcard-expansion-not-proven",
     "{owner} {type}: the answer was made from a wildcard, but nothing proves that {detail} does not exist",
     "RFC 4035 §5.3.4", EdeCode::dnssec_bogus},
    {Code::ds_answered_by_alias, "ds-answered-by-alias",
     "{owner}: the question for DS records was answered with an alias ({detail})", "RFC 4035 §5.5",
     EdeCode::dnssec_bogus},
    // --- insecure, proven
    {Code::delegation_insecure, "delegation-insecure", "{owner} is delegated by {zone} without DS records",
     "RFC 4035 §5.2", std::nullopt},
    {Code::delegation_insecure_opt_out, "delegation-insecure-opt-out",
     "{owner} lies in an opt-out span of {zone}: an unsigned delegation", "RFC 5155 §8.9", std::nullopt},
    {Code::zone_algorithms_unsupported, "zone-algorithms-unsupported",
     "{owner}: its DS records are for unsupported algorithms only ({detail})", "RFC 4035 §5.2",
     EdeCode::unsupported_dnskey_algorithm},
    {Code::zone_digests_unsupported, "zone-digests-unsupported",
     "{owner}: its DS records have unsupported digest types only ({detail})", "RFC 6840 §5.2",
     EdeCode::unsupported_ds_digest_type},
    {Code::zone_algorithms_private, "zone-algorithms-private",
     "{owner}: its DS records are for private algorithms ({detail}), none of which is known here", "RFC 6840 §5.3",
     EdeCode::unsupported_dnskey_algorithm},
    {Code::nsec3_opt_out_span, "nsec3-opt-out-span",
     "{owner}: the denial rests on an opt-out NSEC3 record of {zone}, which leaves room for unsigned delegations",
     "RFC 5155 §9.2", std::nullopt},
    {Code::nsec3_iterations_too_high, "nsec3-iterations-too-high",
     "{owner}: the NSEC3 records of {zone} ask for {detail} iterations, more than the limit", "RFC 9276 §3.2",
     EdeCode::unsupported_nsec3_iterations},
    {Code::no_trust_anchor, "no-trust-anchor", "{owner}: no trust anchor at or above the name", "RFC 4035 §4.3",
     std::nullopt},
    {Code::negative_trust_anchor, "negative-trust-anchor",
     "{owner}: validation is turned off by a negative trust anchor for {zone}", "RFC 7646 §2.1", std::nullopt},
    {Code::answer_not_signable, "answer-not-signable", "{owner} {type}: records of this type are never signed",
     "RFC 4035 §2.2", std::nullopt},
    // --- aliases
    {Code::alias_loop, "alias-loop", "{owner}: the alias chain comes back to this name", "RFC 1034 §3.6.2",
     std::nullopt},
    {Code::alias_chain_too_long, "alias-chain-too-long", "{owner}: the alias chain has more than {detail} links",
     "RFC 6672 §2.2", std::nullopt},
    {Code::alias_target_differs, "alias-target-differs",
     "{owner}: the CNAME record is not the one that the DNAME record yields ({detail})", "RFC 6672 §5.3.1",
     EdeCode::dnssec_bogus},
    {Code::dname_substitution_too_long, "dname-substitution-too-long",
     "{owner}: the DNAME record of {zone} yields a name that is too long", "RFC 6672 §2.2", std::nullopt},
    {Code::dname_from_wildcard, "dname-from-wildcard", "{owner}: the DNAME record was made from a wildcard",
     "RFC 6672 §3.3", EdeCode::dnssec_bogus},
    // --- could not tell
    {Code::no_answer, "no-answer", "{owner} {type}: no answer; {resolver}: {detail}", "RFC 4035 §4.3",
     EdeCode::network_error},
    {Code::not_recorded, "not-recorded", "{owner} {type}: the recording lacks this question, so nobody can tell",
     "RFC 4035 §4.3", EdeCode::dnssec_indeterminate},
    {Code::servfail, "servfail", "{owner} {type}: {resolver} answered SERVFAIL{detail}", "RFC 4035 §4.3",
     EdeCode::network_error},
    {Code::refused_by_resolver, "refused-by-resolver", "{owner} {type}: {resolver} refused to answer{detail}",
     "RFC 4035 §4.3", EdeCode::no_reachable_authority},
    {Code::answer_malformed, "answer-malformed", "{owner} {type}: the answer of {resolver} cannot be read ({detail})",
     "RFC 4035 §4.3", EdeCode::invalid_data},
    {Code::answer_mismatched, "answer-mismatched",
     "{owner} {type}: the answer of {resolver} does not belong to the question", "RFC 4035 §4.3",
     EdeCode::network_error},
    {Code::rcode_unexpected, "rcode-unexpected", "{owner} {type}: {resolver} answered with RCODE {detail}",
     "RFC 4035 §4.3", EdeCode::network_error},
    {Code::not_determined, "not-determined",
     "{owner} {type}: what a verdict needs could not be had; this is neither proven good nor proven bad",
     "RFC 4035 §4.3", EdeCode::dnssec_indeterminate},
    {Code::failure_remembered, "failure-remembered",
     "{owner} {type}: failed {detail} times a moment ago; asked again in a while", "RFC 4035 §4.7",
     EdeCode::cached_error},
    // --- limits
    {Code::budget_signatures, "budget-signatures",
     "{owner} {type}: only the first {detail} signatures of the RRset were looked at", "RFC 4035 §5.4",
     EdeCode::dnssec_bogus},
    {Code::budget_verifications, "budget-verifications",
     "{owner} {type}: more than {detail} signatures to verify for one question", "RFC 4035 §5.4",
     EdeCode::dnssec_bogus},
    {Code::budget_failures_per_rrset, "budget-failures-per-rrset",
     "{owner} {type}: {detail} signatures failed; the others were not tried", "RFC 4035 §5.4", EdeCode::dnssec_bogus},
    {Code::budget_same_tag_keys, "budget-same-tag-keys",
     "{owner} {type}: more than {detail} keys with the tag and algorithm {tag}; the others were not tried",
     "RFC 4035 §5.4", EdeCode::dnssec_bogus},
    {Code::budget_ds_records, "budget-ds-records", "{owner}: only the first {detail} DS records were considered",
     "RFC 4035 §5.4", EdeCode::dnssec_bogus},
    {Code::budget_nsec3_hashes, "budget-nsec3-hashes",
     "{owner} {type}: the denial needs more NSEC3 hashing than {detail} blocks", "RFC 5155 §10.3",
     EdeCode::dnssec_bogus},
    {Code::budget_denial_records, "budget-denial-records",
     "{owner} {type}: of the NSEC and NSEC3 records, only the {detail} that seemed to matter most were verified",
     "RFC 4035 §5.4", EdeCode::dnssec_bogus},
    {Code::budget_questions, "budget-questions", "{owner} {type}: would be more than {detail} questions for one name",
     "RFC 4035 §5.4", EdeCode::no_reachable_authority},
    // --- advice
    {Code::resolver_strips_dnssec, "resolver-strips-dnssec", "{resolver} strips RRSIG; {detail}", "RFC 4035 §4.1",
     std::nullopt},
    {Code::clock_suspect, "clock-suspect", "{detail}: check the clock, which says {now}", "RFC 4034 §3.1.5",
     std::nullopt},
});

std::string key_text(const Reason& reason) {
    std::string text = reason.key_tag ? std::to_string(*reason.key_tag) : "(no tag)";
    if (reason.algorithm) text += "/" + dns::to_text(*reason.algorithm);
    return text;
}

// What stands for one blank of a template.
std::string fill(std::string_view blank, const Reason& reason, dns::UnixTime now) {
    if (blank == "owner") return reason.owner.to_text();
    if (blank == "type") return dns::to_text(reason.type);
    if (blank == "tag") return key_text(reason);
    if (blank == "algorithm") return reason.algorithm ? dns::to_text(*reason.algorithm) : "unknown";
    if (blank == "inception")
        return reason.window ? dns::to_rfc3339(dns::expand(reason.window->inception, now)) : "an unknown time";
    if (blank == "expiration")
        return reason.window ? dns::to_rfc3339(dns::expand(reason.window->expiration, now)) : "an unknown time";
    if (blank == "now") return dns::to_rfc3339(now);
    if (blank == "zone") return reason.zone ? reason.zone->to_text() : "above";
    if (blank == "resolver") return reason.resolver.empty() ? "the resolver" : "resolver " + reason.resolver;
    if (blank == "detail") return reason.detail;
    return "";
}

} // namespace

std::string_view to_text(Security security) {
    switch (security) {
    case Security::secure: return "secure";
    case Security::insecure: return "insecure";
    case Security::bogus: return "bogus";
    case Security::indeterminate: return "indeterminate";
    }
    return "";
}

const ReasonInfo& info(ReasonCode code) {
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const ReasonInfo& row) { return row.code == code; });
    assert(found != table.end());
    return *found;
}

std::span<const ReasonInfo> all_reasons() { return table; }

std::optional<ReasonCode> reason_from_id(std::string_view id) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const ReasonInfo& row) { return row.id == id; });
    if (found == table.end()) return std::nullopt;
    return found->code;
}

std::optional<dns::EdeCode> ede_code(const Reason& reason) {
    return reason.passed_on ? reason.passed_on : info(reason.code).ede;
}

std::vector<dns::EdeCode> ede_codes(std::span<const Reason> reasons) {
    std::vector<dns::EdeCode> codes;
    for (const Reason& reason : reasons) {
        const auto code = ede_code(reason);
        if (code && std::find(codes.begin(), codes.end(), *code) == codes.end()) codes.push_back(*code);
    }
    return codes;
}

std::string to_text(const Reason& reason, dns::UnixTime now) {
    std::string_view rest = info(reason.code).sentence;
    std::string text;
    while (!rest.empty()) {
        const std::size_t open = rest.find('{');
        text += rest.substr(0, open);
        if (open == std::string_view::npos) break;
        const std::size_t close = rest.find('}', open);
        text += fill(rest.substr(open + 1, close - open - 1), reason, now);
        rest.remove_prefix(close + 1);
    }
    return text;
}

} // namespace validator
