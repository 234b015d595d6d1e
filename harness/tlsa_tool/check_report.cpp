#include "harness/tlsa_tool/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/tlsa_tool/lint_parts.h"

namespace harness {

namespace {

std::string_view to_text(ServedChain::Tls tls) {
    switch (tls) {
    case ServedChain::Tls::unreachable: return "unreachable";
    case ServedChain::Tls::not_offered: return "not-offered";
    case ServedChain::Tls::failed: return "failed";
    case ServedChain::Tls::established: return "established";
    }
    return "";
}

nlohmann::ordered_json json_of(const PublishedService& service) {
    nlohmann::ordered_json json{{"host", service.host},
                                {"owner", service.owner},
                                {"security", validator::to_text(service.security)},
                                {"ttl", service.ttl},
                                {"signature_seconds", service.signature_seconds},
                                {"answer_octets", service.answer_octets},
                                {"records", nlohmann::json::array()},
                                {"connections", nlohmann::json::array()}};
    if (!service.alias_target.empty()) json["alias_target"] = service.alias_target;
    for (const auto& record : tlsa::assess(service.records, tlsa::UsagePolicy::generic))
        json["records"].push_back(linting::record_text(record));
    for (const auto& served : service.connections) {
        nlohmann::ordered_json one{{"address", served.address}, {"tls", to_text(served.tls)}};
        if (served.tls == ServedChain::Tls::established)
            one["chain_length"] = served.chain.size();
        else
            one["detail"] = served.detail;
        json["connections"].push_back(std::move(one));
    }
    return json;
}

std::string shortened(const std::string& record) {
    constexpr std::size_t shown = 24;
    return record.size() > shown ? record.substr(0, shown) + "..." : record;
}

} // namespace

bool needs_mending(const CheckReport& report) {
    return std::ranges::any_of(report.findings, [](const Finding& f) { return f.severity != Severity::advice; });
}

std::string check_text(const CheckReport& report) {
    std::string text = fmt::format("{}\n", report.domain);
    for (const auto& service : report.services) {
        text += fmt::format("  {}  {} record{}, {}, TTL {}\n", service.owner, service.records.size(),
                            service.records.size() == 1 ? "" : "s", validator::to_text(service.security), service.ttl);
        for (const auto& record : tlsa::assess(service.records, tlsa::UsagePolicy::generic))
            text += fmt::format("    {}\n", shortened(linting::record_text(record)));
        std::string last;
        for (const auto& served : service.connections) {
            const std::string line =
                served.tls == ServedChain::Tls::established
                    ? fmt::format("    {}: a chain of {}\n", served.address, served.chain.size())
                    : fmt::format("    {}: TLS {}: {}\n", served.address, to_text(served.tls), served.detail);
            if (line != last) text += line;
            last = line;
        }
    }
    for (const auto& finding : report.findings)
        text += fmt::format("{}: {}: {} [{}{}{}]\n", harness::to_text(finding.severity), finding.where, finding.text,
                            finding.id, finding.rule.empty() ? "" : ", " + finding.rule, ", " + finding.source);
    if (!report.complete) text += "incomplete: some questions had no answer\n";
    if (report.findings.empty() && report.complete) text += "nothing to mend\n";
    return text;
}

std::string check_json(const CheckReport& report) {
    nlohmann::ordered_json json{{"domain", report.domain},
                                {"complete", report.complete},
                                {"services", nlohmann::json::array()},
                                {"findings", nlohmann::json::array()}};
    for (const auto& service : report.services) json["services"].push_back(json_of(service));
    for (const auto& finding : report.findings) {
        nlohmann::ordered_json one{{"severity", harness::to_text(finding.severity)},
                                   {"id", finding.id},
                                   {"source", finding.source},
                                   {"where", finding.where},
                                   {"text", finding.text}};
        if (!finding.rule.empty()) one["rule"] = finding.rule;
        json["findings"].push_back(std::move(one));
    }
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace harness
