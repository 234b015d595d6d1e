// What every verb shares: parsing that ends in one clear line, exit codes, colours only on a terminal.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "resolver/dns/serial.h"

namespace harness::cli {

using Arguments = std::vector<std::string>;

// Exit codes that several verbs share (design: 2 usage, 3 could not run or could not tell).
inline constexpr int exit_ok = 0, exit_usage = 2, exit_could_not = 3;

// Ends a verb: main prints "danelab: what" on stderr and exits with the code.
struct CommandError : std::runtime_error {
    CommandError(int code, const std::string& what)
        : std::runtime_error(what)
        , exit_code(code) {}
    int exit_code;
};

// Parses the arguments behind the verb. Gives an exit code when the verb is done already (--help), nullopt to go on.
// Throws CommandError(exit_usage) for anything that does not fit.
std::optional<int> parse(CLI::App& app, Arguments arguments);

// Usage error unless the text is an RFC 3339 time.
dns::UnixTime time_argument(const std::string& option, const std::string& text);

// The whole file. Throws CommandError: exit_usage where it does not exist, exit_could_not where it cannot be read.
std::string read_file(const std::string& path);
// Writes beside the target and renames, so that the target is whole or untouched; a device or a pipe is written to as
// it is. Throws CommandError(exit_could_not).
void write_file(const std::string& path, const std::string& content);
// To `path`, or to stdout where it is "". A full disk or a closed pipe on stdout is an error too.
void write_output(const std::string& path, const std::string& content);

// Escape sequences, empty where the stream is no terminal or NO_COLOR is set.
struct Style {
    std::string_view bold, dim, good, bad, warn, off;
};
Style style_for(int file_descriptor);
bool is_terminal(int file_descriptor);

// The verbs. `arguments` stand behind the verb; the result is the exit code.
int run_command(const Arguments& arguments);
int verify_command(const Arguments& arguments, const std::string& program);
int replay_command(const Arguments& arguments, const std::string& program);
int resolve_command(const Arguments& arguments);
int record_command(const Arguments& arguments);
int serve_command(const Arguments& arguments);
int shell_command(const Arguments& arguments);
int sut_command(const Arguments& arguments);
int export_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int anchor_command(const Arguments& arguments);
int deliver_command(const Arguments& arguments);
int tlsa_command(const Arguments& arguments);

// Runs one verb and turns every exception into one line on stderr and an exit code.
int guarded(const std::string& program, int (*verb)(const Arguments&, const std::string&), const Arguments& arguments);

} // namespace harness::cli
