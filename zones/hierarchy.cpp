#include "zones/hierarchy.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"
#include "zones/apply.h"
#include "zones/attack.h"

namespace zones {
namespace {

constexpr dns::Ttl default_ttl = 3600;
constexpr std::array<std::uint8_t, 4> name_server_address{192, 0, 2, 53}; // TEST-NET-1: nobody's

// A zone on its way to being signed.
struct Draft {
    Zone zone;
    std::optional<SigningPolicy> policy;
    ZoneSpec::ParentDs parent_ds = ZoneSpec::ParentDs::publish;
    bool serve_unsigned = false; // although keys and the parent's DS are there
};
using Drafts = std::map<dns::Name, Draft>;

std::vector<dns::Record> read_records(const ZoneSpec& spec) {
    // $TTL (RFC 2308 §4) on a line of its own in front, which the line number in an error must not count.
    auto records = dns::parse_zone_file(fmt::format("$TTL {}\n{}", default_ttl, spec.records), spec.apex);
    if (records) return std::move(*records);
    const auto& error = records.error();
    throw std::invalid_argument(fmt::format("zone {}: line {}, column {}: {}", spec.apex.to_text(),
                                            error.line > 1 ? error.line - 1 : error.line, error.column, error.message));
}

bool has(const Zone& zone, const dns::Name& owner, dns::RrType type) {
    return std::any_of(zone.records.begin(), zone.records.end(),
                       [&](const auto& record) { return record.owner == owner && record.type == type; });
}

dns::Name child_name(const dns::Name& apex, std::string_view label) {
    const auto name = apex.prepend(label);
    if (!name) throw std::invalid_argument(fmt::format("zone {}: its name is too long", apex.to_text()));
    return *name;
}

void complete_apex(Zone& zone) {
    // Nothing may stand below a DNAME (RFC 6672 §2.4): such a zone is served from the zone above.
    const bool redirected = has(zone, zone.apex, dns::RrType::DNAME) && !zone.apex.is_root();
    const auto server = child_name(redirected ? zone.apex.parent() : zone.apex, "ns");
    if (!has(zone, zone.apex, dns::RrType::SOA)) {
        const dns::Soa soa{.mname = server,
                           .rname = child_name(zone.apex, "hostmaster"),
                           .serial = 1,
                           .refresh = 3600,
                           .retry = 600,
                           .expire = 604800,
                           .minimum = 300};
        zone.records.emplace_back(zone.apex, dns::RrType::SOA, default_ttl, soa.build());
    }
    if (!has(zone, zone.apex, dns::RrType::NS)) {
        zone.records.emplace_back(zone.apex, dns::RrType::NS, default_ttl, dns::SingleName{server}.build());
        if (!redirected && !has(zone, server, dns::RrType::A))
            zone.records.emplace_back(server, dns::RrType::A, default_ttl, dns::A{name_server_address}.build());
    }
}

Drafts make_drafts(const std::vector<ZoneSpec>& specs, const SigningPolicy& default_signing) {
    Drafts drafts;
    for (const auto& spec : specs) {
        Draft draft{.zone = {spec.apex, read_records(spec)}, .policy = spec.signing, .parent_ds = spec.parent_ds};
        if (!drafts.emplace(spec.apex, std::move(draft)).second)
            throw std::invalid_argument(fmt::format("zone {} is given twice", spec.apex.to_text()));
    }
    const auto make_missing = [&](const dns::Name& apex) {
        drafts.try_emplace(apex, Draft{.zone = {apex, {}}, .policy = default_signing});
    };
    make_missing(dns::Name());
    for (const auto& spec : specs) {
        if (!spec.apex.is_root()) make_missing(spec.apex.ancestor(1));
    }
    for (auto& [apex, draft] : drafts) complete_apex(draft.zone);
    return drafts;
}

Draft* parent_of(Drafts& drafts, const dns::Name& apex) {
    for (auto labels = apex.label_count(); labels-- > 0;) {
        if (const auto found = drafts.find(apex.ancestor(labels)); found != drafts.end()) return &found->second;
    }
    return nullptr;
}

bool changes_ds(FaultKind kind) {
    return kind == FaultKind::ds_digest_wrong || kind == FaultKind::ds_digest_cut_short ||
           kind == FaultKind::ds_key_tag_wrong || kind == FaultKind::ds_algorithm_wrong ||
           kind == FaultKind::ds_algorithm_unknown || kind == FaultKind::ds_digest_unknown ||
           kind == FaultKind::attack_ds_records;
}

void spoil(dns::Ds& ds, const Fault& fault, const std::vector<SigningKey>& keys) {
    constexpr unsigned unassigned = 100; // as an algorithm and as a digest type
    const auto& number = fault.details.number;
    const auto other_algorithm =
        ds.algorithm == dns::Algorithm::RSASHA256 ? dns::Algorithm::ECDSAP256SHA256 : dns::Algorithm::RSASHA256;
    switch (fault.kind) {
    case FaultKind::ds_digest_wrong: ds.digest.front() ^= 0x01; break;
    case FaultKind::ds_digest_cut_short: ds.digest.pop_back(); break;
    case FaultKind::ds_key_tag_wrong:
        if (number) ds.key_tag = static_cast<dns::KeyTag>(*number);
        while (std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return key.tag() == ds.key_tag; }))
            ++ds.key_tag;
        break;
    case FaultKind::ds_algorithm_wrong:
        ds.algorithm = number ? static_cast<dns::Algorithm>(*number) : other_algorithm;
        break;
    case FaultKind::ds_algorithm_unknown:
        ds.algorithm = static_cast<dns::Algorithm>(number.value_or(unassigned));
        break;
    case FaultKind::ds_digest_unknown:
        ds.digest_type = static_cast<dns::DigestType>(number.value_or(unassigned));
        break;
    default: break;
    }
}

