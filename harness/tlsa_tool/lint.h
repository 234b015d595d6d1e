// `danelab tlsa check`: what a publisher of TLSA records, and the servers behind them, should mend (RFC 7671 §8 to §10,
// RFC 7672 §3, §8, §9). Judged from what was looked up and served; no I/O here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tlsa/authenticate.h"
#include "validator/verdict.h"

namespace harness {

// What one connection to one address showed.
struct ServedChain {
    std::string address;
    enum class Tls { unreachable, not_offered, failed, established } tls = Tls::unreachable;
    std::string detail;           // why there is no TLS: the server's reply, the alert, ...
    tlsa::CertificateChain chain; // as presented, leaf first; only where established
};

// One host and port with its TLSA records.
struct PublishedService {
    std::string host;  // "mx.example"
    std::string owner; // "_25._tcp.mx.example."
    std::uint16_t port = 25;
    validator::Security security = validator::Security::secure; // of the TLSA RRset
    std::vector<dns::Bytes> records;                            // RDATA
    dns::Ttl ttl = 0;
    std::int64_t signature_seconds = 0; // the longest from inception to expiration; 0 where unsigned
    std::size_t answer_octets = 0;      // header, question, records and their signatures (RFC 1035 §4.1)
    std::string alias_target;           // where the owner is an alias; "" where not
    std::vector<dns::Name> names;       // that may stand in the certificate, base domain first (RFC 7672 §3.2.2)
    std::vector<ServedChain> connections;
};

enum class Severity {
    error,   // mail is lost or delayed, or DANE has no effect
    warning, // an RFC advises against it
    advice   // worth a thought
};
std::string_view to_text(Severity severity); // "error" "warning" "advice"

struct Finding {
    Severity severity = Severity::advice;
    std::string id;     // "combination-unmatched"
    std::string rule;   // "D-143"; "" where no rule of the publisher's is concerned
    std::string source; // "RFC 7671 §8"
    std::string where;  // owner name, host or address
    std::string text;   // one sentence: what is wrong and what to do
};

struct LintRequest {
    std::vector<PublishedService> services;
    // The chain that is to be deployed next, where the publisher names it: may it be? (RFC 7671 §8.1)
    std::optional<tlsa::CertificateChain> next_chain;
    dns::UnixTime now;
};

// Errors first; among equals in the order of services and of the rules.
std::vector<Finding> lint(const LintRequest& request);

} // namespace harness
