// Behind the matrix: each case with what is true of all its results said once, then each result with its witnesses.
#include <fmt/format.h>

#include <algorithm>

#include "harness/sut/report_page.h"

namespace harness {

namespace {

std::string lines_part(std::string_view title, const std::vector<std::string>& lines, std::string_view otherwise) {
    if (lines.empty() && otherwise.empty()) return {};
    return fmt::format("<h5>{}</h5>\n{}", title,
                       lines.empty() ? fmt::format("<p class=\"dim\">{}</p>\n", otherwise) : page_lines(lines));
}

std::string page_list(const std::vector<std::string>& lines) {
    std::string out = "<ul>\n";
    for (const auto& line : lines) out += fmt::format("<li>{}</li>\n", page_text(line));
    return out + "</ul>\n";
}

std::string proofs_part(const Cell& cell) {
    if (cell.proofs.empty()) return {};
    std::string out = "<h4>The states, proven by an independent validator in the same run</h4>\n<ul>\n";
    for (const auto& proof : cell.proofs) {
        const bool proven = proof.seen == proof.wanted;
        out += fmt::format(
            "<li>{} {}: {} says <b>{}</b>{}</li>\n", proven ? "✓" : "✗", page_text(proof.question), page_text(proof.by),
            page_text(proof.seen),
            proven ? "" : fmt::format(", and <b>{}</b> was meant: <b>not proven</b>", page_text(proof.wanted)));
    }
    return out + "</ul>\n";
}

std::string zone_part(const Exhibit::Zone& zone) {
    std::string out =
        fmt::format("<h5>{} <span class=\"dim\">{}</span></h5>\n<pre>", page_text(zone.apex), page_text(zone.signing));
    for (const auto& line : zone.lines)
        out += line.fault.empty()
                   ? page_text(line.text) + "\n"
                   : fmt::format("<mark>{}  ; ✗ {}</mark>\n", page_text(line.text), page_text(line.fault));
    return out + "</pre>\n";
}

std::string exhibit_part(const Exhibit& exhibit) {
    std::string out = "<details class=\"world\">\n<summary>Zones and chains of trust</summary>\n<div>\n";
    if (!exhibit.resolvers.empty()) out += lines_part("Resolvers", exhibit.resolvers, "");
    if (!exhibit.zones.empty()) out += "<h4>The zones before they were signed</h4>\n";
    for (const auto& zone : exhibit.zones) out += zone_part(zone);
    if (!exhibit.chains.empty()) out += "<h4>The chains of trust</h4>\n";
    for (const auto& [title, picture] : exhibit.chains)
        out += fmt::format(
            "<h5>{}</h5>\n<div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>\n",
            page_text(title), page_text(title), page_drawing(picture));
    return out + "</div>\n</details>\n";
}

std::string facts_of(const Cell& cell) {
    std::string out = "<dl>";
    const auto fact = [&](std::string_view name, const std::string& value) {
        out += fmt::format("<dt>{}</dt><dd>{}</dd>", name, page_text(value));
    };
    fact("allowed", words_of(cell.allowed));
    fact("seen", word_of(cell));
    if (cell.twin) fact("with a certificate that no record matches", std::string(tlsa::to_text(*cell.twin)));
    if (!cell.trouble.empty()) fact(cell.skipped ? "why" : "trouble", cell.trouble);
    if (cell.explanation) out += fmt::format("<dt>known</dt><dd>{}</dd>", page_explanation(*cell.explanation));
    if (cell.elapsed_ms > 0) fact("took", fmt::format("{:.1f} ms", cell.elapsed_ms));
    return out + "</dl>\n";
}

std::string result_part(const PageIndex& index, std::size_t column, std::size_t number) {
    const auto& cell = index.conformance.cells[number];
    const auto look = look_of(cell);
    std::string out =
        fmt::format("<details class=\"result\" data-c=\"{}\" data-look=\"{}\">\n<summary><span class=\"key "
                    "{}\">{}{}</span> <b>{}</b> {}</summary>\n<div id=\"r{}\">\n",
                    column, class_of(look), class_of(look), mark_of(look), word_of(cell), page_text(cell.sut),
                    page_text(cell.mode), number);
    out += facts_of(cell);
    out += lines_part("Witnesses that contradict each other", cell.contradictions, "");
    std::vector<std::string> answers;
    for (const auto& answer : cell.answers) answers.push_back(answer_line(answer));
    out += lines_part("What it holds of each answer", answers, "");
    if (!cell.skipped) {
        out += lines_part("What the servers saw", cell.sessions, cell.answers.empty() ? "no connection" : "");
        out += lines_part("What the program said", cell.log, "nothing");
        out += lines_part("What it asked the DNS", cell.queries, "nothing");
        if (!cell.command.empty()) out += lines_part("How it was called", {cell.command}, "");
    }
    return out + fmt::format("<p><a href=\"#m{}\">Back to the table</a></p>\n</div>\n</details>\n", number);
}

std::string numbers_of(const PageIndex& index, const PageCase& one) {
    Tally tally;
    for (const auto& [column, cell] : one.results) tally.add(index.conformance.cells[cell]);
    if (tally.deviate != 0)
        return fmt::format("<span class=\"key bad\">✗ {} of {} deviate</span>", tally.deviate, tally.all());
    if (tally.agree != 0) return "<span class=\"key ok\">✓ no deviation</span>";
    return "<span class=\"key skip\">– not asked</span>";
}

std::string case_part(const PageIndex& index, std::size_t number) {
    const auto& one = index.cases[number];
    std::string out =
        fmt::format("<details class=\"case\" data-s=\"{}\">\n<summary><h3>{}</h3> {}</summary>\n"
                    "<div id=\"s{}\">\n<p>{}</p>\n",
                    number, page_text(case_name(*one.any)), numbers_of(index, one), number, page_text(one.any->about));
    if (one.exhibit != nullptr && !one.exhibit->faults.empty())
        out += "<h4>Broken on purpose</h4>\n" + page_lines(one.exhibit->faults);
    out += proofs_part(*one.any);
    if (!one.any->basis.empty()) out += "<h4>What the rules ask</h4>\n" + page_list(one.any->basis);
    if (one.exhibit != nullptr) out += exhibit_part(*one.exhibit);
    out += "<h4>Results</h4>\n";
    for (const auto& [column, cell] : one.results) out += result_part(index, column, cell);
    return out + "</div>\n</details>\n";
}

} // namespace

std::string page_cases(const PageIndex& index) {
    std::string out =
        "<section id=\"cases\" aria-labelledby=\"cases-title\">\n<h2 id=\"cases-title\">Case by case</h2>\n"
        "<p class=\"dim\">What each case is, its zones with what was broken, and what the servers, the "
        "program and the resolver saw of each result. Paper takes along what stands open.</p>\n";
    for (std::size_t i = 0; i < index.cases.size(); ++i) out += case_part(index, i);
    return out + "</section>\n";
}

} // namespace harness
