// danelab serve [SCENARIO]: keeps a scenario's fake Internet up on loopback and says how to ask it with dig, delv,
// unbound-host and drill.
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>

#include "harness/catalogue.h"
#include "harness/cli/command.h"
#include "harness/clock_shift.h"
#include "harness/fake_internet.h"
#include "harness/system.h"

namespace harness::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::string scenario = "seed/success", at, folder, recursion;
    std::uint64_t seed = 1;
    std::uint16_t port = 0, authority_port = 0;
};

void describe(CLI::App& app, Options& options) {
    app.add_option("scenario", options.scenario, "scenario by name or file")->capture_default_str();
    app.add_option("--at", options.at,
                   "the clock by which everything is signed, RFC 3339 (default: now, as delv and dig know no other)");
    app.add_option("--seed", options.seed, "seed of all keys and certificates")->capture_default_str();
    app.add_option("--port", options.port, "port of the recursive face on 127.0.0.1 (0: any)")->capture_default_str();
    app.add_option("--authority-port", options.authority_port, "port of the authoritative face (0: any)")
        ->capture_default_str();
    app.add_option("--recursion", options.recursion,
                   "how the recursive face treats DNSSEC: dnssec, no-edns, formerr-on-edns, ignores-do, "
                   "strips-rrsig, forges-ad, alias-only, unasked-records, unvalidated, servfail, refuses, silent, "
                   "garbage (default: dnssec)");
    app.add_option("--folder", options.folder,
                   "where zone and anchor files go (default: a temporary folder, removed at the end)");
    app.footer("Examples:\n"
               "  danelab serve                                   the fake Internet of seed/success, until Ctrl-C\n"
               "  danelab serve --port 5353 resolvers/incapable-first\n"
               "Exit codes: 0 interrupted, 2 usage, 3 could not run.");
}

// The folder for the files; a temporary one goes when the command ends.
class Folder {
  public:
    explicit Folder(const std::string& wanted)
        : temporary_(wanted.empty()) {
        if (!temporary_) {
            path_ = fs::absolute(wanted).string();
            return;
        }
        std::string pattern = (fs::temp_directory_path() / "danelab-serve.XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr)
            throw CommandError(exit_could_not, fmt::format("{}: no folder can be made: say --folder", pattern));
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        if (temporary_) fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::string& path() const { return path_; }

  private:
    bool temporary_;
    std::string path_;
};

std::string unbound_conf(const std::string& folder, std::uint16_t port) {
    return fmt::format(
        "# unbound-host -C {0}/unbound.conf: asks the fake Internet and trusts its root alone\n"
        "server:\n  do-not-query-localhost: no\n  trust-anchor-file: \"{0}/root.key\"\n  root-hints: \"\"\n"
        "forward-zone:\n  name: \".\"\n  forward-addr: 127.0.0.1@{1}\n",
        folder, port);
}

std::vector<dns::Question> questions_to_try(const Scenario& scenario) {
    constexpr std::size_t enough = 4; // lines that a reader can take in
    std::vector<dns::Question> questions;
    if (scenario.ask) questions.push_back(*scenario.ask);
    for (const auto& judged : scenario.judged)
        if (questions.size() < enough &&
            std::find(questions.begin(), questions.end(), judged.question) == questions.end())
            questions.push_back(judged.question);
    if (questions.empty() && scenario.client && !scenario.client->srv)
        questions.emplace_back(scenario.client->domain, dns::RrType::MX);
    return questions;
}

std::string instructions(const Scenario& scenario, const std::string& folder, std::uint16_t port,
                         std::uint16_t authority_port) {
    std::string out = fmt::format(
        "{}: {}\n\nserving on 127.0.0.1: recursive face on port {}, authoritative face on port {} (UDP and TCP)\n"
        "zones, DS and anchor files: {}\n",
        scenario.id, scenario.about, port, authority_port, folder);
    for (const auto& question : questions_to_try(scenario)) {
        const std::string name = question.name.to_text(), type = dns::to_text(question.type);
        out += fmt::format("\ndig @127.0.0.1 -p {0} +dnssec {2} {3}\n"
                           "delv @127.0.0.1 -p {0} -a {1}/delv.anchor +root=. {2} {3}\n"
                           "unbound-host -C {1}/unbound.conf -v -t {3} {2}\n"
                           "drill -S -k {1}/root.key -p {0} @127.0.0.1 {2} {3}\n"
                           "danelab resolve --server 127.0.0.1:{0} --anchor {1}/root.key {2} {3}\n",
                           port, folder, name, type);
    }
    return out + "\nCtrl-C ends it.\n";
}

} // namespace

int serve_command(const Arguments& arguments) {
    Options options;
    CLI::App app("Serves a scenario's fake Internet on loopback until interrupted.", "danelab serve");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;
    auto recursion = zones::Recursion::dnssec;
    if (!options.recursion.empty()) {
        const auto wanted = zones::recursion_from_text(options.recursion);
        if (!wanted)
            throw CommandError(
                exit_usage,
                fmt::format("--recursion: '{}' is not a behaviour: see `danelab serve --help`", options.recursion));
        recursion = *wanted;
    }
    Scenario scenario = find_scenario(options.scenario, options.seed);
    move_to(scenario, options.at.empty() ? system_now() : time_argument("--at", options.at));

    boost::asio::io_context io(1);
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) { io.stop(); });
    FakeInternet internet(io, scenario);
    const auto port = internet.serve_recursive(recursion, options.port).port;
    const auto authority_port = internet.serve_authoritative(options.authority_port).port;
    const Folder folder(options.folder);
    internet.hierarchy().write(folder.path());
    write_file(folder.path() + "/unbound.conf", unbound_conf(folder.path(), port));
    write_output("", instructions(scenario, folder.path(), port, authority_port));
    io.run();
    return exit_ok;
}

} // namespace harness::cli
