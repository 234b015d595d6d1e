// Brings a scenario up on the real clock (the other validators read no other), asks our stub and the outside tools the
// same questions through the same resolver, and notes what everybody says.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario.h"
#include "tests/independent/outside_tool.h"

namespace independent {

// One question of one scenario, asked through one of its resolvers.
struct Inquiry {
    std::string scenario;
    dns::Question question;
    std::string resolver;                        // behaviour of the resolver: "dnssec", "strips-rrsig", ...
    std::optional<validator::Security> expected; // by the scenario; nullopt: through this resolver nothing is
    std::vector<std::string> expected_reasons;
    validator::Security ours{};
    std::vector<std::string> our_reasons;
    std::vector<std::pair<Tool, Saying>> sayings; // empty where nobody could answer
    std::string problem;                          // the scenario could not be brought up
};

// The scenarios' questions, each once where zones, faults and resolvers are the same, two scenarios at a time.
// `tools`: those that are installed.
std::vector<Inquiry> judge(const std::vector<harness::Scenario>& scenarios, const std::vector<Tool>& tools);

// "table/...: mx.example. A through dnssec: ours bogus (rrsig-expired), delv secure", and how to see it again.
std::string describe(const Inquiry& inquiry, Tool tool, const Saying& saying);

// What the tools say of the scenario's first question when they trust the root of another seed's Internet.
std::vector<Saying> sayings_with_other_anchor(harness::Scenario scenario, const std::vector<Tool>& tools);

// Everything that decides what is signed and served, as text: equal texts are equal Internets.
std::string fingerprint(const harness::Scenario& scenario);

} // namespace independent
