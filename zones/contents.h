// What the signer works on: a zone's records by owner and type, with its cuts known. For the sources of this folder.
#pragma once

#include <map>
#include <vector>

#include "resolver/dns/rdata.h"
#include "resolver/dns/record.h"
#include "zones/signer.h"

namespace zones {

struct Contents {
    using Sets = std::map<dns::RrType, dns::RrSet>;

    dns::Name apex;
    std::map<dns::Name, Sets> nodes;

    // Throws std::invalid_argument where the zone has not exactly one SOA, at its apex, has a record outside it, RDATA
    // unfit for its type, or a CNAME with other data (RFC 1034 §3.6.2).
    static Contents of(const Zone& zone);

    bool is_cut(const dns::Name& name) const;      // NS below the apex (RFC 4035 §2.3)
    bool is_occluded(const dns::Name& name) const; // glue: strictly below a cut or a DNAME (RFC 6672 §2.4)
    dns::Ttl denial_ttl() const;                   // the lesser of the SOA's TTL and MINIMUM (RFC 9077 §3)
    void add(const dns::RrSet& set);               // into its owner's node
};

// The NSEC chain (RFC 4035 §2.3) and the NSEC3 chain (RFC 5155 §7.1) of these contents, in order, unsigned. NSEC3PARAM
// must be among the contents already.
std::vector<dns::RrSet> nsec_chain(const Contents& contents);
std::vector<dns::RrSet> nsec3_chain(const Contents& contents, const SigningPolicy& policy);

// The owner name of the NSEC3 record with this hash (RFC 5155 §3). Throws std::invalid_argument where it is too long.
dns::Name nsec3_owner(dns::ByteView hash, const dns::Name& apex);

} // namespace zones
