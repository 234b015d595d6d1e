// Our own state file: trust points with everything that RFC 5011 wants remembered. Schema: anchor-state.schema.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "validator/trust_point.h"

namespace harness {

// Throws ScenarioError "anchor state: FILE:LINE: /pointer: what" for text that is not such a file, or not all of it.
std::vector<validator::TrustPointState> read_state_json(std::string_view text, const std::string& file);
std::string write_state_json(const std::vector<validator::TrustPointState>& points);

} // namespace harness
