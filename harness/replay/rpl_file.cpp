#include "harness/replay/rpl_file.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "harness/replay/rpl_config.h"
#include "harness/replay/rpl_entry.h"
#include "resolver/dns/registry.h"

namespace harness::replay {

namespace {

class ScenarioReader {
  public:
    ScenarioReader(const std::string& file, std::string_view text)
        : lines_(file, text) {
        scenario_.file = file;
    }
    RplScenario read();

  private:
    Line next(std::string_view expected); // that is neither empty nor a comment
    void read_title();
    void read_range(const Line& begin);
    void read_step(const Line& begin);
    void read_step_body(const Line& begin, Step& step, std::string_view rest);
    void read_passing_time(const Line& begin, Step& step, std::string_view rest);
    void read_assignment(const Line& begin, Step& step, std::string_view rest);
    void read_file_lines(Step& step);
    void read_cache_step(const Line& begin, Step& step, std::string_view rest);
    void read_step_entry(Step& step);
    bool passes_over(const Line& line);
    std::uint64_t number(const Line& line, std::string_view text) const;
    void check_order() const;

    Lines lines_;
    RplScenario scenario_;
};

Line ScenarioReader::next(std::string_view expected) {
    while (!lines_.at_end()) {
        const Line line = lines_.take();
        if (!line.text.empty() && line.text.front() != ';' && line.text.front() != '#') return line;
    }
    lines_.fail_at_end(expected);
}

// Text between blocks that is no keyword, and END keywords that stand twice: testbound passes over them. They are
// noted, so that they can be shown.
bool ScenarioReader::passes_over(const Line& line) {
    const auto word = words(line.text).front();
    const bool is_keyword = word.size() > 1 && std::all_of(word.begin(), word.end(),
                                                           [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
    if (scenario_.dialect != Dialect::unbound || (is_keyword && word != "ENTRY_END" && word != "RANGE_END"))
        return false;
    scenario_.notes.push_back({line.number, "passed over: " + std::string(line.text)});
    return true;
}

std::uint64_t ScenarioReader::number(const Line& line, std::string_view text) const {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || at != end)
        lines_.fail(line.number, "expected a number, not '" + std::string(text) + "'");
    return value;
}

void ScenarioReader::read_title() {
    const Line line = next("SCENARIO_BEGIN");
    if (!begins_with_word(line.text, "SCENARIO_BEGIN")) lines_.fail(line.number, "expected SCENARIO_BEGIN");
    scenario_.title = trimmed(line.text.substr(std::string_view("SCENARIO_BEGIN").size()));
}

void ScenarioReader::read_range(const Line& begin) {
    const auto parts = words(without_comment(begin.text));
    if (parts.size() < 3) lines_.fail(begin.number, "expected the first and the last step behind RANGE_BEGIN");
    Range range;
    range.line = begin.number;
    range.first = number(begin, parts[1]);
    range.last = number(begin, parts[2]);
    if (parts.size() == 5 && parts[3] == "ADDRESS")
        range.addresses.emplace_back(parts[4]); // Deckard's short form
    else if (parts.size() != 3)
        lines_.fail(begin.number, "expected nothing behind the last step");
    for (;;) {
        const Line line = next("RANGE_END");
        if (begins_with_word(line.text, "RANGE_END")) break;
        if (begins_with_word(line.text, "ADDRESS")) {
            const auto address = words(line.text);
            if (address.size() < 2) lines_.fail(line.number, "expected an address");
            if (scenario_.dialect == Dialect::unbound) range.addresses.clear(); // the last one counts
            range.addresses.emplace_back(address[1].substr(0, address[1].find('@')));
        } else if (line.text.starts_with("ENTRY_BEGIN")) {
            range.entries.push_back(read_entry(lines_, line, scenario_.dialect));
        } else if (!passes_over(line)) {
            lines_.fail(line.number,
                        "expected ADDRESS, ENTRY_BEGIN or RANGE_END, not '" + std::string(line.text) + "'");
        }
    }
    scenario_.ranges.push_back(std::move(range));
}

void ScenarioReader::read_step_entry(Step& step) {
    const Line line = next("ENTRY_BEGIN");
    if (!line.text.starts_with("ENTRY_BEGIN")) lines_.fail(line.number, "expected ENTRY_BEGIN");
    step.entry = read_entry(lines_, line, scenario_.dialect);
    if (step.entry->message().questions.empty() && step.kind == StepKind::query && !step.entry->raw)
        lines_.fail(line.number, "expected a question in the entry of a QUERY");
}

void ScenarioReader::read_passing_time(const Line& begin, Step& step, std::string_view rest) {
    step.evaluate = begins_with_word(rest, "EVAL");
    if (!step.evaluate && !begins_with_word(rest, "ELAPSE"))
        lines_.fail(begin.number, "expected ELAPSE or EVAL behind TIME_PASSES");
    step.expression = trimmed(rest.substr(step.evaluate ? 4 : 6));
    if (step.expression.empty()) lines_.fail(begin.number, "expected seconds");
}

void ScenarioReader::read_assignment(const Line& begin, Step& step, std::string_view rest) {
    const std::size_t mark = rest.find('=');
    step.variable = trimmed(rest.substr(0, mark));
    if (mark == std::string_view::npos || step.variable.empty() || step.variable.find(' ') != std::string::npos)
        lines_.fail(begin.number, "expected 'variable = expression' behind ASSIGN");
    step.expression = trimmed(rest.substr(mark + 1));
}

void ScenarioReader::read_file_lines(Step& step) {
    const Line begin = next("FILE_BEGIN");
    if (!begin.raw.starts_with("FILE_BEGIN")) lines_.fail(begin.number, "expected FILE_BEGIN in column 1");
    for (;;) {
        if (lines_.at_end()) lines_.fail_at_end("FILE_END");
        const Line& line = lines_.take();
        if (line.raw.starts_with("FILE_END")) return;
        step.lines.push_back({line.number, std::string(line.raw)});
    }
}

// "FLUSH_MESSAGE name type class", "EXPIRE_MESSAGE name type class".
void ScenarioReader::read_cache_step(const Line& begin, Step& step, std::string_view rest) {
    const auto parts = words(rest);
    const auto name = dns::Name::from_text(parts.empty() ? "" : parts[0]);
    std::optional<dns::RrType> type;
    for (const auto part : parts)
        if (&part != &parts.front() && !dns::rr_class_from_text(part)) type = dns::rr_type_from_text(part);
    if (parts.size() < 2 || !name || !type) lines_.fail(begin.number, "expected a name and a type");
    step.about = dns::Question(*name, *type);
}

void ScenarioReader::read_step_body(const Line& begin, Step& step, std::string_view rest) {
    switch (step.kind) {
    case StepKind::query:
    case StepKind::check_answer:
    case StepKind::check_out_query:
    case StepKind::reply: return read_step_entry(step);
    case StepKind::time_passes: return read_passing_time(begin, step, rest);
    case StepKind::assign: return read_assignment(begin, step, rest);
    case StepKind::check_autotrust:
    case StepKind::check_tempfile:
        step.variable = rest;
        if (step.variable.empty()) lines_.fail(begin.number, "expected the id of the file");
        return read_file_lines(step);
    case StepKind::flush_message:
    case StepKind::expire_message: return read_cache_step(begin, step, rest);
    default: return;
    }
}

void ScenarioReader::read_step(const Line& begin) {
    constexpr struct {
        std::string_view name;
        StepKind kind;
        bool deckard;
    } kinds[] = {{"QUERY", StepKind::query, true},
                 {"CHECK_ANSWER", StepKind::check_answer, true},
                 {"CHECK_OUT_QUERY", StepKind::check_out_query, true},
                 {"REPLY", StepKind::reply, true},
                 {"TIME_PASSES", StepKind::time_passes, true},
                 {"TIMEOUT", StepKind::timeout, false},
                 {"ERROR", StepKind::error, false},
                 {"NOTHING", StepKind::nothing, false},
                 {"TRAFFIC", StepKind::traffic, false},
                 {"ASSIGN", StepKind::assign, false},
                 {"CHECK_AUTOTRUST", StepKind::check_autotrust, false},
                 {"CHECK_TEMPFILE", StepKind::check_tempfile, false},
                 {"INFRA_RTT", StepKind::infra_rtt, false},
                 {"FLUSH_MESSAGE", StepKind::flush_message, false},
                 {"EXPIRE_MESSAGE", StepKind::expire_message, false}};
    const std::string_view text = without_comment(begin.text);
    const auto parts = words(text);
    if (parts.size() < 3) lines_.fail(begin.number, "expected a number and a kind behind STEP");
    Step step;
    step.line = begin.number;
    step.number = number(begin, parts[1]);
    bool known = false;
    for (const auto& row : kinds) {
        if (row.name != parts[2] || (scenario_.dialect == Dialect::deckard && !row.deckard)) continue;
        step.kind = row.kind;
        known = true;
    }
    if (!known) lines_.fail(begin.number, "expected a kind of step, not '" + std::string(parts[2]) + "'");
    std::string_view rest =
        trimmed(text.substr(static_cast<std::size_t>(parts[2].data() - text.data()) + parts[2].size()));
    if (begins_with_word(rest, "ADDRESS")) {
        const auto address = words(rest);
        if (address.size() < 2) lines_.fail(begin.number, "expected an address");
        step.address = address[1].substr(0, address[1].find('@'));
        rest = trimmed(rest.substr(static_cast<std::size_t>(address[1].data() - rest.data()) + address[1].size()));
    }
    read_step_body(begin, step, rest);
    scenario_.steps.push_back(std::move(step));
}

void ScenarioReader::check_order() const {
    std::set<std::uint64_t> seen;
    for (const Step& step : scenario_.steps) {
        if (!seen.insert(step.number).second) lines_.fail(step.line, "expected another step number: this one is taken");
        if (scenario_.dialect == Dialect::unbound && step.number < *seen.rbegin())
            lines_.fail(step.line, "expected a step number above " + std::to_string(*seen.rbegin()));
    }
}

RplScenario ScenarioReader::read() {
    read_configuration(lines_, scenario_);
    read_title();
    for (;;) {
        const Line line = next("SCENARIO_END");
        if (line.text.starts_with("SCENARIO_END")) break;
        if (begins_with_word(line.text, "RANGE_BEGIN"))
            read_range(line);
        else if (begins_with_word(line.text, "STEP"))
            read_step(line);
        else if (!passes_over(line))
            lines_.fail(line.number,
                        "expected RANGE_BEGIN, STEP or SCENARIO_END, not '" + std::string(line.text) + "'");
    }
    check_order();
    return std::move(scenario_);
}

} // namespace

RplScenario read_rpl(const std::string& file, std::string_view text) { return ScenarioReader(file, text).read(); }

} // namespace harness::replay
