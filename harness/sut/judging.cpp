#include "harness/sut/judging.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace harness {

namespace {

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

// What the judge says to one question; `cell` gains its command, its output and its trouble.
std::optional<validator::Security> ask(const Sut& sut, const std::map<std::string, std::string>& values, Cell& cell) {
    const auto command = filled_in(sut.command, values);
    const auto child = run_child(command, filled_in(sut.input, values), sut.deadline);
    const auto shown = fmt::format("{}", fmt::join(command, " "));
    cell.command += (cell.command.empty() ? "" : "; ") + shown;
    cell.elapsed_ms += static_cast<double>(child.elapsed.count()) / 1000;
    cell.log.push_back("$ " + shown);
    for (auto& line : lines_of(child.output)) cell.log.push_back(std::move(line));
    auto trouble = trouble_of(sut, child);
    const auto* claim = trouble.empty() ? claim_of(sut, child.output, child.status, values) : nullptr;
    const auto said = claim != nullptr ? word_as<validator::Security>(claim->outcome) : std::nullopt;
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

validator::Security weakest_of(const std::vector<Judged>& questions) {
    return std::ranges::max_element(questions, {}, &Judged::security)->security;
}

const Answer& deciding(const std::vector<Answer>& answers) {
    const auto deviating = std::ranges::find_if(answers, [](const Answer& one) { return !one.agrees(); });
    return deviating != answers.end() ? *deviating : *std::ranges::max_element(answers, {}, &Answer::expected);
}

void judge(const Sut& sut, LiveInternet& internet, const Scenario& scenario, const SutMode& mode, Cell& cell) {
    const auto questions = judged_questions(scenario);
    try {
        internet.set(scenario, Validating::no);
    } catch (const std::exception& error) {
        cell.trouble = error.what();
        return;
    }
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
    // A program that could not even start must not pass for one that found no answer.
    const bool answered = scenario.resolvers.empty() || scenario.resolvers.front().reachable;
    if (answered && !internet.asked().anything && std::ranges::any_of(cell.answers, [](const Answer& one) {
            return one.said == validator::Security::indeterminate;
        }))
        cell.contradictions.emplace_back("the program says \"indeterminate\", but asked no question");
    const auto& decided = deciding(cell.answers);
    if (decided.said) cell.outcome = *decided.said;
    cell.allowed = {decided.expected};
}

} // namespace harness
