// Which replay files are none of a stub's business, told from what they contain.
#pragma once

#include <optional>
#include <string>

#include "harness/replay/rpl_scenario.h"

namespace harness::replay {

// nullopt: the file is played.
std::optional<std::string> reason_to_skip(const RplScenario& scenario);

} // namespace harness::replay
