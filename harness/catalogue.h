// Finds scenarios: files below zones/scenarios, and the scenarios of the decision tables, composed of the realizations
// in zones/realizations (several ways in which each state comes about).
#pragma once

#include <string>
#include <vector>

#include "harness/scenario.h"

namespace harness {

enum class Breadth {
    each_once,  // every realization of every state that a row names at least once in that row
    exhaustive, // the whole product per row
    plain,      // one for each row, its states in their usual way
    each_alone, // the plain one, and each other way of the row's last state with the rest plain
};

// All table scenarios of a profile (of cisco-esa 15 mandatory and 14 opportunistic rows), in order of table and row.
// Throws ScenarioError.
std::vector<Scenario> table_scenarios(Breadth breadth, zones::Seed seed, const std::string& profile = "cisco-esa");
// All scenario files, sorted by id. Throws ScenarioError.
std::vector<Scenario> file_scenarios();
// By id, or by path of a file. Throws ScenarioError; the message names near misses. `seed` is for table scenarios; a
// file names its own.
Scenario find_scenario(const std::string& name_or_file, zones::Seed seed);
// That one; of a folder's id ("dnssec/misconfigured", "records/product/3-1-1") all files and products
// below it.
std::vector<Scenario> find_scenarios(const std::string& name_file_or_folder, zones::Seed seed);

} // namespace harness
