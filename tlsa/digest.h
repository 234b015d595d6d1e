// The digests of TLSA matching types (RFC 6698 §2.1.3).
#pragma once

#include "resolver/dns/bytes.h"
#include "tlsa/association.h"

namespace tlsa {

// `data` as a record of this matching type holds it: itself, or its digest. Empty for other matching types.
dns::Bytes matching_data(MatchingType type, dns::ByteView data);

} // namespace tlsa
