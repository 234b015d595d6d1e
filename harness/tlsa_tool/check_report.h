// What `danelab tlsa check` prints.
#pragma once

#include <string>
#include <vector>

#include "harness/tlsa_tool/survey.h"

namespace harness {

struct CheckReport {
    std::string domain; // with the final dot
    std::vector<PublishedService> services;
    std::vector<Finding> findings;
    bool complete = true; // false: something could not be asked, so silence says little
};

// Errors or warnings; advice does not count.
bool needs_mending(const CheckReport& report);
std::string check_text(const CheckReport& report);
std::string check_json(const CheckReport& report); // schema tlsa-check.schema.json

} // namespace harness
