#include "harness/cli/lookup.h"

#include <fmt/format.h>
#include <unistd.h>

namespace harness::cli {

dns::Question question_argument(const std::string& name_text, const std::string& type_text) {
    const auto name = dns::Name::from_text(name_text);
    if (!name)
        throw CommandError(exit_usage,
                           fmt::format("'{}' is not a domain name: labels of 1 to 63 octets, 255 in all", name_text));
    const auto type = dns::rr_type_from_text(type_text);
    if (!type)
        throw CommandError(exit_usage,
                           fmt::format("'{}' is not a record type: write A, MX, TLSA or TYPE52", type_text));
    return dns::Question(*name, *type);
}

int exit_code(validator::Security security) {
    switch (security) {
    case validator::Security::secure: return 0;
    case validator::Security::bogus: return 1;
    case validator::Security::indeterminate: return 3;
    case validator::Security::insecure: return 4;
    }
    return exit_could_not;
}

void add_report_options(CLI::App& app, ReportOptions& options) {
    app.add_option("--format", options.format, "text, json, the chain drawn as dot or svg, or all on one html page")
        ->check(CLI::IsMember({"text", "json", "dot", "svg", "html"}))
        ->capture_default_str();
    app.add_option("--output", options.output, "write to this file instead of standard output");
}

void write_report(const LookupReport& report, const ReportOptions& options) {
    if (options.format == "json")
        write_output(options.output, lookup_json(report));
    else if (options.format == "dot")
        write_output(options.output, lookup_dot(report));
    else if (options.format == "svg")
        write_output(options.output, lookup_svg(report));
    else if (options.format == "html")
        write_output(options.output, lookup_html(report));
    else
        write_output(options.output, lookup_text(report, options.output.empty() ? style_for(STDOUT_FILENO) : Style{}));
}

} // namespace harness::cli
