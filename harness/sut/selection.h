// Which scenarios other people's programs are put through, and what each of them may do there.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario.h"
#include "harness/sut/sut.h"

namespace harness {

// What a run without names takes: every row of both tables in its usual way; with `tables_only` false also the other
// ways in which the states below a secure MX come about, and the scenario files about hosts, addresses, aliases,
// records, certificates, rollovers and STARTTLS that an outside program can be put through, those of DNSSEC for its
// judges, and misordered resolvers. Those that wait for a deadline are left out. Throws ScenarioError.
std::vector<Scenario> scenarios_for_suts(zones::Seed seed, const std::string& profile, bool tables_only);

// Cases that change over time (rollovers) as one case for each stage, "NAME/stage-2", for programs that have no past:
// without the stages whose point is what a cache still holds, or the last second of a signature. All others as they
// are.
std::vector<Scenario> each_stage(std::vector<Scenario> scenarios);

// One attempt at one domain's mail, with nothing that only our own client can be told (a relay host, names of its own,
// a port), and an expectation to judge by.
bool is_for_suts(const Scenario& scenario);

// The states of a scenario with a client as RFC 7672 §2.2.2 has them: the tables take an MX host that is a secure alias
// of an insecure name for insecure, where the TLSA records of the alias itself count. `of_table` where it is no such
// alias.
tlsa::States states_with_alias(const Scenario& scenario, const tlsa::States& of_table);

// What the profile allows a program that is run in `mode`; empty where the scenario does not say, or is for the other
// mode alone. For rfc7672 ("" is the same) the set of its text (tlsa/rfc7672_oracle.h), for the others what their table
// says. A scenario outside of the tables that is opportunistic is judged in the mandatory mode too: there only what is
// authenticated may be delivered (RFC 7672 §6). For a program that is told a host also empty where there are several, or
// where the mail domain or the choice of resolvers is in question. Throws ScenarioError for a profile that is not known
// or has no row.
std::vector<tlsa::Outcome> allowed_outcomes(const std::string& profile, tlsa::Mode mode, const Sut& sut,
                                            const Scenario& scenario);

} // namespace harness
