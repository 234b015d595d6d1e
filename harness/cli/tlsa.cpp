// danelab tlsa match|make: TLSA records and certificate chains, offline.
#include <fmt/format.h>

#include "harness/cli/command.h"
#include "harness/system.h"
#include "harness/tlsa_tool/make.h"
#include "harness/tlsa_tool/match.h"
#include "harness/tlsa_tool/pem.h"
#include "resolver/dns/text.h"
#include "tlsa/certificate.h"

namespace harness::cli {

namespace {

constexpr int exit_no_match = 1;

dns::UnixTime clock(const std::string& at) { return at.empty() ? system_now() : time_argument("--at", at); }

dns::Name host_name(const std::string& option, const std::string& text) {
    const auto name = dns::Name::from_text(text);
    if (!name || name->is_root())
        throw CommandError(exit_usage,
                           fmt::format("{}: '{}' is not a host name: write it as mx.example.com", option, text));
    return *name;
}

// Reads a PEM file; what is wrong with it is the user's to mend.
std::vector<PemBlock> pem_file(const std::string& path) { return read_pem(read_file(path), path); }

std::vector<dns::Bytes> certificate_file(const std::string& path) {
    auto certificates = certificates_in(pem_file(path), path);
    for (std::size_t i = 0; i < certificates.size(); ++i)
        if (!tlsa::Certificate::parse(certificates[i]))
            throw PemError(fmt::format("{}: certificate {} of the file is no X.509 certificate", path, i));
    return certificates;
}

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
    request.now = clock(at);
    const auto report = match(request);
    write_output(output, format == "json" ? match_json(report) : match_text(report));
    return report.outcome.result == tlsa::AuthenticationResult::match ? exit_ok : exit_no_match;
}

int make_command(const Arguments& arguments) {
    std::string file, name, at, transport = "tcp", output;
    unsigned usage = 3, selector = 1, matching_type = 1, port = 25;
    std::size_t depth = 0;
    CLI::App app("Makes a TLSA record from a certificate, a certificate request or a key.", "danelab tlsa make");
    app.add_option("file", file, "PEM: a chain (leaf first), a request, a private or a public key")->required();
    app.add_option("--name", name, "the host; with it a whole zone-file line is printed");
    app.add_option("--port", port, "of the service")->check(CLI::Range(1, 65535))->capture_default_str();
    app.add_option("--transport", transport, "tcp, udp or sctp")
        ->check(CLI::IsMember({"tcp", "udp", "sctp"}))
        ->capture_default_str();
    app.add_option("--usage", usage, "0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE")
        ->check(CLI::Range(0, 3))
        ->capture_default_str();
    app.add_option("--selector", selector, "0 whole certificate, 1 public key")
        ->check(CLI::Range(0, 1))
        ->capture_default_str();
    app.add_option("--matching-type", matching_type, "0 everything, 1 SHA2-256, 2 SHA2-512")
        ->check(CLI::Range(0, 2))
        ->capture_default_str();
    app.add_option("--depth", depth, "which certificate of the chain: 0 is the server's own")->capture_default_str();
    app.add_option("--at", at, "the clock, as 2026-06-01T00:00:00Z (default: now)");
    app.add_option("--output", output, "write to this file instead of standard output");
    app.footer(
        "Advice goes to standard error: what RFC 7671 and RFC 7672 say about the record.\n"
        "Examples:\n"
        "  danelab tlsa make --name mx.example.com certificate.pem           _25._tcp.mx.example.com. TLSA 3 1 1 ...\n"
        "  danelab tlsa make --usage 2 --depth 1 --name mx.example.com chain.pem\n"
        "Exit codes: 0 made, 2 usage or a file that holds nothing of the kind.");
    if (const auto done = parse(app, arguments)) return *done;

    const auto from = publishable(pem_file(file), file, depth);
    const auto association = [&] {
        try {
            return make_association(from, static_cast<tlsa::Usage>(usage), static_cast<tlsa::Selector>(selector),
                                    static_cast<tlsa::MatchingType>(matching_type));
        } catch (const std::invalid_argument& error) {
            throw CommandError(exit_usage, error.what());
        }
    }();
    std::string line = association.to_text();
    if (!name.empty())
        line = fmt::format("_{}._{}.{} IN TLSA {}", port, transport, host_name("--name", name).to_text(), line);
    write_output(output, line + "\n");
    const bool for_smtp = port == 25 && transport == "tcp";
    for (const auto& sentence : advice(from, association, for_smtp, clock(at)))
        fmt::print(stderr, "note: {}\n", sentence);
    return exit_ok;
}

} // namespace

int tlsa_command(const Arguments& arguments) {
    const std::string verb = arguments.empty() ? "" : arguments.front();
    const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
    try {
        if (verb == "match") return match_command(rest);
        if (verb == "make") return make_command(rest);
    } catch (const PemError& error) {
        throw CommandError(exit_usage, error.what());
    }
    if (verb == "--help" || verb == "-h") {
        write_output("", "danelab tlsa: TLSA records and certificate chains, offline\n\n"
                         "Usage: danelab tlsa match|make [options]\n\n"
                         "  match  judge a certificate chain against TLSA records\n"
                         "  make   make a TLSA record from a certificate, a request or a key\n\n"
                         "Each explains itself: danelab tlsa match --help\n"
                         "Examples:\n"
                         "  danelab tlsa match --help\n"
                         "Exit codes: 0 match or made, 1 no match, 2 usage.\n");
        return exit_ok;
    }
    throw CommandError(exit_usage,
                       fmt::format("tlsa: '{}' is neither match nor make: see `danelab tlsa --help`", verb));
}

} // namespace harness::cli
