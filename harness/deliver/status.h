// The delivery-status report as text and as JSON (harness/schemas/deliver-status.schema.json).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/deliver/queue.h"

namespace harness::deliver {

std::string status_text(const std::vector<DestinationStatus>& destinations, dns::UnixTime now);
nlohmann::ordered_json status_json(const std::vector<DestinationStatus>& destinations, dns::UnixTime now);

} // namespace harness::deliver
