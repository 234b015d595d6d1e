// What a message, its destination and a published policy ask of one session, apart from DANE: the TLS level, MTA-STS
// (RFC 8461), REQUIRETLS and "TLS-Required: No" (RFC 8689).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/deliver/config.h"
#include "harness/deliver/queue.h"
#include "tlsa/decision.h"
#include "tlsa/pkix.h"
#include "tlsa/smtp_session.h"

namespace harness::deliver {

struct Demands {
    DaneSupport dane = DaneSupport::none;
    TlsSupport tls = TlsSupport::none;
    tlsa::RequireTls require_tls = tlsa::RequireTls::no;
    bool tls_optional = false; // "TLS-Required: No", a TLS report: nothing about TLS stops the message
    bool operator==(const Demands&) const = default;
};

// A message that says "TLS-Required: No" is sent as by a client that knows neither DANE nor MTA-STS (RFC 8689 §8.4),
// unless it is under REQUIRETLS (§4.1); and so is a TLS report of ours (RFC 8460 §3).
Demands demands_of(const Claim& claim, const DestinationControl& control);
// A table for mail without DANE: lookups are plain then, and everything that exists is delivered to.
tlsa::DecisionTable table_without_dane();
bool verifies(TlsSupport tls);
// What falling back to the TLS level means for a session.
tlsa::TlsPolicy session_policy(const Demands& demands);

// The policy that applies to a host: that of the recipient's domain or, with a route, of the host relayed to (RFC 8461
// §3.4). nullptr where there is none, it says "none", or the message does not care.
const StsPolicy* sts_for(const Config& config, const Demands& demands, const std::string& domain,
                         const std::optional<std::string>& relay_host);

// RFC 8461 §4.2: dates, a chain to a root, and a DNS-ID for the MX host; no CN.
tlsa::PkixRequest sts_request(const tlsa::CertificateChain& roots, const std::string& host, dns::UnixTime now);

// The result type of RFC 8460 §4.3 and its reason for a session under that policy; "" for success.
std::pair<std::string, std::string> sts_finding(const StsPolicy& policy, const std::string& host,
                                                const tlsa::SmtpOutcome& outcome, const tlsa::PkixRequest& request);

// Several judges as one: the first that is not content has the word.
using Judge = std::function<tlsa::Authentication(const tlsa::CertificateChain&)>;
Judge all_of(std::vector<Judge> judges);

} // namespace harness::deliver
