// Reads a replay file, strictly: what is not known is an error with its line, never ignored.
#pragma once

#include <string>
#include <string_view>

#include "harness/replay/rpl_error.h"
#include "harness/replay/rpl_scenario.h"

namespace harness::replay {

// `file` is the name for messages; its ending ".crpl" and the form of the configuration tell the dialect. Throws
// RplError.
RplScenario read_rpl(const std::string& file, std::string_view text);

} // namespace harness::replay
