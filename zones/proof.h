// Which NSEC or NSEC3 RRsets a response must carry so that its reader can check what it says (RFC 4035 §3.1.3,
// RFC 5155 §7.2). The first of a proof is the one that speaks of the name itself; faults break that one.
#pragma once

#include <vector>

#include "zones/index.h"

namespace zones {

using Proof = std::vector<const dns::SignedRrSet*>; // into the index; each once; empty for unsigned zones

// The name exists and lacks the type; also a cut without DS (RFC 5155 §7.2.3, §7.2.4).
Proof prove_no_data(const ZoneIndex& index, const dns::Name& name);
// Neither the name nor a wildcard for it exists (RFC 5155 §7.2.2).
Proof prove_name_error(const ZoneIndex& index, const dns::Name& name);
// The name does not exist, so that the wildcard may answer for it (RFC 5155 §7.2.6).
Proof prove_expansion(const ZoneIndex& index, const dns::Name& name);
// The same, and the wildcard lacks the type (RFC 5155 §7.2.5).
Proof prove_wildcard_no_data(const ZoneIndex& index, const dns::Name& name);

} // namespace zones
