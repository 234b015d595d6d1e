// The states of a table's columns in our JSON reports.
#pragma once

#include <nlohmann/json.hpp>

#include "harness/scenario_error.h"
#include "tlsa/decision.h"

namespace harness {

// Only the columns that were looked at: {"mx": "secure", "a": "insecure"}.
nlohmann::json states_json(const tlsa::States& states);
// Throws nlohmann::json::exception where a value is no text, ScenarioError where it is no state.
tlsa::States states_from(const nlohmann::json& object);

} // namespace harness
