// The machine-readable reports: JSON and back, JUnit, TAP.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/markup.h"
#include "harness/sut/conformance.h"
#include "harness/sut/tally.h"

namespace harness {

using nlohmann::json;

namespace {

std::string summary(const Cell& cell) {
    if (!cell.trouble.empty()) return cell.trouble;
    auto text = fmt::format("allowed {}, seen {}", words_of(cell.allowed), word_of(cell));
    for (const auto& answer : cell.answers)
        if (!answer.agrees()) text += "; " + answer_line(answer);
    for (const auto& contradiction : cell.contradictions) text += "; " + contradiction;
    return text;
}

std::string name_of(const Cell& cell) { return cell.sut + " " + cell.mode + " " + cell.scenario; }

// TAP is read line by line, and " #" begins a directive: what a program said must be neither.
std::string for_tap(const std::string& text) {
    std::string out;
    for (const char c : text)
        if (c == '\n' || c == '\r')
            out += ' ';
        else if (c == '#')
            out += "\\#";
        else
            out += c;
    return out;
}

Tally tally_of(const Conformance& conformance, const std::string& system) { // "": of all
    Tally tally;
    for (const auto& cell : conformance.cells)
        if (system.empty() || cell.sut == system) tally.add(cell);
    return tally;
}

std::string junit_counts(const Tally& tally) {
    return fmt::format("tests=\"{}\" failures=\"{}\" skipped=\"{}\"", tally.all(), tally.deviate, tally.skipped);
}

json exhibit_json(const Exhibit& exhibit) {
    json zones = json::array(), chains = json::array();
    for (const auto& zone : exhibit.zones) {
        json lines = json::array();
        for (const auto& line : zone.lines)
            lines.push_back(line.fault.empty() ? json{{"text", line.text}}
                                               : json{{"text", line.text}, {"fault", line.fault}});
        zones.push_back({{"apex", zone.apex}, {"signing", zone.signing}, {"lines", lines}});
    }
    for (const auto& [title, picture] : exhibit.chains) chains.push_back({{"title", title}, {"svg", picture}});
    return {{"scenario", exhibit.scenario}, {"about", exhibit.about},         {"zones", zones},
            {"faults", exhibit.faults},     {"resolvers", exhibit.resolvers}, {"chains", chains}};
}

Exhibit exhibit_from(const json& in) {
    Exhibit exhibit;
    in.at("scenario").get_to(exhibit.scenario);
    in.at("about").get_to(exhibit.about);
    in.at("faults").get_to(exhibit.faults);
    in.at("resolvers").get_to(exhibit.resolvers);
    for (const auto& zone : in.at("zones")) {
        exhibit.zones.push_back({zone.at("apex"), zone.at("signing"), {}});
        for (const auto& line : zone.at("lines"))
            exhibit.zones.back().lines.push_back({line.at("text"), line.value("fault", "")});
    }
    for (const auto& chain : in.at("chains")) exhibit.chains.emplace_back(chain.at("title"), chain.at("svg"));
    return exhibit;
}

} // namespace

std::string conformance_json(const Conformance& conformance) {
    json systems = json::array(), cells = json::array();
    for (const auto& system : conformance.systems) {
        json modes = json::array();
        for (const auto& [name, about] : system.modes) modes.push_back({{"name", name}, {"about", about}});
        systems.push_back(
            {{"name", system.name}, {"version", system.version}, {"about", system.about}, {"modes", modes}});
    }
    for (const auto& cell : conformance.cells) cells.push_back(json::parse(cell_json(cell)));
    json scenarios = json::array();
    for (const auto& exhibit : conformance.exhibits) scenarios.push_back(exhibit_json(exhibit));
    const auto tally = tally_of(conformance, "");
    return json{{"profile", conformance.profile},
                {"resolver", conformance.resolver},
                {"systems", systems},
                {"cells", cells},
                {"scenarios", scenarios},
                {"notes", conformance.notes},
                {"totals",
                 {{"cells", conformance.cells.size()},
                  {"agree", tally.agree},
                  {"deviate", tally.deviate},
                  {"skipped", tally.skipped}}}}
               .dump(2, ' ', false, json::error_handler_t::replace) +
           "\n";
}

Conformance conformance_from_json(const std::string& text) {
    try {
        const auto in = json::parse(text);
        Conformance conformance;
        in.at("profile").get_to(conformance.profile);
        conformance.resolver = in.value("resolver", builtin_resolver);
        for (const auto& system : in.at("systems")) {
            SutInfo info{system.at("name"), system.at("version"), system.at("about"), {}};
            for (const auto& mode : system.at("modes")) info.modes.emplace_back(mode.at("name"), mode.at("about"));
            conformance.systems.push_back(std::move(info));
        }
        for (const auto& cell : in.at("cells")) {
            conformance.cells.push_back(cell_from_json(cell.dump()));
        }
        in.at("notes").get_to(conformance.notes);
        for (const auto& scenario : in.at("scenarios")) conformance.exhibits.push_back(exhibit_from(scenario));
        return conformance;
    } catch (const json::exception& error) {
        throw ScenarioError(fmt::format("report: is no JSON report of `danelab run --sut`: {}", error.what()));
    }
}

std::string conformance_junit(const Conformance& conformance) {
    std::string out = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"danelab\" {}>\n",
                                  junit_counts(tally_of(conformance, "")));
    std::string notes; // of the run: in the first suite, as there is no place for them above
    for (const auto& note : conformance.notes) notes += escaped_for_markup(note) + "\n";
    for (const auto& system : conformance.systems) {
        out += fmt::format("  <testsuite name=\"{}\" {}>\n", escaped_for_markup(system.name + " " + system.version),
                           junit_counts(tally_of(conformance, system.name)));
        for (const auto& cell : conformance.cells) {
            if (cell.sut != system.name) continue;
            out += fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{:.3f}\"",
                               escaped_for_markup(cell.sut), escaped_for_markup(cell.mode),
                               escaped_for_markup(cell.scenario), cell.elapsed_ms / 1000);
            if (cell.skipped)
                out += fmt::format("><skipped message=\"{}\"/></testcase>\n", escaped_for_markup(cell.trouble));
            else if (cell.agrees())
                out += "/>\n";
            else
                out += fmt::format("><failure message=\"{}\"/></testcase>\n", escaped_for_markup(summary(cell)));
        }
        if (!notes.empty()) out += fmt::format("    <system-err>{}</system-err>\n", notes);
        notes.clear();
        out += "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
}

std::string conformance_tap(const Conformance& conformance) {
    std::string out = fmt::format("TAP version 13\n1..{}\n", conformance.cells.size());
    std::size_t number = 0;
    for (const auto& cell : conformance.cells) {
        out += fmt::format("{} {} - {}{}\n", cell.agrees() ? "ok" : "not ok", ++number, for_tap(name_of(cell)),
                           cell.skipped ? " # SKIP " + for_tap(cell.trouble) : "");
        if (!cell.agrees()) out += fmt::format("# {}\n", for_tap(summary(cell)));
    }
    for (const auto& note : conformance.notes) out += fmt::format("# {}\n", for_tap(note));
    return out;
}

} // namespace harness
