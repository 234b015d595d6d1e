// Where a system under test is tried: inside an enclosure, scenario after scenario, each with its own Internet under
// the same real addresses.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/isolation/enclosure.h"
#include "harness/scenario.h"
#include "harness/sut/cell.h"
#include "harness/sut/resolver_program.h"

namespace harness {

struct Experiment {
    Scenario scenario;                  // dated now
    std::vector<const SutMode*> modes;  // to be tried in it
    std::vector<tlsa::Outcome> allowed; // by the profile, the same for these modes
    std::vector<std::string> basis;     // as in Cell
    bool with_twin = true;
};

// The addresses that all experiments need, and the files and users that the system under test needs.
EnclosurePlan plan_for(const Sut& sut, const std::vector<Experiment>& experiments, std::vector<std::string> trees);

// What is known of a cell before anything was tried: who, where, and what is allowed.
Cell blank_cell(const Sut& sut, const Experiment& experiment, const SutMode& mode);

// Inside: tries everything, in order, and hands out each cell as it is done; what goes wrong in one costs that one. A
// program that cannot be prepared, or that reads one of the files that were left out of the enclosure, makes every cell
// say so. `resolver` validates in front of it; nullptr: ours does.
void experiment(const Sut& sut, const std::vector<Experiment>& experiments, const ResolverProgram* resolver,
                const std::vector<std::string>& files_left_out, const std::function<void(const Cell&)>& done);

// What is to be proven of a scenario, with nothing seen yet ("?"): its judged questions. Empty where it has resolvers
// of its own: there they are on trial.
std::vector<Proof> to_be_proven(const Scenario& scenario);
// Inside, without a system under test: what unbound-host says to every judged question, scenario by scenario.
void prove(const std::vector<Scenario>& scenarios,
           const std::function<void(const std::string& scenario, const std::vector<Proof>& proofs)>& tell);
inline constexpr const char* proving_program = "unbound-host"; // a driver of its own, by whose packages it is found

// A copy for clients that know implicit TLS alone: servers at port 465 beside those at 25, _465._tcp beside _25._tcp.
Scenario with_implicit_tls(Scenario scenario);
// A copy in which every mail server shows another key under the same names.
Scenario with_another_key(Scenario scenario);

} // namespace harness
