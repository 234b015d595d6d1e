// A user's own program without a file: `--sut 'command:my-client --to ${recipient}'`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "harness/sut/child_process.h"
#include "harness/sut/sut.h"

namespace harness {

namespace {

constexpr std::array<std::string_view, 7> known_values{"recipient", "domain",  "host", "address",
                                                       "port",      "message", "mode"};

[[noreturn]] void fail(std::string_view command_line, const std::string& what) {
    throw ScenarioError(fmt::format("sut: {}{}: {}", own_command_mark, command_line, what));
}

// A ${...} that is no value would reach the program as a bare word.
void check_values(std::string_view command_line) {
    for (std::size_t at = 0; (at = command_line.find("${", at)) != std::string_view::npos; at += 2) {
        const auto end = command_line.find('}', at);
        const auto name = command_line.substr(at + 2, end == std::string_view::npos ? end : end - at - 2);
        if (end == std::string_view::npos || std::ranges::find(known_values, name) == known_values.end())
            fail(command_line,
                 fmt::format("\"${{{}\" is no value: expected ${{{}}}", name, fmt::join(known_values, "}, ${")));
    }
}

// The first word, where it looks like a program and the shell finds none by that name: `sut check` says so.
std::vector<std::string> missing_program(std::string_view command_line) {
    const std::string first(command_line.substr(0, command_line.find(' ')));
    const bool plain = first.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-") ==
                       std::string::npos;
    const auto found = [&] {
        return run_child({"sh", "-c", "command -v \"$1\"", "sh", first}, {}, std::chrono::seconds(5)).status == 0;
    };
    return plain && !found() ? std::vector<std::string>{first} : std::vector<std::string>{};
}

} // namespace

Sut sut_of_command(std::string_view command_line) {
    command_line.remove_prefix(std::min(command_line.find_first_not_of(' '), command_line.size()));
    if (command_line.empty())
        fail(command_line, "expected what a shell is to run, for example command:my-client --to ${recipient}");
    check_values(command_line);
    Sut sut;
    sut.name = "command";
    sut.about = command_line;
    sut.programs = missing_program(command_line);
    sut.command = {"sh", "-c", std::string(command_line)};
    sut.input = "${message}";
    sut.claims = {{.patterns = {}, .without = {}, .exit = 0, .outcome = std::nullopt},
                  {.patterns = {}, .without = {}, .exit = std::nullopt, .outcome = tlsa::Outcome::deferred}};
    for (const auto mode : {tlsa::Mode::mandatory, tlsa::Mode::opportunistic}) {
        SutMode one;
        one.name = tlsa::to_text(mode);
        one.judged_as = mode;
        sut.modes.push_back(std::move(one));
    }
    return sut;
}

} // namespace harness
