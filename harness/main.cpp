// The danelab program: a table of verbs, and the one catch (in cli::guarded).
#include <fmt/format.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "harness/cli/command.h"

namespace {

using harness::cli::Arguments;

struct Verb {
    std::string_view name, does;
    int (*run)(const Arguments&, const std::string& program);
};

constexpr std::array verbs{
    Verb{"run", "run the scenarios of both DANE decision tables (the main job)",
         [](const Arguments& arguments, const std::string&) { return harness::cli::run_command(arguments); }},
    Verb{"verify", "check a mail domain's DANE, as daneverify does",
         [](const Arguments& arguments, const std::string& program) {
             return harness::cli::verify_command(arguments, program);
         }},
    Verb{"resolve", "look a name up, validate it, explain the chain",
         [](const Arguments& arguments, const std::string&) { return harness::cli::resolve_command(arguments); }},
    Verb{"record", "save the messages of a lookup, for resolve --from",
         [](const Arguments& arguments, const std::string&) { return harness::cli::record_command(arguments); }},
    Verb{"replay", "replay scenario files of Unbound and Deckard against our validator",
         [](const Arguments& arguments, const std::string& program) {
             return harness::cli::replay_command(arguments, program);
         }},
    Verb{"serve", "keep a scenario's fake Internet up, for dig, delv and unbound-host",
         [](const Arguments& arguments, const std::string&) { return harness::cli::serve_command(arguments); }},
    Verb{"shell", "a shell or a command inside a scenario's Internet, with its real addresses and ports",
         [](const Arguments& arguments, const std::string&) { return harness::cli::shell_command(arguments); }},
    Verb{"sut", "the programs that `run --sut` can put to the test, and how to get them",
         [](const Arguments& arguments, const std::string&) { return harness::cli::sut_command(arguments); }},
    Verb{"report", "join or show the reports of `run --sut`",
         [](const Arguments& arguments, const std::string&) { return harness::cli::report_command(arguments); }},
    Verb{"export", "a scenario as files for public name and mail servers",
         [](const Arguments& arguments, const std::string&) { return harness::cli::export_command(arguments); }},
    Verb{"anchor", "show, import or update the trust anchors (RFC 5011)",
         [](const Arguments& arguments, const std::string&) { return harness::cli::anchor_command(arguments); }},
    Verb{"deliver", "the reference mail transfer client: destination controls, routes, queue, logs",
         [](const Arguments& arguments, const std::string&) { return harness::cli::deliver_command(arguments); }},
    Verb{"tlsa", "make TLSA records, judge a chain against them, check what is published",
         [](const Arguments& arguments, const std::string&) { return harness::cli::tlsa_command(arguments); }},
};

void print_help(std::FILE* out) {
    fmt::print(
        out, "danelab: a DNSSEC-validating stub resolver and a DANE test harness\n\nUsage: danelab VERB [options]\n\n");
    for (const auto& verb : verbs) fmt::print(out, "  {:<9}{}\n", verb.name, verb.does);
    fmt::print(out, "\nEach verb explains itself: danelab VERB --help\n"
                    "Example: danelab resolve --scenario seed/success _25._tcp.mail.ietf.org TLSA\n");
}

} // namespace

int main(int argc, char** argv) {
    // Debian's Botan has a pool of threads, for RSA among others. Enclosures fork, and in the child a pool that exists
    // has no threads: whoever waits for it waits for ever.
    setenv("BOTAN_THREAD_POOL_SIZE", "none", 0);
    const Arguments arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (arguments.empty()) {
        print_help(stderr);
        return harness::cli::exit_usage;
    }
    if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
        print_help(stdout);
        return 0;
    }
    if (arguments[0] == "--version") {
        fmt::print("danelab {}\n", DANELAB_VERSION);
        return 0;
    }
    for (const auto& verb : verbs)
        if (verb.name == arguments[0])
            return harness::cli::guarded("danelab", verb.run, Arguments(arguments.begin() + 1, arguments.end()));
    fmt::print(stderr, "danelab: '{}' is not a verb: see `danelab --help`\n", arguments[0]);
    return harness::cli::exit_usage;
}
