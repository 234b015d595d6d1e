#include "harness/realization.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "harness/data_dir.h"

namespace harness {

namespace {

constexpr const char* sort = "realizations";
constexpr const char* folder = "zones/realizations";
constexpr const char* base_file = "base.json";

constexpr std::array columns{tlsa::Column::mx, tlsa::Column::a, tlsa::Column::tlsa, tlsa::Column::certificate};

tlsa::Column column_of(const JsonNode& node) {
    for (const auto column : columns) {
        if (to_text(column) == text_of(node)) return column;
    }
    node.fail(fmt::format("\"{}\" is none of mx, a, tlsa, certificate", node.text));
}

std::string state_text_of(const JsonNode& node, tlsa::Column column) {
    const auto& text = text_of(node);
    const bool known = column == tlsa::Column::certificate
                           ? tlsa::certificate_state_from_text(text).has_value() || text == any_certificate
                           : tlsa::state_from_text(text).has_value();
    if (!known) node.fail(fmt::format("\"{}\" is no state of the column {}", text, to_text(column)));
    return text;
}

Variables names_of(const JsonNode* node) {
    Variables names;
    if (node == nullptr) return names;
    if (node->kind != JsonNode::Kind::object) node->fail("expected an object: name to value");
    for (const auto& [name, value] : node->members) names[name] = text_of(value);
    return names;
}

void read_file(Realizations& all, const std::string& file) {
    const auto root = read_json(sort, file);
    JsonObject object(root);
    const auto column = column_of(object.required("column"));
    const auto state = state_text_of(object.required("state"), column);
    auto& list = all.by_state[{column, state}];
    if (!list.empty()) root.fail(fmt::format("{} {} is in another file already", to_text(column), state));
    std::set<std::string> seen;
    for (const auto& item : items_of(object.required("realizations"))) {
        JsonObject realization(item);
        Realization one;
        one.name = text_of(realization.required("name"));
        one.names = names_of(realization.optional("names"));
        if (const auto* value = realization.optional("secure_alias")) one.secure_alias = flag_of(*value);
        one.node = item;
        if (!seen.insert(one.name).second) item.fail(fmt::format("\"{}\" stands twice", one.name));
        list.push_back(std::move(one));
    }
    if (list.empty()) root.fail("expected at least one realization");
    object.finish();
}

void read_base(Realizations& all, const std::string& file) {
    auto root = read_json(sort, file);
    JsonObject object(root);
    all.names = names_of(&object.required("names"));
    const auto& questions = object.required("questions");
    JsonObject question(questions);
    for (const auto column : {tlsa::Column::mx, tlsa::Column::a, tlsa::Column::tlsa})
        all.questions[column] = text_of(question.required(to_text(column)));
    question.finish();
    object.required("about");
    object.required("now");
    object.required("zones");
    object.finish();
    all.base = root;
}

} // namespace

std::string_view to_text(tlsa::Column column) {
    switch (column) {
    case tlsa::Column::mx: return "mx";
    case tlsa::Column::a: return "a";
    case tlsa::Column::tlsa: return "tlsa";
    case tlsa::Column::certificate: return "certificate";
    }
    return "";
}

const std::vector<Realization>& Realizations::of(tlsa::Column column, std::string_view state) const {
    const auto found = by_state.find({column, std::string(state)});
    if (found == by_state.end())
        throw ScenarioError(fmt::format("{}: {}: no file has the state {} of column {}", sort, data_file(folder), state,
                                        to_text(column)));
    return found->second;
}

Realizations load_realizations() {
    namespace fs = std::filesystem;
    Realizations all;
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(data_file(folder))) {
        if (entry.path().extension() == ".json" && entry.path().filename() != base_file)
            files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    read_base(all, (fs::path(data_file(folder)) / base_file).string());
    for (const auto& file : files) read_file(all, file);
    return all;
}

std::string substitute(const std::string& text, const Variables& names, const JsonNode& place) {
    constexpr unsigned most_rounds = 8; // our files nest values two deep
    std::string out = text;
    for (unsigned round = 0; round < most_rounds; ++round) {
        std::string next;
        bool replaced = false;
        for (std::size_t at = 0; at < out.size();) {
            const auto begin = out.find("${", at);
            next += out.substr(at, begin - at);
            if (begin == std::string::npos) break;
            const auto end = out.find('}', begin);
            if (end == std::string::npos) place.fail(fmt::format("\"{}\": a brace is not closed", text));
            const auto name = out.substr(begin + 2, end - begin - 2);
            if (name.starts_with("tlsa:")) {
                next += out.substr(begin, end + 1 - begin);
            } else {
                const auto value = names.find(name);
                if (value == names.end()) place.fail(fmt::format("\"{}\": ${{{}}} has no value", text, name));
                next += value->second;
                replaced = true;
            }
            at = end + 1;
        }
        out = std::move(next);
        if (!replaced) return out;
    }
    place.fail(fmt::format("\"{}\": its values go round in a circle", text));
}

} // namespace harness
