// Does the answer that a client got look as the file says? What differs, in words.
#pragma once

#include <string>
#include <vector>

#include "harness/replay/rpl_scenario.h"

namespace harness::replay {

// Compares what the MATCH line of `expected` asks for: RCODE, the AD flag, the ANSWER section as a multiset of records
// (their TTLs where `ttl` stands there) and EDE. Other flags and sections belong to a resolver that is not ours. Empty:
// nothing differs.
std::vector<std::string> differences(const Entry& expected, const dns::Message& seen);

} // namespace harness::replay
