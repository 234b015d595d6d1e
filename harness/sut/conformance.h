// A run of systems under test over scenarios: which scenario is for which mode, what a profile allows there, and the
// whole of what came out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/sut/exhibit.h"
#include "harness/sut/laboratory.h"

namespace harness {

struct SutInfo {
    std::string name, version, about;
    std::vector<std::pair<std::string, std::string>> modes; // name, about
};

struct Conformance {
    std::string profile;
    std::string resolver = builtin_resolver; // who validated in front of the systems; "unbound (Version 1.17.1)"
    std::vector<SutInfo> systems;
    std::vector<Cell> cells;        // by system, then scenario, then mode
    std::vector<std::string> notes; // what could not be done, a line each
    std::vector<Exhibit> exhibits;  // of the scenarios, each once; in the HTML and JSON reports
};

// How the trouble of a cell begins that could not be run.
inline constexpr const char* not_run_mark = "not run: ";
bool was_not_run(const Cell& cell);

struct ConformanceOptions {
    std::string profile;            // "" : rfc7672
    std::vector<std::string> trees; // unpacked packages for all systems; those of each are found by its own
    unsigned jobs = 2;
    std::optional<ResolverProgram> resolver; // nullopt: ours
    bool twins = true;
    std::function<void(const Cell&, std::size_t done, std::size_t total)> progress;
};

// Those scenarios that are for outside programs (sut/selection.h), in the modes for which something is allowed there.
// They are dated anew. A cell that could not be run, as the program is missing or its enclosure ended early, is there
// and says so. Throws ScenarioError and EnclosureError.
Conformance try_systems(const std::vector<Sut>& suts, const std::vector<Scenario>& scenarios,
                        const ConformanceOptions& options);

// Reports. JSON: harness/schemas/sut-report.schema.json.
std::string conformance_text(const Conformance& conformance, bool coloured);
std::string conformance_json(const Conformance& conformance);
std::string conformance_junit(const Conformance& conformance);
std::string conformance_tap(const Conformance& conformance);
std::string conformance_html(const Conformance& conformance);
// Throws ScenarioError.
Conformance conformance_from_json(const std::string& json);
// Shards joined; the same cell twice is an error.
Conformance merged(std::vector<Conformance> parts);

// Whether a run is of as much as its baseline, or of some of its scenarios: a shard, or what was named.
enum class Extent { part, whole };

// Cells whose outcome, answers, twin, trouble or contradictions differ from the baseline's; cells that it lacks and
// that do not agree; and cells that are gone, of the systems that were run: with Extent::part only where others of the
// same scenario are still there. What `--baseline` fails on; a line each.
std::vector<std::string> changes_since(const Conformance& baseline, const Conformance& now, Extent extent);

} // namespace harness
