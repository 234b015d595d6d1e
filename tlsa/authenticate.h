// Judges the chain that a server presented against TLSA records: DANE-EE, DANE-TA (own path builder and name matcher),
// and PKIX usages for generic use (RFC 6698 §2.1, RFC 7671 §5, RFC 7672 §3).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "resolver/dns/serial.h"
#include "tlsa/association.h"

namespace tlsa {

// DER of the certificates as they came over the wire, leaf first; hashed as received, never re-encoded.
using CertificateChain = std::vector<dns::Bytes>;

enum class AuthenticationResult { match, no_match, name_mismatch, expired, untrusted, unusable };
std::string_view
to_text(AuthenticationResult result); // "match" "no-match" "name-mismatch" "expired" "untrusted" "unusable"

struct AuthenticationRequest {
    std::vector<AssessedRecord> records;
    std::vector<dns::Name> reference_names; // base domain first (RFC 7671 §10.2, RFC 7672 §3.2.2)
    dns::UnixTime now;
    bool ee_name_checks = false; // names also for usage 3, as some generic users want
    CertificateChain pkix_roots; // for usages 0 and 1 (generic policy)
};

struct Authentication {
    AuthenticationResult result = AuthenticationResult::unusable;
    // Place of the matched certificate in the path, 0 = leaf; -1 where no record matched. A TA key that is only in DNS
    // (2 1 0) has the depth of the certificate that it signed.
    int depth = -1;
    int record = -1;          // index of the record that matched; with depth, also set where names or dates fail
    std::string matched_name; // the presented name that fitted; "" for DANE-EE
    std::vector<std::string> reasons; // ids with a text, "certificate-expired: notAfter 2020-01-01T00:00:00Z ..."
};

// The best outcome over all usable records (RFC 6698 §4.1: one match suffices).
Authentication authenticate(const CertificateChain& chain, const AuthenticationRequest& request);

// The same for a server that shows a raw public key, a SubjectPublicKeyInfo in DER: records "3 1 x" alone can match it
// (RFC 7671 §5.1).
Authentication authenticate_raw_key(const dns::Bytes& spki, const AuthenticationRequest& request);
// May raw public keys be offered? Only where every usable record is "3 1 x": any other needs a certificate, and RFC 7671
// §5.1 advises against offering them without one.
bool raw_key_suffices(std::span<const AssessedRecord> records);

} // namespace tlsa
