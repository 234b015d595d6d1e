// The delivery client's configuration: one JSON file, loaded strictly (harness/schemas/deliver-config.schema.json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/strict_json.h"
#include "resolver/upstream.h"
#include "tlsa/walker.h"

namespace harness::deliver {

// The appliance's six levels. "verify" is a public authority's word for the name; DANE has its own setting.
enum class TlsSupport { none, preferred, required, preferred_verify, required_verify, required_verify_hosted_domains };
enum class DaneSupport { none, opportunistic, mandatory };
std::string_view to_text(TlsSupport support); // "required-verify-hosted-domains"
std::string_view to_text(DaneSupport support);

// What becomes of a message that DANE fails for.
enum class DaneFailures {
    hold,   // it waits
    record, // log and report tell it, and the message goes on as without DANE (RFC 7672 §9.1)
};

struct BounceProfile {
    std::string name;
    std::vector<std::int64_t> retry_after{60, 300, 900, 3'600}; // seconds; the last one repeats until the timer ends
    std::int64_t timer = 259'200;                               // seconds in the queue, then the message bounces
    bool notify = true;                                         // a bounce is reported to the sender (RFC 3464)
};

struct RouteHost {
    std::string host; // a name without final dot, or an address where `literal`
    bool literal = false;
    std::uint16_t port = 25;
};

struct DestinationControl {
    std::string domain; // lower case, "default", "example.com", or ".example.com" for what is below it
    tlsa::AddressFamilies families = tlsa::AddressFamilies::ipv6_first;
    unsigned concurrent_connections = 500, messages_per_connection = 50; // 1 to 1000 each
    std::optional<unsigned> recipients_per_minute;
    TlsSupport tls = TlsSupport::none;
    DaneSupport dane = DaneSupport::none;
    DaneFailures dane_failures = DaneFailures::hold;
    std::optional<RouteHost> fallback; // where mail goes that would wait; under the host's own control (RFC 7672 §1.1)
    std::string bounce_profile = "default";
};

struct SmtpRoute {
    std::string domain;   // as in DestinationControl, or "all"
    bool use_dns = false; // USEDNS: the MX records decide, as without a route
    std::vector<RouteHost> hosts;
};

// An MTA-STS policy (RFC 8461 §3.2) as data: nothing is fetched.
enum class StsMode { none, testing, enforce };
std::string_view to_text(StsMode mode);
struct StsPolicy {
    std::string domain; // lower case, this one alone (RFC 8461 §3.4)
    StsMode mode = StsMode::none;
    std::vector<std::string> mx; // lower case: "mx.example.com", "*.example.com"

    // RFC 8461 §4.1: a wildcard stands for the leftmost label.
    bool names(std::string_view host) const;
};

struct MailFlowPolicy {
    std::string name;
    bool relay = true; // action RELAY verifies DANE, ACCEPT does not
};

enum class LogLevel { info, debug };
struct LogSettings {
    std::string file; // "": standard error
    LogLevel level = LogLevel::info;
    std::uint64_t max_bytes = 10'000'000; // then the file is rotated
    unsigned max_files = 10;              // the current one among them
};

// By whom reports are signed (RFC 6376 §3.5, RFC 8460 §3).
struct DkimSettings {
    std::string domain, selector; // the contact's domain; the key's record stands at SELECTOR._domainkey.DOMAIN
    std::string key_file;
    std::string key; // what is in it: a private key in PEM
};

struct TlsReportSettings { // RFC 8460 §4.4
    std::string organization = "danelab";
    std::string contact = "postmaster@localhost";
    unsigned keep_days = 14;
    std::optional<DkimSettings> dkim; // without it no report is mailed
};

struct Config {
    std::string file;                    // where it came from; paths in it are relative to its folder
    std::string hostname = "localhost";  // said in EHLO
    std::string queue;                   // database file
    std::string profile = "cisco-esa";   // whose decision tables
    std::string certificate_authorities; // PEM file for what needs_authorities() names and REQUIRETLS; "": the system's
    std::uint64_t max_message_bytes = 50'000'000;
    unsigned dns_seconds = 5, smtp_seconds = 60; // each DNS try, each SMTP step
    unsigned attempt_seconds = 0;                // no further session after it; 0: as attempt_limit() has it
    std::vector<resolver::Upstream> resolvers;   // empty: the system's
    std::vector<DestinationControl> controls;    // always with "default"
    std::vector<SmtpRoute> routes;
    std::vector<StsPolicy> sts_policies;
    std::vector<MailFlowPolicy> policies; // RELAYED and ACCEPTED where the file names none; the first is the default
    std::vector<BounceProfile> bounce_profiles; // always with "default"
    LogSettings log;
    TlsReportSettings tls_report;

    // The most particular entry: the domain itself, then the longest ".parent", then "default".
    const DestinationControl& control_for(std::string_view domain) const;
    // The same; last "all"; nullptr where none fits.
    const SmtpRoute* route_for(std::string_view domain) const;
    const StsPolicy* sts_for(std::string_view domain) const; // nullptr: none
    const BounceProfile& bounce_profile_for(std::string_view domain) const;
    const MailFlowPolicy* policy(std::string_view name) const; // nullptr: not known
    // A verify level or an MTA-STS policy, also one that is tested only: certificates are judged by authorities.
    bool needs_authorities() const;
    // Of one attempt's sessions at one destination.
    unsigned attempt_limit() const { return attempt_seconds > 0 ? attempt_seconds : 20 * smtp_seconds; }
};

// Throw ScenarioError "configuration: FILE:LINE: /pointer: what": unknown keys, values out of range, a domain or a
// priority twice, DANE or an MTA-STS policy without TLS, USEDNS beside other hosts, a bounce profile that is not there.
// load_config() alone reads the DKIM key's file, and refuses one that holds no such key.
Config read_config(const JsonNode& node, const std::string& file);
Config load_config(const std::string& file);
Config parse_config(std::string_view json, const std::string& file_for_messages);

} // namespace harness::deliver
