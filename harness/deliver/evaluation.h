// What an attempt's findings come to: the outcome, the error that the sender may read, and the sessions of the report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/deliver/attempt.h"
#include "tlsa/walker.h"

namespace harness::deliver {

struct SessionFact {
    std::string mx, sending_ip, receiving_ip;
    tlsa::SmtpOutcome outcome;
    tlsa::TlsPolicy policy = tlsa::TlsPolicy::cleartext;
    const StsPolicy* sts = nullptr;     // that applied, for DANE did not
    std::string sts_result, sts_reason; // as of sts_finding()
    bool reused = false;                // over the connection of an earlier message: no session of its own
};

struct Findings {
    const Claim& claim;
    const std::string& domain; // that the attempt was for: the recipient's, or the host relayed to instead
    DaneSupport dane;
    const DestinationControl& control;
    const tlsa::WalkResult& walk; // empty where a session ended it
    const std::vector<tlsa::EventKind>& kinds;
    const std::vector<SessionFact>& facts;
    const std::vector<validator::Lookup>& tlsa; // as looked up
    const std::optional<tlsa::SmtpOutcome>& final_session;
};

// Octets of a server's words that logs, notices and reports show: they make one line there, of which a message may have
// 998 (RFC 5322 §2.1.1), and a report's reason is "a short text field" (RFC 8460 §4.3.3).
constexpr std::size_t quoted_reply = 500;

// What the findings come to; its texts are no longer than `quoted_reply`.
AttemptResult evaluate(const Findings& findings, dns::UnixTime now);

// A permanent reply of the receiving server (RFC 5321 §4.2.1), or a connection lost behind the final dot: no other
// server may be tried then.
bool ends_walk(const tlsa::SmtpOutcome& outcome);
bool is_tls_failure(const tlsa::SmtpOutcome& outcome);
// The last attempt that DANE came to a decision about: a host that could not be reached or has no address takes nothing
// back of what the one before it showed. nullptr: none.
const tlsa::Attempted* last_decided(const tlsa::WalkResult& walk);
// "starttls-not-offered: ...", one line.
std::string failure_of(const tlsa::SmtpOutcome& outcome);

} // namespace harness::deliver
