// What a scenario's client is to do, as the built-in client takes it.
#pragma once

#include "harness/scenario.h"
#include "tlsa/srv_walk.h"
#include "tlsa/walker.h"

namespace harness {

// Each of a scenario with a client. Throws ScenarioError for a profile that cannot be loaded.
tlsa::Envelope envelope_for(const Scenario& scenario); // the message, from one sender to one recipient
tlsa::WalkPlan walk_plan(const Scenario& scenario);    // of a client that goes by MX
tlsa::SrvPlan srv_plan(const Scenario& scenario);      // of one that goes by SRV; it trusts the scenario's authorities

} // namespace harness
