// Values that the files of systems under test and of resolvers have in common.
#pragma once

#include <string>
#include <vector>

#include "harness/strict_json.h"
#include "harness/sut/pattern.h"

namespace harness {

// An array of commands, each a program and its arguments. Throws ScenarioError.
std::vector<std::vector<std::string>> commands_of(const JsonNode& node);
// A text, or an array of lines. Throws ScenarioError.
std::string lines_of(const JsonNode& node);
// `expression` (of the node, with its values filled in) as a pattern. Throws ScenarioError with the node's place.
Pattern pattern_in(const JsonNode& node, const std::string& expression);

} // namespace harness
