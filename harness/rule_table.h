// The rules of DANE for SMTP by number (zones/rules/dane.json): where each comes from, and what shows that it is kept.
// Scenarios name the rules that they obey and break.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario_error.h"

namespace harness {

struct Rule {
    std::string number;               // "D-034"
    std::string binds;                // "client", "server", "publisher"
    std::string strength;             // "MUST", "SHOULD*", ..., "practice"
    std::vector<std::string> sources; // RFC and section
    std::string title;
    std::vector<std::string> tests; // test files, relative to the root of the source tree
    std::string not_here;           // why it binds nothing that is built here; "" where it does
};

// In the file's order, which is that of the numbers' groups. Throws ScenarioError, also for a number that stands twice.
std::vector<Rule> load_rules();
std::vector<Rule> parse_rules(std::string_view json, const std::string& file_for_messages);

} // namespace harness
