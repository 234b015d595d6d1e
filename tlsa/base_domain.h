// TLSA base domains of a host, from its address lookup (RFC 7672 §2.2.2, §2.2.3; RFC 7671 §7).
#pragma once

#include <vector>

#include "resolver/dns/name.h"
#include "validator/verdict.h"

namespace tlsa {

// Names at which to look for TLSA records, in this order; none where DANE does not apply or the lookup failed:
//   no alias, secure                        the name
//   secure aliases and a secure address     the fully expanded name, then the name (RFC 7672 §2.2.2)
//   secure first alias, insecure further on the name alone (RFC 7672 §2.2.2)
//   insecure first alias, or no alias and an insecure address   none
// Names in the middle of an alias chain are never base domains (RFC 7672 §2.2.3).
std::vector<dns::Name> candidate_base_domains(const validator::Lookup& addresses);

} // namespace tlsa
