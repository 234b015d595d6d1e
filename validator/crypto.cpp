#include "validator/crypto.h"

#include <botan/bigint.h>
#include <botan/dl_group.h>
#include <botan/dsa.h>
#include <botan/ec_apoint.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/ed448.h>
#include <botan/exceptn.h>
#include <botan/hash.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>

#include <algorithm>

#if __has_include(<botan/ml_dsa.h>)
#include <botan/ml_dsa.h>
#endif

namespace validator {

class PublicKey {
  public:
    explicit PublicKey(std::unique_ptr<Botan::Public_Key> key)
        : key_(std::move(key)) {}
    const Botan::Public_Key& botan() const { return *key_; }

  private:
    std::unique_ptr<Botan::Public_Key> key_;
};

namespace {

using dns::Algorithm;
using KeyResult = dns::Result<std::shared_ptr<const PublicKey>, KeyError>;
using BotanKey = std::unique_ptr<Botan::Public_Key>;

// How one algorithm checks a signature: Botan's padding or hash name, and the exact signature length where there is
// one.
struct Scheme {
    Algorithm algorithm;
    const char* parameters;
    std::size_t signature_octets; // 0: as long as the modulus, which Botan checks
};
constexpr Scheme schemes[] = {
    {Algorithm::DSA, "SHA-1", 0}, // RFC 2536 §3; in no profile, see Policy::add_historic_algorithms
    {Algorithm::RSASHA1, "PKCS1v15(SHA-1)", 0},
    {Algorithm::DSA_NSEC3_SHA1, "SHA-1", 0},               // RFC 5155 §2: the same as 3
    {Algorithm::RSASHA1_NSEC3_SHA1, "PKCS1v15(SHA-1)", 0}, // RFC 5155 §2: the same as 5
    {Algorithm::RSASHA256, "PKCS1v15(SHA-256)", 0},        // RFC 5702 §3.1
    {Algorithm::RSASHA512, "PKCS1v15(SHA-512)", 0},        // RFC 5702 §3.2
    {Algorithm::ECDSAP256SHA256, "SHA-256", 64},           // RFC 6605 §4
    {Algorithm::ECDSAP384SHA384, "SHA-384", 96},           // RFC 6605 §4
    {Algorithm::ED25519, "Pure", 64},                      // RFC 8080 §4
    {Algorithm::ED448, "Pure", 114},                       // RFC 8080 §4
    {Algorithm::MLDSA44, "", 2420},                        // FIPS 204, table 2
};

const Scheme* scheme_of(Algorithm algorithm) {
    const auto* found =
        std::find_if(std::begin(schemes), std::end(schemes), [&](const Scheme& s) { return s.algorithm == algorithm; });
    return found == std::end(schemes) ? nullptr : found;
}

// RFC 3110 §2: exponent length in one octet, or in two after a zero octet; then exponent and modulus.
BotanKey rsa_key(Algorithm algorithm, dns::ByteView octets) {
    dns::Reader reader(octets);
    auto short_length = reader.u8();
    if (!short_length) return nullptr;
    std::size_t length = *short_length;
    if (length == 0) {
        auto long_length = reader.u16();
        if (!long_length) return nullptr;
        length = *long_length;
    }
    auto exponent_octets = reader.octets(length);
    if (!exponent_octets || exponent_octets->empty() || reader.at_end()) return nullptr;
    const dns::ByteView modulus_octets = reader.rest();
    if ((*exponent_octets)[0] == 0 || modulus_octets[0] == 0) return nullptr; // RFC 3110 §2: no leading zero octets

    // RFC 5702 §2.1, §2.2 and RFC 3110 §3. An exponent above 2^32+1 only makes work (BIND has the same bound).
    const std::size_t smallest = algorithm == Algorithm::RSASHA512 ? 1024 : 512;
    if (modulus_octets.size() > 4096 / 8 || exponent_octets->size() > 5) return nullptr;
    const Botan::BigInt modulus(modulus_octets), exponent(*exponent_octets);
    if (modulus.bits() < smallest || modulus.bits() > 4096) return nullptr;
    if (exponent.is_even() || exponent < 3 || exponent > Botan::BigInt::power_of_2(32) + 1) return nullptr;
    return std::make_unique<Botan::RSA_PublicKey>(modulus, exponent);
}

// RFC 2536 §2: T, then Q, P, G and Y; P has 64 + 8 T octets.
BotanKey dsa_key(dns::ByteView octets) {
    dns::Reader reader(octets);
    const auto t = reader.u8();
    if (!t || *t > 8) return nullptr;
    const std::size_t length = 64 + std::size_t{8} * *t;
    const auto q = reader.octets(20), p = reader.octets(length), g = reader.octets(length), y = reader.octets(length);
    if (!q || !p || !g || !y || !reader.at_end()) return nullptr;
    const Botan::BigInt prime(*p), order(*q), generator(*g);
    const Botan::DL_Group group(prime, order, generator);
    return std::make_unique<Botan::DSA_PublicKey>(group, Botan::BigInt(*y));
}

// RFC 2536 §3: T, R and S in 41 octets. Signers of that time also wrote R and S as a DER sequence.
bool verify_dsa(const Botan::Public_Key& key, const char* hash, dns::ByteView data, dns::ByteView signature) {
    constexpr std::size_t octets = 41;
    if (signature.size() == octets && signature[0] <= 8) {
        Botan::PK_Verifier verifier(key, hash, Botan::Signature_Format::Standard);
        return verifier.verify_message(data, signature.subspan(1));
    }
    Botan::PK_Verifier verifier(key, hash, Botan::Signature_Format::DerSequence);
    return verifier.verify_message(data, signature);
}

// RFC 6605 §4: the two coordinates without the octet that names their form.
BotanKey ecdsa_key(const char* curve, std::size_t octets_of_key, dns::ByteView octets) {
    if (octets.size() != octets_of_key) return nullptr;
    const auto group = Botan::EC_Group::from_name(curve);
    dns::Bytes encoded{0x04}; // SEC 1, section 2.3.3: uncompressed
    encoded.insert(encoded.end(), octets.begin(), octets.end());
    const auto point = Botan::EC_AffinePoint::deserialize(group, encoded);
    if (!point || point->is_identity()) return nullptr;
    return std::make_unique<Botan::ECDSA_PublicKey>(group, *point);
}

BotanKey make_key(const dns::Dnskey& dnskey) {
    const dns::ByteView octets = dnskey.public_key;
    switch (dnskey.algorithm) {
    case Algorithm::DSA:
    case Algorithm::DSA_NSEC3_SHA1: return dsa_key(octets);
    case Algorithm::RSASHA1:
    case Algorithm::RSASHA1_NSEC3_SHA1:
    case Algorithm::RSASHA256:
    case Algorithm::RSASHA512: return rsa_key(dnskey.algorithm, octets);
    case Algorithm::ECDSAP256SHA256: return ecdsa_key("secp256r1", 64, octets);
    case Algorithm::ECDSAP384SHA384: return ecdsa_key("secp384r1", 96, octets);
    case Algorithm::ED25519: // RFC 8080 §3
        return octets.size() == 32 ? std::make_unique<Botan::Ed25519_PublicKey>(octets) : nullptr;
    case Algorithm::ED448: // RFC 8080 §3
        return octets.size() == 57 ? std::make_unique<Botan::Ed448_PublicKey>(octets) : nullptr;
#if defined(BOTAN_HAS_ML_DSA)
    case Algorithm::MLDSA44: // FIPS 204, table 2: pk of ML-DSA-44
        return octets.size() == 1312 ? std::make_unique<Botan::ML_DSA_PublicKey>(octets, Botan::ML_DSA_Mode::ML_DSA_4x4)
                                     : nullptr;
#endif
    default: return nullptr;
    }
}

const char* digest_name(dns::DigestType type) {
    switch (type) {
    case dns::DigestType::SHA1: return "SHA-1";
    case dns::DigestType::SHA256: return "SHA-256"; // RFC 4509 §2
    case dns::DigestType::SHA384: return "SHA-384"; // RFC 6605 §2
    default: return nullptr;
    }
}

} // namespace

bool crypto_supports(dns::Algorithm algorithm) {
#if !defined(BOTAN_HAS_ML_DSA)
    if (algorithm == Algorithm::MLDSA44) return false;
#endif
    return scheme_of(algorithm) != nullptr;
}

KeyResult load_public_key(const dns::Dnskey& dnskey) {
    if (!crypto_supports(dnskey.algorithm)) return dns::Unexpected{KeyError::unsupported};
    try {
        if (auto key = make_key(dnskey)) return std::make_shared<const PublicKey>(std::move(key));
    } catch (const std::exception&) { // Botan's way of saying that the octets are no key
    }
    return dns::Unexpected{KeyError::malformed};
}

bool verify(const PublicKey& key, dns::Algorithm algorithm, dns::ByteView data, dns::ByteView signature) {
    const Scheme* scheme = scheme_of(algorithm);
    if (scheme == nullptr) return false;
    if (scheme->signature_octets != 0 && signature.size() != scheme->signature_octets) return false;
    try {
        if (algorithm == Algorithm::DSA || algorithm == Algorithm::DSA_NSEC3_SHA1)
            return verify_dsa(key.botan(), scheme->parameters, data, signature);
        Botan::PK_Verifier verifier(key.botan(), scheme->parameters);
        return verifier.verify_message(data, signature);
    } catch (const std::exception&) { // a signature that Botan cannot even read
        return false;
    }
}

std::optional<dns::Bytes> ds_digest(dns::DigestType type, const dns::Name& owner, dns::ByteView dnskey_rdata) {
    const char* name = digest_name(type);
    if (name == nullptr) return std::nullopt;
    const auto hash = Botan::HashFunction::create_or_throw(name);
    hash->update(owner.lowercased().wire());
    hash->update(dnskey_rdata);
    return hash->final<dns::Bytes>();
}

std::array<std::uint8_t, 20> nsec3_hash(const dns::Name& name, dns::ByteView salt, std::uint16_t iterations) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-1");
    std::array<std::uint8_t, 20> digest{};
    hash->update(name.lowercased().wire());
    hash->update(salt);
    hash->final(digest);
    for (unsigned round = 0; round < iterations; ++round) {
        hash->update(digest);
        hash->update(salt);
        hash->final(digest);
    }
    return digest;
}

} // namespace validator
