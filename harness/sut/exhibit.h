// A scenario shown to people beside what was seen in it: its zones with the broken lines marked, and the chain of trust
// of each state drawn.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario.h"

namespace harness {

struct ExhibitLine {
    std::string text;
    std::string fault; // what is broken about it, "" where nothing is
};

struct Exhibit {
    std::string scenario, about;
    struct Zone {
        std::string apex;
        std::string signing; // "signed", "unsigned", "signed, no DS in the parent"
        std::vector<ExhibitLine> lines;
    };
    std::vector<Zone> zones;
    std::vector<std::string> faults;                         // all, in words
    std::vector<std::string> resolvers;                      // where the scenario names some: address and behaviour
    std::vector<std::pair<std::string, std::string>> chains; // question and verdict -> SVG
};

// Throws ScenarioError.
Exhibit exhibit_of(const Scenario& scenario);

} // namespace harness
