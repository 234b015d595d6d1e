#include "zones/attack.h"

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

#include "zones/contents.h"

namespace zones {
namespace {

constexpr dns::KeyTag zsk_tag = 4711;
constexpr unsigned usual_number = 50; // of keys, signatures or records

// k for which the DNSKEY of the point kG (flags 256, protocol 3, algorithm 13) has the tag 4711: one k in 65536 has.
constexpr std::array<std::uint32_t, 20> p256_scalars{39022,  74172,  249352, 328017,  431743,  470107, 500980,
                                                     610889, 650513, 683605, 779386,  821390,  867372, 927531,
                                                     952322, 969294, 977262, 1011593, 1034715, 1106125};

bool is_rsa(dns::Algorithm algorithm) {
    return algorithm == dns::Algorithm::RSASHA1 || algorithm == dns::Algorithm::RSASHA1_NSEC3_SHA1 ||
           algorithm == dns::Algorithm::RSASHA256 || algorithm == dns::Algorithm::RSASHA512;
}

// Octets that look like any others; the same for the same number.
dns::Bytes arbitrary_octets(std::size_t size, std::uint64_t number) {
    std::mt19937_64 random(number);
    dns::Bytes octets(size);
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(random());
    return octets;
}

// RFC 3110 §2, 2048 bits, odd, exponent 65537; two octets are fitted to the tag (RFC 4034 §B).
dns::Dnskey rsa_key(dns::Algorithm algorithm, std::uint16_t flags, std::uint64_t number) {
    constexpr std::size_t modulus_octets = 256, fitted = 104; // the place in the key: even, as words are counted
    dns::Dnskey key{.flags = flags, .algorithm = algorithm, .public_key = {3, 1, 0, 1}};
    auto modulus = arbitrary_octets(modulus_octets, number);
    modulus.front() |= 0x80;
    modulus.back() |= 0x01;
    key.public_key.insert(key.public_key.end(), modulus.begin(), modulus.end());
    for (unsigned word = 0; word <= 0xffff; ++word) {
        key.public_key[fitted] = static_cast<std::uint8_t>(word >> 8);
        key.public_key[fitted + 1] = static_cast<std::uint8_t>(word);
        if (key.key_tag() == colliding_tag(flags)) return key;
    }
    throw std::logic_error("no two octets fit the tag"); // the sum takes every value on the way
}

unsigned number_of(const Fault& fault) { return fault.details.number.value_or(usual_number); }

std::uint16_t flags_for(const Fault& fault) {
    constexpr std::uint16_t zone_key = dns::Dnskey::zone_key_flag;
    return fault.details.key == KeyRole::ksk ? zone_key | dns::Dnskey::sep_flag : zone_key;
}

void add_keys(SignedZone& zone, const std::vector<dns::Dnskey>& keys, const Fault& fault) {
    const auto set = rrset_of(zone, zone.apex, dns::RrType::DNSKEY);
    if (zone.apex != fault.owner || set.rdata.empty()) nothing_to_break(fault, "it is no signed zone's apex");
    std::vector<dns::Record> added;
    for (const auto& key : keys) added.emplace_back(zone.apex, dns::RrType::DNSKEY, set.ttl, key.build());
    zone.records.insert(zone.records.begin(), added.begin(), added.end()); // in front of the true ones
    sign_again(zone, zone.apex, dns::RrType::DNSKEY);
}

// Different keys, each with a tag of its own.
std::vector<dns::Dnskey> many_keys(const SignedZone& zone, unsigned count) {
    std::vector<dns::Dnskey> keys;
    for (unsigned i = 0; i < count; ++i) {
        auto key = zone.keys.back().dnskey();
        key.public_key = arbitrary_octets(key.public_key.size(), i);
        keys.push_back(std::move(key));
    }
    return keys;
}

// As many signatures that name the colliding keys and fit nothing, in front of the true one.
void add_wrong_signatures(SignedZone& zone, const Fault& fault) {
    const auto found = std::find_if(zone.records.begin(), zone.records.end(),
                                    [&](const auto& record) { return covers(record, fault.owner, *fault.type); });
    if (found == zone.records.end()) nothing_to_break(fault, "there is no RRSIG over it");
    auto fields = dns::Rrsig::parse(found->rdata);
    if (!fields) nothing_to_break(fault, "its RRSIG is broken already");
    constexpr std::uint16_t zone_key = dns::Dnskey::zone_key_flag;
    const bool over_keys = *fault.type == dns::RrType::DNSKEY;
    fields->key_tag = colliding_tag(over_keys ? zone_key | dns::Dnskey::sep_flag : zone_key);
    const auto size = fields->signature.size();
    std::vector<dns::Record> added;
    for (unsigned i = 0; i < number_of(fault); ++i) {
        fields->signature = arbitrary_octets(size, i);
        fields->signature.front() &= 0x7f; // below every modulus and order
        added.emplace_back(found->owner, dns::RrType::RRSIG, found->ttl, fields->build());
    }
    zone.records.insert(zone.records.begin(), added.begin(), added.end());
}

// NSEC or NSEC3 records that nobody asked for, each with a good signature.
void add_flood(SignedZone& zone, const Fault& fault) {
    if (zone.apex != fault.owner) nothing_to_break(fault, "it is no zone's apex");
    const bool nsec = zone.policy->denial == Denial::nsec;
    const auto type = nsec ? dns::RrType::NSEC : dns::RrType::NSEC3;
    constexpr std::size_t hash_octets = 20;
    for (unsigned i = 0; i < number_of(fault); ++i) {
        const auto hash = arbitrary_octets(hash_octets, i);
        const auto name = zone.apex.prepend(fmt::format("unsolicited-{:04}", i));
        if (!name) nothing_to_break(fault, "the zone's name is too long");
        dns::Bytes rdata;
        if (nsec) {
            rdata = dns::Nsec{*name, dns::TypeBitmap({dns::RrType::A})}.build();
        } else {
            const dns::Nsec3 nsec3{.iterations = zone.policy->nsec3_iterations,
                                   .salt = zone.policy->nsec3_salt,
                                   .next_hashed_owner = hash,
                                   .types = dns::TypeBitmap({dns::RrType::A})};
            rdata = nsec3.build();
        }
        const auto owner = nsec ? *name : nsec3_owner(hash, zone.apex);
        dns::SignedRrSet set;
        set.set = dns::RrSet(owner, type, 300, {rdata});
        const auto rrsig =
            sign_rrset(set.set, zone.apex, zone.key_for(type), zone.policy->inception, zone.policy->expiration);
        set.signatures.push_back(rrsig.rdata);
        set.signature_ttl = rrsig.ttl;
        zone.unsolicited.push_back(std::move(set));
    }
}

} // namespace

dns::KeyTag colliding_tag(std::uint16_t flags) {
    return static_cast<dns::KeyTag>(zsk_tag + (flags & dns::Dnskey::sep_flag)); // flags count as a word of their own
}

std::vector<dns::Dnskey> colliding_keys(dns::Algorithm algorithm, std::uint16_t flags, std::size_t count) {
    std::vector<dns::Dnskey> keys;
    if (is_rsa(algorithm)) {
        for (std::size_t i = 0; i < count; ++i) keys.push_back(rsa_key(algorithm, flags, i));
        return keys;
    }
    if (algorithm != dns::Algorithm::ECDSAP256SHA256 || count > p256_scalars.size())
        throw std::invalid_argument(fmt::format("no {} colliding keys of algorithm {} can be made: RSA, or at most {} "
                                                "of algorithm 13",
                                                count, static_cast<unsigned>(algorithm), p256_scalars.size()));
    for (std::size_t i = 0; i < count; ++i)
        keys.push_back({.flags = flags, .algorithm = algorithm, .public_key = p256_public_octets(p256_scalars[i])});
    return keys;
}

std::vector<dns::Ds> many_ds(const dns::Name& apex, const std::vector<dns::Ds>& true_ds, const Fault& fault) {
    constexpr std::uint16_t entry_point = dns::Dnskey::zone_key_flag | dns::Dnskey::sep_flag;
    std::vector<dns::Ds> all;
    for (const auto& key : colliding_keys(true_ds.front().algorithm, entry_point, number_of(fault)))
        all.push_back(make_ds(apex, key, true_ds.front().digest_type));
    all.insert(all.end(), true_ds.begin(), true_ds.end());
    return all;
}

void apply_attack(SignedZone& zone, const Fault& fault) {
    switch (fault.kind) {
    case FaultKind::attack_colliding_keys:
        return add_keys(zone, colliding_keys(zone.policy->algorithm, flags_for(fault), number_of(fault)), fault);
    case FaultKind::attack_dnskeys: return add_keys(zone, many_keys(zone, number_of(fault)), fault);
    case FaultKind::attack_unsolicited_denial: return add_flood(zone, fault);
    default: return add_wrong_signatures(zone, fault);
    }
}

} // namespace zones
