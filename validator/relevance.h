// Which of too many NSEC and NSEC3 records to verify: a response may carry any number that nobody asked for, and each
// would cost a verification (RFC 4035 §5.4 asks for a bound).
#pragma once

#include <vector>

#include "resolver/dns/record.h"
#include "validator/budget.h"

namespace validator {

// The NSEC and NSEC3 RRsets of a section that stand in `zone`, one record each (one_set_per_denial). Where there are
// more than Limits::denial_records, those come first that, if `zone` signed them, bear on the existence of `name`: they
// match or cover it, its closest encloser or the wildcard there. Nothing of this is proven; it only says where to look
// first.
std::vector<dns::SignedRrSet> denial_candidates(std::span<const dns::SignedRrSet> section, const dns::Name& zone,
                                                const dns::Name& name, Work work);

} // namespace validator
