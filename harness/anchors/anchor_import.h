// Anchors from a file joined to those that are followed already.
#pragma once

#include <string>
#include <vector>

#include "validator/trust_point.h"

namespace harness {

// Joins `from` to `into` and gives one line for each record: what became of it. A zone that is new comes in as it is.
// Of a known zone the records come in that are new; what is known keeps its state. A key that was revoked or removed is
// not let in again (RFC 5011 §2.1). New records wake a trust point that was gone.
std::vector<std::string> import_points(std::vector<validator::TrustPointState>& into,
                                       const std::vector<validator::TrustPointState>& from);

} // namespace harness
