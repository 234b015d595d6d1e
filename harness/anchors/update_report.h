// What `danelab anchor update` tells: for each trust point what asking came to, and what it changed.
#pragma once

#include <string>
#include <vector>

#include "validator/trust_point.h"

namespace harness {

struct UpdateOutcome {
    enum class Result { validated, not_validated, no_answer, revoked, gone, not_due } result{};
    dns::Name zone;
    std::string why;          // of not_validated and no_answer
    dns::UnixTime next_probe; // meaningless where the trust point is gone
    std::vector<validator::KeyChange> changes;
};

// One line for each trust point, its changes indented below it.
std::string update_text(const std::vector<UpdateOutcome>& outcomes);
// Schema anchor-update.schema.json.
std::string update_json(const std::vector<UpdateOutcome>& outcomes);

} // namespace harness
