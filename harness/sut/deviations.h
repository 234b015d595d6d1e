// Deviations of known programs that are understood: data, so that a report explains them and a new one stands out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario_error.h"
#include "harness/sut/cell.h"
#include "harness/sut/pattern.h"

namespace harness {

struct JsonNode; // harness/strict_json.h

class KnownDeviations {
  public:
    // harness/sut/deviations.json (schema: harness/schemas/deviations.schema.json). Throws ScenarioError.
    static KnownDeviations load();
    static KnownDeviations parse(std::string_view json, const std::string& file_for_messages);

    // The first entry that fits the cell; nullopt: nobody has explained it yet. `version`: what the program says of
    // itself.
    std::optional<Explanation> explain(const Cell& cell, const std::string& version) const;

  private:
    struct Entry {
        std::vector<std::string> suts, modes; // modes empty: all
        std::optional<Pattern> version;       // found in what the program says of itself
        std::vector<std::string> scenarios;   // shell patterns over the ids; empty: all
        std::vector<tlsa::States> states;     // the columns named in one of these are so; empty: all
        std::vector<std::string> outcomes;    // words of the cell: "trouble" is one
        bool contradicted = false;            // explains a cell whose witnesses contradict each other
        Explanation explanation;
    };
    std::vector<Entry> entries_;

    static KnownDeviations read(const JsonNode& root);
    static bool fits(const Entry& entry, const Cell& cell, const std::string& version);
};

} // namespace harness
