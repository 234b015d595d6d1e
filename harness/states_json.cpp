#include "harness/states_json.h"

#include <fmt/format.h>

namespace harness {

nlohmann::json states_json(const tlsa::States& states) {
    auto out = nlohmann::json::object();
    if (states.srv) out["srv"] = tlsa::to_text(*states.srv);
    if (states.mx) out["mx"] = tlsa::to_text(*states.mx);
    if (states.a) out["a"] = tlsa::to_text(*states.a);
    if (states.tlsa) out["tlsa"] = tlsa::to_text(*states.tlsa);
    if (states.certificate) out["certificate"] = tlsa::to_text(*states.certificate);
    return out;
}

tlsa::States states_from(const nlohmann::json& object) {
    tlsa::States states;
    for (const auto& [column, value] : object.items()) {
        const auto word = value.get<std::string>();
        const auto state = tlsa::state_from_text(word);
        const auto certificate = tlsa::certificate_state_from_text(word);
        if (column == "srv" && state)
            states.srv = state;
        else if (column == "mx" && state)
            states.mx = state;
        else if (column == "a" && state)
            states.a = state;
        else if (column == "tlsa" && state)
            states.tlsa = state;
        else if (column == "certificate" && certificate)
            states.certificate = certificate;
        else
            throw ScenarioError(fmt::format("states: {}: \"{}\" is no state of a table's column", column, word));
    }
    return states;
}

} // namespace harness
