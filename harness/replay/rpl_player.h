// Plays the steps of a replay file: questions to our validator over the oracle's answers, on the file's clock.
#pragma once

#include <string>
#include <vector>

#include "harness/replay/rpl_scenario.h"

namespace harness::replay {

enum class FileResult { pass, fail, skip };
std::string_view to_text(FileResult result); // "pass"

struct Played {
    std::string file, title;
    FileResult result = FileResult::pass;
    std::string why;              // what differed, or why the file was skipped; "" where it passed
    std::vector<std::string> log; // questions and verdicts in order
};

struct PlayerOptions {
    dns::UnixTime now; // the machine's clock, for Deckard's files that set none
};

// Never throws: what a file does wrong is a failure of that file.
Played play(const RplScenario& scenario, const PlayerOptions& options);

} // namespace harness::replay
