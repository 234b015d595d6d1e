// What is wrong with a data file, said in one line.
#pragma once

#include <stdexcept>

namespace harness {

// A file that cannot be used. what(): "scenario: FILE:LINE: /json/pointer: what is wrong and what was expected".
struct ScenarioError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace harness
