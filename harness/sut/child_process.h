// One outside program, run to its end: with input, a deadline, and as much of its output as one can read.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace harness {

struct ChildResult {
    int status = 0;       // exit status; 128 + N where signal N ended it; 127 not found, 126 not to be run
    bool not_run = false; // there was no program to run
    bool timed_out = false;
    bool cut = false;   // it wrote more than was kept
    std::string output; // standard output and error as they came; what is no UTF-8 text stands as \xNN
    std::chrono::microseconds elapsed{};
};

inline constexpr std::size_t most_output = 65'536; // octets kept of a program's output; the rest is read and dropped

// Standard input is `input`. In a process group of its own, which is killed at the deadline and at the end, so that
// nothing that stayed in it lives on. Never throws for what the program does; std::system_error where there are no
// pipes or processes to be had.
ChildResult run_child(const std::vector<std::string>& command, const std::string& input,
                      std::chrono::milliseconds deadline);

// Starts a program, found by PATH, in a process group of its own: `in` and `out` are its standard input, and output and
// error; none other of our descriptors is open in it. 0, or why it was not to be run (errno).
int spawn(pid_t& child, const std::vector<std::string>& command, int in, int out);

// Why there is nothing to judge by: "" where the program ran to its end; it is not there, hung, or crashed. Shells say
// the same of what they ran by their own exit status.
std::string trouble_of(const ChildResult& child, std::chrono::milliseconds deadline);
// Runs a command of the setting up: "" where it ended with status 0, else what it was and what it said.
std::string failure_of(const std::vector<std::string>& command, std::chrono::milliseconds deadline);

// What can be kept of an output: its lines, without the empty ones, the first 200.
std::vector<std::string> lines_of(const std::string& text);

// Text that can be shown: what is neither printable UTF-8 nor a line end or tab is written as \xNN.
std::string printable(const std::string& octets);

} // namespace harness
