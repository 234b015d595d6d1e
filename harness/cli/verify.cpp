// danelab verify DOMAIN... = daneverify DOMAIN...: the DANE check of a domain, told as the appliance tells it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/cli/command.h"
#include "harness/cli/network.h"
#include "harness/profile.h"
#include "harness/system.h"
#include "harness/transcript.h"
#include "harness/walk_driver.h"

namespace harness::cli {

namespace {

struct Options {
    std::vector<std::string> domains;
    NetworkOptions network;
    std::string policy = "mandatory", profile = "cisco-esa", format = "text", output;
    std::string families = "4-first";
    bool strict_seed = false;
    std::uint16_t port = 25;
    unsigned timeout = 30;
};

const std::map<std::string, tlsa::AddressFamilies> family_words{{"4-first", tlsa::AddressFamilies::ipv4_first},
                                                                {"6-first", tlsa::AddressFamilies::ipv6_first},
                                                                {"4-only", tlsa::AddressFamilies::ipv4_only},
                                                                {"6-only", tlsa::AddressFamilies::ipv6_only}};

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
    app.add_option("--port", options.port, "SMTP port")->check(CLI::Range(1, 65535))->capture_default_str();
    app.add_option("--families", options.families, "addresses to use: 4-first, 6-first, 4-only, 6-only")
        ->check(CLI::IsMember({"4-first", "6-first", "4-only", "6-only"}))
        ->capture_default_str();
    app.add_option("--timeout", options.timeout, "seconds that each SMTP step may take")
        ->check(CLI::Range(1, 600))
        ->capture_default_str();
    add_network_options(app, options.network);
    app.footer(
        "Examples:\n"
        "  daneverify --scenario seed/success ietf.org      a fake Internet in this process, no network needed\n"
        "  daneverify --server 127.0.0.1:5353 example.com   a resolver of your choice\n"
        "Exit codes: 0 DANE success, 1 certificate does not match, 2 usage, 3 could not tell, 4 MX or address "
        "insecure,\n"
        "  5 bogus, 6 securely no TLSA, 7 TLSA insecure, 8 TLSA all unusable, 9 cannot connect, 10 no STARTTLS,\n"
        "  11 TLS handshake failed, 12 the domain takes no mail. With several domains: the highest.");
}

dns::Name domain_name(const std::string& text) {
    const auto name = dns::Name::from_text(text);
    if (!name || name->is_root())
        throw CommandError(exit_usage, fmt::format("'{}' is not a domain name: write it as example.com", text));
    return *name;
}

nlohmann::json json_of(const tlsa::States& states) {
    nlohmann::json json = nlohmann::json::object();
    if (states.mx) json["mx"] = tlsa::to_text(*states.mx);
    if (states.a) json["a"] = tlsa::to_text(*states.a);
    if (states.tlsa) json["tlsa"] = tlsa::to_text(*states.tlsa);
    if (states.certificate) json["certificate"] = tlsa::to_text(*states.certificate);
    return json;
}

nlohmann::json json_of(const tlsa::Attempted& attempt, dns::UnixTime now) {
    nlohmann::json json{{"mx", attempt.mx},
                        {"address", attempt.address},
                        {"states", json_of(attempt.states)},
                        {"reasons", nlohmann::json::array()}};
    if (attempt.decision) {
        json["action"] = tlsa::to_text(attempt.decision->action);
        if (attempt.decision->row != nullptr) json["row"] = attempt.decision->row->number;
    }
    for (const auto& reason : attempt.reasons)
        json["reasons"].push_back({{"id", validator::info(reason.code).id}, {"text", validator::to_text(reason, now)}});
    for (const auto& reason : attempt.certificate_reasons)
        json["reasons"].push_back({{"id", reason.substr(0, reason.find(':'))}, {"text", reason}});
    if (attempt.smtp && attempt.smtp->tls) {
        json["tls"] = {{"protocol", attempt.smtp->tls->protocol}, {"cipher", attempt.smtp->tls->cipher}};
        json["chain_length"] = attempt.smtp->tls->chain.size();
    }
    if (attempt.smtp && attempt.smtp->failure != tlsa::SmtpFailure::none)
        json["smtp"] = {{"failure", tlsa::id(attempt.smtp->failure)},
                        {"step", tlsa::to_text(attempt.smtp->step)},
                        {"detail", attempt.smtp->detail}};
    return json;
}

nlohmann::json json_of(const tlsa::WalkResult& result, const std::string& domain, dns::UnixTime now) {
    nlohmann::json json{{"domain", domain},
                        {"status", to_text(result.status)},
                        {"exit_code", exit_code(result.status)},
                        {"action", tlsa::to_text(result.action)},
                        {"authenticated", result.authenticated},
                        {"attempts", nlohmann::json::array()}};
    for (const auto& attempt : result.attempts) json["attempts"].push_back(json_of(attempt, now));
    return json;
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

tlsa::WalkResult verify_domain(const Options& options, Network& network, const Profile& profile,
                               const dns::Name& domain) {
    tlsa::WalkPlan plan;
    plan.domain = domain;
    plan.table = profile.table(*tlsa::mode_from_text(options.policy));
    plan.port = options.port;
    plan.families = family_words.at(options.families);
    plan.now = network.now();
    plan.step_timeout = std::chrono::seconds(options.timeout);
    tlsa::Walk walk(std::move(plan));
    const Printer printer(options.strict_seed, options.format == "json");
    const std::string domain_text = without_final_dot(domain);
    WalkSurroundings surroundings(network.io().get_executor(), network.stub());
    surroundings.dial_map = network.dial_map();
    surroundings.tls_seed = system_random_seed;
    surroundings.on_event = [&](const tlsa::Event& event) {
        printer.print(transcript_lines(event, domain_text, network.now(), options.port));
    };
    auto result = network.run(drive(walk, surroundings));
    printer.print(closing_lines(result, domain_text));
    if (options.network.verbose)
        for (const auto& attempt : result.attempts)
            if (attempt.smtp)
                for (const auto& line : attempt.smtp->log) fmt::print(stderr, "{} {}\n", attempt.address, line);
    return result;
}

} // namespace

int verify_command(const Arguments& arguments, const std::string& program) {
    Options options;
    CLI::App app(
        "Checks a mail domain's DANE: MX, addresses, TLSA records, and the certificate that its servers present.",
        program == "daneverify" ? "daneverify" : "danelab verify");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;
    std::vector<dns::Name> domains;
    for (const auto& text : options.domains) domains.push_back(domain_name(text));
    const Profile profile = load_profile(options.profile);
    Network network(options.network);
    nlohmann::json report{{"domains", nlohmann::json::array()}};
    int highest = 0;
    for (const auto& domain : domains) {
        const auto result = verify_domain(options, network, profile, domain);
        report["domains"].push_back(json_of(result, domain.to_text(), network.now()));
        highest = std::max(highest, exit_code(result.status));
    }
    if (options.format == "json")
        write_output(options.output, report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return highest;
}

} // namespace harness::cli
