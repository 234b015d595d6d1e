// `danelab tlsa make`: TLSA records out of certificates, requests and keys, with what the RFCs advise against.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/tlsa_tool/pem.h"
#include "resolver/dns/serial.h"
#include "tlsa/association.h"

namespace harness {

// What a record can be made of: a certificate gives either selector, a request or a key the SPKI alone.
struct Publishable {
    std::optional<dns::Bytes> certificate; // DER
    dns::Bytes spki;                       // DER of SubjectPublicKeyInfo
    bool is_chain_end = false;             // the last certificate of a chain of several
};

// From PEM blocks: a certificate (of a chain the one at `depth`, 0 = leaf), else a request, a private key or a public
// key. Throws PemError where there is nothing of the kind, an encrypted key, or octets that are none.
Publishable publishable(const std::vector<PemBlock>& blocks, const std::string& file, std::size_t depth);
// The same of certificates as a server presented them; `source` names it in messages.
Publishable publishable(const std::vector<dns::Bytes>& chain, const std::string& source, std::size_t depth);

// Throws std::invalid_argument where a full certificate is asked of a key.
tlsa::Association make_association(const Publishable& from, tlsa::Usage usage, tlsa::Selector selector,
                                   tlsa::MatchingType matching_type);

// One sentence each, with the section that says so: RFC 7671 §5, RFC 7672 §3.1. `for_smtp`: the record is for a mail
// server.
std::vector<std::string> advice(const Publishable& from, const tlsa::Association& association, bool for_smtp,
                                dns::UnixTime now);

} // namespace harness
