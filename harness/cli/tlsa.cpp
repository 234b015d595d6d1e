// danelab tlsa match|make|check: which of them, and match: a chain judged offline.
#include <fmt/format.h>

#include "harness/cli/tlsa_verbs.h"
#include "harness/tlsa_tool/match.h"

namespace harness::cli {

namespace {

constexpr int exit_no_match = 1;

int match_command(const Arguments& arguments) {
    std::string chain, name, ca, policy = "smtp", at, format = "text", output;
    std::vector<std::string> records, also;
    bool ee_name_checks = false;
    CLI::App app("Judges a certificate chain, as a server would send it, against TLSA records.", "danelab tlsa match");
    app.add_option("--chain", chain, "PEM file: the server's certificates, leaf first")->required();
    app.add_option("--tlsa", records, "a record, \"USAGE SELECTOR TYPE HEX\" (repeatable)")->required();
    app.add_option("--name", name, "the host that was meant: the TLSA base domain")->required();
    app.add_option("--also", also, "further names that are as good, such as the mail domain (repeatable)");
    app.add_option("--ca", ca, "PEM file: authorities that usages 0 and 1 chain to");
    app.add_option("--usage-policy", policy, "smtp: usages 0 and 1 are unusable; generic: all four count")
        ->check(CLI::IsMember({"smtp", "generic"}))
        ->capture_default_str();
    app.add_flag("--ee-name-checks", ee_name_checks, "compare names also where usage 3 matches");
    app.add_option("--at", at, "the clock, as 2026-06-01T00:00:00Z (default: now)");
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
    app.add_option("--output", output, "write to this file instead of standard output");
    app.footer("Examples:\n"
               "  danelab tlsa match --chain served.pem --name mx.example.com --tlsa \"3 1 1 8d02...\"\n"
               "  danelab tlsa match --chain served.pem --ca ca.pem --usage-policy generic --name www.example.com \\\n"
               "      --tlsa \"0 0 1 46a1...\" --format json\n"
               "Exit codes: 0 match, 1 no match (the result says why), 2 usage.");
    if (const auto done = parse(app, arguments)) return *done;

    MatchRequest request;
    request.chain = certificates_in(pem_file(chain), chain); // judged as served, also where a certificate is garbage
    for (const auto& record : records) {
        try {
            request.records.push_back(tlsa_from_text(record));
        } catch (const std::invalid_argument& error) {
            throw CommandError(exit_usage, fmt::format("--tlsa: {}", error.what()));
        }
    }
    request.names.push_back(host_name("--name", name));
    for (const auto& text : also) request.names.push_back(host_name("--also", text));
    if (!ca.empty()) request.ca = certificate_file(ca);
    request.policy = policy == "smtp" ? tlsa::UsagePolicy::smtp : tlsa::UsagePolicy::generic;
    request.ee_name_checks = ee_name_checks;
    request.now = clock_argument(at);
    const auto report = match(request);
    write_output(output, format == "json" ? match_json(report) : match_text(report));
    return report.outcome.result == tlsa::AuthenticationResult::match ? exit_ok : exit_no_match;
}

} // namespace

int tlsa_command(const Arguments& arguments) {
    const std::string verb = arguments.empty() ? "" : arguments.front();
    const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
    try {
        if (verb == "match") return match_command(rest);
        if (verb == "make") return tlsa_make_command(rest);
        if (verb == "check") return tlsa_check_command(rest);
    } catch (const PemError& error) {
        throw CommandError(exit_usage, error.what());
    }
    if (verb == "--help" || verb == "-h") {
        write_output("", "danelab tlsa: TLSA records and certificate chains\n\n"
                         "Usage: danelab tlsa match|make|check [options]\n\n"
                         "  match  judge a certificate chain against TLSA records, offline\n"
                         "  make   make a TLSA record from a certificate, a request, a key or a live server\n"
                         "  check  what the publisher of a domain's TLSA records should mend\n\n"
                         "Each explains itself: danelab tlsa match --help\n"
                         "Examples:\n"
                         "  danelab tlsa match --help\n"
                         "  danelab tlsa check --scenario seed/success ietf.org\n"
                         "Exit codes: 0 match, made, or nothing to mend; 1 no match, or something to mend; 2 usage; 3 "
                         "could not tell.\n");
        return exit_ok;
    }
    throw CommandError(exit_usage,
                       fmt::format("tlsa: '{}' is none of match, make and check: see `danelab tlsa --help`", verb));
}

} // namespace harness::cli
