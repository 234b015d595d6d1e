// danelab tlsa check DOMAIN: what the publisher of TLSA records, and the servers behind them, should mend.
#include <fmt/format.h>

#include "harness/cli/network.h"
#include "harness/cli/tlsa_verbs.h"
#include "harness/system.h"
#include "harness/tlsa_tool/check_report.h"

namespace harness::cli {

namespace {

constexpr int exit_to_mend = 1;

struct Options {
    std::string domain, next, format = "text", output;
    bool host_only = false, implicit_tls = false;
    std::optional<std::uint16_t> port;
    unsigned sessions = 2, timeout = 30;
    NetworkOptions network;
};

void describe(CLI::App& app, Options& options) {
    app.add_option("domain", options.domain, "mail domain, or with --host a host")->required();
    app.add_flag("--host", options.host_only, "the name is a host: do not ask for MX records");
    app.add_option("--port", options.port, "of the service (default: 25; 465 with --implicit-tls)")
        ->check(CLI::Range(1, 65535));
    app.add_flag("--implicit-tls", options.implicit_tls, "TLS from the first octet, without STARTTLS");
    app.add_option("--next", options.next,
                   "PEM file: the chain that is to be deployed next: may it be, by the records?");
    app.add_option("--sessions", options.sessions,
                   "with each address: more than one finds servers that offer STARTTLS only sometimes")
        ->check(CLI::Range(1, 10))
        ->capture_default_str();
    app.add_option("--timeout", options.timeout, "seconds that each step may take")
        ->check(CLI::Range(1, 600))
        ->capture_default_str();
    app.add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    app.add_option("--output", options.output, "write to this file instead of standard output");
    add_network_options(app, options.network);
    app.footer(
        "Examples:\n"
        "  danelab tlsa check --scenario seed/success ietf.org      a fake Internet in this process\n"
        "  danelab tlsa check example.com                           records, servers, signatures, sizes\n"
        "  danelab tlsa check --next renewed.pem example.com        may this chain go into service?\n"
        "Exit codes: 0 nothing to mend (advice may stand there), 1 errors or warnings, 2 usage, 3 could not tell.");
}

} // namespace

int tlsa_check_command(const Arguments& arguments) {
    constexpr std::uint16_t smtp_port = 25, submissions_port = 465; // RFC 8314 §3.3
    Options options;
    CLI::App app("Checks what is published and served for a mail domain's DANE, for those who run it.",
                 "danelab tlsa check");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;
    SurveyPlan plan;
    plan.name = host_name("domain", options.domain);
    plan.host_only = options.host_only;
    plan.implicit_tls = options.implicit_tls;
    plan.port = options.port.value_or(options.implicit_tls ? submissions_port : smtp_port);
    plan.sessions = options.sessions;
    plan.step_timeout = std::chrono::seconds(options.timeout);
    LintRequest request;
    if (!options.next.empty()) request.next_chain = certificate_file(options.next);

    Network network(options.network);
    WalkSurroundings surroundings(network.io().get_executor(), network.stub());
    surroundings.dial_map = network.dial_map();
    surroundings.tls_seed = system_random_seed;
    const std::string domain = plan.name.to_text();
    auto found = network.run(survey(std::move(plan), surroundings));
    request.services = found.services;
    request.now = network.now();
    CheckReport report{domain, found.services, std::move(found.findings), found.complete};
    for (auto& finding : lint(request)) report.findings.push_back(std::move(finding));
    write_output(options.output, options.format == "json" ? check_json(report) : check_text(report));
    if (!report.complete) return exit_could_not;
    return needs_mending(report) ? exit_to_mend : exit_ok;
}

} // namespace harness::cli
