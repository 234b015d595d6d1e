// The two decision tables as people read them, and below them what was not as expected.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "harness/run_report.h"

namespace harness {

namespace {

// The tables' own words.
std::string_view word(std::optional<tlsa::State> state) {
    if (!state) return "";
    switch (*state) {
    case tlsa::State::secure: return "Secure";
    case tlsa::State::insecure: return "Insecure";
    case tlsa::State::bogus: return "Bogus";
    case tlsa::State::nxdomain: return "NXDOMAIN";
    case tlsa::State::unusable: return "Unusable";
    }
    return "";
}
std::string_view word(std::optional<tlsa::CertificateState> state) {
    if (!state) return "";
    return *state == tlsa::CertificateState::success ? "Success" : "Failed";
}
std::string_view word(std::optional<tlsa::Action> action) {
    if (!action) return "-";
    switch (*action) {
    case tlsa::Action::dane_success: return "DANE success";
    case tlsa::Action::dane_fail: return "DANE fail";
    case tlsa::Action::opportunistic_tls: return "opportunistic TLS";
    case tlsa::Action::pkix_tls: return "PKIX TLS";
    }
    return "";
}

// What became of the messages of one row's scenarios, in the words for outcomes.
class Deliveries {
  public:
    void count(const Seen& seen) {
        ++all_;
        if (seen.outcome) ++outcomes_[*seen.outcome];
    }
    std::string text() const {
        std::string out;
        for (const auto& [outcome, number] : outcomes_) {
            if (number == all_) return std::string(tlsa::to_text(outcome));
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", number, tlsa::to_text(outcome));
        }
        return out;
    }

  private:
    std::map<tlsa::Outcome, std::size_t> outcomes_;
    std::size_t all_ = 0;
};

struct RowSummary {
    const ScenarioResult* first = nullptr;   // the expectation is the same for all scenarios of a row
    const ScenarioResult* telling = nullptr; // the first that failed, else the first
    std::size_t ok = 0, run = 0;
    Deliveries deliveries;
};

std::string table_text(const RunReport& report, tlsa::Mode mode, const cli::Style& style) {
    std::map<unsigned, RowSummary> rows;
    for (const auto& result : report.results) {
        if (result.table != mode) continue;
        auto& row = rows[result.row];
        if (row.first == nullptr) row.first = row.telling = &result;
        if (!result.ok && row.telling->ok) row.telling = &result;
        ++row.run;
        row.deliveries.count(result.seen);
        row.ok += result.ok ? 1 : 0;
    }
    if (rows.empty()) return "";
    std::string out = fmt::format(
        "{}DANE {} ({}, system under test: {}){}\n{} #  MX        A         TLSA      certificate  expected           "
        "seen               message                                   ways{}\n",
        style.bold, tlsa::to_text(mode), report.profile, report.sut, style.off, style.dim, style.off);
    for (const auto& [number, row] : rows) {
        const auto states = row.first->expected.states.value_or(tlsa::States{});
        const bool ok = row.ok == row.run;
        out += fmt::format("{:>2}  {:<10}{:<10}{:<10}{:<13}{:<19}{:<19}{:<42}{:>3}/{:<3} {}{}{}\n", number,
                           word(states.mx), word(states.a), word(states.tlsa), word(states.certificate),
                           word(row.first->expected.action), word(row.telling->seen.action), row.deliveries.text(),
                           row.ok, row.run, ok ? style.good : style.bad, ok ? "ok" : "NOT AS EXPECTED", style.off);
    }
    return out + "\n";
}

std::string_view mark(const ScenarioResult& result) { return result.ok ? "ok" : "NOT AS EXPECTED"; }

bool is_lookup(const ScenarioResult& result) {
    return !result.table && result.expected.security && !result.expected.action;
}

template <class T, class Text>
std::string listed(const std::vector<T>& items, std::string_view separator, Text text) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : std::string(separator)) + text(item);
    return out;
}

// Scenarios that ask one question: its verdict, Extended DNS Errors and reasons.
std::string lookup_text(const RunReport& report, const cli::Style& style) {
    const auto ede_of = [](const ScenarioResult& result) {
        return listed(result.seen.ede, ",", [](dns::EdeCode code) { return std::to_string(static_cast<int>(code)); });
    };
    std::size_t width = 0, ede_width = 3;
    for (const auto& result : report.results) {
        if (!is_lookup(result)) continue;
        width = std::max(width, result.id.size());
        ede_width = std::max(ede_width, ede_of(result).size());
    }
    if (width == 0) return "";
    std::string out =
        fmt::format("{}Lookups (system under test: {}){}\n{}{:<{}}  {:<15}{:<{}}  reasons{}\n", style.bold, report.sut,
                    style.off, style.dim, "", width, "verdict", "EDE", ede_width, style.off);
    for (const auto& result : report.results) {
        if (!is_lookup(result)) continue;
        const auto& seen = result.seen;
        const auto ede = ede_of(result);
        const auto reasons = listed(seen.reasons, ", ", [](const std::string& id) { return id; });
        out += fmt::format("{:<{}}  {:<15}{:<{}}  {}{}{}{}{}\n", result.id, width,
                           seen.security ? validator::to_text(*seen.security) : "-", ede.empty() ? "-" : ede, ede_width,
                           reasons, reasons.empty() ? "" : "  ", result.ok ? style.good : style.bad, mark(result),
                           style.off);
    }
    return out + "\n";
}

