// What verify tells of a domain besides the transcript: JSON (harness/schemas/verify.schema.json) and the one line of a
// monitoring plugin.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/record_check.h"
#include "tlsa/srv_walk.h"

namespace harness {

struct VerifiedDomain {
    std::string name;                         // with the final dot
    std::optional<tlsa::MailService> service; // whose SRV records were followed; nullopt: mail exchange
    tlsa::WalkResult result;
    std::vector<RecordCheck> records;
    std::chrono::milliseconds elapsed{0};
};

nlohmann::json to_json(const VerifiedDomain& domain, dns::UnixTime now);

// A plugin of Nagios, Icinga and the like: one line on stdout, performance data behind the bar, and one of four exit
// codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
struct PluginReport {
    int exit_code = 3;
    std::string line; // "DANE OK - example.com: dane-success, 2 of 2 addresses | time=0.213s ..."
};
// Of several domains the worst counts: critical, then unknown, then warning. OK: every address that was visited passed.
// WARNING: mail goes out without DANE (opportunistic, or by
// public authorities), or the domain takes none. UNKNOWN: no resolver answered.
// CRITICAL: anything else.
PluginReport plugin_report(const std::vector<VerifiedDomain>& domains);
// The same where nothing could be checked at all.
PluginReport plugin_failure(const std::string& why);

} // namespace harness
