// An independent validator's word on the states of a scenario: unbound-host, which validates itself.
#include <fmt/format.h>

#include <fstream>

#include "harness/sut/child_process.h"
#include "harness/sut/laboratory.h"
#include "harness/sut/live_internet.h"

namespace harness {

namespace {

constexpr const char* judge = "unbound-host";
constexpr const char* configuration = "/tmp/danelab-unbound.conf";
constexpr std::chrono::seconds patience{20};

// Its words at the end of each line, "(secure)" for example; the worst of several lines counts.
std::string word_of(const std::string& output) {
    for (const auto& [mark, word] :
         {std::pair<const char*, const char*>{"(BOGUS", "bogus"}, {"(insecure)", "insecure"}, {"(secure)", "secure"}})
        if (output.find(mark) != std::string::npos) return word;
    return output.find("SERVFAIL") != std::string::npos ? "indeterminate" : "?";
}

} // namespace

Proofs prove(const std::vector<Scenario>& scenarios) {
    Proofs proofs;
    LiveInternet internet;
    for (const auto& scenario : scenarios) {
        if (!scenario.resolvers.empty()) continue; // there the resolvers are on trial: the zones are as the twin's
        internet.set(scenario);
        std::ofstream(configuration) << fmt::format("server:\n  do-not-query-localhost: no\n  trust-anchor-file: "
                                                    "\"/usr/share/dns/root.key\"\n  root-hints: \"\"\n"
                                                    "forward-zone:\n  name: \".\"\n  forward-addr: 127.0.0.1@{}\n",
                                                    internet.serve_unvalidated());
        for (const auto& judged : scenario.judged) {
            const auto result = run_child({judge, "-C", configuration, "-v", "-t", dns::to_text(judged.question.type),
                                           judged.question.name.to_text()},
                                          {}, patience);
            proofs[scenario.id].push_back({judged.question.to_text(), std::string(validator::to_text(judged.security)),
                                           result.status == 127 ? "?" : word_of(result.output), judge});
        }
    }
    return proofs;
}

} // namespace harness
