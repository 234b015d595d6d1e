// Judges a chain by public authorities and names, without TLSA records: what the appliance's "verify" levels ask for.
#pragma once

#include "tlsa/authenticate.h"
#include "tlsa/certificate.h"

namespace tlsa {

enum class NameRule {
    all_names,       // the DNS-IDs and the CN as well
    dns_ids,         // the DNS-IDs alone (RFC 8461 §4.2)
    dns_ids_else_cn, // the CN only where the certificate has no DNS-ID (RFC 6125 §6.4.4)
};

struct PkixRequest {
    CertificateChain roots;                 // DER of the trusted authorities
    std::vector<dns::Name> reference_names; // one of them must fit, in this order
    NameRule rule = NameRule::all_names;
    dns::UnixTime now;
};

// A path from the server's certificate to a root (RFC 5280 §6) that holds at `now`, and a name that fits. `result` is
// match, untrusted, name_mismatch or expired; `depth` is that of the root; `record` stays -1.
Authentication verify_pkix(const CertificateChain& chain, const PkixRequest& request);

} // namespace tlsa
