// When a trust point is asked (RFC 5011 §2.3). Inside of trust_point alone.
#pragma once

#include "validator/trust_point.h"

namespace validator {

// 90..100 % of the interval (seconds, at least the shortest) from now.
dns::UnixTime spread(dns::UnixTime now, std::int64_t interval, const TrustPointPolicy& policy, const Random& random);
// The query interval and retry time that a validated RRset asks for.
void set_intervals(TrustPointState& state, const dns::SignedRrSet& dnskeys, const TrustPointPolicy& policy,
                   dns::UnixTime now);
// The smallest Original TTL of the signatures (RFC 4034 §3.1.4); the RRset's TTL where there is none.
std::int64_t original_ttl(const dns::SignedRrSet& dnskeys);

} // namespace validator
