#include "harness/sut/conformance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "harness/clock_shift.h"
#include "harness/profile_difference.h"
#include "harness/rule_table.h"
#include "harness/sut/deviations.h"
#include "harness/sut/judging.h"
#include "harness/sut/selection.h"
#include "harness/sut/side_by_side.h"
#include "harness/system.h"

namespace harness {

namespace {

// Before a line that is no cell.
constexpr const char *proof_mark = "proof ", *version_mark = "version ", *resolver_mark = "resolver ";

std::string text_of(const ResolverProgram& resolver) {
    const auto version = version_of(resolver.installation);
    return version.empty() ? resolver.name() : fmt::format("{} ({})", resolver.name(), version);
}

// What the texts ask of this scenario: a table's row is its states, the others name their rules.
std::vector<std::string> basis_of(const Scenario& scenario) {
    std::vector<std::string> lines;
    if (scenario.expect.others) lines.push_back(scenario.expect.others->because);
    if (scenario.row != 0 && scenario.table && scenario.expect.states) {
        const auto states = states_with_alias(scenario, *scenario.expect.states);
        const bool alias = states != *scenario.expect.states;
        if (alias)
            lines.push_back(
                "RFC 7672 §2.2.2: the MX host is a secure alias of an insecure name: DANE applies where the "
                "alias itself has TLSA records");
        if (!alias || states.tlsa != tlsa::State::secure) { // the tables did not look at that host's certificate
            const auto [section, says] = rfc7672_saying(*scenario.table, states);
            lines.push_back(fmt::format("{}: {}", section, says));
        }
    }
    static const auto rules = load_rules();
    for (const auto& rule : rules) {
        const auto named = [&](const std::vector<std::string>& list) {
            return std::find(list.begin(), list.end(), rule.number) != list.end();
        };
        if (named(scenario.rules) || named(scenario.breaks))
            lines.push_back(fmt::format("{} ({}): {}", rule.number, fmt::join(rule.sources, ", "), rule.title));
    }
    return lines;
}

// One attempt in one world.
bool is_for(const Sut& sut, const Scenario& scenario) {
    if (sut.judges_dnssec) return is_for_judges(scenario);
    return is_for_suts(scenario);
}

struct Plan {
    const Sut* sut;
    std::vector<Experiment> experiments;
    std::size_t cells = 0;
};

Plan plan_of(const Sut& sut, const std::vector<Scenario>& scenarios, const ConformanceOptions& options) {
    Plan plan{&sut, {}, 0};
    for (const auto& scenario : scenarios) {
        if (!is_for(sut, scenario)) continue;
        if (sut.judges_dnssec) {
            auto basis = scenario.row == 0 ? basis_of(scenario) : std::vector<std::string>{};
            Experiment experiment{scenario, {}, {}, std::move(basis), false};
            for (const auto& mode : sut.modes) experiment.modes.push_back(&mode);
            plan.cells += experiment.modes.size();
            plan.experiments.push_back(std::move(experiment));
            continue;
        }
        for (const auto judged_as : {tlsa::Mode::mandatory, tlsa::Mode::opportunistic}) {
            Experiment experiment{scenario, {}, {}, basis_of(scenario), options.twins};
            for (const auto& mode : sut.modes)
                if (mode.judged_as == judged_as) experiment.modes.push_back(&mode);
            if (experiment.modes.empty()) continue;
            experiment.allowed = allowed_outcomes(options.profile, judged_as, sut, scenario);
            if (experiment.allowed.empty()) continue; // for the other mode alone
            plan.cells += experiment.modes.size();
            plan.experiments.push_back(std::move(experiment));
        }
    }
    return plan;
}

Task task_of(const Plan& plan, const ConformanceOptions& options) {
    return {plan.sut->name, [&plan, &options](const std::function<void(const std::string&)>& tell) {
                const auto enclosure = plan_for(*plan.sut, plan.experiments, options.trees);
                return run_enclosed(enclosure, [&](const Enclosed&) {
                    tell(version_mark + version_of(*plan.sut));
                    if (options.resolver) tell(resolver_mark + text_of(*options.resolver));
                    experiment(*plan.sut, plan.experiments, options.resolver ? &*options.resolver : nullptr,
                               [&](const Cell& cell) { tell(cell_json(cell)); });
                    return 0;
                });
            }};
}

Task proof_task(const std::vector<Scenario>& scenarios) {
    return {"unbound-host", [&scenarios](const std::function<void(const std::string&)>& tell) {
                Sut nobody;
                std::vector<Experiment> experiments;
                for (const auto& scenario : scenarios) experiments.push_back({scenario, {}, {}, {}, false});
                return run_enclosed(plan_for(nobody, experiments, {}), [&](const Enclosed&) {
                    for (const auto& [id, proofs] : prove(scenarios)) {
                        Cell carrier;
                        carrier.scenario = id;
                        carrier.proofs = proofs;
                        tell(proof_mark + cell_json(carrier));
                    }
                    return 0;
                });
            }};
}

SutInfo info_of(const Sut& sut) {
    SutInfo info{sut.name, {}, sut.about, {}};
    for (const auto& mode : sut.modes) info.modes.emplace_back(mode.name, mode.about);
    return info;
}

SutInfo& info_named(Conformance& conformance, const std::string& name) {
    return *std::find_if(conformance.systems.begin(), conformance.systems.end(),
                         [&](const SutInfo& one) { return one.name == name; });
}

} // namespace

Conformance try_systems(const std::vector<Sut>& suts, const std::vector<Scenario>& wanted,
                        const ConformanceOptions& options) {
    auto scenarios = wanted;
    std::erase_if(scenarios, [&](const Scenario& scenario) {
        return std::ranges::none_of(suts, [&](const Sut& sut) { return is_for(sut, scenario); });
    });
    const auto now = system_now();
    for (auto& scenario : scenarios) move_to(scenario, now); // the programs read the machine's clock

    Conformance conformance;
    conformance.profile = options.profile.empty() ? "rfc7672" : options.profile;
    if (options.resolver) conformance.resolver = options.resolver->name();
    std::vector<Plan> plans;
    std::size_t total = 0;
    for (const auto& sut : suts) {
        conformance.systems.push_back(info_of(sut));
        const auto missing = what_is_missing(sut, options.trees);
        if (!missing.empty()) {
            conformance.notes.push_back(fmt::format("{} was not tried: missing: {}", sut.name, missing));
            continue;
        }
        plans.push_back(plan_of(sut, scenarios, options));
        total += plans.back().cells;
    }
    // What a judge says is proof itself: others' words on the states are for those who rest on them.
    std::vector<Scenario> to_prove;
    for (const auto& scenario : scenarios)
        if (std::ranges::any_of(suts, [&](const Sut& sut) { return !sut.judges_dnssec && is_for(sut, scenario); }))
            to_prove.push_back(scenario);
    std::vector<Task> tasks{proof_task(to_prove)};
    for (const auto& plan : plans) tasks.push_back(task_of(plan, options));

    Proofs proofs;
    std::vector<std::vector<Cell>> heard(plans.size());
    std::size_t done = 0;
    const auto statuses = run_side_by_side(tasks, options.jobs, [&](std::size_t task, const std::string& line) {
        if (task == 0) {
            if (line.starts_with(proof_mark)) {
                auto carrier = cell_from_json(line.substr(std::string(proof_mark).size()));
                proofs[carrier.scenario] = std::move(carrier.proofs);
            }
            return;
        }
        if (line.starts_with(version_mark)) {
            info_named(conformance, plans[task - 1].sut->name).version = line.substr(std::string(version_mark).size());
            return;
        }
        if (line.starts_with(resolver_mark)) {
            conformance.resolver = line.substr(std::string(resolver_mark).size());
            return;
        }
        heard[task - 1].push_back(cell_from_json(line));
        if (options.progress) options.progress(heard[task - 1].back(), ++done, total);
    });
    for (std::size_t i = 0; i < statuses.size(); ++i)
        if (statuses[i] != 0)
            conformance.notes.push_back(fmt::format("{} ended early (status {})", tasks[i].name, statuses[i]));
    const auto known = KnownDeviations::load();
    for (auto& cells : heard)
        for (auto& cell : cells) {
            if (cell.profile.empty()) cell.profile = conformance.profile;
            if (const auto found = proofs.find(cell.scenario); found != proofs.end()) cell.proofs = found->second;
            if (!cell.agrees()) cell.explanation = known.explain(cell, info_named(conformance, cell.sut).version);
            conformance.cells.push_back(std::move(cell));
        }
    for (const auto& scenario : scenarios)
        if (std::any_of(conformance.cells.begin(), conformance.cells.end(),
                        [&](const Cell& cell) { return cell.scenario == scenario.id; }))
            conformance.exhibits.push_back(exhibit_of(scenario));
    return conformance;
}

Conformance merged(std::vector<Conformance> parts) {
    Conformance all;
    std::map<std::string, std::size_t> seen;
    for (auto& part : parts) {
        if (all.profile.empty()) {
            all.profile = part.profile;
            all.resolver = part.resolver;
        }
        if (all.profile != part.profile)
            throw ScenarioError(fmt::format("report: profiles differ: {} and {}", all.profile, part.profile));
        if (all.resolver != part.resolver)
            throw ScenarioError(fmt::format("report: resolvers differ: {} and {}", all.resolver, part.resolver));
        for (auto& system : part.systems)
            if (std::none_of(all.systems.begin(), all.systems.end(),
                             [&](const SutInfo& one) { return one.name == system.name; }))
                all.systems.push_back(std::move(system));
        for (auto& cell : part.cells) {
            if (++seen[cell.sut + "\n" + cell.mode + "\n" + cell.scenario] > 1)
                throw ScenarioError(
                    fmt::format("report: {} {} {} stands in two parts", cell.sut, cell.mode, cell.scenario));
            all.cells.push_back(std::move(cell));
        }
        for (auto& exhibit : part.exhibits) all.exhibits.push_back(std::move(exhibit));
        for (auto& note : part.notes) all.notes.push_back(std::move(note));
    }
    return all;
}

std::vector<std::string> changes_since(const Conformance& baseline, const Conformance& now) {
    std::map<std::string, const Cell*> before;
    const auto key = [](const Cell& cell) { return cell.sut + " " + cell.mode + " " + cell.scenario; };
    const auto word = [](const Cell& cell) {
        std::vector<std::string> lines;
        for (const auto& answer : cell.answers) lines.push_back(answer_line(answer));
        if (lines.size() > 1) return fmt::format("{}", fmt::join(lines, "; "));
        return cell.outcome ? std::string(to_text(*cell.outcome)) : cell.skipped ? "skipped" : cell.trouble;
    };
    for (const auto& cell : baseline.cells) before[key(cell)] = &cell;
    std::vector<std::string> changes;
    for (const auto& cell : now.cells) {
        const auto found = before.find(key(cell));
        if (found == before.end()) {
            if (!cell.agrees())
                changes.push_back(fmt::format("{}: not in the baseline, and it is {}", key(cell), word(cell)));
        } else if (found->second->outcome != cell.outcome || found->second->agrees() != cell.agrees() ||
                   found->second->answers != cell.answers) {
            changes.push_back(fmt::format("{}: was {}, is {}", key(cell), word(*found->second), word(cell)));
        }
    }
    return changes;
}

} // namespace harness
