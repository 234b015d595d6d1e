#include "harness/states_json.h"

namespace harness {

nlohmann::json json_of(const tlsa::States& states) {
    auto out = nlohmann::json::object();
    if (states.mx) out["mx"] = tlsa::to_text(*states.mx);
    if (states.a) out["a"] = tlsa::to_text(*states.a);
    if (states.tlsa) out["tlsa"] = tlsa::to_text(*states.tlsa);
    if (states.certificate) out["certificate"] = tlsa::to_text(*states.certificate);
    return out;
}

} // namespace harness
