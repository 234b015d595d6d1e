#include "harness/sut/report_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/markup.h"

namespace harness {

namespace {

template <typename Element, typename Fits>
std::size_t position(const std::vector<Element>& all, Fits fits) {
    return static_cast<std::size_t>(std::find_if(all.begin(), all.end(), fits) - all.begin());
}

// A judge's results have neither rules nor proofs of others.
bool says_more(const Cell& cell, const Cell& than) {
    return (than.basis.empty() && !cell.basis.empty()) || (than.proofs.empty() && !cell.proofs.empty());
}

} // namespace

PageIndex::PageIndex(const Conformance& of)
    : conformance(of) {
    std::map<std::string, std::size_t> known_columns, known_cases;
    for (std::size_t i = 0; i < of.cells.size(); ++i) {
        const auto& cell = of.cells[i];
        const auto column = known_columns.try_emplace(cell.sut + "\n" + cell.mode, columns.size());
        if (column.second) columns.push_back({cell.sut, cell.mode});
        auto& judges = columns[column.first->second].judges;
        judges = judges || !cell.answers.empty() ||
                 (!cell.allowed.empty() && std::holds_alternative<validator::Security>(cell.allowed.front()));
        const auto found = known_cases.try_emplace(cell.scenario, cases.size());
        if (found.second) {
            const auto number =
                position(of.exhibits, [&](const Exhibit& one) { return one.scenario == cell.scenario; });
            cases.push_back({&cell, number < of.exhibits.size() ? &of.exhibits[number] : nullptr, {}});
        }
        auto& any = cases[found.first->second].any;
        if (says_more(cell, *any)) any = &cell;
        cases[found.first->second].results.emplace(column.first->second, i);
        columns_of.push_back(column.first->second);
    }
}

std::string_view class_of(Look look) { return look == Look::skipped ? "skip" : look == Look::agrees ? "ok" : "bad"; }

std::string_view mark_of(Look look) {
    switch (look) {
    case Look::agrees: return "<span aria-hidden=\"true\">✓</span>&nbsp;<span class=\"aloud\">agrees: </span>";
    case Look::deviates: return "<span aria-hidden=\"true\">✗</span>&nbsp;<span class=\"aloud\">deviates: </span>";
    case Look::skipped: break;
    }
    return "<span aria-hidden=\"true\">–</span>&nbsp;";
}

std::string page_text(std::string_view plain) { return escaped_for_markup(plain); }

std::string page_lines(const std::vector<std::string>& lines) {
    std::string out = "<pre>";
    for (const auto& line : lines) out += page_text(line) + "\n";
    return out + "</pre>\n";
}

std::string case_name(const Cell& cell) {
    if (cell.row == 0) return cell.scenario;
    const auto prefix = fmt::format("table/{}/{:02}/", cell.table, cell.row);
    const auto rest = cell.scenario.starts_with(prefix) ? cell.scenario.substr(prefix.size()) : cell.scenario;
    return fmt::format("{} row {}: {}", cell.table, cell.row, rest);
}

std::string choice_of(const std::string& scenario, std::string_view column) {
    const std::string key = std::string(column) + "=";
    auto begin = scenario.rfind('/') + 1; // 0 where there is none
    while (begin < scenario.size()) {
        const auto end = std::min(scenario.find(',', begin), scenario.size());
        if (scenario.compare(begin, key.size(), key) == 0)
            return scenario.substr(begin + key.size(), end - begin - key.size());
        begin = end + 1;
    }
    return {};
}

std::string state_word(const tlsa::States& states, std::string_view column) {
    if (column == "certificate") return states.certificate ? std::string(to_text(*states.certificate)) : "";
    const auto& state = column == "mx" ? states.mx : column == "a" ? states.a : states.tlsa;
    return state ? std::string(to_text(*state)) : "";
}

std::string page_explanation(const Explanation& explanation) {
    return fmt::format(
        "{}{}", page_text(explanation.text),
        explanation.rfc.empty() ? "" : fmt::format(" <span class=\"dim\">{}</span>", page_text(explanation.rfc)));
}

} // namespace harness
