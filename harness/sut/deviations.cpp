#include "harness/sut/deviations.h"

#include <fnmatch.h>

#include <algorithm>

#include "harness/data_dir.h"
#include "harness/strict_json.h"
#include "harness/sut/driver_values.h"

namespace harness {

namespace {

constexpr const char* sort = "deviations";
constexpr const char* file_name = "harness/sut/deviations.json";

bool holds(const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

template <class State, class FromText>
std::optional<State> state_in(JsonObject& object, std::string_view column, FromText from_text) {
    const auto* node = object.optional(column);
    if (node == nullptr) return std::nullopt;
    const auto state = from_text(text_of(*node));
    if (!state) node->fail("is no state of this column");
    return state;
}

tlsa::States states_of(const JsonNode& node) {
    JsonObject object(node);
    tlsa::States states;
    states.mx = state_in<tlsa::State>(object, "mx", tlsa::state_from_text);
    states.a = state_in<tlsa::State>(object, "a", tlsa::state_from_text);
    states.tlsa = state_in<tlsa::State>(object, "tlsa", tlsa::state_from_text);
    states.certificate = state_in<tlsa::CertificateState>(object, "certificate", tlsa::certificate_state_from_text);
    object.finish();
    return states;
}

// One set of states, or several in an array.
std::vector<tlsa::States> alternatives_of(const JsonNode& node) {
    if (node.kind == JsonNode::Kind::object) return {states_of(node)};
    std::vector<tlsa::States> alternatives;
    for (const auto& item : items_of(node)) alternatives.push_back(states_of(item));
    return alternatives;
}

// Columns that are not named fit whatever they are.
bool within(const tlsa::States& named, const tlsa::States& found) {
    return (!named.mx || named.mx == found.mx) && (!named.a || named.a == found.a) &&
           (!named.tlsa || named.tlsa == found.tlsa) && (!named.certificate || named.certificate == found.certificate);
}

} // namespace

KnownDeviations KnownDeviations::parse(std::string_view json, const std::string& file_for_messages) {
    return read(parse_json(json, sort, file_for_messages));
}

KnownDeviations KnownDeviations::load() { return read(read_json(sort, data_file(file_name))); }

KnownDeviations KnownDeviations::read(const JsonNode& root) {
    JsonObject document(root);
    document.optional("$schema");
    KnownDeviations known;
    for (const auto& item : items_of(document.required("deviations"))) {
        JsonObject object(item);
        Entry entry;
        entry.suts = texts_of(object.required("suts"));
        if (const auto* value = object.optional("modes")) entry.modes = texts_of(*value);
        if (const auto* value = object.optional("version")) entry.version = pattern_in(*value, text_of(*value));
        if (const auto* value = object.optional("scenarios")) entry.scenarios = texts_of(*value);
        if (const auto* value = object.optional("states")) entry.states = alternatives_of(*value);
        entry.outcomes = texts_of(object.required("outcomes"));
        if (const auto* value = object.optional("contradicted")) entry.contradicted = flag_of(*value);
        entry.explanation = {text_of(object.required("text")), text_of(object.required("rfc"))};
        object.finish();
        known.entries_.push_back(std::move(entry));
    }
    document.finish();
    return known;
}

bool KnownDeviations::fits(const Entry& entry, const Cell& cell, const std::string& version) {
    const auto fits_id = [&](const std::string& pattern) {
        return fnmatch(pattern.c_str(), cell.scenario.c_str(), 0) == 0;
    };
    const auto has_them = [&](const tlsa::States& states) { return within(states, cell.states); };
    return holds(entry.suts, cell.sut) && (entry.modes.empty() || holds(entry.modes, cell.mode)) &&
           (!entry.version || entry.version->found_in(version)) &&
           (entry.scenarios.empty() || std::any_of(entry.scenarios.begin(), entry.scenarios.end(), fits_id)) &&
           (entry.states.empty() || std::ranges::any_of(entry.states, has_them)) &&
           holds(entry.outcomes, word_of(cell)) && (cell.contradictions.empty() || entry.contradicted);
}

std::optional<Explanation> KnownDeviations::explain(const Cell& cell, const std::string& version) const {
    for (const auto& entry : entries_)
        if (fits(entry, cell, version)) return entry.explanation;
    return std::nullopt;
}

} // namespace harness
