#include "harness/anchors/update_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/anchors/anchor_report.h"

namespace harness {

namespace {

using Result = UpdateOutcome::Result;

std::string_view word(Result result) {
    switch (result) {
    case Result::validated: return "validated";
    case Result::not_validated: return "not-validated";
    case Result::no_answer: return "no-answer";
    case Result::revoked: return "revoked";
    case Result::gone: return "gone";
    case Result::not_due: return "not-due";
    }
    return "";
}

std::string line_for(const UpdateOutcome& outcome) {
    const std::string next = dns::to_rfc3339(outcome.next_probe);
    switch (outcome.result) {
    case Result::validated: return "validated; asked again " + next;
    case Result::not_validated: return fmt::format("not validated: {}; asked again {}", outcome.why, next);
    case Result::no_answer: return fmt::format("no answer: {}; nothing changed, asked again {}", outcome.why, next);
    case Result::revoked: return "all its keys are revoked: the trust point is gone";
    case Result::gone: return "gone: not asked any more";
    case Result::not_due: return fmt::format("not due before {} (--force asks)", next);
    }
    return "";
}

} // namespace

std::string update_text(const std::vector<UpdateOutcome>& outcomes) {
    std::string text;
    for (const UpdateOutcome& outcome : outcomes) {
        text += fmt::format("{}: {}\n", outcome.zone.to_text(), line_for(outcome));
        for (const auto& change : outcome.changes) text += "  " + change_text(change) + "\n";
    }
    return text;
}

std::string update_json(const std::vector<UpdateOutcome>& outcomes) {
    nlohmann::ordered_json json{{"trust_points", nlohmann::ordered_json::array()}};
    for (const UpdateOutcome& outcome : outcomes) {
        const bool is_gone = outcome.result == Result::gone || outcome.result == Result::revoked;
        nlohmann::ordered_json point{
            {"zone", outcome.zone.to_text()}, {"result", word(outcome.result)}, {"why", outcome.why}};
        point["next_probe"] =
            is_gone ? nlohmann::ordered_json() : nlohmann::ordered_json(dns::to_rfc3339(outcome.next_probe));
        point["changes"] = nlohmann::ordered_json::array();
        for (const auto& change : outcome.changes)
            point["changes"].push_back({{"key_tag", change.dnskey.key_tag()},
                                        {"from", to_text(change.from)},
                                        {"to", to_text(change.to)},
                                        {"event", to_text(change.event)}});
        json["trust_points"].push_back(std::move(point));
    }
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace harness
