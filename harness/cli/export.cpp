// danelab export SCENARIO... -o DIR: a scenario as files for public servers, for appliances that cannot run here.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/bundle/bundle.h"
#include "harness/bundle/bundle_folder.h"
#include "harness/bundle/relocation.h"
#include "harness/catalogue.h"
#include "harness/cli/command.h"
#include "harness/clock_shift.h"
#include "harness/runner.h"
#include "harness/scenario_parts.h"
#include "harness/system.h"

namespace harness::cli {

namespace {

using boost::asio::ip::address;

struct Options {
    std::vector<std::string> scenarios, addresses;
    std::string folder, under, at, valid_for = "30d";
    std::uint64_t seed = 1;
    bool force = false;
};

void describe(CLI::App& app, Options& options) {
    app.add_option("scenario", options.scenarios, "scenarios by name, folder or file")->required();
    app.add_option("-o,--output", options.folder, "the folder to be made")->required();
    app.add_option("--under", options.under,
                   "a domain of yours below which the whole tree goes: shop.example becomes shop.example.DOMAIN; of "
                   "several scenarios each gets a label of its own there (c1, c2, ...)");
    app.add_option("--address", options.addresses,
                   "NEW=OLD: this address instead of the scenario's; NEW alone: instead of all others of its family; "
                   "192.0.2.53 is the name server's; repeatable")
        ->allow_extra_args(false);
    app.add_option("--at", options.at, "when it is signed, RFC 3339 (default: now)");
    app.add_option("--valid-for", options.valid_for, "how long the signatures last from then, in days: 1d to 300d")
        ->capture_default_str();
    app.add_option("--seed", options.seed, "seed of all keys and certificates")->capture_default_str();
    app.add_flag("--force", options.force, "replace a bundle of earlier, or add to a folder that is not empty");
    app.footer(
        "The README.md in the folder says how to put it in place and what is to come out. Each case is played before\n"
        "it is written: as it is there, its states still come about.\n"
        "Examples:\n"
        "  danelab export seed/success -o bundle\n"
        "  danelab export records/malformed --under lab.example.net --address 203.0.113.5 -o bundle\n"
        "  danelab export mx/downgrade --address 203.0.113.53=192.0.2.53 --valid-for 90d -o bundle\n"
        "Exit codes: 0 written, 2 usage or a case that cannot be had so, 3 could not write.");
}

std::int64_t seconds_of(const std::string& text) {
    unsigned days = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, days);
    if (error != std::errc{} || std::string_view(rest, static_cast<std::size_t>(end - rest)) != "d" || days < 1 ||
        days > 300)
        throw CommandError(exit_usage, fmt::format("--valid-for: '{}': write days, from 1d to 300d", text));
    return std::int64_t{days} * 24 * 60 * 60;
}

address address_of(const std::string& whole, const std::string& text) {
    boost::system::error_code none;
    const auto parsed = boost::asio::ip::make_address(text, none);
    if (none)
        throw CommandError(exit_usage,
                           fmt::format("--address: '{}': write it as 203.0.113.5 or 203.0.113.5=192.0.2.25", whole));
    return parsed;
}

Relocation relocation_of(const Options& options) {
    Relocation relocation;
    if (!options.under.empty()) {
        const auto name = dns::Name::from_text(options.under.ends_with('.') ? options.under : options.under + ".");
        if (!name || name->is_root())
            throw CommandError(exit_usage,
                               fmt::format("--under: '{}' is no domain: write it as lab.example.net", options.under));
        relocation.under = *name;
    }
    for (const auto& text : options.addresses) {
        const auto sign = text.find('=');
        const auto there = address_of(text, text.substr(0, sign));
        if (sign == std::string::npos) {
            (there.is_v4() ? relocation.ipv4 : relocation.ipv6) = there;
            continue;
        }
        const auto here = address_of(text, text.substr(sign + 1));
        if (here.is_v4() != there.is_v4())
            throw CommandError(exit_usage, fmt::format("--address: '{}': IPv4 takes the place of IPv4 alone", text));
        relocation.addresses[here] = there;
    }
    return relocation;
}

// What scenarios sign for a fortnight by default lasts as long as asked; what they date themselves stays.
void lengthen(Scenario& scenario, std::int64_t seconds) {
    const auto usual = default_signing(scenario.now).expiration;
    const auto lengthen_one = [&](zones::SigningPolicy& policy) {
        if (policy.expiration.seconds == usual.seconds) policy.expiration.seconds = scenario.now.seconds + seconds;
    };
    lengthen_one(scenario.signing);
    for (auto& zone : scenario.zones)
        if (zone.signing) lengthen_one(*zone.signing);
}

bool can_be_exported(const Scenario& scenario) { return !scenario.story && scenario.later.empty(); }

std::vector<Scenario> chosen(const Options& options) {
    std::vector<Scenario> scenarios;
    for (const auto& name : options.scenarios) {
        auto found = find_scenarios(name, options.seed);
        const auto count = found.size();
        std::erase_if(found, [](const Scenario& scenario) { return !can_be_exported(scenario); });
        if (found.empty())
            throw CommandError(exit_usage, fmt::format("{}: changes while it is played: servers cannot have it once "
                                                       "and for all",
                                                       name));
        if (found.size() != count)
            fmt::print(stderr, "danelab: {}: {} left out that change while they are played\n", name,
                       count - found.size());
        for (auto& scenario : found) scenarios.push_back(std::move(scenario));
    }
    return scenarios;
}

// The case at its new place, proven by our own client. Other names have other NSEC3 hashes: where a fault then hits the
// wrong record, another salt helps.
Scenario proven(const Scenario& scenario, const Relocation& relocation) {
    constexpr std::uint8_t salts = 64;
    auto there = relocated(scenario, relocation);
    std::string failure;
    for (std::uint8_t salt = 0; salt <= salts; ++salt) {
        const auto attempt = salt == 0 ? there : with_other_salt(there, salt);
        const auto result = run_one(attempt);
        if (result.ok) return attempt;
        if (failure.empty()) failure = result.failures.empty() ? "?" : result.failures.front();
        const bool hashed = std::any_of(there.zones.begin(), there.zones.end(), [](const auto& zone) {
            return zone.signing && zone.signing->denial != zones::Denial::nsec;
        });
        if (!hashed) break;
    }
    throw CommandError(exit_usage, fmt::format("{}: does not come about there: {}", scenario.id, failure));
}

// Its own place below --under, where there are several.
Relocation place_of(Relocation relocation, const std::string& label) {
    if (!relocation.under || label.empty()) return relocation;
    const auto name = relocation.under->prepend(label);
    if (!name) throw CommandError(exit_usage, fmt::format("--under: {} is too long", relocation.under->to_text()));
    relocation.under = *name;
    return relocation;
}

nlohmann::json entry_of(const ExportedCase& exported) {
    nlohmann::json entry{{"scenario", exported.scenario.id},
                         {"folder", exported.folder},
                         {"top", exported.top.to_text()},
                         {"expires", dns::to_rfc3339(exported.expires)}};
    if (exported.scenario.client) entry["domain"] = exported.scenario.client->domain.to_text();
    return entry;
}

// The pages above several cases: which is where, and all delegations together.
void add_overview(Files& files, const std::vector<ExportedCase>& cases) {
    std::string list, delegations;
    for (const auto& exported : cases) {
        list += fmt::format("| [{0}]({0}/README.md) | {1} | {2} |\n", exported.folder, exported.scenario.id,
                            exported.scenario.client ? exported.scenario.client->domain.to_text() : "");
        delegations += delegation_of(exported);
    }
    if (!delegations.empty()) files["delegation.zone"] = delegations;
    const bool moved = !cases.front().top.is_root();
    files["README.md"] = fmt::format(
        "# {} cases\n{}\n\n| folder | scenario | mail to |\n|---|---|---|\n{}", cases.size(),
        moved ? "They can stand side by side: `delegation.zone` has what the zone above needs for all of them, and "
                "the name server includes each folder's settings. Cases whose mail servers share an address and port "
                "go up one at a time, unless `--address` gave each its own in an export of its own."
              : "Each has a root of its own: put them up one at a time, or export with `--under`.",
        list);
}

} // namespace

