#include "harness/deliver/status.h"

#include <fmt/format.h>

#include <algorithm>

namespace harness::deliver {

std::string status_text(const std::vector<DestinationStatus>& destinations, dns::UnixTime now) {
    std::size_t width = 11;
    for (const auto& one : destinations) width = std::max(width, one.domain.size());
    std::string text = fmt::format("Delivery status of {}\n\n{:<{}}  active  delivered  bounced  attempts  next try\n",
                                   dns::to_rfc3339(now), "destination", width);
    if (destinations.empty()) text += "(the queue has seen no mail)\n";
    for (const auto& one : destinations) {
        const std::string next = one.next_try ? dns::to_rfc3339(*one.next_try) : one.active > 0 ? "being tried" : "-";
        text += fmt::format("{:<{}}  {:>6}  {:>9}  {:>7}  {:>8}  {}\n", one.domain, width, one.active, one.delivered,
                            one.bounced, one.attempts, next);
        if (one.oldest) text += fmt::format("    oldest      {}\n", dns::to_rfc3339(*one.oldest));
        if (!one.last_error.empty()) text += fmt::format("    last error  {}\n", one.last_error);
    }
    return text;
}

nlohmann::ordered_json status_json(const std::vector<DestinationStatus>& destinations, dns::UnixTime now) {
    nlohmann::ordered_json json{{"at", dns::to_rfc3339(now)}, {"destinations", nlohmann::ordered_json::array()}};
    for (const auto& one : destinations) {
        nlohmann::ordered_json entry{{"domain", one.domain},         {"active_recipients", one.active},
                                     {"delivering", one.delivering}, {"delivered", one.delivered},
                                     {"bounced", one.bounced},       {"attempts", one.attempts}};
        if (one.oldest) entry["oldest"] = dns::to_rfc3339(*one.oldest);
        if (one.next_try) entry["next_try"] = dns::to_rfc3339(*one.next_try);
        if (!one.last_error.empty()) entry["last_error"] = one.last_error;
        json["destinations"].push_back(std::move(entry));
    }
    return json;
}

} // namespace harness::deliver