void spoil_keys(std::vector<SigningKey>& keys, const Fault& fault) {
    if (stage(fault) != FaultStage::before_signing) return;
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (concerns(fault, i)) keys[i] = spoil_key(keys[i], fault);
}

// The policy and keys that a zone is signed with, its faults in.
void apply_before_signing(const Fault& fault, Draft& draft, std::vector<SigningKey>& keys) {
    if (!draft.policy) nothing_to_break(fault, "the zone is not signed");
    if (fault.kind == FaultKind::zone_unsigned_under_ds) draft.serve_unsigned = true;
    if (fault.kind == FaultKind::nsec3_iterations_high) {
        if (draft.policy->denial == Denial::nsec) draft.policy->denial = Denial::nsec3;
        draft.policy->nsec3_iterations = 2501; // above the largest limit of RFC 5155 §10.3
    }
    spoil_keys(keys, fault);
}

void delegate(const Draft& child, Zone& parent) {
    const auto& apex = child.zone.apex;
    for (const auto& record : child.zone.records) {
        if (record.owner != apex || record.type != dns::RrType::NS) continue;
        parent.records.push_back(record);
        const auto server = dns::SingleName::parse(record.rdata);
        if (!server || !server->name.is_at_or_below(apex)) continue;
        for (const auto& glue : child.zone.records) {
            const bool address = glue.type == dns::RrType::A || glue.type == dns::RrType::AAAA;
            if (address && glue.owner == server->name) parent.records.push_back(glue);
        }
    }
}

void check_fault(const Fault& fault, const Drafts& drafts) {
    const auto rule = type_rule(fault.kind);
    if (rule == TypeRule::required && !fault.type && !fault.details.everywhere)
        nothing_to_break(fault, "it needs a record type");
    if (rule == TypeRule::refused && fault.type) nothing_to_break(fault, "it takes no record type");
    if (stage(fault) == FaultStage::before_signing && !drafts.contains(fault.owner))
        nothing_to_break(fault, "there is no zone of that name");
    if (changes_ds(fault.kind) && fault.owner.is_root()) nothing_to_break(fault, "the root has no DS");
}

// Signs one draft and puts its delegation into the parent's.
SignedZone finish(Draft& draft, Draft* parent, const std::vector<Fault>& faults, Seed seed) {
    const auto& apex = draft.zone.apex;
    std::vector<SigningKey> keys;
    if (draft.policy) keys = make_keys(apex, *draft.policy, seed);
    for (const auto& fault : faults) {
        if (fault.owner == apex && stage(fault) == FaultStage::before_signing && !changes_ds(fault.kind))
            apply_before_signing(fault, draft, keys);
    }
    const auto result = draft.policy ? sign(draft.zone, *draft.policy, keys) : leave_unsigned(draft.zone);
    if (parent) {
        delegate(draft, parent->zone);
        auto ds =
            draft.parent_ds == ZoneSpec::ParentDs::publish && parent->policy ? result.ds() : std::vector<dns::Ds>{};
        for (const auto& fault : faults) {
            if (fault.owner != apex || !changes_ds(fault.kind)) continue;
            if (ds.empty()) nothing_to_break(fault, "its parent has no DS");
            if (fault.kind == FaultKind::attack_ds_records) ds = many_ds(apex, ds, fault);
            for (auto& record : ds) spoil(record, fault, keys);
        }
        for (const auto& record : ds)
            parent->zone.records.emplace_back(apex, dns::RrType::DS, default_ttl, record.build());
    }
    return draft.serve_unsigned ? leave_unsigned(draft.zone) : result;
}

} // namespace