int export_command(const Arguments& arguments) {
    Options options;
    CLI::App app("Writes scenarios as files for public name and mail servers.", "danelab export");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;
    const auto seconds = seconds_of(options.valid_for);
    const auto now = options.at.empty() ? system_now() : time_argument("--at", options.at);
    const auto relocation = relocation_of(options);
    auto scenarios = chosen(options);

    std::vector<ExportedCase> cases;
    for (auto& scenario : scenarios) {
        move_to(scenario, now);
        lengthen(scenario, seconds);
        const auto label = scenarios.size() == 1 ? "" : fmt::format("c{}", cases.size() + 1);
        const auto place = place_of(relocation, label);
        cases.emplace_back(proven(scenario, place), label, place.under.value_or(dns::Name()), name_server_of(place));
    }
    Files files;
    auto index = nlohmann::json::array();
    for (const auto& exported : cases) {
        const auto prefix = exported.folder.empty() ? "" : exported.folder + "/";
        for (auto& [name, content] : files_of(exported)) files[prefix + name] = content;
        index.push_back(entry_of(exported));
    }
    if (cases.size() > 1) add_overview(files, cases);
    files[bundle_index] = nlohmann::json{{"made_by", "danelab export"}, {"cases", index}}.dump(2) + "\n";
    write_bundle(options.folder, files, options.force);
    write_output("", fmt::format("{}: {} {} in {} files; the signatures expire at {}\nread {}/README.md\n",
                                 options.folder, cases.size(), cases.size() == 1 ? "case" : "cases", files.size(),
                                 dns::to_rfc3339(std::min_element(cases.begin(), cases.end(),
                                                                  [](auto& a, auto& b) {
                                                                      return a.expires.seconds < b.expires.seconds;
                                                                  })
                                                     ->expires),
                                 options.folder));
    return exit_ok;
}

} // namespace harness::cli
