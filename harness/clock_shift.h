// Moves a scenario to another day: everything that is dated relative to its `now` keeps its distance. Needed where
// tools that read the real clock (delv, dig, unbound-host) look at a scenario's zones.
#pragma once

#include "harness/scenario.h"

namespace harness {

void move_to(Scenario& scenario, dns::UnixTime now);

} // namespace harness
