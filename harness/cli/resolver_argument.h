// --resolver NAME of `shell` and `run --sut`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/sut/resolver_program.h"

namespace harness::cli {

void add_resolver_option(CLI::App& app, std::string& name);

// nullopt for our own. `trees` gains the unpacked packages that it is in, where it is not installed. Throws
// CommandError where it is missing, or where namespaces cannot have it; ScenarioError where it is not known.
std::optional<ResolverProgram> resolver_argument(const std::string& name, std::vector<std::string>& trees);

} // namespace harness::cli
