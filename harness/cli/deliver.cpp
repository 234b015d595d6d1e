// danelab deliver send|status: mail into the queue, and what the queue knows.
#include "harness/cli/deliver.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <iterator>

#include "harness/deliver/message.h"
#include "harness/deliver/queue.h"
#include "harness/deliver/status.h"
#include "harness/system.h"

namespace harness::cli {

namespace {

void add_format(CLI::App& app, std::string& format) {
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
}

std::string read_standard_input(std::uint64_t most) {
    std::string content;
    for (char c; content.size() <= most && std::cin.get(c);) content += c;
    return content;
}

std::string address_argument(const std::string& option, const std::string& text) {
    const auto address = deliver::checked_address(text);
    if (!address)
        throw CommandError(exit_usage, fmt::format("{}: '{}' is no mail address: {}", option, text, address.error()));
    return *address;
}

} // namespace

void add_queue_options(CLI::App& app, QueueOptions& options) {
    app.add_option("--config", options.config, "configuration file (JSON)")->required();
    app.add_option("--queue", options.queue, "queue database instead of the configuration's");
    app.add_option("--at", options.at, "the clock, RFC 3339 (default: now)");
}

deliver::Config config_from(const QueueOptions& options) {
    if (!std::filesystem::exists(options.config))
        throw CommandError(exit_usage, fmt::format("--config: {}: no such file: check the path", options.config));
    auto config = deliver::load_config(options.config);
    if (!options.queue.empty()) config.queue = options.queue;
    return config;
}

dns::UnixTime time_from(const QueueOptions& options) {
    return options.at.empty() ? system_now() : time_argument("--at", options.at);
}

int deliver_send(const Arguments& arguments) {
    QueueOptions queue_options;
    std::string file, sender, policy_name, format = "text";
    std::vector<std::string> recipients;
    bool require_tls = false;
    CLI::App app("Takes a message into the queue; it is on the disk when the command ends.", "danelab deliver send");
    app.add_option("file", file, "the message (RFC 5322 text); - is standard input")->required();
    app.add_option("--to", recipients, "recipient; repeatable")->required()->allow_extra_args(false);
    app.add_option("--from", sender, "sender (default: none, as of a bounce)");
    app.add_option("--mail-flow-policy", policy_name,
                   "the policy by which the message came in: RELAY verifies DANE, ACCEPT does not (default: the "
                   "configuration's first)");
    app.add_flag("--require-tls", require_tls,
                 "REQUIRETLS: only to servers that are authenticated and offer it (RFC 8689)");
    add_queue_options(app, queue_options);
    add_format(app, format);
    app.footer("Example: danelab deliver send --config deliver.json hello.eml --from me@client.example --to "
               "you@ietf.org");
    if (const auto done = parse(app, arguments)) return *done;
    const auto config = config_from(queue_options);
    const auto* policy = policy_name.empty() ? &config.policies.front() : config.policy(policy_name);
    if (policy == nullptr)
        throw CommandError(exit_usage,
                           fmt::format("--mail-flow-policy: '{}' is not in the configuration", policy_name));
    deliver::NewMessage message;
    if (!sender.empty()) message.sender = address_argument("--from", sender);
    for (const auto& one : recipients) message.recipients.push_back(address_argument("--to", one));
    message.relay = policy->relay;
    message.require_tls = require_tls;
    const std::string raw = file == "-" ? read_standard_input(config.max_message_bytes) : read_file(file);
    if (raw.empty()) throw CommandError(exit_usage, fmt::format("{}: is empty: give a message", file));
    message.content = deliver::with_crlf(raw);
    if (message.content.size() > config.max_message_bytes)
        throw CommandError(exit_usage, fmt::format("{}: has more than {} octets (max_message_bytes): not accepted",
                                                   file, config.max_message_bytes));
    const auto now = time_from(queue_options);
    deliver::Log log(config.log, [now] { return now; }); // before the queue: what is taken is told
    deliver::Queue queue(config.queue);
    const auto mid = queue.accept(message, now);
    for (std::size_t i = 0; i < message.recipients.size(); ++i)
        log.info(fmt::format("MID {} RID [{}] From: <{}> To: <{}> policy {} {}", mid, i, message.sender,
                             message.recipients[i], policy->name, policy->relay ? "RELAY" : "ACCEPT"));
    write_output("", format == "json" ? fmt::format("{{\"mid\": {}, \"recipients\": {}}}\n", mid, recipients.size())
                                      : fmt::format("queued as MID {} for {} recipient(s)\n", mid, recipients.size()));
    return exit_ok;
}

int deliver_status(const Arguments& arguments) {
    QueueOptions queue_options;
    std::string format = "text";
    CLI::App app("The delivery-status report: active recipients of each destination, last error, next try.",
                 "danelab deliver status");
    add_queue_options(app, queue_options);
    add_format(app, format);
    app.footer("Example: danelab deliver status --config deliver.json");
    if (const auto done = parse(app, arguments)) return *done;
    const auto config = config_from(queue_options);
    const deliver::Queue queue(config.queue);
    const auto status = queue.status();
    const auto now = time_from(queue_options);
    write_output("", format == "json" ? deliver::status_json(status, now).dump(2) + "\n"
                                      : deliver::status_text(status, now));
    return exit_ok;
}

int deliver_command(const Arguments& arguments) {
    const std::string part = arguments.empty() ? "--help" : arguments.front();
    const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
    if (part == "send") return deliver_send(rest);
    if (part == "run") return deliver_run(rest);
    if (part == "status") return deliver_status(rest);
    if (part == "report") return deliver_report(rest);
    if (part == "--help" || part == "-h" || part == "help") {
        write_output("",
                     "The reference mail transfer client: destination controls, SMTP routes, DANE, a queue, logs.\n\n"
                     "Usage: danelab deliver send|run|status|report --config FILE [options]\n\n"
                     "  send    take a message into the queue\n"
                     "  run     try what is due\n"
                     "  status  the delivery-status report\n"
                     "  report  the day's TLS report (RFC 8460), written or sent\n\n"
                     "Each part explains itself: danelab deliver run --help\n\n"
                     "Examples:\n"
                     "  danelab deliver send --config deliver.json hello.eml --to you@ietf.org\n"
                     "  danelab deliver run --config deliver.json --scenario seed/success --until-empty\n"
                     "  danelab deliver report --config deliver.json --day 2026-06-01 --send\n"
                     "  danelab deliver hello.eml --config deliver.json --to you@ietf.org   (send is understood)\n"
                     "Exit codes: 0 done, 1 (run) something waits for its next try, 2 usage, 3 could not\n");
        return arguments.empty() ? exit_usage : exit_ok;
    }
    if (part.starts_with("-") && part != "-")
        throw CommandError(exit_usage, fmt::format("deliver: '{}': expected send, run, status or report first", part));
    return deliver_send(arguments); // a file
}

} // namespace harness::cli
