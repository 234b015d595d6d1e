#include "harness/catalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>

#include "harness/composition.h"
#include "harness/data_dir.h"
#include "harness/products/products.h"
#include "harness/profile.h"

namespace harness {

namespace {

namespace fs = std::filesystem;

constexpr const char* scenario_folder = "zones/scenarios";
constexpr const char* table_profile = "cisco-esa"; // the published tables
constexpr std::array columns{tlsa::Column::mx, tlsa::Column::a, tlsa::Column::tlsa, tlsa::Column::certificate};

std::string_view state_text(const std::optional<tlsa::State>& state) {
    return state ? tlsa::to_text(*state) : std::string_view{};
}

// The realizations that a column of this row goes through: all of its state's; for a blank cell the usual one, which
// looks perfect, save that fallbacks meet every kind of server.
std::vector<const Realization*> candidates(const Realizations& all, const tlsa::Row& row, tlsa::Column column) {
    std::string_view state;
    switch (column) {
    case tlsa::Column::mx: state = state_text(row.states.mx); break;
    case tlsa::Column::a: state = state_text(row.states.a); break;
    case tlsa::Column::tlsa: state = state_text(row.states.tlsa); break;
    case tlsa::Column::certificate:
        if (row.states.certificate) state = tlsa::to_text(*row.states.certificate);
        break;
    }
    std::vector<const Realization*> out;
    if (!state.empty() || (column == tlsa::Column::certificate && row.action == tlsa::Action::opportunistic_tls)) {
        for (const auto& one : all.of(column, state.empty() ? any_certificate : state)) out.push_back(&one);
    } else {
        out.push_back(&all.of(column, column == tlsa::Column::certificate ? any_certificate : "secure").front());
    }
    return out;
}

// The way in which one would build a state first.
const Realization* plain_one(const std::vector<const Realization*>& list) {
    constexpr std::array<std::string_view, 9> usual{"nsec",           "plain",    "3-1-1", "unsigned-delegation",
                                                    "unsigned-child", "nxdomain", "good",  "other-key",
                                                    "rrsig-expired"};
    const auto found = std::find_if(list.begin(), list.end(), [&](const Realization* one) {
        return std::find(usual.begin(), usual.end(), one->name) != usual.end();
    });
    return found == list.end() ? list.front() : *found;
}

using Lists = std::array<std::vector<const Realization*>, columns.size()>;

// The plain choice, and with `each_alone` one for each other way of the last column that the row looks at.
std::vector<Choice> around_plain(const Lists& lists, const tlsa::Row& row, Breadth breadth) {
    Choice plain;
    for (std::size_t i = 0; i < columns.size(); ++i) plain[columns[i]] = plain_one(lists[i]);
    std::vector<Choice> choices{plain};
    if (breadth == Breadth::plain) return choices;
    const std::size_t last = row.states.certificate ? 3 : row.states.tlsa ? 2 : row.states.a ? 1 : 0;
    for (const auto* one : lists[last]) {
        if (one == plain[columns[last]]) continue;
        choices.push_back(plain);
        choices.back()[columns[last]] = one;
    }
    return choices;
}

void add_row(std::vector<Scenario>& out, const Realizations& all, const tlsa::DecisionTable& table,
             const tlsa::Row& row, const std::string& profile, Breadth breadth, zones::Seed seed) {
    Lists lists;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        lists[i] = candidates(all, row, columns[i]);
        if (table.secure_alias_counts) std::erase_if(lists[i], [](const auto* one) { return one->secure_alias; });
    }
    if (breadth == Breadth::plain || breadth == Breadth::each_alone) {
        for (const auto& choice : around_plain(lists, row, breadth))
            out.push_back(compose(all, choice, row, table.mode, profile, seed));
        return;
    }
    const auto wider = [](std::size_t most, const auto& list) { return std::max(most, list.size()); };
    const auto product = [](std::size_t count, const auto& list) { return count * list.size(); };
    const std::size_t count = breadth == Breadth::exhaustive
                                  ? std::accumulate(lists.begin(), lists.end(), std::size_t{1}, product)
                                  : std::accumulate(lists.begin(), lists.end(), std::size_t{0}, wider);
    for (std::size_t n = 0; n < count; ++n) {
        Choice choice;
        std::size_t rest = n;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto size = lists[i].size();
            // Each once: all columns step at once, each row starting elsewhere, so that rows meet different pairs.
            choice[columns[i]] = lists[i][breadth == Breadth::exhaustive ? rest % size : (n + row.number * i) % size];
            rest /= size;
        }
        out.push_back(compose(all, choice, row, table.mode, profile, seed));
    }
}

// What a table scenario's id says about a column: "nsec3" of "mx=nsec,a=nsec3"; "" where it says nothing.
std::string_view named_in(std::string_view choices, tlsa::Column column) {
    const std::string key = std::string(to_text(column)) + "=";
    while (!choices.empty()) {
        const auto end = choices.find(',');
        const auto part = choices.substr(0, end);
        if (part.starts_with(key)) return part.substr(key.size());
        choices = end == std::string_view::npos ? std::string_view{} : choices.substr(end + 1);
    }
    return {};
}

