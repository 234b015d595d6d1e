// The only file of this folder that calls Botan.
#include "zones/key.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <tuple>

#include <botan/ec_group.h>
#include <botan/ec_scalar.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/ed448.h>
#include <botan/hash.h>
#include <botan/hmac_drbg.h>
#include <botan/ml_dsa.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <fmt/format.h>

#include "resolver/dns/text.h"
#include "validator/crypto.h"

namespace zones {

struct SigningKey::Impl {
    std::unique_ptr<const Botan::Private_Key> key;
    std::string padding;     // Botan's name of the signature scheme
    dns::Bytes public_key;   // as DNSKEY RDATA has it
    dns::Bytes signing_seed; // of the generator that a signature operation may draw from (blinding)
};

namespace {

dns::Bytes sha256(dns::ByteView data) {
    auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(data.data(), data.size());
    dns::Bytes digest(hash->output_length());
    hash->final(digest.data());
    return digest;
}

// 32 octets from the seed and the label; `purpose` keeps their uses apart.
dns::Bytes derive(Seed seed, std::string_view label, std::string_view purpose) {
    dns::Writer writer;
    writer.u32(static_cast<std::uint32_t>(seed >> 32));
    writer.u32(static_cast<std::uint32_t>(seed));
    for (const std::string_view part : {purpose, label}) {
        writer.u32(static_cast<std::uint32_t>(part.size()));
        writer.octets({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
    }
    return sha256(writer.view());
}

struct Generator {
    Botan::HMAC_DRBG rng{"SHA-256"};
    explicit Generator(dns::ByteView seed) { rng.initialize_with(seed); }
};

// RFC 3110 §2: exponent length in one octet (the exponent is 65537), exponent, modulus.
dns::Bytes rsa_public_octets(const Botan::RSA_PrivateKey& key) {
    dns::Writer writer;
    const auto exponent = key.get_e().serialize();
    const auto modulus = key.get_n().serialize();
    writer.u8(static_cast<std::uint8_t>(exponent.size()));
    writer.octets({exponent.data(), exponent.size()});
    writer.octets({modulus.data(), modulus.size()});
    return std::move(writer).take();
}

// RFC 6605 §4: the point's two coordinates, without the leading octet that says "uncompressed".
dns::Bytes ec_public_octets(const Botan::ECDSA_PrivateKey& key) {
    const auto octets = key.raw_public_key_bits();
    const std::size_t coordinates = 2 * key.domain().get_p_bytes();
    return {octets.end() - static_cast<std::ptrdiff_t>(coordinates), octets.end()};
}

std::string rsa_padding(dns::Algorithm algorithm) {
    switch (algorithm) {
    case dns::Algorithm::RSASHA256: return "EMSA_PKCS1(SHA-256)";
    case dns::Algorithm::RSASHA512: return "EMSA_PKCS1(SHA-512)";
    default: return "EMSA_PKCS1(SHA-1)";
    }
}

struct Material {
    std::unique_ptr<Botan::Private_Key> key;
    std::string padding;
    dns::Bytes public_key;
};

Material make_rsa(dns::Algorithm algorithm, Botan::RandomNumberGenerator& rng, unsigned bits) {
    auto key = std::make_unique<Botan::RSA_PrivateKey>(rng, bits);
    auto octets = rsa_public_octets(*key);
    return {std::move(key), rsa_padding(algorithm), std::move(octets)};
}

Material make_ecdsa(std::string_view curve, std::string padding, Botan::RandomNumberGenerator& rng) {
    const auto group = Botan::EC_Group::from_name(curve);
    // Twice the order's size, so that the reduction favours no scalar.
    const auto octets = rng.random_vec(2 * group.get_order_bytes());
    auto key = std::make_unique<Botan::ECDSA_PrivateKey>(group, Botan::EC_Scalar::from_bytes_mod_order(group, octets));
    auto public_octets = ec_public_octets(*key);
    return {std::move(key), std::move(padding), std::move(public_octets)};
}

template <class Key>
Material with_raw_public_key(std::unique_ptr<Key> key, std::string padding) {
    auto octets = key->raw_public_key_bits();
    return {std::move(key), std::move(padding), dns::Bytes(octets.begin(), octets.end())};
}

Material make_material(dns::Algorithm algorithm, Botan::RandomNumberGenerator& rng, unsigned rsa_bits) {
    switch (algorithm) {
    case dns::Algorithm::RSASHA1:
    case dns::Algorithm::RSASHA1_NSEC3_SHA1:
    case dns::Algorithm::RSASHA256:
    case dns::Algorithm::RSASHA512: return make_rsa(algorithm, rng, rsa_bits);
    case dns::Algorithm::ECDSAP256SHA256: return make_ecdsa("secp256r1", "SHA-256", rng);
    case dns::Algorithm::ECDSAP384SHA384: return make_ecdsa("secp384r1", "SHA-384", rng);
    case dns::Algorithm::ED25519:
        return with_raw_public_key(std::make_unique<Botan::Ed25519_PrivateKey>(rng.random_vec(32)), "Pure");
    case dns::Algorithm::ED448:
        return with_raw_public_key(std::make_unique<Botan::Ed448_PrivateKey>(rng.random_vec(57)), "Pure");
    case dns::Algorithm::MLDSA44:
        return with_raw_public_key(
            std::make_unique<Botan::ML_DSA_PrivateKey>(rng, Botan::ML_DSA_Mode(Botan::ML_DSA_Mode::ML_DSA_4x4)),
            "Deterministic");
    default:
        throw std::invalid_argument(
            fmt::format("no key can be made for DNSSEC algorithm {}", static_cast<unsigned>(algorithm)));
    }
}

bool is_rsa(dns::Algorithm algorithm) {
    return algorithm == dns::Algorithm::RSASHA1 || algorithm == dns::Algorithm::RSASHA1_NSEC3_SHA1 ||
           algorithm == dns::Algorithm::RSASHA256 || algorithm == dns::Algorithm::RSASHA512;
}

} // namespace

SigningKey SigningKey::make(dns::Algorithm algorithm, std::uint16_t flags, Seed seed, std::string_view label,
                            unsigned rsa_bits) {
    if (is_rsa(algorithm) && (rsa_bits < 1024 || rsa_bits > 4096))
        throw std::invalid_argument(fmt::format("RSA keys have 1024 to 4096 bits here, not {}", rsa_bits));
    if (!is_rsa(algorithm)) rsa_bits = 0;

    // Private keys are immutable and expensive (RSA), so one process makes each only once.
    using CacheKey = std::tuple<dns::Algorithm, Seed, std::string, unsigned>;
    static std::mutex mutex;
    static std::map<CacheKey, std::shared_ptr<const Impl>> made;
    const CacheKey cache_key{algorithm, seed, std::string(label), rsa_bits};
    std::shared_ptr<const Impl> impl;
    {
        const std::lock_guard lock(mutex);
        if (const auto found = made.find(cache_key); found != made.end()) impl = found->second;
    }
    if (!impl) {
        const auto purpose = fmt::format("key {} {}", static_cast<unsigned>(algorithm), rsa_bits);
        Generator generator(derive(seed, label, purpose));
        auto material = make_material(algorithm, generator.rng, rsa_bits);
        impl = std::make_shared<const Impl>(Impl{std::move(material.key), std::move(material.padding),
                                                 std::move(material.public_key), derive(seed, label, "signing")});
        const std::lock_guard lock(mutex);
        impl = made.emplace(cache_key, impl).first->second;
    }
    return SigningKey(impl, dns::Dnskey{.flags = flags, .algorithm = algorithm, .public_key = impl->public_key});
}

dns::Bytes SigningKey::sign(dns::ByteView data) const {
    // ECDSA nonces are those of RFC 6979 §3.2; what is drawn here only blinds.
    dns::Bytes seed = impl_->signing_seed;
    seed.insert(seed.end(), data.begin(), data.end());
    Generator generator(sha256(seed));
    Botan::PK_Signer signer(*impl_->key, generator.rng, impl_->padding);
    return signer.sign_message(data.data(), data.size(), generator.rng);
}

namespace {

std::string private_line(std::string_view name, dns::ByteView octets) {
    return fmt::format("{}: {}\n", name, dns::base64(octets));
}

std::string private_line(std::string_view name, const Botan::BigInt& number) {
    const auto octets = number.serialize();
    return private_line(name, dns::ByteView(octets.data(), octets.size()));
}

std::string private_lines(const Botan::RSA_PrivateKey& key) {
    return private_line("Modulus", key.get_n()) + private_line("PublicExponent", key.get_e()) +
           private_line("PrivateExponent", key.get_d()) + private_line("Prime1", key.get_p()) +
           private_line("Prime2", key.get_q()) + private_line("Exponent1", key.get_d1()) +
           private_line("Exponent2", key.get_d2()) + private_line("Coefficient", key.get_c());
}

} // namespace

std::string SigningKey::private_key_text() const {
    std::string lines;
    if (const auto* rsa = dynamic_cast<const Botan::RSA_PrivateKey*>(impl_->key.get())) {
        lines = private_lines(*rsa);
    } else if (const auto* ecdsa = dynamic_cast<const Botan::ECDSA_PrivateKey*>(impl_->key.get())) {
        const auto scalar = ecdsa->private_value().serialize(ecdsa->domain().get_order_bytes());
        lines = private_line("PrivateKey", dns::ByteView(scalar.data(), scalar.size()));
    } else if (impl_->key->algo_name() == "Ed25519" || impl_->key->algo_name() == "Ed448") {
        // The seed of RFC 8032 §5.1.5 and §5.2.5; Botan has Ed25519's public key behind it.
        const auto octets = impl_->key->raw_private_key_bits();
        const std::size_t seed = impl_->key->algo_name() == "Ed25519" ? 32 : 57;
        lines = private_line("PrivateKey", dns::ByteView(octets.data(), std::min(seed, octets.size())));
    }
    if (lines.empty()) return {};
    return fmt::format("Private-key-format: v1.3\nAlgorithm: {} ({})\n{}", static_cast<unsigned>(dnskey_.algorithm),
                       dns::to_text(dnskey_.algorithm), lines);
}

dns::Bytes p256_public_octets(std::uint32_t k) {
    const auto group = Botan::EC_Group::from_name("secp256r1");
    dns::Writer writer;
    writer.u32(k);
    const auto octets = writer.view();
    return ec_public_octets(
        Botan::ECDSA_PrivateKey(group, Botan::EC_Scalar::from_bytes_mod_order(group, {octets.data(), octets.size()})));
}

SigningKey SigningKey::with_flags(std::uint16_t flags) const {
    SigningKey copy = *this;
    copy.dnskey_.flags = flags;
    return copy;
}

SigningKey SigningKey::with_protocol(std::uint8_t protocol) const {
    SigningKey copy = *this;
    copy.dnskey_.protocol = protocol;
    return copy;
}

SigningKey SigningKey::with_algorithm(dns::Algorithm algorithm) const {
    SigningKey copy = *this;
    copy.dnskey_.algorithm = algorithm;
    return copy;
}

SigningKey SigningKey::with_public_key(dns::Bytes octets) const {
    SigningKey copy = *this;
    copy.dnskey_.public_key = std::move(octets);
    return copy;
}

dns::Ds make_ds(const dns::Name& zone, const dns::Dnskey& key, dns::DigestType digest) {
    auto octets = validator::ds_digest(digest, zone, key.build());
    if (!octets) {
        throw std::invalid_argument(fmt::format("no DS digest of type {} can be made", static_cast<unsigned>(digest)));
    }
    return {.key_tag = key.key_tag(), .algorithm = key.algorithm, .digest_type = digest, .digest = std::move(*octets)};
}

} // namespace zones
