// danelab resolve NAME [TYPE]: a validated lookup, with the chain explained; live, or out of a file.
#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "harness/chain_file.h"
#include "harness/cli/lookup.h"
#include "harness/cli/network.h"
#include "harness/recording.h"
#include "harness/system.h"
#include "resolver/dns/text.h"

namespace harness::cli {

namespace {

struct ResolveOptions {
    std::string name, type, from;
    ReportOptions report;
    NetworkOptions network;
};

using Steady = std::chrono::steady_clock;

double milliseconds_since(Steady::time_point started) {
    return std::chrono::duration<double, std::milli>(Steady::now() - started).count();
}

int finish(const LookupReport& report, const ResolveOptions& options) {
    write_report(report, options.report);
    return exit_code(report.lookup.verdict.security);
}

int resolve_live(const ResolveOptions& options) {
    const auto question = question_argument(options.name, options.type.empty() ? "A" : options.type);
    std::optional<Network> network;
    Recorder recorder([&] { return network->now(); }); // the page shows every message
    network.emplace(options.network, &recorder);
    const auto started = Steady::now();
    const auto lookup = network->run(network->stub().lookup(question));
    const double elapsed = milliseconds_since(started);
    return finish({lookup, network->now(), network->queries(), elapsed, std::move(recorder).take_responses()}, options);
}

int resolve_recorded(const ResolveOptions& options, const std::string& content) {
    const auto& network = options.network;
    const Recording recording = parse_recording(content, options.from);
    const auto question = options.name.empty()
                              ? recording.question
                              : question_argument(options.name, options.type.empty() ? "A" : options.type);
    const auto now = network.at.empty() ? recording.now : time_argument("--at", network.at);
    const auto anchors = network.anchors.empty() ? recording.anchors : anchors_from(network.anchors, now);
    if (network.verbose)
        for (const auto& recorded : recording.responses) fmt::print(stderr, "{}\n", describe(recorded));
    const auto started = Steady::now();
    const auto lookup = replay(recording, question, anchors, now);
    return finish({lookup, now, recording.queries, milliseconds_since(started), recording.responses}, options);
}

int resolve_chain(const ResolveOptions& options, const std::string& content) {
    const auto& network = options.network;
    if (options.name.empty())
        throw CommandError(exit_usage, "--from: a chain does not say what it proves: add NAME and TYPE");
    const auto chain = parse_chain_file(content, options.from);
    const auto now = network.at.empty() ? system_now() : time_argument("--at", network.at);
    const auto anchors = anchors_from(network.anchors, now);
    if (network.verbose)
        for (const auto& record : chain.records) fmt::print(stderr, "{}\n", dns::to_text(record));
    validator::Lookup lookup;
    lookup.question = question_argument(options.name, options.type.empty() ? "TLSA" : options.type);
    const auto started = Steady::now();
    const auto policy = validator::Policy::of(policy_profile);
    lookup.verdict = validator::verify(chain, lookup.question, anchors, policy, now);
    return finish({lookup, now, 0, milliseconds_since(started)}, options);
}

int resolve_from_file(const ResolveOptions& options) {
    if (!options.network.servers.empty() || !options.network.scenario.empty())
        throw CommandError(exit_usage, "--from: asks no network: leave --server and --scenario out");
    const std::string content = read_file(options.from);
    return looks_like_recording(content) ? resolve_recorded(options, content) : resolve_chain(options, content);
}

} // namespace

int resolve_command(const Arguments& arguments) {
    ResolveOptions options;
    CLI::App app("Looks a name up, validates the answer from the trust anchor down, and explains the chain.",
                 "danelab resolve");
    app.add_option("name", options.name, "the name to look up (with --from: default the recorded one)");
    app.add_option("type", options.type, "record type: A (default), AAAA, MX, TLSA, ... or TYPEnnn");
    app.add_option("--from", options.from,
                   "judge what `danelab record` saved in this file, recording or RFC 9102 chain; no network is asked");
    add_report_options(app, options.report);
    add_network_options(app, options.network);
    app.footer("Examples:\n"
               "  danelab resolve --scenario seed/success _25._tcp.mail.ietf.org TLSA\n"
               "  danelab resolve --server 127.0.0.1:5353 --anchor root.key www.example. A\n"
               "  danelab resolve --from lookup.json --at 2026-07-01T00:00:00Z --output later.txt\n"
               "Exit codes: 0 secure, 1 bogus, 2 usage, 3 could not tell, 4 insecure.");
    if (const auto done = parse(app, arguments)) return *done;
    if (!options.from.empty()) return resolve_from_file(options);
    if (options.name.empty()) throw CommandError(exit_usage, "resolve: name is required: see `danelab resolve --help`");
    return resolve_live(options);
}

} // namespace harness::cli
