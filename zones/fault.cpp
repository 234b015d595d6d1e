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
};

using enum FaultKind;
constexpr auto before = FaultStage::before_signing;
constexpr auto after = FaultStage::after_signing;
constexpr auto answering = FaultStage::answering;
constexpr auto with_type = TypeRule::required;
constexpr auto no_type = TypeRule::refused;

constexpr std::array rows{
    Row{rrsig_missing, "rrsig-missing", after, with_type},
    Row{rrsig_expired, "rrsig-expired", after, with_type},
    Row{rrsig_not_yet_valid, "rrsig-not-yet-valid", after, with_type},
    Row{rrsig_wrong_octets, "rrsig-wrong-octets", after, with_type},
    Row{rrsig_wrong_signer, "rrsig-wrong-signer", after, with_type},
    Row{rrsig_wrong_labels, "rrsig-wrong-labels", after, with_type},
    Row{rrsig_wrong_key_tag, "rrsig-wrong-key-tag", after, with_type},
    Row{rrsig_expires_before_inception, "rrsig-expires-before-inception", after, with_type},
    Row{dnskey_missing, "dnskey-missing", after, no_type},
    Row{dnskey_unsigned, "dnskey-unsigned", after, no_type},
    Row{dnskey_flags_zero, "dnskey-flags-zero", before, no_type},
    Row{dnskey_bad_protocol, "dnskey-bad-protocol", before, no_type},
    Row{dnskey_revoked, "dnskey-revoked", before, no_type},
    Row{ds_digest_wrong, "ds-digest-wrong", before, no_type},
    Row{ds_key_tag_wrong, "ds-key-tag-wrong", before, no_type},
    Row{ds_algorithm_wrong, "ds-algorithm-wrong", before, no_type},
    Row{ds_denial_missing, "ds-denial-missing", after, no_type},
    Row{ds_algorithm_unknown, "ds-algorithm-unknown", before, no_type},
    Row{ds_digest_unknown, "ds-digest-unknown", before, no_type},
    Row{denial_missing, "denial-missing", after, with_type},
    Row{denial_wrong, "denial-wrong", after, with_type},
    Row{denial_bad_signature, "denial-bad-signature", after, with_type},
    Row{denial_type_present, "denial-type-present", after, with_type},
    Row{zone_unsigned_under_ds, "zone-unsigned-under-ds", before, no_type},
    Row{nsec3_iterations_high, "nsec3-iterations-high", before, no_type},
    Row{rdata_altered, "rdata-altered", after, with_type},
    Row{answer_servfail, "answer-servfail", answering, TypeRule::optional},
    Row{answer_silent, "answer-silent", answering, TypeRule::optional},
};

const Row& row(FaultKind kind) {
    return *std::find_if(rows.begin(), rows.end(), [kind](const Row& r) { return r.kind == kind; });
}

} // namespace

std::string_view to_text(FaultKind kind) { return row(kind).text; }
FaultStage stage(FaultKind kind) { return row(kind).stage; }
TypeRule type_rule(FaultKind kind) { return row(kind).type; }

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

std::string to_text(const Fault& fault) {
    auto text = std::string(to_text(fault.kind)) + " " + fault.owner.to_text();
    if (fault.type) text += " " + dns::to_text(*fault.type);
    return text;
}

} // namespace zones
