// danelab verify DOMAIN... = daneverify DOMAIN...: the DANE check of a domain, told as the appliance tells it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/cli/command.h"
#include "harness/cli/network.h"
#include "harness/cli/tlsa_verbs.h"
#include "harness/profile.h"
#include "harness/system.h"
#include "harness/transcript.h"
#include "harness/verify_report.h"
#include "harness/walk_driver.h"
#include "tlsa/outcome.h"

namespace harness::cli {

namespace {

struct Options {
    std::vector<std::string> domains;
    NetworkOptions network;
    std::string policy = "mandatory", profile = "cisco-esa", format = "text", output;
    std::string families = "4-first", srv, ca;
    bool strict_seed = false, nagios = false;
    bool implicit_tls = false, all_mx = false, all_addresses = false;
    std::vector<std::string> key_kinds, step_timeouts;
    std::uint16_t port = 0; // 0: 25, or 465 with implicit TLS
    unsigned timeout = 30;

    bool quiet() const { return nagios || format == "json"; }
};

constexpr std::uint16_t smtp_port = 25, submissions_port = 465; // RFC 5321 §2.3.5, RFC 8314 §3.3
constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";

const std::map<std::string, tlsa::AddressFamilies> family_words{{"4-first", tlsa::AddressFamilies::ipv4_first},
                                                                {"6-first", tlsa::AddressFamilies::ipv6_first},
                                                                {"4-only", tlsa::AddressFamilies::ipv4_only},
                                                                {"6-only", tlsa::AddressFamilies::ipv6_only}};

void add_srv_options(CLI::App& app, Options& options) {
    auto* srv =
        app.add_option("--srv", options.srv,
                       "follow the domain's SRV records instead of its MX: submission (STARTTLS) or submissions "
                       "(TLS from the first octet). With --policy opportunistic public authorities have to vouch "
                       "for a server where no TLSA record does");
    srv->check(CLI::IsMember({"submission", "submissions"}));
    app.add_option("--ca", options.ca,
                   fmt::format("PEM file: the public authorities of --srv (default: {}; with "
                               "--scenario its own)",
                               system_authorities))
        ->needs(srv);
    for (const char* other : {"--profile", "--port", "--implicit-tls", "--all-mx", "--all-addresses", "--keys"})
        srv->excludes(app.get_option(other));
}

void describe(CLI::App& app, Options& options) {
    app.add_option("domain", options.domains, "mail domains to check")->required();
    app.add_option("--policy", options.policy, "judge as this decision table does")
        ->check(CLI::IsMember({"mandatory", "opportunistic"}))
        ->capture_default_str();
    app.add_option("--profile", options.profile, "whose decision tables: a name, or a file")->capture_default_str();
    app.add_flag("--strict-seed", options.strict_seed,
                 "only the lines that the appliance's documents show on standard output, all others on standard error");
    app.add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    app.add_option("--output", options.output, "write to this file instead of standard output (json)");
    app.add_flag("--nagios", options.nagios,
                 "one line with performance data, and exit code 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN");
    app.add_option("--port", options.port, "SMTP port; the TLSA name follows it (default: 25; with --implicit-tls 465)")
        ->check(CLI::Range(1, 65535));
    app.add_flag("--implicit-tls", options.implicit_tls, "TLS from the first octet instead of STARTTLS");
    app.add_flag("--all-mx", options.all_mx, "visit every MX host; the result is that of the worst");
    app.add_flag("--all-addresses", options.all_addresses,
                 "visit every address of each host; the result is that of the worst");
    app.add_option("--keys", options.key_kinds,
                   "ask each address once more for a certificate of these kinds: rsa, ecdsa, ed25519; the result is "
                   "that of the worst")
        ->delimiter(',')
        ->check(CLI::IsMember({"rsa", "ecdsa", "ed25519"}));
    app.add_option("--families", options.families, "addresses to use: 4-first, 6-first, 4-only, 6-only")
        ->check(CLI::IsMember({"4-first", "6-first", "4-only", "6-only"}))
        ->capture_default_str();
    app.add_option("--timeout", options.timeout, "seconds that each SMTP step may take")
        ->check(CLI::Range(1, 600))
        ->capture_default_str();
    app.add_option(
           "--step-timeout", options.step_timeouts,
           "another deadline for one step, STEP=SECONDS; repeatable. Steps: connect, banner, ehlo, starttls, handshake")
        ->allow_extra_args(false);
    add_srv_options(app, options);
    add_network_options(app, options.network);
    app.footer(
        "Examples:\n"
        "  daneverify --scenario seed/success ietf.org      a fake Internet in this process, no network needed\n"
        "  daneverify --server 127.0.0.1:5353 example.com   a resolver of your choice\n"
        "  daneverify --all-mx --all-addresses --server 127.0.0.1:5353 example.com   everything that is published\n"
        "  daneverify --scenario smtp/check/both-kinds-of-keys --keys rsa,ecdsa shop.example   both certificates\n"
        "  daneverify --scenario seed/success --nagios ietf.org   one line for a monitoring system\n"
        "  daneverify --srv submission --scenario srv/target/usable shop.example   where its users hand in mail\n"
        "Exit codes: 0 DANE success, 1 certificate does not match, 2 usage, 3 could not tell, 4 MX or address "
        "insecure,\n"
        "  5 bogus, 6 securely no TLSA, 7 TLSA insecure, 8 TLSA all unusable, 9 cannot connect, 10 no STARTTLS,\n"
        "  11 TLS handshake failed, 12 the domain takes no mail. With several domains: the highest.\n"
        "With --srv: 4 SRV or address insecure, 6 securely no SRV or no TLSA records, 12 the service is not offered.");
}

dns::Name domain_name(const std::string& text) {
    const auto name = dns::Name::from_text(text);
    if (!name || name->is_root())
        throw CommandError(exit_usage, fmt::format("'{}' is not a domain name: write it as example.com", text));
    return *name;
}

// "handshake=2" of --step-timeout.
void add_step_timeout(tlsa::StepTimeouts& timeouts, const std::string& text) {
    using tlsa::SmtpStep;
    const auto equals = text.find('=');
    for (const auto step :
         {SmtpStep::connect, SmtpStep::banner, SmtpStep::ehlo, SmtpStep::starttls, SmtpStep::handshake}) {
        if (equals == std::string::npos || text.substr(0, equals) != to_text(step)) continue;
        const std::string number = text.substr(equals + 1);
        const bool digits = !number.empty() && number.size() <= 3 &&
                            std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
        const int seconds = digits ? std::stoi(number) : 0;
        if (seconds < 1 || seconds > 600) break;
        timeouts[step] = std::chrono::seconds(seconds);
        return;
    }
    throw CommandError(
        exit_usage, fmt::format("--step-timeout: '{}': write it as handshake=5, with a step of connect, banner, ehlo, "
                                "starttls, handshake and 1 to 600 seconds",
                                text));
}

// Prints lines as they happen: a slow server is seen to be slow.
class Printer {
  public:
    Printer(bool strict_seed, bool quiet)
        : strict_seed_(strict_seed)
        , quiet_(quiet) {}
    void print(const std::vector<TranscriptLine>& lines) const {
        if (quiet_) return;
        for (const auto& line : lines) {
            std::FILE* out = strict_seed_ && !line.certain ? stderr : stdout;
            fmt::print(out, "{}\n", line.text);
            if (std::fflush(out) != 0) throw CommandError(exit_could_not, "standard output: cannot be written");
        }
    }

