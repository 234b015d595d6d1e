// `danelab run --rules`: each rule with its sources, the scenarios that obey and break it, and what came of them.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/rule_table.h"
#include "harness/runner.h"

namespace harness {

enum class RuleResult {
    as_expected,     // scenarios of both kinds, all as expected
    not_as_expected, // some scenario is not
    one_kind_only,   // scenarios that obey it or that break it, not both, and no test either
    by_tests,        // a test program shows it, scenarios cannot
    not_here,        // binds nothing that is built here
    open,            // nothing shows it
};
std::string_view to_text(RuleResult result); // "as-expected" ... "open"

struct RuleFinding {
    Rule rule;
    std::vector<const ScenarioResult*> obeys, breaks;
    RuleResult result{};
};

// A finding for each rule. The results must outlive the findings.
std::vector<RuleFinding> find_evidence(const std::vector<Rule>& rules, const std::vector<ScenarioResult>& results);

std::string rules_text(const std::vector<RuleFinding>& findings, const cli::Style& style);
std::string rules_json(const std::vector<RuleFinding>& findings); // harness/schemas/rules.schema.json

} // namespace harness
