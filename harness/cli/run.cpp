// danelab run [SCENARIO...]: the main job. Brings up each scenario's fake Internet and mail servers, sends the system
// under test through it, and prints both decision tables row by row.
#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "harness/catalogue.h"
#include "harness/cli/command.h"
#include "harness/cli/resolver_argument.h"
#include "harness/cli/run_suts.h"
#include "harness/products/products.h"
#include "harness/profile_difference.h"
#include "harness/rules_report.h"
#include "harness/run_report.h"
#include "harness/runner.h"
#include "harness/sut/selection.h"

namespace harness::cli {

namespace {

struct Options {
    std::vector<std::string> scenarios;
    std::string filter, format = "text", output, shard, sut = "builtin", baseline, resolver = builtin_resolver;
    bool rules = false, tables = false, list = false, exhaustive = false, all = false, bail = false;
    std::string profile = "cisco-esa", against;
    unsigned jobs = 0;
    std::uint64_t seed = 1;
};

void describe(CLI::App& app, Options& options) {
    app.add_option("scenario", options.scenarios, "scenarios by name, folder or file (default: all there are)");
    app.add_option("--filter", options.filter,
                   "only ids that hold this word or fit this pattern, e.g. 'table/mandatory/05/*'");
    app.add_flag("--list", options.list, "print the ids and what each is about; run nothing");
    app.add_flag("--tables", options.tables, "only the rows of both decision tables");
    app.add_flag("--all", options.all, "everything, as without a name, with a line for each scenario");
    app.add_flag("--rules", options.rules,
                 "run everything (or the scenarios named) and print each rule with its sources, the scenarios that "
                 "obey and break it, and the result; text or json");
    app.add_flag("--exhaustive", options.exhaustive,
                 "the whole product of realizations for each row, not each one once");
    app.add_option(
           "--sut", options.sut,
           "system under test: builtin, or others by name or file, separated by commas (see `danelab sut list`); "
           "last, command: and a command line, in which ${recipient}, ${domain}, ${host}, ${address}, ${port} and "
           "${mode} are filled in; the message is its input; status 0 says delivered, every other deferred")
        ->capture_default_str();
    app.add_option("--baseline", options.baseline, "with --sut: a JSON report of earlier; only changes fail");
    add_resolver_option(app, options.resolver);
    app.add_option("--jobs", options.jobs, "scenarios at a time (0: one for each core)")
        ->check(CLI::Range(0, 256))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "seed of all keys and certificates")->capture_default_str();
    app.add_option("--shard", options.shard, "I/N: the I-th of N parts, counted from 1");
    app.add_flag("--bail", options.bail, "stop at the first scenario that is not as expected");
    app.add_option("--format", options.format, "text, json, junit, tap; html with --sut")
        ->check(CLI::IsMember({"text", "json", "junit", "tap", "html"}))
        ->capture_default_str();
    app.add_option("-o,--output", options.output, "write the report to this file instead of standard output");
    app.add_option(
           "--profile", options.profile,
           "whose decision tables are run, or with --against compared: a name or a file; with --sut what is judged "
           "by (there default rfc7672)")
        ->capture_default_str();
    app.add_option("--against", options.against,
                   "run nothing: print where this profile's tables differ, and what RFC 7672 says there");
    app.footer(
        "Examples:\n"
        "  danelab run                                       everything: all 29 rows, products, stories\n"
        "  danelab run --tables                              all 29 rows, every realization of every state\n"
        "  danelab run --filter 'table/opportunistic/03/*'   one row\n"
        "  danelab run resolvers/incapable-first             one story\n"
        "  danelab run dnssec/misconfigured                  a folder: verdict, EDE and reasons of each lookup\n"
        "  danelab run --rules                               rule, RFC section, scenarios, result\n"
        "  danelab run product                               every cell of MX, address, TLSA and server by RFC 7672\n"
        "  danelab run --profile cisco-esa --against rfc7672   two profiles compared\n"
        "  danelab run --sut postfix,exim --format html --output report.html   other people's programs\n"
        "  danelab run --sut 'command:my-client --to ${recipient}' --tables --output mine.txt   your own program\n"
        "  danelab run --sut delv,unbound dnssec --output judges.txt   DNSSEC judges: the security of each answer\n"
        "  danelab run --format junit --output danelab.xml   for CI\n"
        "Exit codes: 0 all as expected, 1 some not, 2 usage, 3 could not run.");
}

// A shell pattern over the whole id; a word without wildcards fits wherever it occurs.
bool fits(const std::string& id, const std::string& filter) {
    if (filter.find_first_of("*?[") == std::string::npos) return id.find(filter) != std::string::npos;
    return fnmatch(filter.c_str(), id.c_str(), 0) == 0;
}

std::vector<Scenario> chosen(const Options& options) {
    std::vector<Scenario> scenarios;
    if (!options.scenarios.empty()) {
        for (const auto& name : options.scenarios)
            for (auto& scenario : find_scenarios(name, options.seed)) scenarios.push_back(std::move(scenario));
    } else if (options.sut != "builtin" && !options.all && !options.exhaustive && options.filter.empty()) {
        scenarios = scenarios_for_suts(options.seed, options.profile, options.tables);
    } else {
        scenarios = table_scenarios(options.exhaustive ? Breadth::exhaustive : Breadth::each_once, options.seed,
                                    options.profile);
        if (!options.tables) {
            for (auto& scenario : product_scenarios(options.seed)) scenarios.push_back(std::move(scenario));
            for (auto& scenario : file_scenarios()) scenarios.push_back(std::move(scenario));
        }
    }
    if (options.sut != "builtin") scenarios = each_stage(std::move(scenarios));
    if (!options.filter.empty())
        std::erase_if(scenarios, [&](const Scenario& s) { return !fits(s.id, options.filter); });
    return scenarios;
}

// "I/N" -> keeps every N-th scenario, beginning with the I-th: the same split everywhere.
void keep_shard(std::vector<Scenario>& scenarios, const std::string& text) {
    if (text.empty()) return;
    unsigned index = 0, count = 0;
    int used = 0;
    if (std::sscanf(text.c_str(), "%u/%u%n", &index, &count, &used) != 2 ||
        static_cast<std::size_t>(used) != text.size() || index < 1 || index > count)
        throw CommandError(exit_usage, fmt::format("--shard: '{}': write it as I/N with 1 <= I <= N", text));
    std::vector<Scenario> kept;
    for (std::size_t i = index - 1; i < scenarios.size(); i += count) kept.push_back(std::move(scenarios[i]));
    scenarios = std::move(kept);
}

void list(const std::vector<Scenario>& scenarios) {
    std::string out;
    for (const auto& scenario : scenarios) out += fmt::format("{}\t{}\n", scenario.id, scenario.about);
    write_output("", out);
}

// One line on the terminal, rewritten; nothing where standard error is none.
class Progress {
  public:
    void operator()(const ScenarioResult& result, std::size_t done, std::size_t total) const {
        if (!shown_) return;
        fmt::print(stderr, "\r\x1b[K[{}/{}] {}", done, total, result.id.substr(0, 100));
        std::fflush(stderr);
    }
    void clear() const {
        if (shown_) fmt::print(stderr, "\r\x1b[K");
    }

