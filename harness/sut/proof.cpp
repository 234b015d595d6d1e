// An independent validator's word on the states of a scenario: unbound-host, which validates itself.
#include <fmt/format.h>

#include <fstream>

#include "harness/isolation/private_files.h"
#include "harness/sut/child_process.h"
#include "harness/sut/laboratory.h"
#include "harness/sut/live_internet.h"

namespace harness {

namespace {

// Inside an enclosure this is memory that nobody else sees (harness/isolation/file_view.cpp).
constexpr const char* configuration = "/mnt/danelab-proof.conf";
constexpr std::chrono::seconds patience{20};

// Its words at the end of each line, "(secure)" for example; the worst of several lines counts.
std::string word_of(const std::string& output) {
    for (const auto& [mark, word] :
         {std::pair<const char*, const char*>{"(BOGUS", "bogus"}, {"(insecure)", "insecure"}, {"(secure)", "secure"}})
        if (output.find(mark) != std::string::npos) return word;
    return output.find("SERVFAIL") != std::string::npos ? "indeterminate" : "?";
}

void ask(const Scenario& scenario, LiveInternet& internet, std::vector<Proof>& proofs) {
    internet.set(scenario);
    std::ofstream(configuration) << fmt::format(
        "server:\n  do-not-query-localhost: no\n  trust-anchor-file: \"{}\"\n  root-hints: \"\"\n"
        "forward-zone:\n  name: \".\"\n  forward-addr: 127.0.0.1@{}\n",
        private_root_key, internet.serve_unvalidated());
    for (std::size_t i = 0; i < proofs.size(); ++i) {
        const auto& question = scenario.judged[i].question;
        const auto result = run_child(
            {proving_program, "-C", configuration, "-v", "-t", dns::to_text(question.type), question.name.to_text()},
            {}, patience);
        // Half an output is no verdict.
        if (trouble_of(result, patience).empty()) proofs[i].seen = word_of(result.output);
    }
}

} // namespace

std::vector<Proof> to_be_proven(const Scenario& scenario) {
    std::vector<Proof> proofs;
    if (!scenario.resolvers.empty()) return proofs;
    for (const auto& judged : scenario.judged)
        proofs.push_back(
            {judged.question.to_text(), std::string(validator::to_text(judged.security)), "?", proving_program});
    return proofs;
}

void prove(const std::vector<Scenario>& scenarios,
           const std::function<void(const std::string&, const std::vector<Proof>&)>& tell) {
    LiveInternet internet;
    for (const auto& scenario : scenarios) {
        auto proofs = to_be_proven(scenario);
        if (proofs.empty()) continue;
        try {
            ask(scenario, internet, proofs);
        } catch (const std::exception& error) { // a port that is taken, for example: the others are proven all the same
            fmt::print(stderr, "danelab: {}: {}: {}\n", proving_program, scenario.id, error.what());
        }
        tell(scenario.id, proofs);
    }
}

} // namespace harness
