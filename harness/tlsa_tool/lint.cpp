#include "harness/tlsa_tool/lint.h"

#include <algorithm>

#include "harness/tlsa_tool/lint_parts.h"

namespace harness {

std::string_view to_text(Severity severity) {
    switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::advice: return "advice";
    }
    return "";
}

std::vector<Finding> lint(const LintRequest& request) {
    constexpr std::uint16_t smtp_ports[] = {25, 465, 587, 2525};
    linting::Findings findings;
    std::vector<linting::Service> services;
    for (const auto& published : request.services) {
        const bool mail = std::ranges::find(smtp_ports, published.port) != std::end(smtp_ports);
        services.push_back(
            {&published, tlsa::assess(published.records, mail ? tlsa::UsagePolicy::smtp : tlsa::UsagePolicy::generic)});
    }
    for (const auto& service : services) {
        if (service.published->records.empty()) continue;
        if (service.published->security != validator::Security::secure)
            findings.add(Severity::error, "records-not-secure", "", "RFC 7672 §2.2.3", service.published->owner,
                         "the records are not secured by DNSSEC: clients act as if they were not there, or, where the "
                         "signatures fail, as if the host were not there");
        linting::lint_records(service, findings);
        linting::lint_served(service, request, findings);
    }
    linting::lint_together(services, findings);
    auto all = findings.take();
    std::ranges::stable_sort(all, {}, &Finding::severity);
    return all;
}

} // namespace harness
