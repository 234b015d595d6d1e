#include "harness/tlsa_tool/match.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "resolver/dns/text.h"

namespace harness {

namespace {

std::string record_text(const tlsa::AssessedRecord& record) {
    return record.association ? record.association->to_text() : "\\# " + dns::base16(record.rdata);
}

} // namespace

dns::Bytes tlsa_from_text(const std::string& text) {
    std::istringstream fields(text);
    dns::Bytes rdata;
    for (const char* field : {"usage", "selector", "matching type"}) {
        unsigned value = 256;
        if (!(fields >> value) || value > 255)
            throw std::invalid_argument(
                fmt::format("'{}': the {} must be a number of 0 to 255: write 3 1 1 HEX", text, field));
        rdata.push_back(static_cast<std::uint8_t>(value));
    }
    std::string hex, part;
    while (fields >> part) hex += part;
    const auto data = dns::from_base16(hex);
    if (!data) throw std::invalid_argument(fmt::format("'{}': the association data is not hexadecimal", text));
    rdata.insert(rdata.end(), data->begin(), data->end());
    return rdata;
}

MatchReport match(const MatchRequest& request) {
    MatchReport report;
    report.records = tlsa::assess(request.records, request.policy);
    tlsa::AuthenticationRequest wanted;
    wanted.records = report.records;
    wanted.reference_names = request.names;
    wanted.now = request.now;
    wanted.ee_name_checks = request.ee_name_checks;
    wanted.pkix_roots = request.ca;
    report.outcome = tlsa::authenticate(request.chain, wanted);
    return report;
}

std::string match_json(const MatchReport& report) {
    nlohmann::ordered_json json;
    json["result"] = tlsa::to_text(report.outcome.result);
    json["depth"] = report.outcome.depth;
    json["record"] = report.outcome.record;
    if (!report.outcome.matched_name.empty()) json["name"] = report.outcome.matched_name;
    json["records"] = nlohmann::ordered_json::array();
    for (const auto& record : report.records)
        json["records"].push_back({{"record", record_text(record)},
                                   {"usable", !record.unusable},
                                   {"why", record.unusable ? std::string(tlsa::describe(*record.unusable)) : ""}});
    json["reasons"] = report.outcome.reasons;
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string match_text(const MatchReport& report) {
    std::string text = fmt::format("{}", tlsa::to_text(report.outcome.result));
    if (report.outcome.record >= 0)
        text += fmt::format(": record {} at depth {}", report.outcome.record, report.outcome.depth);
    if (!report.outcome.matched_name.empty()) text += fmt::format(", name {}", report.outcome.matched_name);
    text += "\n";
    for (std::size_t i = 0; i < report.records.size(); ++i) {
        const auto& record = report.records[i];
        text += fmt::format("  record {}  {}  {}\n", i, record.unusable ? "unusable" : "usable  ", record_text(record));
        if (record.unusable) text += fmt::format("            {}\n", tlsa::describe(*record.unusable));
    }
    for (const auto& reason : report.outcome.reasons) text += fmt::format("  because: {}\n", reason);
    return text;
}

} // namespace harness
