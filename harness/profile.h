// Loads decision tables from tlsa/profiles/*.json, strictly.
#pragma once

#include <string>

#include "tlsa/decision.h"

namespace harness {

struct Profile {
    std::string name;     // "cisco-esa"
    std::string source;   // where the tables were published
    tlsa::DecisionTable mandatory, opportunistic;
    const tlsa::DecisionTable& table(tlsa::Mode mode) const { return mode == tlsa::Mode::mandatory ? mandatory : opportunistic; }
};
// By name, or by path of a file. Throws ScenarioError ("profile: FILE:LINE: ..."), also where the table has a hole or two
// rows fit the same states.
Profile load_profile(const std::string& name_or_file);

}  // namespace harness
