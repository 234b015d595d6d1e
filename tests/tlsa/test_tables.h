// Reads the shipped decision tables for tests of tlsa, which itself knows no JSON.
#pragma once

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

#include "tlsa/decision.h"

namespace test {

// Rows are empty where the profile has no table of this mode.
inline tlsa::DecisionTable load_table(const std::string& profile, tlsa::Mode mode) {
    std::ifstream file(std::string(DANELAB_SOURCE_DIR) + "/tlsa/profiles/" + profile + ".json");
    const auto document = nlohmann::json::parse(file);
    tlsa::DecisionTable table;
    table.profile = profile;
    table.mode = mode;
    const std::string key(tlsa::to_text(mode));
    if (!document.contains(key)) return table;
    const auto& section = document.at(key);
    table.unusable = tlsa::action_from_text(section.at("unusable").get<std::string>());
    table.secure_alias_counts = section.value("secure_alias_counts", false);
    for (const auto& item : section.at("rows")) {
        const auto state = [&item](const char* name) -> std::optional<tlsa::State> {
            if (!item.contains(name)) return std::nullopt;
            return tlsa::state_from_text(item.at(name).get<std::string>()).value();
        };
        tlsa::Row row;
        row.number = item.at("row").get<unsigned>();
        row.states = {state("mx"), state("a"), state("tlsa"), std::nullopt};
        if (item.contains("certificate"))
            row.states.certificate =
                tlsa::certificate_state_from_text(item.at("certificate").get<std::string>()).value();
        row.action = tlsa::action_from_text(item.at("action").get<std::string>()).value();
        table.rows.push_back(row);
    }
    return table;
}

} // namespace test
