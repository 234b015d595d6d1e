#include "zones/fault.h"

#include <algorithm>
#include <array>

namespace zones {
namespace {

struct Row {
    FaultKind kind;
    std::string_view text;
    FaultStage stage;
    TypeRule type;
    unsigned details = 0; // FaultDetail, a bit each
};

using enum FaultKind;
constexpr auto before = FaultStage::before_signing;
constexpr auto after = FaultStage::after_signing;
constexpr auto answering = FaultStage::answering;
constexpr auto with_type = TypeRule::required;
constexpr auto no_type = TypeRule::refused;

constexpr unsigned bit(FaultDetail detail) { return 1u << static_cast<unsigned>(detail); }
constexpr unsigned key = bit(FaultDetail::key), number = bit(FaultDetail::number), edited = bit(FaultDetail::edited),
                   everywhere = bit(FaultDetail::everywhere);

constexpr std::array rows{
    Row{rrsig_missing, "rrsig-missing", after, with_type, key | everywhere},
    Row{rrsig_expired, "rrsig-expired", after, with_type, key | edited | everywhere},
    Row{rrsig_not_yet_valid, "rrsig-not-yet-valid", after, with_type, key | edited | everywhere},
    Row{rrsig_wrong_octets, "rrsig-wrong-octets", after, with_type, key | everywhere},
    Row{rrsig_wrong_signer, "rrsig-wrong-signer", after, with_type, key | edited | everywhere},
    Row{rrsig_wrong_labels, "rrsig-wrong-labels", after, with_type, key | edited | everywhere},
    Row{rrsig_wrong_key_tag, "rrsig-wrong-key-tag", after, with_type, key | edited | everywhere},
    Row{rrsig_expires_before_inception, "rrsig-expires-before-inception", after, with_type, key | edited | everywhere},
    Row{rrsig_labels_too_few, "rrsig-labels-too-few", after, with_type, key | edited | everywhere},
    Row{rrsig_wrong_algorithm, "rrsig-wrong-algorithm", after, with_type, key | number | edited | everywhere},
    Row{dnskey_missing, "dnskey-missing", after, no_type, key | edited},
    Row{dnskey_unsigned, "dnskey-unsigned", after, no_type, key},
    Row{dnskey_flags_zero, "dnskey-flags-zero", before, no_type, key | edited},
    Row{dnskey_bad_protocol, "dnskey-bad-protocol", before, no_type, key | edited},
    Row{dnskey_revoked, "dnskey-revoked", before, no_type, key | edited},
    Row{dnskey_wrong_octets, "dnskey-wrong-octets", after, no_type, key | edited},
    Row{dnskey_wrong_algorithm, "dnskey-wrong-algorithm", after, no_type, key | number | edited},
    Row{dnskey_cut_short, "dnskey-cut-short", before, no_type, key | edited},
    Row{ds_digest_wrong, "ds-digest-wrong", before, no_type},
    Row{ds_key_tag_wrong, "ds-key-tag-wrong", before, no_type, number},
    Row{ds_algorithm_wrong, "ds-algorithm-wrong", before, no_type, number},
    Row{ds_digest_cut_short, "ds-digest-cut-short", before, no_type},
    Row{ds_denial_missing, "ds-denial-missing", after, no_type},
    Row{ds_algorithm_unknown, "ds-algorithm-unknown", before, no_type, number},
    Row{ds_digest_unknown, "ds-digest-unknown", before, no_type, number},
    Row{denial_missing, "denial-missing", after, with_type, everywhere},
    Row{denial_wrong, "denial-wrong", after, with_type},
    Row{denial_bad_signature, "denial-bad-signature", after, with_type},
    Row{denial_type_present, "denial-type-present", after, with_type},
    Row{wildcard_denial_missing, "wildcard-denial-missing", after, with_type},
    Row{nsec_next_outside_zone, "nsec-next-outside-zone", after, with_type},
    Row{nsec3_wrong_owner, "nsec3-wrong-owner", after, no_type, edited},
    Row{nsec3_wrong_next, "nsec3-wrong-next", after, no_type, edited},
    Row{nsec3_unknown_hash, "nsec3-unknown-hash", after, no_type, edited},
    Row{nsec3param_missing, "nsec3param-missing", after, no_type},
    Row{nsec3param_wrong_salt, "nsec3param-wrong-salt", after, no_type},
    Row{zone_unsigned_under_ds, "zone-unsigned-under-ds", before, no_type},
    Row{zone_algorithm_unsupported, "zone-algorithm-unsupported", before, no_type, number},
    Row{nsec3_iterations_high, "nsec3-iterations-high", before, no_type},
    Row{rdata_altered, "rdata-altered", after, with_type},
    Row{attack_colliding_keys, "attack-colliding-keys", after, no_type, key | number},
    Row{attack_dnskeys, "attack-dnskeys", after, no_type, number},
    Row{attack_ds_records, "attack-ds-records", before, no_type, number},
    Row{attack_wrong_signatures, "attack-wrong-signatures", after, with_type, number},
    Row{attack_unsolicited_denial, "attack-unsolicited-denial", after, no_type, number},
    Row{answer_servfail, "answer-servfail", answering, TypeRule::optional},
    Row{answer_silent, "answer-silent", answering, TypeRule::optional},
    Row{zone_refuses, "zone-refuses", answering, no_type},
};

const Row& row(FaultKind kind) {
    return *std::find_if(rows.begin(), rows.end(), [kind](const Row& r) { return r.kind == kind; });
}

} // namespace

std::string_view to_text(FaultKind kind) { return row(kind).text; }
TypeRule type_rule(FaultKind kind) { return row(kind).type; }
bool detail_allowed(FaultKind kind, FaultDetail detail) { return (row(kind).details & bit(detail)) != 0; }

unsigned largest_number(FaultKind kind) {
    const bool attack = to_text(kind).starts_with("attack-");
    return attack ? 1000 : kind == ds_key_tag_wrong ? 65535 : 255; // tags are of 16 bits, algorithms of 8
}

FaultStage stage(const Fault& fault) { return fault.details.edited ? after : row(fault.kind).stage; }

std::optional<FaultKind> fault_kind_from_text(std::string_view text) {
    const auto found = std::find_if(rows.begin(), rows.end(), [text](const Row& r) { return r.text == text; });
    return found == rows.end() ? std::nullopt : std::optional(found->kind);
}

const std::vector<FaultKind>& all_fault_kinds() {
    static const auto kinds = [] {
        std::vector<FaultKind> all;
        for (const auto& r : rows) all.push_back(r.kind);
        return all;
    }();
    return kinds;
}

std::string_view to_text(KeyRole role) { return role == KeyRole::ksk ? "ksk" : "zsk"; }

std::optional<KeyRole> key_role_from_text(std::string_view text) {
    for (const auto role : {KeyRole::ksk, KeyRole::zsk})
        if (to_text(role) == text) return role;
    return std::nullopt;
}

std::string to_text(const Fault& fault) {
    auto text = std::string(to_text(fault.kind)) + " " + fault.owner.to_text();
    if (fault.type) text += " " + dns::to_text(*fault.type);
    if (fault.details.key) text += " " + std::string(to_text(*fault.details.key));
    if (fault.details.number) text += " " + std::to_string(*fault.details.number);
    if (fault.details.everywhere) text += ", everywhere";
    if (fault.details.edited) text += ", edited";
    return text;
}

} // namespace zones
