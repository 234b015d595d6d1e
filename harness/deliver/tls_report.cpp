#include "harness/deliver/tls_report.h"

#include <fmt/format.h>

#include <map>

namespace harness::deliver {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::int64_t seconds_of_day = 86'400;

struct Failures {
    TlsSession first;
    std::int64_t count = 0;
};
struct PolicyCount {
    std::int64_t successes = 0, failures = 0;
    std::vector<Failures> details;
};
using Policy = std::tuple<std::string, std::string, std::vector<std::string>>; // type, domain, strings

bool alike(const TlsSession& a, const TlsSession& b) {
    return a.result == b.result && a.mx == b.mx && a.sending_ip == b.sending_ip && a.receiving_ip == b.receiving_ip &&
           a.reason_code == b.reason_code;
}

void add(PolicyCount& count, const TlsSession& session) {
    if (session.result.empty()) {
        ++count.successes;
        return;
    }
    ++count.failures;
    for (auto& known : count.details)
        if (alike(known.first, session)) {
            ++known.count;
            return;
        }
    count.details.push_back({session, 1});
}

Json json_of(const Failures& failures) {
    const auto& session = failures.first;
    Json json{{"result-type", session.result}};
    if (!session.sending_ip.empty()) json["sending-mta-ip"] = session.sending_ip;
    if (!session.mx.empty()) json["receiving-mx-hostname"] = session.mx;
    if (!session.receiving_ip.empty()) json["receiving-ip"] = session.receiving_ip;
    json["failed-session-count"] = failures.count;
    if (!session.reason_code.empty()) json["failure-reason-code"] = session.reason_code;
    return json;
}

Json json_of(const Policy& policy, const PolicyCount& count) {
    const auto& [type, domain, strings] = policy;
    Json description{{"policy-type", type}};
    if (!strings.empty()) description["policy-string"] = strings;
    description["policy-domain"] = domain;
    if (type == "sts") { // RFC 8460 §4.4: the patterns of the policy; its text has them too, as "mx: PATTERN"
        constexpr std::string_view field = "mx: ";
        auto patterns = Json::array();
        for (const auto& line : strings)
            if (line.starts_with(field)) patterns.push_back(line.substr(field.size()));
        description["mx-host"] = std::move(patterns);
    }
    Json json{{"policy", description},
              {"summary",
               {{"total-successful-session-count", count.successes}, {"total-failure-session-count", count.failures}}}};
    if (!count.details.empty()) json["failure-details"] = Json::array();
    for (const auto& failures : count.details) json["failure-details"].push_back(json_of(failures));
    return json;
}

} // namespace

std::string text_of(const TlsReport& report) {
    return report.json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::vector<std::string> summary_of(const TlsReport& report) {
    std::vector<std::string> lines;
    for (const auto& policy : report.json["policies"]) {
        const auto of = fmt::format("{} {}", policy["policy"]["policy-type"].get<std::string>(),
                                    policy["policy"]["policy-domain"].get<std::string>());
        if (policy["summary"]["total-successful-session-count"] > 0) lines.push_back(of + " success");
        if (!policy.contains("failure-details")) continue;
        for (const auto& detail : policy["failure-details"])
            lines.push_back(fmt::format("{} {}", of, detail["result-type"].get<std::string>()));
    }
    return lines;
}

std::vector<TlsReport> tls_reports(const Queue& queue, const TlsReportSettings& settings, const std::string& hostname,
                                   dns::UnixTime day) {
    const dns::UnixTime begin{day.seconds - ((day.seconds % seconds_of_day) + seconds_of_day) % seconds_of_day};
    const dns::UnixTime end{begin.seconds + seconds_of_day};
    std::map<std::string, std::map<Policy, PolicyCount>> domains;
    for (const auto& [domain, session] : queue.sessions(begin, end))
        add(domains[domain][Policy(session.policy_type, session.policy_domain, session.policy_strings)], session);

    const std::string submitter = settings.contact.substr(settings.contact.rfind('@') + 1);
    std::vector<TlsReport> reports;
    for (const auto& [domain, policies] : domains) {
        TlsReport report;
        report.domain = domain;
        report.file_name = fmt::format("{}!{}!{}!{}.json", submitter, domain, begin.seconds, end.seconds - 1);
        report.json = Json{{"organization-name", settings.organization},
                           {"date-range",
                            {{"start-datetime", dns::to_rfc3339(begin)},
                             {"end-datetime", dns::to_rfc3339(dns::UnixTime{end.seconds - 1})}}},
                           {"contact-info", settings.contact},
                           {"report-id", fmt::format("{}!{}@{}", begin.seconds, domain, hostname)},
                           {"policies", Json::array()}};
        for (const auto& [policy, count] : policies) report.json["policies"].push_back(json_of(policy, count));
        reports.push_back(std::move(report));
    }
    return reports;
}

} // namespace harness::deliver
