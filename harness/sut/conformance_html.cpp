// The report as one page that needs nothing else: matrix, filters, and behind each result its witnesses, the zones with
// the fault marked, and the chain of trust drawn. Readable without the script, which only filters.
#include <botan/hash.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "harness/data_dir.h"
#include "harness/markup.h"
#include "harness/sut/conformance.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

std::string text(std::string_view plain) { return escaped_for_markup(plain); }

std::string data_text(const std::string& name) {
    const auto file = data_file("harness/sut/" + name);
    std::ifstream in(file, std::ios::binary);
    std::string content(std::istreambuf_iterator<char>(in), {});
    if (content.empty()) throw ScenarioError(fmt::format("report: {}: cannot be read", file));
    return content;
}

// What the page's own policy lets run: this script and no other, whatever a report that was read holds.
std::string digest(const std::string& script) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(script);
    const auto octets = hash->final_stdvec();
    return dns::base64(dns::Bytes(octets.begin(), octets.end()));
}

std::string_view look_of(const Cell& cell) { return cell.skipped ? "skip" : cell.agrees() ? "ok" : "bad"; }

std::string column_of(const Cell& cell) { return cell.sut + " " + cell.mode; }

std::string pre(const std::vector<std::string>& lines) {
    std::string out = "<pre>";
    for (const auto& line : lines) out += text(line) + "\n";
    return out + "</pre>\n";
}

std::string section(std::string_view title, const std::vector<std::string>& lines, std::string_view otherwise) {
    if (lines.empty() && otherwise.empty()) return {};
    return fmt::format("<h3>{}</h3>\n{}", title,
                       lines.empty() ? fmt::format("<p class=\"dim\">{}</p>\n", otherwise) : pre(lines));
}

// The page, put together part by part.
class Page {
  public:
    explicit Page(const Conformance& conformance)
        : conformance_(conformance) {
        for (const auto& exhibit : conformance.exhibits)
            exhibit_numbers_.emplace(exhibit.scenario, exhibit_numbers_.size());
    }

    std::string html() const {
        const auto script = "\n" + data_text("report.js");
        return fmt::format(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
            "script-src 'sha256-{}'\">\n"
            "<title>DANE conformance "
            "report</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{}{}{}{}{}</main>\n<script>{}</script>\n"
            "</body>\n</html>\n",
            digest(script), data_text("report.css"), introduction(), filters(), matrices(), details(), exhibits(),
            script);
    }

  private:
    const Conformance& conformance_;
    std::map<std::string, std::size_t> exhibit_numbers_;

    std::string introduction() const {
        std::size_t agree = 0, deviate = 0, skipped = 0;
        for (const auto& cell : conformance_.cells) ++(cell.skipped ? skipped : cell.agrees() ? agree : deviate);
        std::string systems;
        for (const auto& system : conformance_.systems)
            systems += fmt::format("<dt>{}</dt><dd>{} <span class=\"dim\">{}</span></dd>\n", text(system.name),
                                   text(system.about), text(system.version));
        systems += fmt::format("<dt>resolver</dt><dd>{} <span class=\"dim\">validated in front of them</span></dd>\n",
                               text(conformance_.resolver));
        std::string notes;
        for (const auto& note : conformance_.notes) notes += fmt::format("<li>{}</li>\n", text(note));
        return fmt::format(
            "<h1>DANE conformance report</h1>\n"
            "<p>DANE (RFC 6698, RFC 7671, RFC 7672) lets a mail domain publish, in signed DNS, which certificate its "
            "mail servers show. "
            "Each row below is a small Internet of its own, with really signed zones, one of them often broken on "
            "purpose, and real mail "
            "servers. Each program was sent through it as it is; what became of the message is read from the servers' "
            "records first and from "
            "the program's own words second. The result agrees where the profile <b>{}</b> allows it.</p>\n"
            "<ul "
            "class=\"numbers\"><li><b>{}</b>results</li><li><b>{}</b>agree</li><li><b>{}</b>deviate</li><li><b>{}</"
            "b>not asked</li></ul>\n"
            "<h2>What was tried</h2>\n<dl>\n{}</dl>\n{}"
            "<h2>The words</h2>\n<dl>\n"
            "<dt>verified</dt><dd>delivered, and the server authenticated by TLSA records below a secure MX</dd>\n"
            "<dt>verified-insecure-mx</dt><dd>the same below an insecure MX: no secure delivery to the domain (RFC "
            "7672 §2.2.1)</dd>\n"
            "<dt>unauthenticated-tls</dt><dd>delivered inside TLS to whoever answered</dd>\n"
            "<dt>cleartext</dt><dd>delivered without TLS</dd>\n"
            "<dt>deferred</dt><dd>not delivered; kept for the next attempt</dd>\n"
            "<dt>bounced</dt><dd>not delivered, and returned to the sender</dd>\n"
            "<dt>secure, insecure, bogus, indeterminate</dt><dd>of a DNSSEC judge: what it holds an answer for (RFC 4035 "
            "§4.3)</dd>\n</dl>\n",
            text(conformance_.profile), conformance_.cells.size(), agree, deviate, skipped, systems,
            notes.empty() ? "" : "<ul>\n" + notes + "</ul>\n");
    }

