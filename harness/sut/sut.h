// A system under test as data: how it is set up, how it is made to deliver (or to check) one domain, and what its words
// mean. One JSON file each in harness/sut/drivers; a user's own program is a file of a few lines (schema:
// harness/schemas/sut.schema.json).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/scenario_error.h"
#include "harness/sut/word.h"
#include "tlsa/decision.h"
#include "tlsa/outcome.h"

namespace harness {

// What a line of the program's log or output means. The first rule that fits, in the file's order, is its claim.
struct ClaimRule {
    // Regular expressions (PCRE2), searched in the lines of this attempt once ${...} are filled in.
    std::vector<std::string> patterns; // each must be found
    std::vector<std::string> without;  // none must be found
    std::optional<int> exit;           // only with this exit status
    // Of the kind that the program judges. nullopt: "delivered", and no more: servers and twin tell in what way.
    std::optional<Word> outcome;
};

struct SutMode {
    std::string name;  // "dane-only"
    std::string about; // one line
    tlsa::Mode judged_as = tlsa::Mode::opportunistic;
    std::map<std::string, std::string> values; // ${...} in this mode
};

struct SutUser {
    std::string name;
    unsigned id = 0; // of user and group
};

struct Sut {
    std::string name, about, file;
    std::vector<std::string> programs;                // that must be there, found by PATH (and in /usr/sbin)
    std::vector<std::string> packages;                // Debian's, that bring them
    std::vector<std::string> version;                 // command whose first line of output names the version
    bool needs_root = false;                          // several users, or files and processes of its own
    bool sends_mail = true;                           // false: it checks, and says what it thinks
    bool sees_mx = true;                              // false: it is told a host, so MX records are not its business
    bool judges_dnssec = false;                       // it is asked for the security of answers, not for a delivery
    std::string port = "25";                          // "465": asks implicit TLS, with _465._tcp records
    std::vector<SutUser> users;                       // made inside
    std::map<std::string, std::string> files;         // made inside before the first attempt
    std::vector<std::vector<std::string>> prepare;    // commands, once
    std::vector<std::vector<std::string>> between;    // commands, before each attempt
    std::vector<std::vector<std::string>> after_hang; // commands, after an attempt that was cut off at the deadline
    std::vector<std::string>
        command;          // one attempt; an item that is "${each-tlsa:WORD}" stands for WORD and a record, for each
    std::string input;    // of the command
    std::string log;      // file whose new lines belong to the attempt; "": the output alone
    std::string finished; // pattern in the log that ends the attempt; "": the command's end
    std::chrono::milliseconds deadline{20'000}; // of one attempt
    std::vector<ClaimRule> claims;
    std::vector<SutMode> modes; // at least one
};

// By name, by path of a file, or "command:" and a command line (own_command.cpp). Throws ScenarioError ("sut:
// FILE:LINE: /pointer: what").
Sut load_sut(const std::string& name_or_file);
// Of a file's text. Throws ScenarioError.
Sut parse_sut(std::string_view json, const std::string& file_for_messages);
std::vector<std::string> known_suts(); // sorted

// "command:" and what a shell is to run: mail alone, exit status 0 is "delivered" and every other "deferred".
// Throws ScenarioError.
inline constexpr std::string_view own_command_mark = "command:";
Sut sut_of_command(std::string_view command_line);

// "mandatory" "opportunistic"; "dnssec" of a judge.
std::string_view judged_as(const Sut& sut, const SutMode& mode);
// The first line of what the program says of its version, run here; "" where it does not say.
std::string version_of(const Sut& sut);
// What is missing to run it here, "" where nothing is. `trees`: folders with unpacked packages to look in as well.
std::string what_is_missing(const Sut& sut, const std::vector<std::string>& trees);

// ${name} replaced by its value; unknown names stay. For commands, inputs, patterns.
std::string filled_in(const std::string& text, const std::map<std::string, std::string>& values);
// Of a command: words that come to nothing are left out.
std::vector<std::string> filled_in(const std::vector<std::string>& words,
                                   const std::map<std::string, std::string>& values);

} // namespace harness
