// What the verbs about single lookups share: the question, the report, the exit code.
#pragma once

#include <string>

#include "harness/cli/command.h"
#include "harness/lookup_report.h"

namespace harness::cli {

// Usage error unless they are a domain name and a record type.
dns::Question question_argument(const std::string& name, const std::string& type);
// 0 secure, 1 bogus, 3 could not tell, 4 insecure.
int exit_code(validator::Security security);
// Adds --format and --output.
struct ReportOptions {
    std::string format = "text";
    std::string output; // "" is standard output
};
void add_report_options(CLI::App& app, ReportOptions& options);
void write_report(const LookupReport& report, const ReportOptions& options);

} // namespace harness::cli
