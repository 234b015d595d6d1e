// The states of a table's columns in our JSON reports.
#pragma once

#include <nlohmann/json.hpp>

#include "tlsa/decision.h"

namespace harness {

// Only the columns that were looked at: {"mx": "secure", "a": "insecure"}.
nlohmann::json json_of(const tlsa::States& states);

} // namespace harness
