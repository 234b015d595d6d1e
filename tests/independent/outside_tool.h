// Validators of other houses, asked as programs: what they say about a question is read from their output.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/record.h"

namespace independent {

enum class Tool { delv, unbound_host, drill };
inline constexpr Tool all_tools[] = {Tool::delv, Tool::unbound_host, Tool::drill};
std::string_view to_text(Tool tool); // "delv" "unbound-host" "drill"

// What a tool says: "secure", "insecure", "bogus", or "none" where it came to no verdict.
struct Saying {
    std::string verdict;
    std::string output;  // stdout and stderr, for the report
    std::string command; // to try it again
};

struct Finished {
    int status = -1; // exit code; 128 + signal; -1: could not be started, or ran into the time limit
    std::string output;
};
// Runs a program to its end, or kills it after `limit`. Never throws.
Finished run_program(const std::vector<std::string>& words, std::chrono::milliseconds limit);
// What the tool prints about its version.
std::string version_of(Tool tool);
bool is_installed(const std::string& program);

// Where the question is asked, and what is trusted: the folder that zones::Hierarchy::write made.
struct Setting {
    std::string address;
    std::uint16_t port = 53;
    std::string folder;
};
Saying ask(Tool tool, const Setting& setting, const dns::Question& question);

// The verdict in a tool's output, by the words that it prints.
std::string verdict_in(Tool tool, std::string_view output);

} // namespace independent
