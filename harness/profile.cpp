#include "harness/profile.h"

#include <algorithm>
#include <filesystem>

#include "harness/data_dir.h"
#include "harness/scenario_values.h"
#include "harness/strict_json.h"

namespace harness {

namespace {

constexpr const char* sort = "profile";
constexpr std::int64_t most_rows = 64; // tlsa/profiles/profile.schema.json

std::string cell(std::string_view name, std::string_view state) {
    return state.empty() ? "" : fmt::format(" {}={}", name, state);
}

std::string describe(const tlsa::States& states) {
    std::string out;
    if (states.mx) out += cell("mx", tlsa::to_text(*states.mx));
    if (states.a) out += cell("a", tlsa::to_text(*states.a));
    if (states.tlsa) out += cell("tlsa", tlsa::to_text(*states.tlsa));
    if (states.certificate) out += cell("certificate", tlsa::to_text(*states.certificate));
    return out;
}

// The table's cells for MX and address: only three states can be found there.
tlsa::State lookup_state_of(const JsonNode& node) {
    const auto state = state_of(node);
    if (state == tlsa::State::nxdomain || state == tlsa::State::unusable)
        node.fail("expected secure, insecure or bogus");
    return state;
}

tlsa::Action table_action_of(const JsonNode& node) {
    const auto action = action_of(node);
    if (action == tlsa::Action::pkix_tls) node.fail("expected dane-success, dane-fail or opportunistic-tls");
    return action;
}

tlsa::Row row_of(const JsonNode& node) {
    JsonObject object(node);
    tlsa::Row row;
    row.number = static_cast<unsigned>(whole_number_of(object.required("row"), 1, most_rows));
    if (const auto* value = object.optional("mx")) row.states.mx = lookup_state_of(*value);
    if (const auto* value = object.optional("a")) row.states.a = lookup_state_of(*value);
    if (const auto* value = object.optional("tlsa")) row.states.tlsa = state_of(*value);
    if (const auto* value = object.optional("certificate")) row.states.certificate = certificate_state_of(*value);
    row.action = table_action_of(object.required("action"));
    object.finish();
    return row;
}

void check_table(const tlsa::DecisionTable& table, const JsonNode& rows) {
    const auto faults = tlsa::check(table);
    if (!faults.holes.empty()) rows.fail("no row fits" + describe(faults.holes.front()));
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const auto number = table.rows[i].number;
        const auto same = [&](const tlsa::Row& row) { return row.number == number; };
        if (std::count_if(table.rows.begin(), table.rows.end(), same) > 1)
            rows.items[i].fail(fmt::format("row {} stands twice", number));
        if (std::find(faults.unreachable.begin(), faults.unreachable.end(), number) != faults.unreachable.end())
            rows.items[i].fail(fmt::format("row {} is never reached: other rows fit all its states", number));
    }
}

tlsa::DecisionTable table_of(const JsonNode& node, const std::string& profile, tlsa::Mode mode) {
    JsonObject object(node);
    tlsa::DecisionTable table;
    table.profile = profile;
    table.mode = mode;
    if (const auto* value = object.optional("unusable")) table.unusable = table_action_of(*value);
    if (const auto* value = object.optional("secure_alias_counts")) table.secure_alias_counts = flag_of(*value);
    const auto& rows = object.required("rows");
    if (items_of(rows).empty() || rows.items.size() > static_cast<std::size_t>(most_rows))
        rows.fail(fmt::format("expected 1 to {} rows", most_rows));
    for (const auto& item : rows.items) table.rows.push_back(row_of(item));
    object.finish();
    check_table(table, rows);
    return table;
}

Profile profile_of(const JsonNode& root) {
    JsonObject object(root);
    object.optional("$schema");
    Profile profile;
    profile.name = text_of(object.required("profile"));
    profile.source = text_of(object.required("source"));
    if (const auto* value = object.optional("silent_on"))
        for (const auto& item : items_of(*value))
            profile.silent_on.push_back(word_of(item, silence_from_text, "unusable, alias, servfail, timeout"));
    const auto* mandatory = object.optional("mandatory");
    const auto* opportunistic = object.optional("opportunistic");
    if (mandatory != nullptr) profile.mandatory = table_of(*mandatory, profile.name, tlsa::Mode::mandatory);
    if (opportunistic != nullptr)
        profile.opportunistic = table_of(*opportunistic, profile.name, tlsa::Mode::opportunistic);
    object.finish();
    if (mandatory == nullptr && opportunistic == nullptr) root.fail("\"mandatory\" or \"opportunistic\" is missing");
    return profile;
}

std::string known_profiles() {
    std::string names;
    for (const auto& entry : std::filesystem::directory_iterator(data_file("tlsa/profiles"))) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".json") && !name.ends_with(".schema.json"))
            names += (names.empty() ? "" : ", ") + name.substr(0, name.size() - 5);
    }
    return names;
}

} // namespace

std::string_view to_text(Silence silence) {
    switch (silence) {
    case Silence::unusable: return "unusable";
    case Silence::alias: return "alias";
    case Silence::servfail: return "servfail";
    case Silence::timeout: return "timeout";
    }
    return "";
}

std::optional<Silence> silence_from_text(std::string_view text) {
    for (const auto silence : {Silence::unusable, Silence::alias, Silence::servfail, Silence::timeout})
        if (text == to_text(silence)) return silence;
    return std::nullopt;
}

const tlsa::DecisionTable& Profile::table(tlsa::Mode mode) const {
    const auto& wanted = mode == tlsa::Mode::mandatory ? mandatory : opportunistic;
    if (wanted.rows.empty())
        throw ScenarioError(fmt::format("profile: {}: has no {} table", name, tlsa::to_text(mode)));
    return wanted;
}

Profile parse_profile(std::string_view json, const std::string& file_for_messages) {
    return profile_of(parse_json(json, sort, file_for_messages));
}

Profile load_profile(const std::string& name_or_file) {
    if (name_or_file.find_first_of("/.") != std::string::npos) return profile_of(read_json(sort, name_or_file));
    const auto file = std::filesystem::path(data_file("tlsa/profiles")) / (name_or_file + ".json");
    if (!std::filesystem::exists(file))
        throw ScenarioError(
            fmt::format("profile: \"{}\" is not known: expected one of {}, or a file", name_or_file, known_profiles()));
    return profile_of(read_json(sort, file.string()));
}

} // namespace harness
