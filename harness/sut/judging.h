// A DNSSEC judge in one scenario: a program that is asked for the security of answers (RFC 4035 §4.3), question by
// question, by way of resolvers that do not validate.
#pragma once

#include "harness/sut/cell.h"
#include "harness/sut/live_internet.h"

namespace harness {

// The questions whose security the scenario knows: those that decide its states, and `ask`.
std::vector<Judged> judged_questions(const Scenario& scenario);

// Whether a judge can be tried in it: it asks something, in one world, and through one resolver. With several, it is
// they who are put to the test.
bool is_for_judges(const Scenario& scenario);

// The least that one of them says; the order is secure, insecure, bogus, indeterminate. `questions` must not be empty.
validator::Security weakest_of(const std::vector<Judged>& questions);

// Inside: asks everything, and fills in what was said and what the cell comes to.
void judge(const Sut& sut, LiveInternet& internet, const Scenario& scenario, const SutMode& mode, Cell& cell);

// The answer that stands for the cell: the first that is not as expected; where all are, the weakest.
// `answers` must not be empty.
const Answer& deciding(const std::vector<Answer>& answers);

} // namespace harness
