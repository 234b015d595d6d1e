// danelab replay FILE...: plays the scenario files of other validators against ours.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "harness/cli/command.h"
#include "harness/data_dir.h"
#include "harness/replay/replay_report.h"
#include "harness/replay/rpl_file.h"
#include "harness/system.h"

namespace harness::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> files;
    std::string format = "text", output, waivers, at;
    bool no_waivers = false, verbose = false;
};

void describe(CLI::App& app, Options& options) {
    app.add_option("file", options.files, "scenario files, or folders whose .rpl and .crpl files are played")
        ->required();
    app.add_option("--format", options.format, "text, json or junit")
        ->check(CLI::IsMember({"text", "json", "junit"}))
        ->capture_default_str();
    app.add_option("--output", options.output, "write the report to this file instead of standard output");
    app.add_option("--waivers", options.waivers,
                   "files whose failure is explained (default: harness/replay/waivers.json of the data folder)");
    app.add_flag("--no-waivers", options.no_waivers, "nothing is waived");
    app.add_option("--at", options.at, "the clock for Deckard's files that set none, e.g. 2026-06-01T00:00:00Z");
    app.add_flag("-v,--verbose", options.verbose, "the questions and verdicts of each file");
    app.footer(
        "A file says what servers answer and what a client of a validating resolver must see. Our validator is asked\n"
        "the same questions over the same answers, on the file's clock, with real cryptography; RCODE, AD, ANSWER and\n"
        "the extended errors that the file asserts are compared.\n"
        "Examples:\n"
        "  danelab replay testdata/val_positive.rpl\n"
        "  danelab replay -v sets/resolver/val_minimal_expiredsignature.rpl   what was asked, and why the verdict\n"
        "  danelab replay --format junit --output replay.xml testdata         a whole folder, for CI\n"
        "Exit codes: 0 all pass (or are skipped), 1 some fail, 2 usage or a file that cannot be read, 3 could not "
        "run.");
}

std::vector<std::string> files_of(const std::vector<std::string>& arguments) {
    std::vector<std::string> files;
    for (const std::string& argument : arguments) {
        std::error_code error;
        if (!fs::is_directory(argument, error)) {
            files.push_back(argument);
            continue;
        }
        std::vector<std::string> inside;
        for (fs::directory_iterator at(argument, error), end; !error && at != end; at.increment(error)) {
            const auto extension = at->path().extension();
            if (extension == ".rpl" || extension == ".crpl") inside.push_back(at->path().string());
        }
        if (error) throw CommandError(exit_could_not, fmt::format("{}: cannot be read: {}", argument, error.message()));
        if (inside.empty())
            throw CommandError(exit_usage, fmt::format("{}: has no .rpl or .crpl file: name another folder", argument));
        std::sort(inside.begin(), inside.end());
        files.insert(files.end(), inside.begin(), inside.end());
    }
    return files;
}

} // namespace

int replay_command(const Arguments& arguments, const std::string& program) {
    Options options;
    CLI::App app("Plays scenario files of Unbound's testbound and of Deckard against our validator.", "danelab replay");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;

    replay::PlayerOptions player;
    player.now = options.at.empty() ? system_now() : time_argument("--at", options.at);
    replay::Waivers waivers;
    if (!options.no_waivers)
        waivers =
            replay::read_waivers(options.waivers.empty() ? data_file("harness/replay/waivers.json") : options.waivers);
    std::vector<replay::Played> played;
    bool unreadable = false;
    for (const std::string& file : files_of(options.files)) {
        try {
            played.push_back(replay::play(replay::read_rpl(file, read_file(file)), player));
        } catch (const replay::RplError& error) { // the other files are still worth playing
            fmt::print(stderr, "{}: {}\n", program, error.what());
            played.push_back({file, "", replay::FileResult::fail, error.what(), {}});
            unreadable = true;
        }
    }
    replay::apply_waivers(waivers, played);
    if (options.format == "json")
        write_output(options.output, replay::replay_json(played));
    else if (options.format == "junit")
        write_output(options.output, replay::replay_junit(played));
    else
        write_output(options.output, replay::replay_text(played, options.verbose,
                                                         options.output.empty() ? style_for(STDOUT_FILENO) : Style{}));
    if (unreadable) return exit_usage;
    return std::any_of(played.begin(), played.end(),
                       [](const replay::Played& one) { return one.result == replay::FileResult::fail; })
               ? 1
               : exit_ok;
}

} // namespace harness::cli
