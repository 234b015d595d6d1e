// Runs scenarios against the built-in client and compares what was seen with what was expected. What counts as delivered
// is what the fake servers received. The client is harness/walk_driver.h over resolver::Stub.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/fake_internet.h"
#include "harness/scenario.h"

namespace harness {

struct Seen {
    tlsa::States states;
    std::optional<tlsa::Action> action;
    unsigned row = 0;                       // the table's row that decided; 0: none
    bool delivered = false;                 // by the servers' logs, as the rest
    bool delivered_in_tls = false;
    bool authenticated = false;             // the client's claim; with a wrong certificate it must be false
    std::optional<validator::Security> security;  // of `ask`
    std::optional<dns::Rcode> rcode;
    std::vector<std::string> reasons;       // ids
    std::vector<std::string> reason_texts;
    std::vector<std::string> connection_log;
};

struct ScenarioResult {
    std::string id, about;
    std::optional<tlsa::Mode> table;
    unsigned row = 0;
    Expectation expected;
    Seen seen;
    bool ok = false;
    std::vector<std::string> failures;      // "expected action dane-fail, saw dane-success"
    std::vector<std::string> rules;
    double elapsed_ms = 0;
};

struct RunOptions {
    std::string sut = "builtin";
    unsigned jobs = 0;                      // 0: as many as there are cores
    bool bail = false;                      // stop at the first failure
    std::function<void(const ScenarioResult&, std::size_t done, std::size_t total)> progress;  // called from one thread at a time
};

// Results in the order of the scenarios, whatever the number of jobs. A scenario that cannot be brought up is a failed
// result with its reason.
std::vector<ScenarioResult> run(const std::vector<Scenario>& scenarios, const RunOptions& options);
ScenarioResult run_one(const Scenario& scenario);

}  // namespace harness
