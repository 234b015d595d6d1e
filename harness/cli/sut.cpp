// danelab sut list|check|fetch: which programs can be put to the test here, and how to get the others.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/cli/command.h"
#include "harness/isolation/enclosure.h"
#include "harness/sut/package_trees.h"
#include "harness/sut/resolver_program.h"
#include "harness/sut/sut.h"

namespace harness::cli {

namespace {

struct Options {
    std::vector<std::string> names;
    std::string format = "text";
};

std::vector<Sut> chosen(const Options& options) {
    std::vector<Sut> suts;
    const auto systems = known_suts(), resolvers = known_resolvers();
    const auto among = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (const auto& name : options.names.empty() ? systems : options.names)
        suts.push_back(among(resolvers, name) && !among(systems, name) ? load_resolver(name).installation
                                                                       : load_sut(name));
    return suts;
}

std::string state_of(const Sut& sut) {
    const auto trees = package_trees_of({sut});
    const auto missing = what_is_missing(sut, trees);
    if (!missing.empty()) return "missing: " + missing;
    if (!what_is_missing(sut, {}).empty()) return "unpacked in " + trees.front();
    const auto version = version_of(sut);
    return "installed" + (version.empty() ? "" : ": " + version);
}

int list(const Options& options) {
    const auto suts = chosen(options);
    if (options.format == "json") {
        auto out = nlohmann::json::array();
        for (const auto& sut : suts) {
            auto modes = nlohmann::json::array();
            for (const auto& mode : sut.modes)
                modes.push_back({{"name", mode.name}, {"about", mode.about}, {"judged_as", judged_as(sut, mode)}});
            out.push_back({{"name", sut.name}, {"about", sut.about}, {"state", state_of(sut)}, {"modes", modes}});
        }
        write_output("", out.dump(2) + "\n");
        return exit_ok;
    }
    std::string out;
    for (const auto& sut : suts) {
        out += fmt::format("{:<15} {}\n{:<15} {}\n", sut.name, sut.about, "", state_of(sut));
        for (const auto& mode : sut.modes)
            out += fmt::format("{:<15}   {} ({}){}\n", "", mode.name, judged_as(sut, mode),
                               mode.about.empty() ? "" : ": " + mode.about);
    }
    write_output("", out);
    return exit_ok;
}

// Not 0 where something is missing.
int check(const Options& options) {
    std::string out;
    bool all_there = true;
    for (const auto& sut : chosen(options)) {
        const auto missing = what_is_missing(sut, package_trees_of({sut}));
        all_there = all_there && missing.empty();
        out += fmt::format("{}: {}\n", sut.name, missing.empty() ? "ready: " + state_of(sut) : "missing: " + missing);
    }
    if (const auto obstacle = enclosure_obstacle(); !obstacle.empty()) {
        out += obstacle + "\n";
        all_there = false;
    }
    write_output("", out);
    return all_there ? exit_ok : 1;
}

int fetch(const Options& options) {
    if (options.names.empty()) throw CommandError(exit_usage, "sut fetch: name the systems: see `danelab sut list`");
    for (const auto& sut : chosen(options)) {
        if (what_is_missing(sut, {}).empty()) {
            write_output("", fmt::format("{}: installed already\n", sut.name));
            continue;
        }
        fmt::print(stderr, "{}: downloading with apt-get\n", sut.name);
        try {
            const auto folder = fetch_packages(sut);
            write_output("", fmt::format("{}: {}\n", sut.name,
                                         folder.empty() ? "all its packages are installed" : "unpacked in " + folder));
        } catch (const std::exception& error) {
            throw CommandError(exit_could_not, fmt::format("sut fetch: {}: {}", sut.name, error.what()));
        }
    }
    return exit_ok;
}

} // namespace

int sut_command(const Arguments& arguments) {
    Options options;
    CLI::App app("The programs that `danelab run --sut` can put to the test.", "danelab sut");
    app.require_subcommand(1);
    auto* const list_app = app.add_subcommand("list", "each system, its modes, and whether it is here");
    auto* const check_app = app.add_subcommand("check", "what is missing, and how to get it");
    auto* const fetch_app =
        app.add_subcommand("fetch", "unpack Debian's packages into the user's cache folder, installing nothing");
    for (auto* const one : {list_app, check_app, fetch_app})
        one->add_option("name", options.names, "systems by name, or files (default: all known); a resolver of --resolver by name");
    list_app->add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    app.footer("Examples:\n"
               "  danelab sut list\n"
               "  danelab sut check postfix exim\n"
               "  danelab sut check delv unbound-host drill unbound     the DNSSEC judges\n"
               "  danelab sut fetch postfix exim\n"
               "Exit codes: 0 done, all there; 1 something is missing; 2 usage; 3 could not fetch.");
    if (const auto done = parse(app, arguments)) return *done;
    if (list_app->parsed()) return list(options);
    return check_app->parsed() ? check(options) : fetch(options);
}

} // namespace harness::cli
