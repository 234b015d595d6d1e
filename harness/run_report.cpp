#include "harness/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/markup.h"
#include "harness/states_json.h"
#include "harness/transcript.h"

namespace harness {

namespace {

using nlohmann::json;

struct Totals {
    std::size_t run = 0, ok = 0, failed = 0, skipped = 0;
};

Totals totals_of(const RunReport& report) {
    Totals totals;
    totals.run = report.results.size();
    totals.ok = static_cast<std::size_t>(
        std::count_if(report.results.begin(), report.results.end(), [](const auto& r) { return r.ok; }));
    totals.failed = totals.run - totals.ok;
    totals.skipped = report.planned - totals.run;
    return totals;
}

json json_of(const std::vector<dns::EdeCode>& codes) {
    json out = json::array();
    for (const auto code : codes) out.push_back(static_cast<unsigned>(code));
    return out;
}

std::vector<std::string> texts_of(const std::vector<dns::Question>& questions) {
    std::vector<std::string> texts;
    for (const auto& question : questions) texts.push_back(question.to_text());
    return texts;
}

json json_of(const Expectation& expected) {
    json out{{"reasons", expected.reasons}, {"never", expected.never}};
    if (expected.states) out["states"] = states_json(*expected.states);
    if (expected.action) out["action"] = tlsa::to_text(*expected.action);
    if (expected.status) out["status"] = to_text(*expected.status);
    if (expected.delivered) out["delivered"] = *expected.delivered;
    if (expected.delivered_in_tls) out["delivered_in_tls"] = *expected.delivered_in_tls;
    if (expected.authenticated) out["authenticated"] = *expected.authenticated;
    if (expected.outcome) out["outcome"] = tlsa::to_text(*expected.outcome);
    for (const auto outcome : expected.outcomes) out["outcomes"].push_back(tlsa::to_text(outcome));
    if (expected.security) out["security"] = validator::to_text(*expected.security);
    if (expected.rcode) out["rcode"] = dns::to_text(*expected.rcode);
    if (expected.ede) out["ede"] = json_of(*expected.ede);
    if (!expected.asked.empty()) out["asked"] = texts_of(expected.asked);
    if (!expected.not_asked.empty()) out["not_asked"] = texts_of(expected.not_asked);
    if (expected.dialed) out["connections"] = *expected.dialed;
    for (const auto& [server, name] : expected.sni) out["sni"][server] = name ? json(*name) : json(nullptr);
    return out;
}

json json_of(const Seen& seen) {
    json out{{"states", states_json(seen.states)},
             {"delivered", seen.delivered},
             {"delivered_in_tls", seen.delivered_in_tls},
             {"authenticated", seen.authenticated}};
    if (seen.action) out["action"] = tlsa::to_text(*seen.action);
    if (seen.status) out["status"] = to_text(*seen.status);
    if (seen.outcome) out["outcome"] = tlsa::to_text(*seen.outcome);
    if (seen.row != 0) out["row"] = seen.row;
    if (seen.security) out["security"] = validator::to_text(*seen.security);
    if (seen.rcode) out["rcode"] = dns::to_text(*seen.rcode);
    if (seen.security) {
        out["ede"] = json_of(seen.ede);
        out["verifications"] = seen.verifications;
        out["nsec3_hashes"] = seen.nsec3_hashes;
        if (!seen.root_cause.empty()) out["root_cause"] = seen.root_cause;
    }
    out["asked"] = texts_of(seen.asked);
    out["connections"] = seen.dialed;
    if (!seen.connection_log.empty()) out["connection_log"] = seen.connection_log;
    return out;
}

json json_of(const ScenarioResult& result) {
    json out{{"id", result.id},
             {"about", result.about},
             {"states", states_json(result.seen.states)},
             {"expected", json_of(result.expected)},
             {"seen", json_of(result.seen)},
             {"ok", result.ok},
             {"reasons", result.seen.reasons},
             {"rules", result.rules},
             {"breaks", result.breaks},
             {"elapsed_ms", result.elapsed_ms}};
    if (result.table) out["table"] = tlsa::to_text(*result.table);
    if (result.table) out["row"] = result.row;
    if (!result.failures.empty()) out["failures"] = result.failures;
    return out;
}

std::string joined(const std::vector<std::string>& lines, std::string_view separator) {
    std::string out;
    for (const auto& line : lines) out += (out.empty() ? "" : std::string(separator)) + line;
    return out;
}

} // namespace

std::string run_json(const RunReport& report) {
    const auto totals = totals_of(report);
    json out{
        {"sut", report.sut},
        {"profile", report.profile},
        {"scenarios", json::array()},
        {"totals", {{"run", totals.run}, {"ok", totals.ok}, {"failed", totals.failed}, {"skipped", totals.skipped}}}};
    for (const auto& result : report.results) out["scenarios"].push_back(json_of(result));
    // Names and server replies may hold octets that are no UTF-8: shown as U+FFFD.
    return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string run_junit(const RunReport& report) {
    const auto totals = totals_of(report);
    double seconds = 0;
    for (const auto& result : report.results) seconds += result.elapsed_ms / 1000;
    std::string out =
        fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"danelab {}\" "
                    "tests=\"{}\" failures=\"{}\" errors=\"0\" "
                    "skipped=\"{}\" time=\"{:.3f}\">\n",
                    escaped_for_markup(report.profile), totals.run, totals.failed, totals.skipped, seconds);
    for (const auto& result : report.results) {
        const auto slash = result.id.rfind('/');
        const std::string group = slash == std::string::npos ? "scenarios" : result.id.substr(0, slash);
        const std::string name = slash == std::string::npos ? result.id : result.id.substr(slash + 1);
        out += fmt::format("<testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", escaped_for_markup(group),
                           escaped_for_markup(name), result.elapsed_ms / 1000);
        if (result.ok) {
            out += "/>\n";
            continue;
        }
        out += fmt::format("><failure message=\"{}\">{}</failure></testcase>\n",
                           escaped_for_markup(joined(result.failures, "; ")),
                           escaped_for_markup(joined(result.seen.connection_log, "\n")));
    }
    return out + "</testsuite>\n</testsuites>\n";
}

std::string run_tap(const RunReport& report) {
    std::string out = fmt::format("TAP version 13\n1..{}\n", report.results.size());
    std::size_t number = 0;
    for (const auto& result : report.results) {
        out += fmt::format("{} {} - {}\n", result.ok ? "ok" : "not ok", ++number, result.id);
        for (const auto& failure : result.failures) out += fmt::format("# {}\n", failure);
    }
    return out;
}

} // namespace harness
