// danelab record NAME [TYPE]: a validated lookup whose messages are saved, to be judged again without a network.
#include <fmt/format.h>

#include <optional>

#include "harness/cli/lookup.h"
#include "harness/cli/network.h"
#include "harness/system.h"

namespace harness::cli {

namespace {

struct Recorded {
    Recording recording;
    validator::Lookup lookup;
};

// The lookup with one clock from beginning to end: that of --at, of the scenario, or of the moment when it begins.
Recorded record(const dns::Question& question, NetworkOptions options) {
    const bool real_time = options.at.empty() && options.scenario.empty();
    if (real_time) options.at = dns::to_rfc3339(system_now());
    std::optional<Network> network;
    Recorder recorder([&] { return real_time ? system_now() : network->now(); });
    network.emplace(options, &recorder);
    Recorded done;
    done.lookup = network->run(network->stub().lookup(question));
    done.recording.question = question;
    done.recording.now = network->now();
    done.recording.profile = policy_profile;
    done.recording.anchors = network->anchors();
    done.recording.queries = network->queries();
    done.recording.responses = std::move(recorder).take_responses();
    return done;
}

} // namespace

int record_command(const Arguments& arguments) {
    std::string name, type = "A", output;
    NetworkOptions network_options;
    CLI::App app("Looks a name up as `danelab resolve` does, and saves every message with its time and server. "
                 "`danelab resolve --from FILE` judges it again.",
                 "danelab record");
    app.add_option("name", name, "the name to look up")->required();
    app.add_option("type", type, "record type: A, AAAA, MX, TLSA, ... or TYPEnnn")->capture_default_str();
    app.add_option("-o,--output", output, "write to this file instead of standard output");
    add_network_options(app, network_options);
    app.footer("Examples:\n"
               "  danelab record --scenario seed/success _25._tcp.mail.ietf.org TLSA\n"
               "  danelab record --server 127.0.0.1:5353 --anchor root.key www.example. A -o lookup.json\n"
               "Exit codes: 0 recorded, whatever the verdict; 2 usage, 3 could not run.");
    if (const auto done = parse(app, arguments)) return *done;

    const auto [recording, lookup] = record(question_argument(name, type), network_options);
    write_output(output, recording_json(recording));
    if (!output.empty())
        write_output("", fmt::format("{}: {}: {} questions with their answers recorded\n", lookup.question.to_text(),
                                     validator::to_text(lookup.verdict.security), recording.responses.size()));
    return exit_ok;
}

} // namespace harness::cli
