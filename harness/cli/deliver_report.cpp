// danelab deliver report: the day's TLS reports, written or sent.
#include <fmt/format.h>

#include "harness/cli/deliver_client.h"
#include "harness/deliver/dkim.h"

namespace harness::cli {

namespace {

struct Options {
    QueueOptions queue;
    NetworkOptions network;
    std::string day, domain, folder, output;
    bool send = false, dkim_record = false;
};

void describe(CLI::App& app, Options& options) {
    app.add_option("--day", options.day, "a day, 2026-06-01 (default: that of the clock; with --send the one before)");
    app.add_option("--domain", options.domain, "the report for this recipient domain (needed where there are several)");
    app.add_option("--folder", options.folder,
                   "write every domain's report into this folder, named as RFC 8460 has it; with --send those that a "
                   "domain wants by https:, which are not posted");
    app.add_option("--output", options.output, "write to this file instead of standard output");
    app.add_flag("--send", options.send,
                 "put the reports into the queue, signed, for whom the domains' _smtp._tls records name; danelab "
                 "deliver run delivers them");
    app.add_flag("--dkim-record", options.dkim_record, "show the DNS record that receivers verify the signatures by");
    app.add_option("--config", options.queue.config, "configuration file (JSON)")->required();
    app.add_option("--queue", options.queue.queue, "queue database instead of the configuration's");
    add_network_options(app, options.network);
    app.footer("Examples:\n"
               "  danelab deliver report --config deliver.json --day 2026-06-01 --domain ietf.org\n"
               "  danelab deliver report --config deliver.json --send\n"
               "Exit codes: 0 done, 1 (--send) a domain's record could not be looked up, 2 usage, 3 could not");
}

constexpr std::int64_t seconds_of_day = 86'400;

int show_dkim_record(const Options& options) {
    const auto config = config_from(options.queue);
    const auto& dkim = config.tls_report.dkim;
    if (!dkim)
        throw CommandError(exit_usage, fmt::format("--dkim-record: {}: /tls_report/dkim is missing", config.file));
    const auto key = deliver::DkimKey::from_pem(dkim->key); // checked when it was read
    std::string strings;                                    // of at most 255 octets each (RFC 1035 §3.3.14)
    constexpr std::size_t longest = 255;
    const auto record = key->record();
    for (std::size_t at = 0; at < record.size(); at += longest)
        strings += fmt::format(" \"{}\"", record.substr(at, longest));
    write_output(options.output, fmt::format("{}._domainkey.{}. IN TXT{}\n", dkim->selector, dkim->domain, strings));
    return exit_ok;
}

std::string write_to(const std::string& folder, const std::vector<deliver::TlsReport>& reports,
                     const std::string& domain) {
    for (const auto& report : reports)
        if (report.domain == domain) {
            const auto file = folder + "/" + report.file_name;
            write_file(file, text_of(report));
            return file;
        }
    return "";
}

int send(const Options& options) {
    if (!options.domain.empty() || !options.output.empty())
        throw CommandError(exit_usage, "--send: sends the reports of every domain: leave --domain and --output out");
    DeliverClient client(options.queue, options.network);
    const auto day = options.day.empty() ? dns::UnixTime{client.now().seconds - seconds_of_day}
                                         : time_argument("--day", options.day);
    std::vector<deliver::ReportFate> fates;
    try {
        fates = client.delivery.send_reports(day);
    } catch (const deliver::DatabaseError&) {
        throw; // says where
    } catch (const std::runtime_error& error) {
        throw CommandError(exit_usage, fmt::format("--send: {}: {}", options.queue.config, error.what()));
    }
    client.tell_lost_lines();
    const auto reports = deliver::tls_reports(client.queue, client.config.tls_report, client.config.hostname, day);
    std::string text;
    bool all_looked_up = true;
    for (const auto& fate : fates) {
        using What = deliver::ReportFate::What;
        all_looked_up = all_looked_up && fate.what != What::not_looked_up;
        text += fmt::format("{}: {}{}{}", fate.domain, to_text(fate.what), fate.text.empty() ? "" : ": ", fate.text);
        if (fate.what == What::not_mailed)
            text += options.folder.empty() ? " (reports are not posted: --folder writes the file)"
                                           : " (written to " + write_to(options.folder, reports, fate.domain) + ")";
        text += "\n";
    }
    write_output("", fates.empty() ? "no sessions on that day\n" : text);
    return all_looked_up ? exit_ok : 1;
}

int show(const Options& options) {
    const auto config = config_from(options.queue);
    const deliver::Queue queue(config.queue);
    QueueOptions clock;
    clock.at = options.network.at;
    const auto when = options.day.empty() ? time_from(clock) : time_argument("--day", options.day);
    const auto reports = deliver::tls_reports(queue, config.tls_report, config.hostname, when);
    if (!options.folder.empty()) {
        for (const auto& report : reports) write_file(options.folder + "/" + report.file_name, text_of(report));
        write_output("", fmt::format("{} report(s) written to {}\n", reports.size(), options.folder));
        return exit_ok;
    }
    std::string domains;
    const deliver::TlsReport* chosen = nullptr;
    const auto& domain = options.domain;
    for (const auto& report : reports) {
        domains += (domains.empty() ? "" : ", ") + report.domain;
        if (report.domain == domain || (domain.empty() && reports.size() == 1)) chosen = &report;
    }
    if (chosen == nullptr)
        throw CommandError(domain.empty() && !reports.empty() ? exit_usage : exit_could_not,
                           fmt::format("report: {}: sessions of that day were with {}",
                                       domain.empty() ? "--domain is missing" : domain,
                                       domains.empty() ? "no domain" : domains));
    write_output(options.output, text_of(*chosen));
    return exit_ok;
}

} // namespace

int deliver_report(const Arguments& arguments) {
    Options options;
    CLI::App app("The TLS reports of one UTC day (RFC 8460): as JSON, or sent.", "danelab deliver report");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;
    if (options.dkim_record) return show_dkim_record(options);
    return options.send ? send(options) : show(options);
}

} // namespace harness::cli
