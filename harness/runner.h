// Runs scenarios against the built-in client and compares what was seen with what was expected. What counts as
// delivered is what the fake servers received.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/fake_internet.h"
#include "harness/scenario.h"

namespace harness {

struct Seen {
    // Of the client's walk.
    tlsa::States states; // of the last (host, address) tried
    std::optional<tlsa::Action> action;
    std::optional<tlsa::WalkStatus> status;
    unsigned row = 0;             // the table's row that decided; 0: none
    bool authenticated = false;   // the client's claim; with a wrong certificate it must be false
    std::optional<tlsa::Outcome> outcome; // the client's word for what became of the message
    bool claims_delivery = false;         // the client's claim; the servers' logs must bear it out
    // Of the servers' logs.
    bool delivered = false; // a server accepted the message, unchanged
    bool delivered_in_tls = false;
    std::size_t messages = 0;      // accepted by all servers
    std::size_t mail_commands = 0; // MAIL FROM, accepted or not
    std::vector<std::string> connection_log;
    std::vector<std::string> commands; // as in Expectation::commands
    std::vector<dns::Question> asked; // by the client, each once, in the order of the first asking
    // Of the driver: the servers connected to, or tried in vain, in order; named as in Expectation::dialed.
    std::vector<std::string> dialed;
    std::vector<std::pair<std::string, std::optional<std::string>>> sni; // server and name of each TLS connection
    // Of `ask`, and of the questions that are judged.
    std::optional<validator::Security> security;
    std::optional<dns::Rcode> rcode;
    std::vector<dns::EdeCode> ede;    // of `ask`, in the order of its reasons, each once
    unsigned verifications = 0;       // of `ask`: signatures verified
    unsigned nsec3_hashes = 0;        // of `ask`: NSEC3 hashes computed
    std::string root_cause;           // of `ask`: id of its first reason; "" where there is none
    std::vector<Judged> judged;       // as many and in the order of Scenario::judged
    std::vector<std::string> reasons; // ids, of the walk and of `ask`
    std::vector<std::string> reason_texts;
};

struct ScenarioResult {
    std::string id, about;
    std::optional<tlsa::Mode> table;
    unsigned row = 0;
    Expectation expected;
    Seen seen;
    bool ok = false;
    std::vector<std::string> failures;      // "action: expected dane-fail, saw dane-success"
    std::vector<std::string> rules, breaks; // of the scenario
    double elapsed_ms = 0;
};

struct RunOptions {
    std::string sut = "builtin"; // the only one so far
    unsigned jobs = 0;           // 0: as many as there are cores
    bool bail = false;           // stop at the first failure
    std::function<void(const ScenarioResult&, std::size_t done, std::size_t total)>
        progress; // called from one thread at a time
};

// Results in the order of the scenarios, whatever the number of jobs; with `bail` those that were run. A scenario that
// cannot be brought up is a failed result with its reason. Throws std::invalid_argument for an unknown `sut`.
std::vector<ScenarioResult> run(const std::vector<Scenario>& scenarios, const RunOptions& options);
ScenarioResult run_one(const Scenario& scenario);

// "192.0.2.25:25: EHLO client.example, ...", one line.
std::string describe(const SessionLog& session);

// What differs from the scenario's expectations, a line each; empty where all is as expected.
std::vector<std::string> judge(const Scenario& scenario, const Seen& seen);

} // namespace harness