std::string story_text(const RunReport& report, const cli::Style& style) {
    std::string out;
    for (const auto& result : report.results) {
        if (result.table || is_lookup(result)) continue;
        const bool of_a_product = ("/" + result.id).find("/product/") != std::string::npos;
        if (result.ok && of_a_product && !report.few()) continue;
        const auto& outcome = result.seen.outcome;
        out +=
            fmt::format("{}{}{} {}: {}{}{}{}\n", result.ok ? style.good : style.bad, mark(result), style.off, result.id,
                        result.about, outcome ? " [" : "", outcome ? tlsa::to_text(*outcome) : "", outcome ? "]" : "");
    }
    return out.empty() ? out : out + "\n";
}

std::string failure_text(const RunReport& report, const cli::Style& style) {
    std::string out;
    for (const auto& result : report.results) {
        if (result.ok) continue;
        out += fmt::format("{}not as expected:{} {}\n  {}\n", style.bad, style.off, result.id, result.about);
        for (const auto& failure : result.failures) out += fmt::format("  - {}\n", failure);
        for (const auto& reason : result.seen.reason_texts) out += fmt::format("  reason seen: {}\n", reason);
        for (const auto& line : result.seen.connection_log) out += fmt::format("  server: {}\n", line);
    }
    return out.empty() ? out : out + "\n";
}

// The folders below zones/scenarios and what they are about; "table" is made of zones/realizations.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> group_titles{{
    {"table", "G1  the rows of both decision tables"},
    {"product", "G2  MX x address x TLSA x certificate"},
    {"mx", "G3  MX hosts"},
    {"addresses", "G4  addresses of a host"},
    {"aliases", "G5  aliases"},
    {"records", "G6  TLSA records"},
    {"certificates", "G7  certificates"},
    {"smtp", "G8  SMTP and TLS faults"},
    {"resolvers", "G9  resolvers"},
    {"time", "G10 clocks and signatures"},
    {"rollovers", "G11 rollovers"},
    {"delivery", "G12 policies and the queue"},
    {"dnssec", "G13 DNSSEC"},
    {"srv", "G14 SRV services"},
    {"seed", "    the samples of the manual"},
}};

// One line for each group that was run: in the order above, then whatever else there is.
std::string group_text(const RunReport& report, const cli::Style& style) {
    std::map<std::string, std::pair<std::size_t, std::size_t>> groups; // as expected, run
    for (const auto& result : report.results) {
        auto& [ok, run] = groups[result.id.substr(0, result.id.find('/'))];
        ok += result.ok ? 1 : 0;
        ++run;
    }
    std::string out = fmt::format("{}Groups{}\n", style.bold, style.off);
    const auto line = [&](const std::string& group, std::string_view title) {
        const auto [ok, run] = groups.at(group);
        out += fmt::format("{:<40}{:<14}{}{:>4} of {:<4} as expected{}\n", title, group,
                           ok == run ? style.good : style.bad, ok, run, style.off);
        groups.erase(group);
    };
    for (const auto& [group, title] : group_titles)
        if (groups.contains(std::string(group))) line(std::string(group), title);
    while (!groups.empty()) line(std::string(groups.begin()->first), "    others");
    return out + "\n";
}

} // namespace

std::string run_text(const RunReport& report, const cli::Style& style) {
    std::string out =
        table_text(report, tlsa::Mode::mandatory, style) + table_text(report, tlsa::Mode::opportunistic, style);
    if (!report.brief) out += lookup_text(report, style) + story_text(report, style);
    if (report.results.size() > 1) out += group_text(report, style);
    out += failure_text(report, style);
    std::size_t ok = 0;
    for (const auto& result : report.results) ok += result.ok ? 1 : 0;
    const std::size_t failed = report.results.size() - ok, skipped = report.planned - report.results.size();
    return out + fmt::format("{}{} scenarios as expected, {} not, {} not run{}\n", failed == 0 ? style.good : style.bad,
                             ok, failed, skipped, style.off);
}

} // namespace harness
