#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/sut/conformance.h"
#include "harness/sut/tally.h"

namespace harness {

namespace {

struct Colours {
    std::string_view good, bad, dim, bold, off;
};

std::string row_name(const Cell& cell) {
    return cell.row != 0 ? fmt::format("row {:>2}  {}", cell.row, cell.scenario) : cell.scenario;
}

bool proven(const Cell& cell) {
    return std::all_of(cell.proofs.begin(), cell.proofs.end(),
                       [](const Proof& proof) { return proof.wanted == proof.seen; });
}

// "verified", with another key "deferred": authenticated, not merely encrypted.
std::string twin_note(const Cell& cell) {
    return cell.twin ? fmt::format("; with another key: {}", tlsa::to_text(*cell.twin)) : "";
}

void add_matrix(std::string& out, const std::vector<const Cell*>& cells, const Colours& colours) {
    std::size_t width = 10;
    for (const auto* cell : cells) width = std::max(width, row_name(*cell).size());
    for (const auto* cell : cells) {
        const auto mark = cell->skipped ? "  --  " : cell->agrees() ? "agrees" : "DEVIATES";
        const auto colour = cell->skipped ? colours.dim : cell->agrees() ? colours.good : colours.bad;
        out += fmt::format("  {:<{}}  {:<20} {}{}{}{}{}\n", row_name(*cell), width, word_of(*cell), colour, mark,
                           colours.off, twin_note(*cell),
                           was_not_run(*cell) ? "; " + cell->trouble
                           : proven(*cell)    ? ""
                                              : "; STATE NOT PROVEN");
    }
}

void add_lines(std::string& out, std::string_view title, const std::vector<std::string>& lines) {
    constexpr std::size_t enough = 12; // the rest is in the JSON and HTML reports
    for (std::size_t i = 0; i < std::min(lines.size(), enough); ++i)
        out += fmt::format("      {:<8} {}\n", i == 0 ? title : "", lines[i]);
    if (lines.size() > enough) out += fmt::format("               ... {} more\n", lines.size() - enough);
}

std::vector<std::string> answer_lines(const Cell& cell) {
    std::vector<std::string> lines;
    for (const auto& answer : cell.answers) lines.push_back(answer_line(answer));
    return lines;
}

// By what the cells were judged, each once: "rfc7672 and rfc4035".
std::string profiles_of(const std::vector<Cell>& cells) {
    std::vector<std::string> profiles;
    for (const auto& cell : cells)
        if (std::ranges::find(profiles, cell.profile) == profiles.end()) profiles.push_back(cell.profile);
    return fmt::format("{}", fmt::join(profiles, " and "));
}

void add_details(std::string& out, const Cell& cell, const Colours& colours) {
    out += fmt::format("\n    {}{}{}: {}\n", colours.bold, cell.scenario, colours.off, cell.about);
    out +=
        fmt::format("      allowed  {}\n      seen     {}{}\n", words_of(cell.allowed), word_of(cell), twin_note(cell));
    if (!cell.trouble.empty()) out += fmt::format("      trouble  {}\n", cell.trouble);
    add_lines(out, "against", cell.contradictions);
    if (cell.explanation) out += fmt::format("      known    {} ({})\n", cell.explanation->text, cell.explanation->rfc);
    add_lines(out, "text", cell.basis);
    add_lines(out, "answers", answer_lines(cell));
    for (const auto& proof : cell.proofs)
        out += fmt::format("      state    {}: {} says {}{}\n", proof.question, proof.by, proof.seen,
                           proof.wanted == proof.seen ? "" : ", wanted: " + proof.wanted);
    add_lines(out, "asked", cell.queries);
    add_lines(out, "server", cell.sessions);
    add_lines(out, "log", cell.log);
}

} // namespace

std::string conformance_text(const Conformance& conformance, bool coloured) {
    const Colours colours = coloured ? Colours{"\x1b[32m", "\x1b[31;1m", "\x1b[2m", "\x1b[1m", "\x1b[0m"} : Colours{};
    std::string out;
    Tally tally;
    for (const auto& system : conformance.systems) {
        for (const auto& [mode, about] : system.modes) {
            std::vector<const Cell*> cells;
            for (const auto& cell : conformance.cells)
                if (cell.sut == system.name && cell.mode == mode) cells.push_back(&cell);
            if (cells.empty()) continue;
            out +=
                fmt::format("{}{} {}{} {}{}, against {}\n", colours.bold, system.name, mode, colours.off,
                            system.version, about.empty() ? "" : fmt::format(" ({})", about), cells.front()->profile);
            add_matrix(out, cells, colours);
            for (const auto* cell : cells) {
                tally.add(*cell);
                if (!cell->agrees() && !was_not_run(*cell)) add_details(out, *cell, colours);
            }
            out += "\n";
        }
    }
    if (conformance.resolver != builtin_resolver)
        out += fmt::format("validated in front of them: {}\n", conformance.resolver);
    for (const auto& note : conformance.notes) out += note + "\n";
    return out + fmt::format("{} cell{}: {} agree with {}, {} deviate, {} not asked\n", conformance.cells.size(),
                             conformance.cells.size() == 1 ? "" : "s", tally.agree, profiles_of(conformance.cells),
                             tally.deviate, tally.skipped);
}

} // namespace harness
