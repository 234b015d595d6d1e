#include "harness/cli/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>

#include "harness/scenario.h"

namespace harness::cli {

namespace {

// CLI11 says "--foo: ..." in several sentences; one line is enough here.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

} // namespace

std::optional<int> parse(CLI::App& app, Arguments arguments) {
    std::reverse(arguments.begin(), arguments.end()); // CLI11 takes its vector from the back
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        write_output("", app.help());
        return exit_ok;
    } catch (const CLI::ParseError& error) {
        const std::string name = app.get_name(); // "danelab run"; the program itself is named by guarded()
        const auto blank = name.find(' ');
        const std::string verb = blank == std::string::npos ? "" : name.substr(blank + 1) + ": ";
        throw CommandError(exit_usage, fmt::format("{}{}: see `{} --help`", verb, first_line(error.what()), name));
    }
    return std::nullopt;
}

dns::UnixTime time_argument(const std::string& option, const std::string& text) {
    const auto time = dns::from_rfc3339(text);
    if (!time)
        throw CommandError(exit_usage,
                           fmt::format("{}: '{}' is not a time: write it as 2026-06-01T00:00:00Z", option, text));
    return *time;
}

std::string read_file(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        throw CommandError(exit_usage, fmt::format("{}: no such file: check the path", path));
    std::ifstream in(path, std::ios::binary);
    std::ostringstream content;
    // An empty file is a file: operator<< would call it a failure.
    if (in && in.peek() != std::ifstream::traits_type::eof()) content << in.rdbuf();
    if (!in.is_open() || in.bad() || !content)
        throw CommandError(exit_could_not, fmt::format("{}: cannot be read: it must be a readable file", path));
    return content.str();
}

namespace {

[[noreturn]] void fail_to_write(const std::string& path, int why) {
    throw CommandError(exit_could_not,
                       fmt::format("{}: cannot be written: {}: nothing was changed", path, std::strerror(why)));
}

// 0, or the errno of what went wrong.
int write_all(const std::string& path, const std::string& content) {
    std::FILE* out = std::fopen(path.c_str(), "wb");
    if (out == nullptr) return errno;
    const bool written = std::fwrite(content.data(), 1, content.size(), out) == content.size() && std::fflush(out) == 0;
    const int why = written ? 0 : errno;
    return std::fclose(out) == 0 || why != 0 ? why : errno;
}

} // namespace

void write_file(const std::string& path, const std::string& content) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    const bool is_there = fs::exists(path, ignored);
    // A device or a pipe is written to: renaming a file onto it would take its place.
    if (is_there && !fs::is_regular_file(path, ignored)) {
        if (const int why = write_all(path, content)) fail_to_write(path, why);
        return;
    }
    std::error_code error;
    const std::string target = is_there ? fs::canonical(path, error).string() : path; // a link stays a link
    if (error) fail_to_write(path, error.value());
    const std::string temporary = fmt::format("{}.{}.tmp", target, getpid());
    int why = write_all(temporary, content);
    if (why == 0 && std::rename(temporary.c_str(), target.c_str()) != 0) why = errno;
    if (why == 0) return;
    std::remove(temporary.c_str());
    fail_to_write(path, why);
}

void write_output(const std::string& path, const std::string& content) {
    if (!path.empty()) return write_file(path, content);
    if (std::fwrite(content.data(), 1, content.size(), stdout) != content.size() || std::fflush(stdout) != 0)
        throw CommandError(exit_could_not, fmt::format("standard output: cannot be written: {}", std::strerror(errno)));
}

bool is_terminal(int file_descriptor) { return isatty(file_descriptor) == 1; }

Style style_for(int file_descriptor) {
    const char* no_color = std::getenv("NO_COLOR"); // https://no-color.org: present and not empty
    const char* term = std::getenv("TERM");
    const bool dumb = term == nullptr || std::string_view(term) == "dumb";
    if (!is_terminal(file_descriptor) || dumb || (no_color != nullptr && *no_color != '\0')) return {};
    return {"\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[0m"};
}

int guarded(const std::string& program, int (*verb)(const Arguments&, const std::string&), const Arguments& arguments) {
    const auto complain = [&](const std::string& what) { fmt::print(stderr, "{}: {}\n", program, what); };
    try {
        return verb(arguments, program);
    } catch (const CommandError& error) {
        complain(error.what());
        return error.exit_code;
    } catch (const ScenarioError& error) {
        complain(error.what());
        return exit_usage;
    } catch (const std::bad_alloc&) {
        complain("out of memory: use fewer --jobs");
        return exit_could_not;
    } catch (const std::exception& error) {
        complain(error.what());
        return exit_could_not;
    }
}

} // namespace harness::cli