    std::string filters() const {
        std::string options;
        for (const auto& column : columns()) options += fmt::format("<option value=\"{0}\">{0}</option>", text(column));
        return fmt::format(
            "<h2>Results</h2>\n<form class=\"filters\" onsubmit=\"return false\">\n"
            "<label>System <select id=\"system\"><option value=\"\">all</option>{}</select></label>\n"
            "<label>Word <input type=\"search\" id=\"word\" placeholder=\"bogus, alias, row 5\"></label>\n"
            "<label><input type=\"checkbox\" id=\"only\"> deviations only</label>\n"
            "<span class=\"dim\" id=\"shown\" role=\"status\"></span>\n</form>\n",
            options);
    }

    std::vector<std::string> columns() const {
        std::vector<std::string> columns;
        for (const auto& cell : conformance_.cells)
            if (std::find(columns.begin(), columns.end(), column_of(cell)) == columns.end())
                columns.push_back(column_of(cell));
        return columns;
    }

    std::string matrices() const {
        std::string out;
        for (const auto& [table, title] : {std::pair<std::string, std::string>{"mandatory", "Mandatory DANE"},
                                           {"opportunistic", "Opportunistic DANE"},
                                           {"", "Further cases"}})
            out += matrix(table, title);
        return out;
    }

    std::string matrix(const std::string& table, const std::string& title) const {
        std::vector<std::string> here, scenarios;
        std::map<std::pair<std::string, std::string>, std::size_t> at;
        for (std::size_t i = 0; i < conformance_.cells.size(); ++i) {
            const auto& cell = conformance_.cells[i];
            if (cell.table != table) continue;
            at[{cell.scenario, column_of(cell)}] = i;
            if (std::find(here.begin(), here.end(), column_of(cell)) == here.end()) here.push_back(column_of(cell));
            if (std::find(scenarios.begin(), scenarios.end(), cell.scenario) == scenarios.end())
                scenarios.push_back(cell.scenario);
        }
        if (here.empty()) return {};
        std::string out = fmt::format("<h3>{}</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                                      "aria-label=\"{}\">\n<table>\n<thead><tr><th>Case</th>",
                                      title, title);
        for (const auto& column : here) out += fmt::format("<th data-column=\"{0}\">{0}</th>", text(column));
        out += "</tr></thead>\n<tbody>\n";
        for (const auto& scenario : scenarios) {
            out += fmt::format("<tr data-scenario=\"{}\"><th scope=\"row\">{}</th>", text(scenario),
                               scenario_link(scenario, at, here));
            for (const auto& column : here) {
                const auto found = at.find({scenario, column});
                if (found == at.end())
                    out += fmt::format("<td data-column=\"{}\"></td>", text(column));
                else
                    out += matrix_cell(found->second, column);
            }
            out += "</tr>\n";
        }
        return out + "</tbody>\n</table>\n</div>\n";
    }

    std::string scenario_link(const std::string& scenario,
                              const std::map<std::pair<std::string, std::string>, std::size_t>& at,
                              const std::vector<std::string>& columns) const {
        std::string row;
        for (const auto& column : columns)
            if (const auto found = at.find({scenario, column});
                found != at.end() && conformance_.cells[found->second].row != 0)
                row = fmt::format("<b>row {}</b> ", conformance_.cells[found->second].row);
        const auto number = exhibit_numbers_.find(scenario);
        if (number == exhibit_numbers_.end()) return row + text(scenario);
        return fmt::format("{}<a href=\"#s{}\">{}</a>", row, number->second, text(scenario));
    }

