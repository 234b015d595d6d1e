// The only door to Botan in this folder: verify, digest, hash. No exception leaves it.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "resolver/dns/rdata.h"

namespace validator {

// A DNSKEY's public key made ready for verification; shared, immutable.
class PublicKey;
enum class KeyError { malformed, unsupported };
// Key octets by algorithm: DSA RFC 2536 §2, RSA RFC 3110 §2 (with the limits of RFC 5702 §2), ECDSA RFC 6605 §4, EdDSA RFC 8080 §3.
dns::Result<std::shared_ptr<const PublicKey>, KeyError> load_public_key(const dns::Dnskey& dnskey);
// Can this build verify signatures of that algorithm at all (ML-DSA-44 depends on Botan)?
bool crypto_supports(dns::Algorithm algorithm);
// Is `signature` (wire form of the algorithm's RFC; DSA also as a DER sequence of R and S) good over `data`? False for
// any malformed signature.
bool verify(const PublicKey& key, dns::Algorithm algorithm, dns::ByteView data, dns::ByteView signature);

// The digest of a DS record (RFC 4034 §5.1.4); nullopt where the type is not supported (1, 2, 4 are).
std::optional<dns::Bytes> ds_digest(dns::DigestType type, const dns::Name& owner, dns::ByteView dnskey_rdata);

// Iterated hash of RFC 5155 §5, hash algorithm 1 (SHA-1): 20 octets.
std::array<std::uint8_t, 20> nsec3_hash(const dns::Name& name, dns::ByteView salt, std::uint16_t iterations);

} // namespace validator
