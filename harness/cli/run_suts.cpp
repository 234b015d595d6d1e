// danelab run --sut NAME[,NAME...] and danelab report merge: other people's programs put to the test, and what came
// out.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "harness/cli/command.h"
#include "harness/cli/resolver_argument.h"
#include "harness/cli/run_suts.h"
#include "harness/sut/conformance.h"

namespace harness::cli {

namespace {

std::vector<Sut> suts_named(const std::string& names) {
    std::vector<Sut> suts;
    // "command:" is the last, and goes on to the end: a command line has commas of its own.
    const auto mark = ("," + names).find("," + std::string(own_command_mark));
    std::istringstream in(names.substr(0, mark));
    for (std::string name; std::getline(in, name, ',');)
        if (!name.empty()) suts.push_back(load_sut(name));
    if (mark != std::string::npos) suts.push_back(load_sut(names.substr(mark)));
    std::set<std::string> known;
    for (const auto& sut : suts) // a report knows systems by their names
        if (!known.insert(sut.name).second)
            throw CommandError(exit_usage, fmt::format("--sut: {} is named twice", sut.name));
    if (suts.empty()) throw CommandError(exit_usage, "--sut: names no system: see `danelab sut list`");
    return suts;
}

std::string rendered(const Conformance& conformance, const std::string& format, bool coloured) {
    if (format == "json") return conformance_json(conformance);
    if (format == "junit") return conformance_junit(conformance);
    if (format == "tap") return conformance_tap(conformance);
    if (format == "html") return conformance_html(conformance);
    return conformance_text(conformance, coloured);
}

bool all_agree(const Conformance& conformance) {
    for (const auto& cell : conformance.cells)
        if (!cell.agrees()) return false;
    return true;
}

void show_progress(const Cell& cell, std::size_t done, std::size_t total) {
    fmt::print(stderr, "\r\x1b[K[{}/{}] {} {} {}", done, total, cell.sut, cell.mode, cell.scenario.substr(0, 80));
    std::fflush(stderr);
}

// 0 or 1: without a baseline all must agree, with one nothing may have changed.
int verdict(const Conformance& conformance, const std::string& baseline, Extent extent) {
    if (baseline.empty()) return all_agree(conformance) ? 0 : 1;
    const auto changes = changes_since(conformance_from_json(read_file(baseline)), conformance, extent);
    for (const auto& change : changes) fmt::print(stderr, "changed: {}\n", change);
    return changes.empty() ? 0 : 1;
}

} // namespace

int run_suts(const SutRun& wanted, const std::vector<Scenario>& scenarios) {
    const auto suts = suts_named(wanted.suts);
    ConformanceOptions options;
    options.profile = wanted.profile;
    options.resolver = resolver_argument(wanted.resolver, options.trees);
    if (wanted.jobs != 0) options.jobs = wanted.jobs;
    const bool progress = is_terminal(STDERR_FILENO);
    if (progress) options.progress = show_progress;
    const auto conformance = try_systems(suts, scenarios, options);
    if (progress) fmt::print(stderr, "\r\x1b[K");
    const bool nothing_ran = std::ranges::all_of(conformance.cells, was_not_run);
    const auto write = [&] {
        write_output(wanted.output,
                     rendered(conformance, wanted.format, wanted.output.empty() && is_terminal(STDOUT_FILENO)));
    };
    if (nothing_ran) {
        if (!wanted.output.empty() && !conformance.cells.empty()) write(); // its cells say why
        throw CommandError(exit_could_not, conformance.notes.empty() ? "no scenario is for a mode of these systems"
                                                                     : conformance.notes.front());
    }
    write();
    return verdict(conformance, wanted.baseline, wanted.whole ? Extent::whole : Extent::part);
}

int report_command(const Arguments& arguments) {
    std::vector<std::string> files;
    std::string format = "text", output, baseline;
    CLI::App app("What `danelab run --sut ... --format json` wrote, read again.", "danelab report");
    app.require_subcommand(1);
    auto* const merge =
        app.add_subcommand("merge", "join the reports of several shards, or show one in another format");
    merge->add_option("file", files, "JSON reports")->required();
    merge->add_option("--format", format, "text, json, junit, tap or html")
        ->check(CLI::IsMember({"text", "json", "junit", "tap", "html"}))
        ->capture_default_str();
    merge->add_option("--output", output, "write to this file instead of standard output");
    merge->add_option("--baseline", baseline, "JSON report of earlier: only changes fail");
    app.footer("Examples:\n"
               "  danelab report merge shard1.json shard2.json --format html --output report.html\n"
               "  danelab report merge now.json --baseline before.json\n"
               "Exit codes: 0 all agree (or nothing changed), 1 some do not, 2 usage, 3 could not write.");
    if (const auto done = parse(app, arguments)) return *done;
    std::vector<Conformance> parts;
    for (const auto& file : files) {
        try {
            parts.push_back(conformance_from_json(read_file(file)));
        } catch (const ScenarioError& error) {
            throw CommandError(exit_usage, fmt::format("{}: {}", file, error.what()));
        }
    }
    const auto conformance = merged(std::move(parts));
    write_output(output, rendered(conformance, format, output.empty() && is_terminal(STDOUT_FILENO)));
    return verdict(conformance, baseline, Extent::whole);
}

} // namespace harness::cli