  private:
    bool strict_seed_, quiet_;
};

tlsa::WalkPlan plan_for(const Options& options, const Profile& profile, dns::UnixTime now) {
    tlsa::WalkPlan plan;
    plan.table = profile.table(*tlsa::mode_from_text(options.policy));
    plan.port = options.port;
    plan.families = family_words.at(options.families);
    plan.now = now;
    plan.step_timeout = std::chrono::seconds(options.timeout);
    for (const auto& text : options.step_timeouts) add_step_timeout(plan.step_timeouts, text);
    plan.implicit_tls = options.implicit_tls;
    plan.all_mx = options.all_mx;
    plan.all_addresses = options.all_addresses;
    for (const auto& kind : options.key_kinds) plan.key_probes.push_back(*tlsa::server_key_from_text(kind));
    return plan;
}

tlsa::CertificateChain authorities_for(const Options& options, const Network& network) {
    try {
        if (!options.ca.empty()) return certificate_file(options.ca);
    } catch (const PemError& error) {
        throw CommandError(exit_usage, error.what());
    }
    if (network.scenario() != nullptr) return authorities_of(*network.scenario());
    if (std::filesystem::exists(system_authorities))
        return certificates_in(pem_file(system_authorities), system_authorities);
    if (options.policy == "mandatory") return {}; // for TLSA usages 0 and 1 alone
    throw CommandError(exit_usage,
                       fmt::format("{}: is not there: name the public authorities by --ca FILE", system_authorities));
}

tlsa::SrvPlan srv_plan_for(const Options& options, const tlsa::CertificateChain& roots, dns::UnixTime now) {
    tlsa::SrvPlan plan;
    plan.service = *tlsa::mail_service_from_text(options.srv);
    plan.mode = *tlsa::mode_from_text(options.policy);
    plan.roots = roots;
    plan.families = family_words.at(options.families);
    plan.now = now;
    plan.step_timeout = std::chrono::seconds(options.timeout);
    for (const auto& text : options.step_timeouts) add_step_timeout(plan.step_timeouts, text);
    return plan;
}

// `Machine`: tlsa::Walk or SrvWalk.
template <class Machine, class Plan>
VerifiedDomain verify_domain(const Options& options, Network& network, Plan plan) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    const std::uint16_t port = options.port; // of MX hosts; SRV records have their own
    VerifiedDomain verified;
    verified.name = plan.domain.to_text();
    verified.service = tlsa::mail_service_from_text(options.srv);
    const std::string domain_text = without_final_dot(plan.domain);
    Machine walk(std::move(plan));
    const Printer printer(options.strict_seed, options.quiet());
    WalkSurroundings surroundings(network.io().get_executor(), network.stub());
    surroundings.dial_map = network.dial_map();
    surroundings.tls_seed = system_random_seed;
    surroundings.on_event = [&](const tlsa::Event& event) {
        printer.print(transcript_lines(event, domain_text, network.now(), port));
    };
    verified.result = network.run(drive(walk, surroundings));
    verified.records = check_records(verified.result, port);
    for (const auto& check : verified.records)
        for (const auto& line : to_lines(check)) printer.print(std::vector{TranscriptLine{line, false}});
    printer.print(closing_lines(verified.result, domain_text));
    verified.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    if (options.network.verbose)
        for (const auto outcome : tlsa::outcomes_of_check(verified.result))
            fmt::print(stderr, "a delivery would be {}\n", tlsa::to_text(outcome));
    if (options.network.verbose)
        for (const auto& attempt : verified.result.attempts)
            if (attempt.smtp)
                for (const auto& line : attempt.smtp->log) fmt::print(stderr, "{} {}\n", attempt.address, line);
    return verified;
}

int verify(Options& options) {
    std::vector<dns::Name> domains;
    for (const auto& text : options.domains) domains.push_back(domain_name(text));
    if (options.port == 0) options.port = options.implicit_tls ? submissions_port : smtp_port;
    const Profile profile = load_profile(options.profile);
    Network network(options.network);
    std::vector<VerifiedDomain> verified;
    const auto roots = options.srv.empty() ? tlsa::CertificateChain{} : authorities_for(options, network);
    for (const auto& domain : domains) {
        if (options.srv.empty()) {
            auto plan = plan_for(options, profile, network.now());
            plan.domain = domain;
            verified.push_back(verify_domain<tlsa::Walk>(options, network, std::move(plan)));
        } else {
            auto plan = srv_plan_for(options, roots, network.now());
            plan.domain = domain;
            verified.push_back(verify_domain<tlsa::SrvWalk>(options, network, std::move(plan)));
        }
    }
    if (options.nagios) {
        const auto report = plugin_report(verified);
        write_output("", report.line + "\n");
        return report.exit_code;
    }
    nlohmann::json report{{"domains", nlohmann::json::array()}};
    int highest = 0;
    for (const auto& domain : verified) {
        report["domains"].push_back(to_json(domain, network.now()));
        highest = std::max(highest, exit_code(domain.result.status));
    }
    if (options.format == "json")
        write_output(options.output, report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return highest;
}

} // namespace

int verify_command(const Arguments& arguments, const std::string& program) {
    Options options;
    CLI::App app(
        "Checks a mail domain's DANE: MX, addresses, TLSA records, and the certificate that its servers present.",
        program == "daneverify" ? "daneverify" : "danelab verify");
    describe(app, options);
    // A monitoring system reads one line on stdout and knows four exit codes, even where the command line is wrong.
    if (std::find(arguments.begin(), arguments.end(), "--nagios") == arguments.end()) {
        if (const auto done = parse(app, arguments)) return *done;
        return verify(options);
    }
    try {
        if (const auto done = parse(app, arguments)) return *done;
        if (options.format == "json" || !options.output.empty() || options.strict_seed)
            throw CommandError(exit_usage, "--nagios: is an output of its own: leave --format, --output and "
                                           "--strict-seed out");
        return verify(options);
    } catch (const std::exception& error) {
        const auto report = plugin_failure(error.what());
        write_output("", report.line + "\n");
        return report.exit_code;
    }
}

} // namespace harness::cli