// "table/mandatory/05/mx=nsec,a=nsec3,tlsa=rrsig-expired": any of the whole product; nullopt where there is none such.
std::optional<Scenario> table_scenario(const std::string& id, zones::Seed seed) {
    const auto profile = load_profile(table_profile);
    const auto all = load_realizations();
    for (const auto mode : {tlsa::Mode::mandatory, tlsa::Mode::opportunistic}) {
        for (const auto& row : profile.table(mode).rows) {
            const auto prefix = fmt::format("table/{}/{:02}/", tlsa::to_text(mode), row.number);
            if (!id.starts_with(prefix)) continue;
            Choice choice;
            for (const auto column : columns) {
                const auto list = candidates(all, row, column);
                const auto name = named_in(std::string_view(id).substr(prefix.size()), column);
                const auto named =
                    std::find_if(list.begin(), list.end(), [&](const auto* one) { return one->name == name; });
                choice[column] = named == list.end() ? list.front() : *named;
            }
            auto scenario = compose(all, choice, row, mode, table_profile, seed);
            if (scenario.id == id) return scenario;
        }
    }
    return std::nullopt;
}

std::vector<std::string> scenario_ids() {
    const fs::path root = data_file(scenario_folder);
    std::vector<std::string> ids;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (entry.is_regular_file() && entry.path().extension() == ".json")
            ids.push_back(entry.path().lexically_relative(root).replace_extension().generic_string());
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::string file_of(const std::string& id) { return (fs::path(data_file(scenario_folder)) / (id + ".json")).string(); }

// Letters to be changed from one to the other (Levenshtein's distance), for near misses.
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row[b.size()];
}

[[noreturn]] void fail_unknown(const std::string& name, std::vector<std::string> ids) {
    constexpr std::size_t shown = 3, longest = 200; // longer names are no typing mistakes
    if (name.size() > longest)
        throw ScenarioError("scenario: no such scenario and no such file: danelab run --list names them");
    const auto nearness = [&](const std::string& id) {
        return id.find(name) != std::string::npos ? 0 : distance(name, id);
    };
    std::stable_sort(ids.begin(), ids.end(), [&](const auto& a, const auto& b) { return nearness(a) < nearness(b); });
    ids.resize(std::min(ids.size(), shown));
    throw ScenarioError(
        fmt::format("scenario: {}: no such scenario and no such file: did you mean {}? danelab run --list names all",
                    name, fmt::join(ids, " or ")));
}

} // namespace

std::vector<Scenario> table_scenarios(Breadth breadth, zones::Seed seed, const std::string& profile_name) {
    const auto profile = load_profile(profile_name);
    const auto all = load_realizations();
    std::vector<Scenario> out;
    for (const auto mode : {tlsa::Mode::mandatory, tlsa::Mode::opportunistic}) {
        const auto& table = mode == tlsa::Mode::mandatory ? profile.mandatory : profile.opportunistic;
        for (const auto& row : table.rows) add_row(out, all, table, row, profile_name, breadth, seed);
    }
    return out;
}

std::vector<Scenario> file_scenarios() {
    std::vector<Scenario> out;
    for (const auto& id : scenario_ids()) out.push_back(load_scenario(file_of(id), id));
    return out;
}

Scenario find_scenario(const std::string& name_or_file, zones::Seed seed) {
    auto ids = scenario_ids();
    if (std::binary_search(ids.begin(), ids.end(), name_or_file))
        return load_scenario(file_of(name_or_file), name_or_file);
    if (fs::is_regular_file(name_or_file)) return load_scenario(name_or_file, fs::path(name_or_file).stem().string());
    if (auto scenario = table_scenario(name_or_file, seed)) return std::move(*scenario);
    for (auto& scenario : product_scenarios(seed)) {
        if (scenario.id == name_or_file) return std::move(scenario);
        ids.push_back(scenario.id);
    }
    for (const auto& scenario : table_scenarios(Breadth::each_once, seed)) ids.push_back(scenario.id);
    fail_unknown(name_or_file, std::move(ids));
}

std::vector<Scenario> find_scenarios(const std::string& name_file_or_folder, zones::Seed seed) {
    const auto ids = scenario_ids();
    std::vector<Scenario> found;
    if (std::binary_search(ids.begin(), ids.end(), name_file_or_folder))
        found.push_back(load_scenario(file_of(name_file_or_folder), name_file_or_folder));
    if (!found.empty()) return found;
    auto folder = name_file_or_folder;
    if (!folder.ends_with('/')) folder += '/';
    for (const auto& id : ids)
        if (id.starts_with(folder)) found.push_back(load_scenario(file_of(id), id));
    for (auto& scenario : product_scenarios(seed))
        if (scenario.id.starts_with(folder)) found.push_back(std::move(scenario));
    if (found.empty()) found.push_back(find_scenario(name_file_or_folder, seed));
    return found;
}

} // namespace harness