Hierarchy Hierarchy::build(const std::vector<ZoneSpec>& specs, const SigningPolicy& default_signing,
                           const std::vector<Fault>& faults, Seed seed) {
    auto drafts = make_drafts(specs, default_signing);
    for (const auto& fault : faults) check_fault(fault, drafts);

    Hierarchy hierarchy;
    // In canonical order (RFC 4034 §6.1) a parent stands before its children; so backwards, children come first.
    for (auto draft = drafts.rbegin(); draft != drafts.rend(); ++draft) {
        auto& [apex, contents] = *draft;
        hierarchy.zones_.emplace(apex, finish(contents, parent_of(drafts, apex), faults, seed));
    }
    const auto& root = drafts.at(dns::Name());
    if (root.policy) {
        auto keys = make_keys(dns::Name(), *root.policy, seed);
        for (const auto& fault : faults) {
            if (fault.owner.is_root()) spoil_keys(keys, fault);
        }
        hierarchy.root_key_ = keys.front();
        hierarchy.root_digest_ = root.policy->ds_digest;
    }
    for (const auto& fault : faults) {
        if (stage(fault) == FaultStage::after_signing) apply_after_signing(hierarchy.zones_, fault);
        if (stage(fault) == FaultStage::answering) hierarchy.answer_faults_.push_back(fault);
    }
    return hierarchy;
}

const SignedZone* Hierarchy::zone_of(const dns::Name& name) const {
    for (auto labels = name.label_count() + 1; labels-- > 0;) {
        if (const auto* zone = find(name.ancestor(labels))) return zone;
    }
    return nullptr;
}

const SignedZone* Hierarchy::zone_for(const dns::Question& question) const {
    const bool parent_side = question.type == dns::RrType::DS && !question.name.is_root();
    return zone_of(parent_side ? question.name.parent() : question.name);
}

SignedZone* Hierarchy::find(const dns::Name& apex) {
    indexes_.erase(apex);
    const auto found = zones_.find(apex);
    return found == zones_.end() ? nullptr : &found->second;
}

const SignedZone* Hierarchy::find(const dns::Name& apex) const {
    const auto found = zones_.find(apex);
    return found == zones_.end() ? nullptr : &found->second;
}

const ZoneIndex* Hierarchy::index_of(const dns::Name& apex) const {
    if (const auto known = indexes_.find(apex); known != indexes_.end()) return known->second.get();
    const auto* zone = find(apex);
    if (!zone) return nullptr;
    return indexes_.emplace(apex, std::make_shared<const ZoneIndex>(*zone)).first->second.get();
}

const Fault* Hierarchy::answer_fault(const dns::Question& question) const {
    const auto found = std::find_if(answer_faults_.begin(), answer_faults_.end(), [&](const Fault& fault) {
        if (fault.kind == FaultKind::zone_refuses) {
            const auto* zone = zone_for(question);
            return zone && zone->apex == fault.owner;
        }
        return fault.owner == question.name && (!fault.type || *fault.type == question.type);
    });
    return found == answer_faults_.end() ? nullptr : &*found;
}

std::vector<dns::Record> Hierarchy::root_anchors() const {
    if (!root_key_) return {};
    const auto ds = make_ds(dns::Name(), root_key_->dnskey(), root_digest_);
    return {dns::Record(dns::Name(), dns::RrType::DS, default_ttl, ds.build())};
}

std::vector<dns::Record> Hierarchy::root_dnskeys() const {
    if (!root_key_) return {};
    return {dns::Record(dns::Name(), dns::RrType::DNSKEY, default_ttl, root_key_->dnskey().build())};
}

} // namespace zones
