// danelab resolve NAME [TYPE]: a validated lookup, with the chain explained.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "harness/cli/command.h"
#include "harness/cli/network.h"
#include "harness/lookup_report.h"

namespace harness::cli {

namespace {

int exit_code(validator::Security security) {
    switch (security) {
    case validator::Security::secure: return 0;
    case validator::Security::bogus: return 1;
    case validator::Security::indeterminate: return 3;
    case validator::Security::insecure: return 4;
    }
    return exit_could_not;
}

dns::Question question_of(const std::string& name_text, const std::string& type_text) {
    const auto name = dns::Name::from_text(name_text);
    if (!name)
        throw CommandError(exit_usage,
                           fmt::format("'{}' is not a domain name: labels of 1 to 63 octets, 255 in all", name_text));
    const auto type = dns::rr_type_from_text(type_text);
    if (!type)
        throw CommandError(exit_usage,
                           fmt::format("'{}' is not a record type: write A, MX, TLSA or TYPE52", type_text));
    return dns::Question(*name, *type);
}

} // namespace

int resolve_command(const Arguments& arguments) {
    std::string name, type = "A", format = "text", output;
    NetworkOptions network_options;
    CLI::App app("Looks a name up, validates the answer from the trust anchor down, and explains the chain.",
                 "danelab resolve");
    app.add_option("name", name, "the name to look up")->required();
    app.add_option("type", type, "record type: A, AAAA, MX, TLSA, ... or TYPEnnn")->capture_default_str();
    app.add_option("--format", format, "text, json, or the chain drawn as dot or svg")
        ->check(CLI::IsMember({"text", "json", "dot", "svg"}))
        ->capture_default_str();
    app.add_option("--output", output, "write to this file instead of standard output");
    add_network_options(app, network_options);
    app.footer("Examples:\n"
               "  danelab resolve --scenario seed/success _25._tcp.mail.ietf.org TLSA\n"
               "  danelab resolve --server 127.0.0.1:5353 --anchor root.key www.example. A\n"
               "Exit codes: 0 secure, 1 bogus, 2 usage, 3 could not tell, 4 insecure.");
    if (const auto done = parse(app, arguments)) return *done;

    const auto question = question_of(name, type);
    Network network(network_options);
    const auto started = std::chrono::steady_clock::now();
    const auto lookup = network.run(network.stub().lookup(question));
    LookupReport report{lookup, network.now(), network.queries(),
                        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count()};
    if (format == "json")
        write_output(output, lookup_json(report));
    else if (format == "dot")
        write_output(output, lookup_dot(report));
    else if (format == "svg")
        write_output(output, lookup_svg(report));
    else
        write_output(output, lookup_text(report, output.empty() ? style_for(STDOUT_FILENO) : Style{}));
    return exit_code(lookup.verdict.security);
}

} // namespace harness::cli
