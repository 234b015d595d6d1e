// RFC 4034 §6 canonical form and order, and the octets that an RRSIG signs (RFC 4034 §3.1.8.1).
#pragma once

#include <span>

#include "resolver/dns/rdata.h"
#include "resolver/dns/record.h"

namespace validator {

// RDATA of the set in canonical form and order, duplicates dropped. Error where one RDATA is unfit for its type.
dns::Result<std::vector<dns::Bytes>> canonical_rdata_order(const dns::RrSet& set);

// RRSIG RDATA without signature, then each RR with owner (wildcard form where Labels says so), type, class, Original
// TTL, RDLENGTH, canonical RDATA (RFC 4035 §5.3.2). Error where Labels exceeds the owner's labels (bad_rdata).
dns::Result<dns::Bytes> signed_data(const dns::RrSet& set, const dns::Rrsig& rrsig);
// The same where canonical_rdata_order(set) is there already: one RRset may have many signatures.
dns::Result<dns::Bytes> signed_data(const dns::RrSet& set, std::span<const dns::Bytes> canonical,
                                    const dns::Rrsig& rrsig);

} // namespace validator
