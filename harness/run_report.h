// The outcome of a run: both decision tables for people, JSON (schema: harness/schemas/run.schema.json), JUnit XML and
// TAP for CI.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/runner.h"

namespace harness {

struct RunReport {
    std::string sut, profile;
    const std::vector<ScenarioResult>& results;
    bool brief = false;      // text: groups are counted instead of a line for each scenario outside the tables
    std::size_t planned = 0; // more than results where a run was cut short (--bail): the rest counts as skipped
    bool few() const { return results.size() <= 100; }
};

std::string run_text(const RunReport& report, const cli::Style& style);
std::string run_json(const RunReport& report);
std::string run_junit(const RunReport& report);
std::string run_tap(const RunReport& report);

} // namespace harness
