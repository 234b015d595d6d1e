// ENTRY_BEGIN ... ENTRY_END: a message, what to match of it, and what to adjust in it.
#pragma once

#include "harness/replay/rpl_lines.h"
#include "harness/replay/rpl_scenario.h"

namespace harness::replay {

// Takes the lines up to and with ENTRY_END; `begin` is the line of ENTRY_BEGIN, which was taken already. Throws
// RplError.
Entry read_entry(Lines& lines, const Line& begin, Dialect dialect);

} // namespace harness::replay
