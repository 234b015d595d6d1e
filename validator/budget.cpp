#include "validator/budget.h"

namespace validator {
namespace {

void append(std::string& to, dns::ByteView octets) {
    const std::size_t size = octets.size(); // the length keeps neighbouring fields apart
    to.push_back(static_cast<char>(size >> 16));
    to.push_back(static_cast<char>(size >> 8));
    to.push_back(static_cast<char>(size));
    to.append(octets.begin(), octets.end());
}

std::string key_id(const dns::Dnskey& dnskey) {
    std::string id(1, static_cast<char>(dnskey.algorithm));
    append(id, dnskey.public_key);
    return id;
}

// SHA-1 works on blocks of 64 octets, of which padding takes at least 9.
unsigned sha1_blocks(std::size_t octets) { return static_cast<unsigned>((octets + 9 + 63) / 64); }

} // namespace

std::shared_ptr<const PublicKey> Memo::key(const dns::Dnskey& dnskey) {
    const auto [place, is_new] = keys_.try_emplace(key_id(dnskey));
    if (is_new) {
        if (auto loaded = load_public_key(dnskey)) place->second = *std::move(loaded);
    }
    return place->second;
}

std::optional<bool> Memo::verify(const dns::Dnskey& dnskey, dns::ByteView data, dns::ByteView signature, Meter& meter,
                                 const Limits& limits) {
    std::string id = key_id(dnskey);
    append(id, data);
    append(id, signature);
    if (const auto known = signatures_.find(id); known != signatures_.end()) return known->second;
    const unsigned whole = failures_ == 0 ? limits.verifications_in_all : limits.verifications;
    if (meter.verifications >= limits.verifications || verifications_ >= whole) return std::nullopt;
    ++meter.verifications;
    const auto public_key = key(dnskey);
    if (public_key != nullptr) ++verifications_;
    const bool good = public_key != nullptr && validator::verify(*public_key, dnskey.algorithm, data, signature);
    if (!good) ++failures_;
    signatures_.emplace(std::move(id), good);
    return good;
}

std::optional<std::array<std::uint8_t, 20>> Memo::nsec3_hash(const dns::Name& name, dns::ByteView salt,
                                                             std::uint16_t iterations, const Limits& limits) {
    std::string id;
    append(id, name.lowercased().wire());
    append(id, salt);
    id += std::to_string(iterations);
    if (const auto known = hashes_.find(id); known != hashes_.end()) return known->second;
    const unsigned price = sha1_blocks(name.wire_size() + salt.size()) + iterations * sha1_blocks(20 + salt.size());
    if (nsec3_hash_blocks_ + price > limits.nsec3_hash_blocks) return std::nullopt;
    nsec3_hash_blocks_ += price;
    ++nsec3_hashes_;
    const auto hash = validator::nsec3_hash(name, salt, iterations);
    hashes_.emplace(std::move(id), hash);
    return hash;
}

} // namespace validator
