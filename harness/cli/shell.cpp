// danelab shell [SCENARIO...] [-- CMD]: a shell, or a command, in namespaces of its own, where the scenario's Internet
// has its real addresses and ports.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "harness/catalogue.h"
#include "harness/cli/command.h"
#include "harness/cli/resolver_argument.h"
#include "harness/clock_shift.h"
#include "harness/fake_internet.h"
#include "harness/isolation/attended_command.h"
#include "harness/isolation/enclosure.h"
#include "harness/isolation/private_files.h"
#include "harness/sut/running_resolver.h"
#include "harness/system.h"

namespace harness::cli {

namespace {

namespace fs = std::filesystem;

constexpr unsigned resolver_seconds = 2; // one try at a resolver; resolv.conf(5) knows whole seconds alone

struct Options {
    std::vector<std::string> scenarios, command, trees;
    std::string at, resolver = builtin_resolver;
    std::uint64_t seed = 1;
    bool quiet = false;
};

void describe(CLI::App& app, Options& options) {
    app.add_option("scenario", options.scenarios,
                   "scenarios by name or file, several where their zones have different names (default: seed/success)");
    app.add_option(
        "--at", options.at,
        "the clock by which everything is signed, RFC 3339 (default: now, as dig and Postfix know no other)");
    app.add_option("--seed", options.seed, "seed of all keys and certificates")->capture_default_str();
    app.add_option("--tree", options.trees,
                   "folder with unpacked packages (dpkg -x), laid over the file system inside; repeatable, root only")
        ->allow_extra_args(false);
    add_resolver_option(app, options.resolver);
    app.add_flag("-q,--quiet", options.quiet, "no words about what is there to try");
    app.footer(
        "Everything after -- is the command and its arguments; without one it is $SHELL.\n"
        "As root, what the command writes outside the current folder is gone when it ends; without root it runs in a\n"
        "user namespace. Nothing reaches the machine's own network.\n"
        "Examples:\n"
        "  danelab shell seed/success -- dig +dnssec mail.ietf.org A\n"
        "  danelab shell seed/success -- openssl s_client -starttls smtp -connect mail.ietf.org:25\n"
        "  danelab shell table/mandatory/05/tlsa-rrsig-expired\n"
        "  danelab shell --resolver unbound seed/success -- dig +dnssec mail.ietf.org A\n"
        "Exit codes: the command's own; 2 usage, 3 no namespaces can be had or the scenario cannot be brought up.");
}

// One Internet of several: zones and servers side by side. What is asked for resolvers, client and clock is the
// first's.
Scenario merge(std::vector<Scenario> scenarios) {
    Scenario all = std::move(scenarios.front());
    for (std::size_t i = 1; i < scenarios.size(); ++i) {
        auto& next = scenarios[i];
        move_to(next, all.now);
        for (const auto& zone : next.zones)
            for (const auto& known : all.zones)
                if (zone.apex == known.apex)
                    throw CommandError(exit_usage,
                                       fmt::format("{} and {} both have a zone {}: bring them up one at a time", all.id,
                                                   next.id, zone.apex.to_text()));
        const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
        append(all.zones, next.zones);
        append(all.faults, next.faults);
        append(all.certificates, next.certificates);
        append(all.servers, next.servers);
        all.id += " + " + next.id;
    }
    return all;
}

std::vector<dns::Name> domains_to_try(const Scenario& scenario) {
    std::vector<dns::Name> names;
    if (scenario.client) names.push_back(scenario.client->domain);
    if (scenario.ask) names.push_back(scenario.ask->name);
    for (const auto& zone : scenario.zones) names.push_back(zone.apex);
    constexpr std::size_t enough = 2; // lines that a reader can take in
    std::vector<dns::Name> out;
    for (const auto& name : names)
        if (out.size() < enough && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    return out;
}

std::string greeting(const Scenario& scenario, const Enclosed& enclosed) {
    std::string out = fmt::format("{}: {}\nresolvers:", scenario.id, scenario.about);
    for (const auto& upstream : published_resolvers(scenario)) out += " " + upstream.to_text();
    out += "\nmail servers:";
    for (const auto& server : scenario.servers) out += fmt::format(" {} port {}", server.address, server.port);
    out += "\ntry:\n";
    for (const auto& name : domains_to_try(scenario))
        out += fmt::format("  dig +dnssec {0} MX\n  delv {0} MX\n", name.to_text());
    if (!enclosed.files_left_out.empty())
        out += fmt::format("not covered, as the files do not exist and this is not root: {}\n",
                           fmt::join(enclosed.files_left_out, ", "));
    return out + "`exit` ends it, and with it everything that was started here.\n\n";
}

std::vector<std::string> command_of(const Options& options) {
    if (!options.command.empty()) return options.command;
    const char* shell = getenv("SHELL");
    return {shell != nullptr && *shell != '\0' ? shell : "/bin/sh"};
}

int live(const Scenario& scenario, const Options& options, const std::optional<ResolverProgram>& resolver,
         const Enclosed& enclosed) {
    boost::asio::io_context io(1);
    const auto clock =
        options.at.empty() ? std::function<dns::UnixTime()>(system_now) : [now = scenario.now] { return now; };
    const FakeInternet internet(io, scenario, AtPublishedAddresses{clock, resolver.has_value()});
    std::vector<RunningResolver> running;
    if (resolver) {
        try {
            running = start_resolvers(*resolver, internet.unvalidated(), internet.hierarchy());
        } catch (const ResolverError& error) {
            fmt::print(stderr, "danelab: shell: --resolver: {}\n", error.what());
            return exit_could_not;
        }
    }
    if (!options.quiet && is_terminal(STDERR_FILENO)) fmt::print(stderr, "{}", greeting(scenario, enclosed));
    return attend(io, command_of(options), {{"DANELAB_SCENARIO", scenario.id}});
}

} // namespace

int shell_command(const Arguments& arguments) {
    Options options;
    const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
    if (dashes != arguments.end()) options.command.assign(dashes + 1, arguments.end());
    CLI::App app("Runs a shell or a command where a scenario's Internet has its real addresses and ports.",
                 "danelab shell");
    describe(app, options);
    if (const auto done = parse(app, Arguments(arguments.begin(), dashes))) return *done;
    if (dashes != arguments.end() && options.command.empty())
        throw CommandError(exit_usage, "--: no command stands behind it");
    if (options.scenarios.empty()) options.scenarios = {"seed/success"};
    std::vector<Scenario> scenarios;
    for (const auto& name : options.scenarios) scenarios.push_back(find_scenario(name, options.seed));
    move_to(scenarios.front(), options.at.empty() ? system_now() : time_argument("--at", options.at));
    const Scenario scenario = merge(std::move(scenarios));

    EnclosurePlan plan;
    for (const auto& tree : options.trees) {
        if (!fs::is_directory(tree)) throw CommandError(exit_usage, fmt::format("--tree: {}: no such folder", tree));
        plan.trees.push_back(fs::absolute(tree).string());
    }
    const auto resolver = resolver_argument(options.resolver, plan.trees);
    if (resolver && !options.at.empty())
        throw CommandError(exit_usage, fmt::format("--at: {} goes by the machine's clock: leave out --at or --resolver",
                                                   resolver->name()));
    plan.addresses = published_addresses(scenario);
    plan.files = private_files(published_resolvers(scenario), resolver_seconds, signed_zones(scenario));
    std::error_code no_folder;
    const auto folder = fs::current_path(no_folder);
    if (!no_folder && folder != folder.root_path()) plan.shared_folders.push_back(folder.string());
    try {
        return run_enclosed(plan,
                            [&](const Enclosed& enclosed) { return live(scenario, options, resolver, enclosed); });
    } catch (const EnclosureError& error) {
        throw CommandError(exit_could_not, fmt::format("shell: {}", error.what()));
    }
}

} // namespace harness::cli
