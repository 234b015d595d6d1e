// danelab tlsa make: TLSA records out of a file, or of what a server presents.
#include <fmt/format.h>

#include "harness/cli/network.h"
#include "harness/cli/tlsa_verbs.h"
#include "harness/system.h"
#include "harness/tlsa_tool/make.h"
#include "harness/tlsa_tool/survey.h"

namespace harness::cli {

namespace {

constexpr std::uint16_t smtp_port = 25;

struct Options {
    std::string file, from, name, transport = "tcp", output;
    unsigned usage = 3, selector = 1, matching_type = 1;
    std::optional<std::uint16_t> port; // default: the server's, or 25
    std::size_t depth = 0;
    bool implicit_tls = false;
    unsigned timeout = 30;
    NetworkOptions network;
};

void describe(CLI::App& app, Options& options) {
    auto* file =
        app.add_option("file", options.file, "PEM: a chain (leaf first), a request, a private or a public key");
    app.add_option("--from", options.from, "HOST[:PORT]: take what this server presents instead of a file")
        ->excludes(file);
    app.add_flag("--implicit-tls", options.implicit_tls, "with --from: TLS from the first octet, without STARTTLS");
    app.add_option("--timeout", options.timeout, "with --from: seconds that each step may take")
        ->check(CLI::Range(1, 600))
        ->capture_default_str();
    app.add_option("--name", options.name, "the host; with it, or --from, a whole zone-file line is printed");
    app.add_option("--port", options.port, "of the service (default: 25, or that of --from)")
        ->check(CLI::Range(1, 65535));
    app.add_option("--transport", options.transport, "tcp, udp or sctp")
        ->check(CLI::IsMember({"tcp", "udp", "sctp"}))
        ->capture_default_str();
    app.add_option("--usage", options.usage, "0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE")
        ->check(CLI::Range(0, 3))
        ->capture_default_str();
    app.add_option("--selector", options.selector, "0 whole certificate, 1 public key")
        ->check(CLI::Range(0, 1))
        ->capture_default_str();
    app.add_option("--matching-type", options.matching_type, "0 everything, 1 SHA2-256, 2 SHA2-512")
        ->check(CLI::Range(0, 2))
        ->capture_default_str();
    app.add_option("--depth", options.depth, "which certificate of the chain: 0 is the server's own")
        ->capture_default_str();
    app.add_option("--output", options.output, "write to this file instead of standard output");
    add_network_options(app, options.network);
    app.footer(
        "Advice goes to standard error: what RFC 7671 and RFC 7672 say about the record.\n"
        "Examples:\n"
        "  danelab tlsa make --name mx.example.com certificate.pem           _25._tcp.mx.example.com. TLSA 3 1 1 ...\n"
        "  danelab tlsa make --usage 2 --depth 1 --name mx.example.com chain.pem\n"
        "  danelab tlsa make --from mx.example.com                           what its SMTP server presents now\n"
        "Exit codes: 0 made, 2 usage or a file that holds nothing of the kind, 3 the server could not be asked.");
}

struct From {
    dns::Name host;
    std::uint16_t port = smtp_port;
};

From server_argument(const std::string& text, bool implicit_tls) {
    constexpr std::uint16_t submissions_port = 465; // RFC 8314 §3.3
    From from;
    from.port = implicit_tls ? submissions_port : smtp_port;
    const auto colon = text.rfind(':');
    from.host = host_name("--from", text.substr(0, colon));
    if (colon == std::string::npos) return from;
    const std::string number = text.substr(colon + 1);
    const bool digits =
        !number.empty() && number.size() <= 5 && number.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long port = digits ? std::stoul(number) : 0;
    if (port == 0 || port > 65535)
        throw CommandError(exit_usage, fmt::format("--from: '{}': expected HOST or HOST:PORT", text));
    from.port = static_cast<std::uint16_t>(port);
    return from;
}

// The first address that shows a chain; where none does, the reasons of all.
Publishable asked_of(const From& from, const Options& options, Network& network) {
    SurveyPlan plan;
    plan.name = from.host;
    plan.host_only = true;
    plan.port = from.port;
    plan.implicit_tls = options.implicit_tls;
    plan.sessions = 1;
    plan.step_timeout = std::chrono::seconds(options.timeout);
    WalkSurroundings surroundings(network.io().get_executor(), network.stub());
    surroundings.dial_map = network.dial_map();
    surroundings.tls_seed = system_random_seed;
    const auto found = network.run(survey(plan, surroundings));
    std::string problems;
    for (const auto& service : found.services)
        for (const auto& served : service.connections) {
            if (!served.chain.empty()) return publishable(served.chain, served.address, options.depth);
            problems += fmt::format("; {}: {}", served.address, served.detail);
        }
    for (const auto& finding : found.findings) problems += "; " + finding.text;
    throw CommandError(exit_could_not, fmt::format("--from: {} port {} shows no certificate{}", from.host.to_text(),
                                                   from.port, problems));
}

} // namespace

int tlsa_make_command(const Arguments& arguments) {
    Options options;
    CLI::App app("Makes a TLSA record from a certificate, a certificate request, a key, or what a server presents.",
                 "danelab tlsa make");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;
    if (options.file.empty() == options.from.empty())
        throw CommandError(exit_usage, "a PEM file is expected, or --from HOST: see `danelab tlsa make --help`");
    std::optional<From> server;
    std::optional<Network> network;
    if (!options.from.empty()) {
        server = server_argument(options.from, options.implicit_tls);
        network.emplace(options.network);
    }
    const auto from = server ? asked_of(*server, options, *network)
                             : publishable(pem_file(options.file), options.file, options.depth);
    const auto association = [&] {
        try {
            return make_association(from, static_cast<tlsa::Usage>(options.usage),
                                    static_cast<tlsa::Selector>(options.selector),
                                    static_cast<tlsa::MatchingType>(options.matching_type));
        } catch (const std::invalid_argument& error) {
            throw CommandError(exit_usage, error.what());
        }
    }();
    const std::uint16_t port = options.port.value_or(server ? server->port : smtp_port);
    std::string line = association.to_text();
    if (!options.name.empty() || server)
        line = fmt::format("_{}._{}.{} IN TLSA {}", port, options.transport,
                           (options.name.empty() ? server->host : host_name("--name", options.name)).to_text(), line);
    write_output(options.output, line + "\n");
    const bool for_smtp = port == smtp_port && options.transport == "tcp";
    const auto now = network ? network->now() : clock_argument(options.network.at);
    for (const auto& sentence : advice(from, association, for_smtp, now)) fmt::print(stderr, "note: {}\n", sentence);
    return exit_ok;
}

} // namespace harness::cli