    std::string matrix_cell(std::size_t number, const std::string& column) const {
        const auto& cell = conformance_.cells[number];
        return fmt::format("<td class=\"{}\" data-column=\"{}\"><a href=\"#c{}\" title=\"{}\">{} {}</a></td>",
                           look_of(cell), text(column), number,
                           cell.skipped    ? "not asked"
                           : cell.agrees() ? "agrees"
                                           : "deviates",
                           cell.skipped    ? "–"
                           : cell.agrees() ? "✓"
                                           : "✗",
                           word_of(cell));
    }

    std::string details() const {
        std::string out = "<h2>Each result</h2>\n";
        for (std::size_t i = 0; i < conformance_.cells.size(); ++i) out += detail(conformance_.cells[i], i);
        return out;
    }

    std::string detail(const Cell& cell, std::size_t number) const {
        auto searched =
            fmt::format("{} {} {} row {} {}", column_of(cell), cell.scenario, cell.about, cell.row, word_of(cell));
        std::transform(searched.begin(), searched.end(), searched.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::string out = fmt::format(
            "<details id=\"c{}\" data-system=\"{}\" data-agrees=\"{}\" data-scenario=\"{}\" data-text=\"{}\">\n"
            "<summary><span class=\"tag {}\">{}</span><b>{}</b> {}</summary>\n<div>\n<p>{}</p>\n",
            number, text(column_of(cell)), cell.agrees() ? "yes" : "no", text(cell.scenario), text(searched),
            look_of(cell), word_of(cell), text(column_of(cell)), text(cell.scenario), text(cell.about));
        out += fmt::format("<dl><dt>allowed by {}</dt><dd>{}</dd><dt>seen</dt><dd>{}</dd>", text(cell.profile),
                           words_of(cell.allowed), word_of(cell));
        if (cell.twin) out += fmt::format("<dt>with another key</dt><dd>{}</dd>", tlsa::to_text(*cell.twin));
        if (!cell.trouble.empty())
            out += fmt::format("<dt>{}</dt><dd>{}</dd>", cell.skipped ? "why" : "trouble", text(cell.trouble));
        out += fmt::format("<dt>took</dt><dd>{:.1f} ms</dd></dl>\n", cell.elapsed_ms);
        std::vector<std::string> proofs;
        for (const auto& proof : cell.proofs)
            proofs.push_back(fmt::format("{}: {} says {}{}", proof.question, proof.by, proof.seen,
                                         proof.seen == proof.wanted ? "" : ", wanted: " + proof.wanted));
        out += section("Witnesses that contradict each other", cell.contradictions, "");
        std::vector<std::string> answers;
        for (const auto& answer : cell.answers) answers.push_back(answer_line(answer));
        out += section("What it holds of each answer", answers, "");
        out += section("The states, proven by an independent validator in the same run", proofs, "not asked");
        out += section("What it asked", cell.queries, "nothing");
        out += section("What the servers saw", cell.sessions, "no connection");
        out += section("What it said", cell.log, "nothing");
        out += section("How it was called", {cell.command}, "");
        const auto exhibit = exhibit_numbers_.find(cell.scenario);
        if (exhibit != exhibit_numbers_.end())
            out += fmt::format("<p><a href=\"#s{}\">The zones of this case, and its chain of trust</a></p>\n",
                               exhibit->second);
        return out + "</div>\n</details>\n";
    }

    std::string exhibits() const {
        if (conformance_.exhibits.empty()) return {};
        std::string out = "<h2>The cases</h2>\n";
        for (std::size_t i = 0; i < conformance_.exhibits.size(); ++i) out += exhibit(conformance_.exhibits[i], i);
        return out;
    }

    std::string exhibit(const Exhibit& one, std::size_t number) const {
        std::string out = fmt::format("<details id=\"s{}\">\n<summary>{}</summary>\n<div>\n<p>{}</p>\n", number,
                                      text(one.scenario), text(one.about));
        out += section("Broken on purpose", one.faults, "nothing");
        out += section("Resolvers", one.resolvers, "");
        for (const auto& zone : one.zones) {
            out += fmt::format("<h3>{} <span class=\"dim\">{}</span></h3>\n<pre>", text(zone.apex), zone.signing);
            for (const auto& line : zone.lines)
                out += line.fault.empty() ? text(line.text) + "\n"
                                          : fmt::format("<mark>{}  ; {}</mark>\n", text(line.text), text(line.fault));
            out += "</pre>\n";
        }
        for (const auto& [title, picture] : one.chains)
            out += fmt::format("<h3>{}</h3>\n<div class=\"picture\">{}</div>\n", text(title), picture);
        return out + "</div>\n</details>\n";
    }
};

} // namespace

std::string conformance_html(const Conformance& conformance) { return Page(conformance).html(); }

} // namespace harness
