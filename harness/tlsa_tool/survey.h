// What is published for a mail domain, or one host, and what its servers present: the material of lint.h, and the chain
// of `danelab tlsa make --from`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/tlsa_tool/lint.h"
#include "harness/walk_driver.h"

namespace harness {

struct SurveyPlan {
    dns::Name name;         // mail domain, or host
    bool host_only = false; // `name` is a host: no MX lookup
    std::uint16_t port = 25;
    bool implicit_tls = false; // RFC 8314 §3.3
    unsigned sessions = 2;     // with each address: a server may offer STARTTLS to some only (RFC 7672 §9.2)
    std::chrono::milliseconds step_timeout{30'000};
};

struct Survey {
    std::vector<PublishedService> services; // also those without records
    std::vector<Finding> findings;          // of the lookups: what is not secure, bogus, missing
    bool complete = true;                   // false: a lookup that everything rests on got no answer
};

// Never throws for what the network does. Hosts and addresses beyond the walker's bounds (100, 32) are left out.
boost::asio::awaitable<Survey> survey(SurveyPlan plan, const WalkSurroundings& surroundings);

} // namespace harness
