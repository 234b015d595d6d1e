// The matrix: cases down, programs across; one table for each set of programs that went through the same cases.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "harness/sut/report_page.h"

namespace harness {

namespace {

struct Matrix {
    std::string table; // "mandatory" "opportunistic" ""
    bool judges = false;
    std::set<std::size_t> columns; // that have results here
    std::vector<std::size_t> cases;
};

void add_case(std::vector<Matrix>& all, const PageIndex& index, std::size_t number, bool judges) {
    const auto& one = index.cases[number];
    std::set<std::size_t> columns;
    for (const auto& [column, cell] : one.results)
        if (index.columns[column].judges == judges) columns.insert(column);
    if (columns.empty()) return;
    const auto& table = one.any->table;
    auto found = std::find_if(all.begin(), all.end(), [&](const Matrix& matrix) { // the tables of a profile stay whole
        return matrix.judges == judges && matrix.table == table && (!table.empty() || matrix.columns == columns);
    });
    if (found == all.end()) found = all.insert(all.end(), {table, judges, {}, {}});
    found->columns.insert(columns.begin(), columns.end());
    found->cases.push_back(number);
}

std::vector<Matrix> matrices_of(const PageIndex& index) {
    std::vector<Matrix> all;
    for (const bool judges : {false, true})
        for (std::size_t i = 0; i < index.cases.size(); ++i) add_case(all, index, i, judges);
    const auto rank = [](const Matrix& one) {
        return (one.judges ? 3 : 0) + (one.table == "mandatory" ? 0 : one.table.empty() ? 2 : 1);
    };
    std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return all;
}

std::string title_of(const PageIndex& index, const Matrix& matrix) {
    if (!matrix.table.empty() && matrix.judges) return fmt::format("DNSSEC judges: the cases of {} DANE", matrix.table);
    if (matrix.table == "mandatory") return "Mandatory DANE: no delivery without a verified server";
    if (matrix.table == "opportunistic") return "Opportunistic DANE: verified where the domain publishes TLSA records";
    std::string names;
    std::set<std::string> named;
    for (const auto column : matrix.columns)
        if (named.insert(index.columns[column].system).second)
            names += (names.empty() ? "" : ", ") + index.columns[column].system;
    return (matrix.judges ? "DNSSEC judges, further cases: " : "Further cases: ") + names;
}

// What one may do here; usually the same for all.
std::string allowed_in(const PageIndex& index, const Matrix& matrix, const PageCase& one) {
    std::set<std::string> seen;
    std::string out;
    for (const auto& [column, cell] : one.results)
        if (const auto words = words_of(index.conformance.cells[cell].allowed);
            matrix.columns.contains(column) && seen.insert(words).second)
            out += (out.empty() ? "" : "; ") + words;
    return out;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> state_columns{
    {{"mx", "MX"}, {"a", "Address"}, {"tlsa", "TLSA"}, {"certificate", "Certificate"}}};

// The state, and the way in which it came about, as far as the scenario's name has it.
std::string state_cell(const Cell& cell, std::string_view column) {
    const auto way = page_text(choice_of(cell.scenario, column));
    return fmt::format("<td>{}{}</td>", state_word(cell.states, column),
                       way.empty() ? "" : fmt::format(" <span class=\"dim\">{}</span>", way));
}

std::string heads(const PageIndex& index, const Matrix& matrix) {
    std::string out = fmt::format("<thead><tr><th scope=\"col\">{}</th>", matrix.table.empty() ? "Case" : "Row");
    if (!matrix.table.empty())
        for (const auto& [key, title] : state_columns) out += fmt::format("<th scope=\"col\">{}</th>", title);
    out += "<th scope=\"col\">Allowed</th>";
    for (const auto column : matrix.columns)
        out += fmt::format("<th scope=\"col\" data-c=\"{}\">{}<br>{}</th>", column,
                           page_text(index.columns[column].system), page_text(index.columns[column].mode));
    return out + "</tr></thead>\n";
}

std::string result(const PageIndex& index, std::size_t column, std::size_t number) {
    const auto& cell = index.conformance.cells[number];
    const auto look = look_of(cell);
    return fmt::format("<td class=\"{}\" id=\"m{}\" data-c=\"{}\"><a href=\"#r{}\">{}{}{}</a></td>", class_of(look),
                       number, column, number, mark_of(look), word_of(cell),
                       cell.contradictions.empty() ? "" : ", contradicted");
}

std::string row(const PageIndex& index, const Matrix& matrix, std::size_t number) {
    const auto& one = index.cases[number];
    std::string out =
        fmt::format("<tr data-s=\"{}\"><th scope=\"row\"><a href=\"#s{}\">{}</a></th>", number, number,
                    one.any->row != 0 ? fmt::format("row {}", one.any->row) : page_text(one.any->scenario));
    if (!matrix.table.empty())
        for (const auto& [key, title] : state_columns) out += state_cell(*one.any, key);
    out += fmt::format("<td class=\"dim\">{}</td>", allowed_in(index, matrix, one));
    for (const auto column : matrix.columns) {
        const auto found = one.results.find(column);
        out += found == one.results.end() ? fmt::format("<td data-c=\"{}\"></td>", column)
                                          : result(index, column, found->second);
    }
    return out + "</tr>\n";
}

std::string table(const PageIndex& index, const Matrix& matrix) {
    const auto title = page_text(title_of(index, matrix));
    std::string out = fmt::format("<h3>{}</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                                  "aria-label=\"{}\">\n<table class=\"matrix\">\n{}<tbody>\n",
                                  title, title, heads(index, matrix));
    for (const auto number : matrix.cases) out += row(index, matrix, number);
    return out + "</tbody>\n</table>\n</div>\n";
}

std::string filters(const PageIndex& index) {
    std::string options;
    for (std::size_t column = 0; column < index.columns.size(); ++column)
        options += fmt::format("<option value=\"{}\">{}</option>", column, page_text(index.columns[column].name()));
    return fmt::format(
        "<form class=\"filters\" hidden role=\"search\" aria-label=\"Filter the results\">\n"
        "<label>Program <select id=\"system\"><option value=\"\">all</option>{}</select></label>\n"
        "<label>Result <select id=\"look\"><option value=\"\">all</option><option value=\"bad\">deviates</option>"
        "<option value=\"ok\">agrees</option><option value=\"skip\">not asked</option></select></label>\n"
        "<label>Words <input type=\"search\" id=\"word\" placeholder=\"bogus, alias, row 5\"></label>\n"
        "<button type=\"reset\">Show all</button>\n<output id=\"shown\"></output>\n</form>\n",
        options);
}

} // namespace

std::string page_matrices(const PageIndex& index) {
    std::string out =
        "<section id=\"results\" tabindex=\"-1\" aria-labelledby=\"results-title\">\n"
        "<h2 id=\"results-title\">All results</h2>\n" +
        filters(index) +
        "<p class=\"dim\"><span class=\"key ok\">✓ agrees</span> <span class=\"key bad\">✗ deviates</span> "
        "<span class=\"key skip\">– not asked</span> Each result leads to its witnesses, each case to its "
        "zones.<span class=\"with-script\" hidden> In a table the arrow keys move, Enter opens, Escape "
        "comes back.</span></p>\n";
    for (const auto& matrix : matrices_of(index)) out += table(index, matrix);
    return out + "</section>\n";
}

} // namespace harness
