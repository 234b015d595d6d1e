// The extensions of certificates for the fake mail servers, also such as no library writes: octet by octet where
// needed.
#pragma once

#include <botan/pkix_types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/certificates.h"

namespace harness {

// RFC 5280 §4.2. `own_key`: the key's bits, for the subject key identifier; `issuer_key_id`: empty where self-signed.
// Throws std::invalid_argument for an address that is none.
Botan::Extensions extensions_for(const CertificateTemplate& wanted, const std::vector<std::uint8_t>& own_key,
                                 const std::vector<std::uint8_t>& issuer_key_id);

// Everything in the details that differs from an ordinary certificate, as text; "" where nothing does.
std::string identity_of(const CertificateDetails& details);

// The certificate without version and extensions (RFC 5280 §4.1: version 1), signed anew by `sign`.
dns::Bytes as_version_1(const dns::Bytes& certificate,
                        const std::function<dns::Bytes(const dns::Bytes& to_be_signed)>& sign);

} // namespace harness
