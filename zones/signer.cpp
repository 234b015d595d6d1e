#include "zones/signer.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "validator/canonical.h"
#include "zones/contents.h"

namespace zones {
namespace {

void append(std::vector<dns::Record>& records, const dns::RrSet& set) {
    const auto more = set.records();
    records.insert(records.end(), more.begin(), more.end());
}

// Does this zone sign the RRset? Not glue, and at a cut the DS alone (RFC 4035 §2.2).
bool is_signed_here(const Contents& contents, const dns::RrSet& set) {
    if (contents.is_occluded(set.owner)) return false;
    return !contents.is_cut(set.owner) || set.type == dns::RrType::DS || set.type == dns::RrType::NSEC;
}

void add_dnskeys(Contents& contents, const std::vector<SigningKey>& keys) {
    const auto ttl = contents.nodes.at(contents.apex).at(dns::RrType::SOA).ttl;
    for (const auto& key : keys)
        contents.add(dns::RrSet(contents.apex, dns::RrType::DNSKEY, ttl, {key.dnskey().build()}));
}

void add_chain(Contents& contents, const SigningPolicy& policy) {
    std::vector<dns::RrSet> chain;
    if (policy.denial == Denial::nsec) {
        chain = nsec_chain(contents);
    } else {
        const dns::Nsec3param param{.iterations = policy.nsec3_iterations, .salt = policy.nsec3_salt};
        contents.add(dns::RrSet(contents.apex, dns::RrType::NSEC3PARAM, 0, {param.build()}));
        chain = nsec3_chain(contents, policy);
    }
    for (const auto& set : chain) contents.add(set);
}

} // namespace

const SigningKey& SignedZone::key_for(dns::RrType type) const {
    return type == dns::RrType::DNSKEY ? keys.front() : keys.back();
}

std::vector<dns::Ds> SignedZone::ds() const {
    if (!is_signed() || keys.empty()) return {};
    return {make_ds(apex, keys.front().dnskey(), policy->ds_digest)};
}

std::vector<SigningKey> make_keys(const dns::Name& apex, const SigningPolicy& policy, Seed seed) {
    constexpr std::uint16_t zone_key = dns::Dnskey::zone_key_flag;
    constexpr std::uint16_t entry_point = zone_key | dns::Dnskey::sep_flag;
    const auto label = [&](std::string_view role) {
        return fmt::format("{} {} {}", apex.lowercased().to_text(), role, policy.key_label);
    };
    if (policy.csk) return {SigningKey::make(policy.algorithm, entry_point, seed, label("csk"), policy.rsa_bits)};
    return {SigningKey::make(policy.algorithm, entry_point, seed, label("ksk"), policy.rsa_bits),
            SigningKey::make(policy.algorithm, zone_key, seed, label("zsk"), policy.rsa_bits)};
}

SignedZone sign(const Zone& zone, const SigningPolicy& policy, Seed seed) {
    return sign(zone, policy, make_keys(zone.apex, policy, seed));
}

SignedZone sign(const Zone& zone, const SigningPolicy& policy, std::vector<SigningKey> keys) {
    auto contents = Contents::of(zone);
    add_dnskeys(contents, keys);
    add_chain(contents, policy);

    SignedZone result{.apex = zone.apex, .records = {}, .policy = policy, .keys = std::move(keys), .withheld = {}};
    for (const auto& [owner, sets] : contents.nodes) {
        for (const auto& [type, set] : sets) {
            append(result.records, set);
            if (is_signed_here(contents, set)) {
                result.records.push_back(
                    sign_rrset(set, zone.apex, result.key_for(type), policy.inception, policy.expiration));
                if (type == dns::RrType::DNSKEY && policy.zsk_signs_dnskey && result.keys.size() > 1)
                    result.records.push_back(
                        sign_rrset(set, zone.apex, result.keys.back(), policy.inception, policy.expiration));
            }
        }
    }
    return result;
}

SignedZone leave_unsigned(const Zone& zone) {
    SignedZone result{.apex = zone.apex, .records = {}, .policy = {}, .keys = {}, .withheld = {}};
    for (const auto& [owner, sets] : Contents::of(zone).nodes) {
        for (const auto& [type, set] : sets) append(result.records, set);
    }
    return result;
}

dns::Record sign_rrset(const dns::RrSet& set, const dns::Name& apex, const SigningKey& key, dns::UnixTime inception,
                       dns::UnixTime expiration) {
    dns::Rrsig fields;
    fields.type_covered = set.type;
    fields.algorithm = key.dnskey().algorithm;
    fields.labels = static_cast<std::uint8_t>(set.owner.rrsig_label_count());
    fields.original_ttl = set.ttl;
    fields.expiration = dns::SerialTime::of(expiration);
    fields.inception = dns::SerialTime::of(inception);
    fields.key_tag = key.tag();
    fields.signer = apex.lowercased();
    return sign_rrset_as(set, std::move(fields), key);
}

dns::Record sign_rrset_as(const dns::RrSet& set, dns::Rrsig fields, const SigningKey& key) {
    // A Labels field above the owner's cannot be signed as the RFC says: take the owner as it is, then put it in.
    constexpr std::size_t labels_offset = 3; // type covered (2), algorithm (1) (RFC 4034 §3.1)
    dns::Rrsig possible = fields;
    const auto owner_labels = static_cast<std::uint8_t>(set.owner.rrsig_label_count());
    possible.labels = std::min(possible.labels, owner_labels);
    auto data = validator::signed_data(set, possible);
    if (!data) {
        throw std::invalid_argument(
            fmt::format("{} {} cannot be signed: its data is unfit", set.owner.to_text(), dns::to_text(set.type)));
    }
    (*data)[labels_offset] = fields.labels;
    fields.signature = key.sign(*data);
    return dns::Record(set.owner, dns::RrType::RRSIG, set.ttl, fields.build(), set.rr_class);
}

} // namespace zones