  private:
    bool shown_ = is_terminal(STDERR_FILENO);
};

int compare_profiles(const Options& options) {
    if (options.format != "text" && options.format != "json")
        throw CommandError(exit_usage, "--against: prints text or json: leave --format out, or say one of them");
    const Profile ours = load_profile(options.profile), theirs = load_profile(options.against);
    write_output(options.output,
                 options.format == "json" ? comparison_json(ours, theirs) : comparison_text(ours, theirs));
    return exit_ok;
}

} // namespace

int run_command(const Arguments& arguments) {
    Options options;
    CLI::App app(
        "Spins up a fake signed Internet with mail servers for every scenario and judges what the client does.",
        "danelab run");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;

    if (options.rules && options.format != "text" && options.format != "json")
        throw CommandError(exit_usage, "--rules: prints text or json: leave --format out, or say one of them");
    if (!options.against.empty()) return compare_profiles(options);
    auto scenarios = chosen(options);
    keep_shard(scenarios, options.shard);
    if (scenarios.empty())
        throw CommandError(exit_usage, fmt::format("no scenario fits: `danelab run --list` shows what there is"));
    if (options.list) {
        list(scenarios);
        return exit_ok;
    }
    if (options.sut != "builtin") {
        const auto profile = app.count("--profile") != 0 ? options.profile : "";
        return run_suts(
            {options.sut, profile, options.format, options.output, options.baseline,
             options.scenarios.empty() && options.filter.empty() && options.shard.empty() && !options.tables,
             options.jobs, options.resolver},
            scenarios);
    }
    if (options.format == "html" || !options.baseline.empty() || options.resolver != builtin_resolver)
        throw CommandError(exit_usage, "--format html, --baseline and --resolver belong to --sut");
    const Progress progress;
    RunOptions run_options;
    run_options.sut = options.sut;
    run_options.jobs = options.jobs;
    run_options.bail = options.bail;
    run_options.progress = progress;
    const auto results = run(scenarios, run_options);
    progress.clear();

    const bool all_ok = std::all_of(results.begin(), results.end(), [](const ScenarioResult& r) { return r.ok; });
    if (options.rules) {
        const auto findings = find_evidence(load_rules(), results);
        write_output(options.output,
                     options.format == "json"
                         ? rules_json(findings)
                         : rules_text(findings, options.output.empty() ? style_for(STDOUT_FILENO) : Style{}));
        return all_ok ? 0 : 1;
    }
    const bool brief = options.scenarios.empty() && options.filter.empty() && !options.all;
    const RunReport report{options.sut, options.profile, results, brief, scenarios.size()};
    if (options.format == "json")
        write_output(options.output, run_json(report));
    else if (options.format == "junit")
        write_output(options.output, run_junit(report));
    else if (options.format == "tap")
        write_output(options.output, run_tap(report));
    else
        write_output(options.output, run_text(report, options.output.empty() ? style_for(STDOUT_FILENO) : Style{}));
    return all_ok ? 0 : 1;
}

} // namespace harness::cli
