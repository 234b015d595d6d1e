// Signing keys made from a seed: the same seed and label give the same key, on every machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "resolver/dns/rdata.h"

namespace zones {

using Seed = std::uint64_t;

// A DNSSEC key pair. Copies share the private key.
class SigningKey {
  public:
    // Algorithms 5 7 8 10 13 14 15 16 18. `flags`: 256 ZSK, 257 KSK or CSK. RSA keys have 2048 bits unless told
    // otherwise (making one costs some 100 ms; deterministic). Throws std::invalid_argument for other algorithms.
    static SigningKey make(dns::Algorithm algorithm, std::uint16_t flags, Seed seed, std::string_view label,
                           unsigned rsa_bits = 2048);

    const dns::Dnskey& dnskey() const { return dnskey_; }
    dns::KeyTag tag() const { return dnskey_.key_tag(); }
    dns::Bytes sign(dns::ByteView data) const;                 // wire form of the algorithm's RFC; deterministic
    SigningKey with_flags(std::uint16_t flags) const;          // the same key under other flags (the tag changes)
    SigningKey with_protocol(std::uint8_t protocol) const;     // the same key under another Protocol (the tag changes)
    SigningKey with_algorithm(dns::Algorithm algorithm) const; // the same key under another number: signs as before
    SigningKey with_public_key(dns::Bytes octets) const; // the same private key beside other octets (the tag changes)
    // "Private-key-format: v1.3 ...", as BIND's and ldns's tools read it; "" where that format has nothing for the
    // algorithm.
    std::string private_key_text() const;

  private:
    struct Impl; // the Botan key; key.cpp alone sees it
    SigningKey(std::shared_ptr<const Impl> impl, dns::Dnskey dnskey)
        : impl_(std::move(impl))
        , dnskey_(std::move(dnskey)) {}
    std::shared_ptr<const Impl> impl_;
    dns::Dnskey dnskey_;
};

// The point kG of P-256 as DNSKEY RDATA has it (RFC 6605 §4): a public key that anybody can make.
dns::Bytes p256_public_octets(std::uint32_t k);

// DS of a key (RFC 4034 §5.1.4).
// Throws std::invalid_argument for a digest type other than 1, 2, 4.
dns::Ds make_ds(const dns::Name& zone, const dns::Dnskey& key, dns::DigestType digest);

} // namespace zones
