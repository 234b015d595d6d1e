// danelab record NAME [TYPE]: a validated lookup whose messages are saved, to be judged again without a network.
#include <fmt/format.h>

#include <optional>

#include "harness/chain_file.h"
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

struct ChainOptions {
    bool wanted = false;
    std::string encoding = "wire";
    std::uint16_t support_lifetime = 0; // hours
};

std::string chain_content(const Recorded& done, const ChainOptions& options) {
    std::vector<dns::Message> messages;
    for (const auto& recorded : done.recording.responses)
        if (const auto* answered = std::get_if<validator::Answered>(&recorded.response))
            messages.push_back(answered->message);
    const auto& verdict = done.lookup.verdict;
    const auto policy = validator::Policy::of(done.recording.profile);
    auto chain = validator::build_chain(messages, done.lookup.question, verdict, done.recording.anchors, policy,
                                        done.recording.now);
    if (!chain)
        throw CommandError(exit_could_not,
                           fmt::format("--chain: {} is {}: only what is secure or insecure has a chain that proves it",
                                       done.lookup.question.to_text(), validator::to_text(verdict.security)));
    chain->support_lifetime = options.support_lifetime;
    if (options.encoding == "hex") return chain_file(*chain, ChainEncoding::hex);
    return chain_file(*chain, options.encoding == "base64" ? ChainEncoding::base64 : ChainEncoding::wire);
}

void add_chain_options(CLI::App& app, ChainOptions& options) {
    app.add_flag("--chain", options.wanted, "save an RFC 9102 authentication chain (extension_data) instead");
    app.add_option("--encoding", options.encoding, "of the chain: wire, hex or base64")
        ->check(CLI::IsMember({"wire", "hex", "base64"}))
        ->capture_default_str();
    app.add_option("--support-lifetime", options.support_lifetime, "ExtSupportLifetime of the chain, in hours")
        ->capture_default_str();
}

} // namespace

int record_command(const Arguments& arguments) {
    std::string name, type = "A", output;
    NetworkOptions network_options;
    ChainOptions chain_options;
    CLI::App app("Looks a name up as `danelab resolve` does, and saves every message with its time and server. "
                 "`danelab resolve --from FILE` judges it again.",
                 "danelab record");
    app.add_option("name", name, "the name to look up")->required();
    app.add_option("type", type, "record type: A, AAAA, MX, TLSA, ... or TYPEnnn")->capture_default_str();
    app.add_option("-o,--output", output, "write to this file instead of standard output");
    add_chain_options(app, chain_options);
    add_network_options(app, network_options);
    app.footer("Examples:\n"
               "  danelab record --scenario seed/success _25._tcp.mail.ietf.org TLSA\n"
               "  danelab record --server 127.0.0.1:5353 --anchor root.key www.example. A -o lookup.json\n"
               "  danelab record --scenario seed/success _25._tcp.mail.ietf.org TLSA --chain --encoding hex\n"
               "Exit codes: 0 recorded, whatever the verdict; 2 usage, 3 could not run, or no chain.");
    if (const auto done = parse(app, arguments)) return *done;

    const Recorded done = record(question_argument(name, type), network_options);
    write_output(output, chain_options.wanted ? chain_content(done, chain_options) : recording_json(done.recording));
    if (!output.empty())
        write_output("", fmt::format("{}: {}: {} recorded\n", done.lookup.question.to_text(),
                                     validator::to_text(done.lookup.verdict.security),
                                     chain_options.wanted ? "authentication chain"
                                                          : fmt::format("{} questions with their answers",
                                                                        done.recording.responses.size())));
    return exit_ok;
}

} // namespace harness::cli
