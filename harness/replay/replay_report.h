// The outcome of a replay: text for people, JSON (schema: harness/schemas/replay.schema.json), JUnit XML for CI; and
// the list of files whose failure is explained.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/replay/rpl_player.h"

namespace harness::replay {

// File name (without folders) -> a sound explanation why the file cannot pass.
using Waivers = std::map<std::string, std::string>;
// Throws ScenarioError where the file is not as harness/replay/waivers.json is.
Waivers read_waivers(const std::string& path);
// A waived file that fails counts as skipped, with the explanation; one that passes says that its waiver is
// superfluous.
void apply_waivers(const Waivers& waivers, std::vector<Played>& files);

std::string replay_text(const std::vector<Played>& files, bool verbose, const cli::Style& style);
std::string replay_json(const std::vector<Played>& files);
std::string replay_junit(const std::vector<Played>& files);

} // namespace harness::replay
