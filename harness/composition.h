// Puts a scenario of a decision table together: the base, and one realization for each column.
#pragma once

#include <map>

#include "harness/realization.h"
#include "harness/scenario.h"

namespace harness {

using Choice = std::map<tlsa::Column, const Realization*>; // all four columns

// A delivery in `mode` for which the row's states come about as chosen. Columns whose cell the row leaves blank are
// built as well: a client that looks at them sees what would tempt it. Throws ScenarioError.
Scenario compose(const Realizations& realizations, const Choice& choice, const tlsa::Row& row, tlsa::Mode mode,
                 const std::string& profile, zones::Seed seed);

} // namespace harness
