#include "harness/sut/judging.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

namespace harness {

namespace {

std::vector<std::string> filled_in(const std::vector<std::string>& words,
                                   const std::map<std::string, std::string>& values) {
    std::vector<std::string> out;
    for (const auto& word : words)
        if (auto filled = harness::filled_in(word, values); !filled.empty()) out.push_back(std::move(filled));
    return out;
}

std::map<std::string, std::string> values_for(const dns::Question& question, const Scenario& scenario,
                                              const SutMode& mode) {
    auto values = mode.values;
    values["mode"] = mode.name;
    values["name"] = question.name.to_text();
    values["type"] = dns::to_text(question.type);
    values["class"] = dns::to_text(question.rr_class);
    values["resolver"] = published_resolvers(scenario).front().endpoint.address.to_string();
    return values;
}

// Without privileges only files that are there can be covered, and a judge without the scenario's anchor would call
// everything bogus. "" where it has what it reads.
std::string missing_anchor(const Sut& sut) {
    for (const std::string path : {"/usr/share/dns/root.key", "/etc/bind/bind.keys"}) {
        const auto names_it = [&](const std::string& text) { return text.find(path) != std::string::npos; };
        const bool reads_it = std::ranges::any_of(sut.command, names_it) ||
                              std::ranges::any_of(sut.files, [&](const auto& file) { return names_it(file.second); });
        if (reads_it && !std::filesystem::exists(path))
            return fmt::format("{} cannot be put in its place without root, as the machine has none", path);
    }
    return {};
}

// What the judge says to one question; `cell` gains its command, its output and its trouble.
std::optional<validator::Security> ask(const Sut& sut, const std::map<std::string, std::string>& values, Cell& cell) {
    const auto command = filled_in(sut.command, values);
    const auto child = run_child(command, harness::filled_in(sut.input, values), sut.deadline);
    const auto shown = fmt::format("{}", fmt::join(command, " "));
    cell.command += (cell.command.empty() ? "" : "; ") + shown;
    cell.elapsed_ms += static_cast<double>(child.elapsed.count()) / 1000;
    cell.log.push_back("$ " + shown);
    for (auto& line : lines_of(child.output)) cell.log.push_back(std::move(line));
    auto trouble = trouble_of(child, sut.deadline);
    const auto said = trouble.empty() ? word_as<validator::Security>(claim_of(sut, child.output, child.status, values))
                                      : std::nullopt;
    if (trouble.empty() && !said) trouble = fmt::format("no claim fits its output (exit status {})", child.status);
    if (!trouble.empty() && cell.trouble.empty()) cell.trouble = trouble;
    return said;
}

} // namespace

std::vector<Judged> judged_questions(const Scenario& scenario) {
    auto questions = scenario.judged;
    const bool known = std::ranges::any_of(
        questions, [&](const Judged& one) { return scenario.ask && one.question == *scenario.ask; });
    if (scenario.ask && scenario.expect.security && !known) {
        Judged asked;
        asked.question = *scenario.ask;
        asked.security = *scenario.expect.security;
        questions.push_back(std::move(asked));
    }
    return questions;
}

bool is_for_judges(const Scenario& scenario) {
    return scenario.later.empty() && !scenario.story && scenario.resolvers.size() <= 1 &&
           !judged_questions(scenario).empty();
}

const Answer& deciding(const std::vector<Answer>& answers) {
    const auto deviating = std::ranges::find_if(answers, [](const Answer& one) { return !one.agrees(); });
    return deviating != answers.end() ? *deviating : *std::ranges::max_element(answers, {}, &Answer::expected);
}

void judge(const Sut& sut, LiveInternet& internet, const Scenario& scenario, const SutMode& mode, Cell& cell) {
    const auto questions = judged_questions(scenario);
    cell.allowed = {std::ranges::max_element(questions, {}, &Judged::security)->security};
    try {
        internet.set(scenario, Validating::no);
    } catch (const std::exception& error) {
        cell.trouble = error.what();
        return;
    }
    cell.trouble = missing_anchor(sut);
    if (!cell.trouble.empty()) return;
    const auto begin = values_for(questions.front().question, scenario, mode);
    for (const auto& between : sut.between) {
        cell.trouble = failure_of(filled_in(between, begin), sut.deadline);
        if (!cell.trouble.empty()) return;
    }
    for (const auto& one : questions) {
        const auto said = ask(sut, values_for(one.question, scenario, mode), cell);
        cell.answers.push_back({one.question.to_text(), said, one.security});
    }
    cell.queries = internet.queries();
    const auto& decided = deciding(cell.answers);
    if (decided.said) cell.outcome = *decided.said;
    cell.allowed = {decided.expected};
}

} // namespace harness
