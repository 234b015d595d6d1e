// danelab anchor show|import|update: the trust anchors, kept fresh by RFC 5011.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/anchors/anchor_import.h"
#include "harness/anchors/anchor_report.h"
#include "harness/anchors/state_store.h"
#include "harness/anchors/update_report.h"
#include "harness/cli/network.h"
#include "harness/system.h"

namespace harness::cli {

namespace {

using validator::TrustPointState;

constexpr int exit_not_validated = 1;

dns::UnixTime clock_argument(const std::string& at) { return at.empty() ? system_now() : time_argument("--at", at); }

// A file in Unbound's format is kept by Unbound's rules: it has no room for more.
validator::TrustPointPolicy policy_for(AnchorFormat format) {
    return format == AnchorFormat::unbound ? validator::TrustPointPolicy::unbound()
                                           : validator::TrustPointPolicy::rfc5011();
}

// ------------------------------------------------------------------------------------------------------------- show

AnchorReport report_of(const std::string& file, dns::UnixTime now) {
    AnchorReport report;
    report.now = now;
    std::string path = file;
    if (path.empty() && std::filesystem::exists(default_state_path())) path = default_state_path();
    if (path.empty()) {
        report.content.points = built_in_points();
        report.content.digests = built_in_digests();
        report.content.digests_zone = dns::Name();
        report.source =
            fmt::format("Built in; `danelab anchor update` begins to keep them fresh in {}", default_state_path());
        return report;
    }
    report.content = read_anchor_file(read_file(path), path, now);
    report.policy = policy_for(report.content.format);
    report.source = fmt::format("{}: {}", path, describe(report.content.format));
    return report;
}

int show_command(const Arguments& arguments) {
    std::string file, at, format = "text", output;
    CLI::App app("Shows trust anchors: what each key's state means, since when, what happens next and when.",
                 "danelab anchor show");
    app.add_option("file", file,
                   "a state file, Unbound's root.key, root-anchors.xml, or DS and DNSKEY records (default: the state "
                   "file, else the anchors that are built in)");
    app.add_option("--at", at, "the clock, RFC 3339 (default: now)");
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
    app.add_option("--output", output, "write to this file instead of standard output");
    app.footer("States (RFC 5011 §4.2): ADDPEND waits for its hold-down; VALID and MISSING are trusted; REVOKED and\n"
               "REMOVED never again.\n"
               "Examples:\n"
               "  danelab anchor show\n"
               "  danelab anchor show /var/lib/unbound/root.key\n"
               "  danelab anchor show root-anchors.xml --at 2027-02-01T00:00:00Z\n"
               "Exit codes: 0 shown, 2 usage or a file that cannot be used.");
    if (const auto done = parse(app, arguments)) return *done;
    const AnchorReport report = report_of(file, clock_argument(at));
    const Style style = output.empty() ? style_for(1) : Style{};
    write_output(output, format == "json" ? anchor_json(report) : anchor_text(report, style));
    return exit_ok;
}

// ------------------------------------------------------------------------------------------------------- state file

// What the state file holds now, under its lock; `otherwise` where there is none yet.
struct LockedState {
    LockedState(const std::string& path, dns::UnixTime now, const std::vector<TrustPointState>& otherwise)
        : store(path) {
        content.format = AnchorFormat::state;
        content.points = otherwise;
        if (store.exists()) content = read_anchor_file(store.read(), path, now);
        if (content.format != AnchorFormat::state && content.format != AnchorFormat::unbound)
            throw CommandError(exit_usage, fmt::format("{}: is {}, and no state file: `danelab anchor import {} --into "
                                                       "STATE` makes one of it",
                                                       path, describe(content.format), path));
    }
    void save() const {
        store.write(content.format == AnchorFormat::unbound ? write_unbound_file(content.points.front())
                                                            : write_state_json(content.points));
    }
    StateStore store;
    AnchorFile content;
};

int import_command(const Arguments& arguments) {
    std::vector<std::string> files;
    std::string into, at;
    CLI::App app("Takes anchors from files into the state file, whatever format they have.", "danelab anchor import");
    app.add_option("file", files, "root-anchors.xml, Unbound's root.key, a state file, or DS and DNSKEY records")
        ->required();
    app.add_option("--into", into, fmt::format("the state file (default: {})", default_state_path()));
    app.add_option("--at", at, "the clock, for validFrom and validUntil (default: now)");
    app.footer("Keys that are followed already keep their state; a revoked one is not let in again. Check the file's\n"
               "origin first: whoever writes it decides what you trust.\n"
               "Examples:\n"
               "  danelab anchor import root-anchors.xml\n"
               "  danelab anchor import /var/lib/unbound/root.key --into anchors.json\n"
               "Exit codes: 0 imported, 2 usage or a file that cannot be used (nothing is changed then), 3 the state\n"
               "file cannot be written.");
    if (const auto done = parse(app, arguments)) return *done;
    const dns::UnixTime now = clock_argument(at);
    std::vector<TrustPointState> points;
    std::vector<std::string> unused;
    for (const std::string& file : files) {
        const AnchorFile read = read_anchor_file(read_file(file), file, now);
        import_points(points, read.points);
        for (const KeyDigest& digest : read.digests)
            if (!digest.may_be_used(now))
                unused.push_back(fmt::format("{} {}: not used: outside validFrom and validUntil (RFC 7958 §2.1.2)",
                                             read.digests_zone.to_text(), digest.ds.key_tag));
    }
    LockedState state(into.empty() ? default_state_path() : into, now, {});
    if (state.content.format == AnchorFormat::unbound)
        throw CommandError(exit_usage, "--into: a file in Unbound's format holds one trust point; import it instead");
    std::string text;
    for (const std::string& line : import_points(state.content.points, points)) text += line + "\n";
    for (const std::string& line : unused) text += line + "\n";
    state.save();
    write_output("", text);
    return exit_ok;
}

// ----------------------------------------------------------------------------------------------------------- update

struct Asked {
    dns::Name zone;
    std::optional<dns::SignedRrSet> dnskeys;
    std::string why; // there are none
};

boost::asio::awaitable<Asked> ask_dnskey(resolver::Stub& stub, dns::Name zone) {
    const dns::Question question(zone, dns::RrType::DNSKEY);
    const validator::Response response = co_await stub.ask(question);
    Asked asked;
    asked.zone = zone;
    if (const auto* none = std::get_if<validator::NoAnswer>(&response)) {
        asked.why = validator::describe(none->cause);
        co_return asked;
    }
    const auto& message = std::get<validator::Answered>(response).message;
    for (const dns::SignedRrSet& set : dns::group(message.answer))
        if (set.set.type == dns::RrType::DNSKEY && set.set.owner == zone && set.set.rr_class == dns::RrClass::IN)
            asked.dnskeys = set;
    if (!asked.dnskeys) asked.why = fmt::format("{} without a DNSKEY record", dns::to_text(message.rcode));
    co_return asked;
}

UpdateOutcome take_in(TrustPointState& point, const Asked& asked, AnchorFormat format, dns::UnixTime now) {
    using Result = UpdateOutcome::Result;
    const auto trust_policy = policy_for(format);
    UpdateOutcome outcome;
    outcome.zone = point.zone;
    validator::begin_probe(point, trust_policy, now, system_random);
    if (!asked.dnskeys) {
        validator::note_no_answer(point, trust_policy, now);
        outcome.result = Result::no_answer;
        outcome.why = asked.why;
    } else {
        const auto policy = validator::Policy::of(policy_profile);
        validator::Memo memo;
        validator::Meter meter;
        auto seen = validator::observe(point, *asked.dnskeys, trust_policy, {policy, now, memo, meter}, system_random);
        outcome.result = !seen.validated ? Result::not_validated : point.gone ? Result::revoked : Result::validated;
        if (!seen.validated && !seen.reasons.empty()) outcome.why = validator::to_text(seen.reasons.front(), now);
        outcome.changes = std::move(seen.changes);
    }
    outcome.next_probe = point.next_probe;
    return outcome;
}

struct UpdateOptions {
    std::string state;
    bool force = false;
    std::string format = "text";
    NetworkOptions network;
};

// Asked without the lock, so that a slow network keeps nobody waiting; what was seen goes into whatever the file holds
// by then.
int update(const UpdateOptions& options) {
    Network network(options.network);
    const dns::UnixTime now = network.now();
    const std::string path = options.state.empty() ? default_state_path() : options.state;
    std::vector<TrustPointState> begin;
    if (options.network.scenario.empty())
        begin = built_in_points();
    else
        for (const auto& anchor : network.anchors().all()) begin.push_back(validator::follow(anchor));
    const std::vector<TrustPointState> before = LockedState(path, now, begin).content.points;
    network.trust(anchors_of(before));
    std::vector<Asked> answers;
    std::vector<UpdateOutcome> outcomes;
    for (const TrustPointState& point : before) {
        if (point.gone || (!options.force && !validator::is_due(point, now))) {
            const auto result = point.gone ? UpdateOutcome::Result::gone : UpdateOutcome::Result::not_due;
            outcomes.push_back({result, point.zone, "", point.next_probe, {}});
            continue;
        }
        answers.push_back(network.run(ask_dnskey(network.stub(), point.zone)));
    }
    LockedState state(path, now, begin);
    for (const Asked& asked : answers)
        for (TrustPointState& point : state.content.points)
            if (point.zone == asked.zone && !point.gone)
                outcomes.push_back(take_in(point, asked, state.content.format, now));
    if (!answers.empty()) state.save();
    write_output("", options.format == "json" ? update_json(outcomes) : update_text(outcomes));
    const auto any = [&](UpdateOutcome::Result result) {
        return std::any_of(outcomes.begin(), outcomes.end(), [&](const auto& one) { return one.result == result; });
    };
    if (any(UpdateOutcome::Result::not_validated)) return exit_not_validated;
    return any(UpdateOutcome::Result::no_answer) ? exit_could_not : exit_ok;
}

int update_command(const Arguments& arguments) {
    UpdateOptions options;
    CLI::App app("Asks each trust point for its keys and follows them by RFC 5011; once a day, from cron, is enough.",
                 "danelab anchor update");
    app.add_option("--state", options.state,
                   fmt::format("the state file, ours or one in Unbound's format (default: {}; begun with the built-in "
                               "anchors)",
                               default_state_path()));
    app.add_flag("--force", options.force, "ask also what is not due yet");
    app.add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    app.add_flag("--signal", options.network.signal_key_tags,
                 "tell the zones which of their keys are trusted (RFC 8145)");
    add_network_options(app, options.network);
    app.get_option("--anchor")->group(""); // not in the help: the state file has them
    app.footer(
        "A new key is trusted after 30 days in every validated answer; a revoked one never again. A wrong clock\n"
        "changes nothing. The file is replaced whole or not at all; two updates at once both count.\n"
        "Examples:\n"
        "  danelab anchor update\n"
        "  danelab anchor update --state anchors.json --server 9.9.9.9\n"
        "  danelab anchor update --scenario seed/success --state /tmp/anchors.json\n"
        "Exit codes: 0 all validated or not due, 1 an answer did not validate, 2 usage or a damaged state file,\n"
        "3 no answer, or the state file cannot be written.");
    if (const auto done = parse(app, arguments)) return *done;
    if (!options.network.anchors.empty())
        throw CommandError(exit_usage, "--anchor: has no meaning here: `danelab anchor import` takes files in");
    if (!options.network.scenario.empty() && options.state.empty())
        throw CommandError(exit_usage, "--scenario: needs --state: its keys do not belong into your own state file");
    return update(options);
}

} // namespace

int anchor_command(const Arguments& arguments) {
    const std::string verb = arguments.empty() ? "" : arguments.front();
    const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
    if (verb == "show") return show_command(rest);
    if (verb == "import") return import_command(rest);
    if (verb == "update") return update_command(rest);
    if (verb == "--help" || verb == "-h") {
        write_output("",
                     "danelab anchor: the trust anchors, kept fresh by RFC 5011\n\n"
                     "Usage: danelab anchor show|import|update [options]\n\n"
                     "  show     what is trusted, what each key's state means, what happens next and when\n"
                     "  import   take anchors from root-anchors.xml, Unbound's root.key or zone-file records\n"
                     "  update   ask each trust point for its keys and follow them\n\n"
                     "Each explains itself: danelab anchor show --help\n"
                     "Examples:\n"
                     "  danelab anchor show\n"
                     "  danelab anchor import root-anchors.xml\n"
                     "Exit codes: 0 done, 1 an answer did not validate, 2 usage or a damaged file, 3 no answer, or\n"
                     "the state file cannot be written.\n");
        return exit_ok;
    }
    throw CommandError(
        exit_usage, fmt::format("anchor: '{}' is neither show, import nor update: see `danelab anchor --help`", verb));
}

} // namespace harness::cli
