#include "harness/sut/conformance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "harness/clock_shift.h"
#include "harness/profile_difference.h"
#include "harness/rule_table.h"
#include "harness/sut/deviations.h"
#include "harness/sut/judging.h"
#include "harness/sut/package_trees.h"
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
    std::string why_not_run; // of cells that nothing is heard of
};

Plan plan_of(const Sut& sut, const std::vector<Scenario>& scenarios, const ConformanceOptions& options) {
    Plan plan{&sut, {}, 0, {}};
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

// A fetched tree is for its own system alone, and only root can lay one over the file system.
std::vector<std::string> trees_for(const Sut& sut, const ConformanceOptions& options) {
    auto trees = geteuid() == 0 ? package_trees_of({sut}) : std::vector<std::string>{};
    for (const auto& tree : options.trees)
        if (std::ranges::find(trees, tree) == trees.end()) trees.push_back(tree);
    return trees;
}

Task task_of(const Plan& plan, const ConformanceOptions& options) {
    return {plan.sut->name, [&plan, &options](const std::function<void(const std::string&)>& tell) {
                const auto enclosure = plan_for(*plan.sut, plan.experiments, trees_for(*plan.sut, options));
                return run_enclosed(enclosure, [&](const Enclosed& enclosed) {
                    tell(version_mark + version_of(*plan.sut));
                    if (options.resolver) tell(resolver_mark + text_of(*options.resolver));
                    experiment(*plan.sut, plan.experiments, options.resolver ? &*options.resolver : nullptr,
                               enclosed.files_left_out, [&](const Cell& cell) { tell(cell_json(cell)); });
                    return 0;
                });
            }};
}

Task proof_task(const std::vector<Scenario>& scenarios, const ConformanceOptions& options) {
    return {proving_program, [&](const std::function<void(const std::string&)>& tell) {
                Sut nobody;
                std::vector<Experiment> experiments;
                for (const auto& scenario : scenarios) experiments.push_back({scenario, {}, {}, {}, false});
                const auto trees = trees_for(load_sut(proving_program), options);
                return run_enclosed(plan_for(nobody, experiments, trees), [&](const Enclosed&) {
                    prove(scenarios, [&](const std::string& scenario, const std::vector<Proof>& proofs) {
                        Cell carrier;
                        carrier.scenario = scenario;
                        carrier.proofs = proofs;
                        tell(proof_mark + cell_json(carrier));
                    });
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

using Proofs = std::map<std::string, std::vector<Proof>>; // by scenario

// All that is to be proven of these scenarios, whether the proving program lived to say it or not.
Proofs unproven(const std::vector<Scenario>& scenarios) {
    Proofs proofs;
    for (const auto& scenario : scenarios) proofs[scenario.id] = to_be_proven(scenario);
    return proofs;
}

// Every planned cell in the plan's order. One that nothing was heard of says why, and so deviates.
std::vector<Cell> completed(const Plan& plan, std::vector<Cell> heard) {
    std::multimap<std::pair<std::string, std::string>, Cell> known;
    for (auto& cell : heard) {
        std::pair key{cell.scenario, cell.mode};
        known.emplace(std::move(key), std::move(cell));
    }
    std::vector<Cell> cells;
    for (const auto& experiment : plan.experiments)
        for (const auto* mode : experiment.modes) {
            if (auto found = known.extract(std::pair{experiment.scenario.id, mode->name})) {
                cells.push_back(std::move(found.mapped()));
                continue;
            }
            cells.push_back(blank_cell(*plan.sut, experiment, *mode));
            cells.back().trouble = not_run_mark + plan.why_not_run;
        }
    return cells;
}

// Runs the plans side by side, and takes down what they say: into their plans why they ended early, into the
// conformance versions, notes and cells.
class Run {
  public:
    Run(std::vector<Plan>& plans, std::vector<Scenario> to_prove, const ConformanceOptions& options,
        Conformance& conformance)
        : plans_(plans)
        , to_prove_(std::move(to_prove))
        , options_(options)
        , conformance_(conformance)
        , proofs_(unproven(to_prove_))
        , heard_(plans.size()) {}

    void go() {
        std::vector<Task> tasks{proof_task(to_prove_, options_)};
        for (std::size_t i = 0; i < plans_.size(); ++i) {
            if (!plans_[i].why_not_run.empty()) continue;
            tasks.push_back(task_of(plans_[i], options_));
            plan_of_.push_back(i);
            total_ += plans_[i].cells;
        }
        const auto statuses = run_side_by_side(tasks, options_.jobs, [&](std::size_t task, const std::string& line) {
            if (task == 0)
                take_proof(line);
            else
                take(plan_of_[task - 1], line);
        });
        for (std::size_t i = 0; i < statuses.size(); ++i) {
            const auto ended = fmt::format("ended early (status {})", statuses[i]);
            if (statuses[i] != 0) conformance_.notes.push_back(fmt::format("{} {}", tasks[i].name, ended));
            if (i != 0) plans_[plan_of_[i - 1]].why_not_run = ended;
        }
        const auto known = KnownDeviations::load();
        for (std::size_t i = 0; i < plans_.size(); ++i)
            for (auto& cell : completed(plans_[i], std::move(heard_[i]))) add(std::move(cell), known);
    }

  private:
    std::vector<Plan>& plans_;
    std::vector<Scenario> to_prove_;
    const ConformanceOptions& options_;
    Conformance& conformance_;
    Proofs proofs_;
    std::vector<std::vector<Cell>> heard_; // of each plan
    std::vector<std::size_t> plan_of_;     // of each task but the first, which proves
    std::size_t done_ = 0, total_ = 0;

    void take_proof(const std::string& line) {
        if (!line.starts_with(proof_mark)) return;
        auto carrier = cell_from_json(line.substr(std::string(proof_mark).size()));
        proofs_[carrier.scenario] = std::move(carrier.proofs);
    }

    void take(std::size_t plan, const std::string& line) {
        if (line.starts_with(version_mark)) {
            info_named(conformance_, plans_[plan].sut->name).version = line.substr(std::string(version_mark).size());
        } else if (line.starts_with(resolver_mark)) {
            conformance_.resolver = line.substr(std::string(resolver_mark).size());
        } else {
            heard_[plan].push_back(cell_from_json(line));
            if (options_.progress) options_.progress(heard_[plan].back(), ++done_, total_);
        }
    }

    void add(Cell cell, const KnownDeviations& known) {
        if (cell.profile.empty()) cell.profile = conformance_.profile;
        if (const auto found = proofs_.find(cell.scenario); found != proofs_.end()) cell.proofs = found->second;
        if (!cell.agrees()) cell.explanation = known.explain(cell, info_named(conformance_, cell.sut).version);
        conformance_.cells.push_back(std::move(cell));
    }
};

} // namespace

bool was_not_run(const Cell& cell) { return cell.trouble.starts_with(not_run_mark); }

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
    for (const auto& sut : suts) {
        conformance.systems.push_back(info_of(sut));
        plans.push_back(plan_of(sut, scenarios, options));
        const auto missing = what_is_missing(sut, trees_for(sut, options));
        if (missing.empty()) continue;
        plans.back().why_not_run = "missing: " + missing;
        conformance.notes.push_back(fmt::format("{} was not tried: missing: {}", sut.name, missing));
    }
    // What a judge says is proof itself: others' words on the states are for those who rest on them.
    std::vector<Scenario> to_prove;
    for (const auto& scenario : scenarios)
        if (std::ranges::any_of(suts, [&](const Sut& sut) { return !sut.judges_dnssec && is_for(sut, scenario); }))
            to_prove.push_back(scenario);
    Run(plans, std::move(to_prove), options, conformance).go();
    for (const auto& scenario : scenarios)
        if (std::any_of(conformance.cells.begin(), conformance.cells.end(),
                        [&](const Cell& cell) { return cell.scenario == scenario.id; }))
            conformance.exhibits.push_back(exhibit_of(scenario));
    return conformance;
}

} // namespace harness
