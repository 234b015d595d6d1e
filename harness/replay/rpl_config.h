// The first part of a replay file: unbound.conf text, or Deckard's flat list of keys.
#pragma once

#include "harness/replay/rpl_lines.h"
#include "harness/replay/rpl_scenario.h"

namespace harness::replay {

// Takes the lines up to and with CONFIG_END. `scenario.dialect` is set. Throws RplError.
void read_configuration(Lines& lines, RplScenario& scenario);

// A time of val-override-date as Unbound reads it: 14 digits (UTC), or seconds since 1970. nullopt: not a time.
std::optional<dns::UnixTime> override_time(std::string_view text);

} // namespace harness::replay
