// `danelab run` with systems under test other than our own client.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario.h"
#include "harness/sut/resolver_program.h"

namespace harness::cli {

struct SutRun {
    std::string suts; // names or files, separated by commas
    std::string profile, format = "text", output, baseline;
    bool whole = false; // all scenarios that there are for them, not some: what the baseline has besides is gone
    unsigned jobs = 0;  // systems at a time; 0: two
    std::string resolver = builtin_resolver;
};

// The exit code. Throws CommandError, ScenarioError, EnclosureError.
int run_suts(const SutRun& wanted, const std::vector<Scenario>& scenarios);

} // namespace harness::cli
