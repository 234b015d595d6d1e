// Loads decision tables from tlsa/profiles/*.json, strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario_error.h"
#include "tlsa/decision.h"

namespace harness {

// What decides a delivery and a published table may have no word for.
enum class Silence { unusable, alias, servfail, timeout };
std::string_view to_text(Silence silence); // "unusable" "alias" "servfail" "timeout"
std::optional<Silence> silence_from_text(std::string_view text);

struct Profile {
    std::string name;                             // "cisco-esa"
    std::string source;                           // where the tables were published
    std::vector<Silence> silent_on;               // what that source says nothing about
    tlsa::DecisionTable mandatory, opportunistic; // one may be without rows: not published

    // Throws ScenarioError where the profile has no such table.
    const tlsa::DecisionTable& table(tlsa::Mode mode) const;
};
// By name, or by path of a file (anything with a slash or a dot). Throws ScenarioError ("profile: FILE:LINE: ..."),
// also where a table has a hole or a row that no states reach.
Profile load_profile(const std::string& name_or_file);
Profile parse_profile(std::string_view json, const std::string& file_for_messages);

} // namespace harness
