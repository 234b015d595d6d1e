// Walks the MX hosts and addresses of a domain, fills in (MX, A, TLSA, certificate) for each, and decides by the table.
// A machine without I/O: it says which lookup or SMTP session it wants next and is given the result.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tlsa/decision.h"
#include "tlsa/smtp_session.h"
#include "validator/verdict.h"

namespace tlsa {

enum class AddressFamilies { ipv4_first, ipv6_first, ipv4_only, ipv6_only };

enum class NextHop {
    mail_domain, // by MX records, else the domain's own address (RFC 5321 §5.1)
    host,        // `domain` is a relay host set by an administrator: no MX lookup, DANE applies (RFC 7672 §2.2.2)
    address,     // an address literal: nothing is looked up, DANE does not apply (RFC 7672 §2.2)
};

struct WalkPlan {
    dns::Name domain;
    NextHop next_hop = NextHop::mail_domain;
    std::string address; // text form, of NextHop::address
    // Names of this client. Where one is among the MX hosts, it and all of its preference and worse are left out
    // (RFC 5321 §5.1); with nothing left the mail cannot be delivered.
    std::vector<dns::Name> own_names;
    DecisionTable table;
    std::uint16_t port = 25;
    DigestOrder digests = default_digest_order();
    AddressFamilies families = AddressFamilies::ipv4_first;
    dns::UnixTime now; // for certificates
    std::string helo_name = "localhost";
    std::optional<Envelope> envelope; // nullopt: verify only
    std::chrono::milliseconds step_timeout{30'000};
    StepTimeouts step_timeouts;
    bool implicit_tls = false; // TLS from the first octet (RFC 8314 §3.3), as on port 465
    // A check of all that is published, not a delivery: the walk does not end with the first success. Every address (of
    // every host) is visited, and the result is that of the worst. Not together with an envelope.
    bool all_mx = false, all_addresses = false;
    // After a handshake under DANE each address is asked once more for every kind of key named here. The result is that
    // of the worst then, too.
    std::vector<ServerKey> key_probes;
    // Shuffles MX hosts of equal preference (RFC 5321 §5.1); nullopt keeps them in the order received, for transcripts.
    std::optional<std::uint64_t> shuffle_seed;
    // What "fall back to the opportunistic TLS flow" means here. A secure RRset without a usable record demands TLS all
    // the same, unless this is `cleartext`.
    TlsPolicy fallback = TlsPolicy::opportunistic;
    // RFC 7672 §2.2 allows a second connection in clear after an opportunistic handshake that failed.
    bool clear_after_failed_handshake = true;
};

// What happened, in order; transcripts and reports are made of these alone.
enum class EventKind {
    mx_found,
    mx_bogus,
    mx_lookup_failed,
    mx_none_implicit,
    mx_null,
    mx_is_client, // what is left after it and worse hosts went is nothing
    domain_does_not_exist,
    srv_found,
    srv_bogus,
    srv_lookup_failed,
    srv_none,        // the domain is asked for the service itself
    srv_not_offered, // a target of "."
    next_srv,
    address_found,
    address_bogus,
    address_lookup_failed,
    address_none,
    next_address,
    next_mx,
    key_probe, // text: "rsa", "ecdsa"
    connecting,
    connected,
    connect_failed,
    tlsa_found,
    tlsa_none,
    tlsa_insecure,
    tlsa_bogus,
    tlsa_lookup_failed,
    tlsa_unusable,
    tls_checking,
    tls_established,
    tls_failed,
    certificate_verified,
    certificate_failed,
    tls_succeeded,
    delivered,
    smtp_failed,
    key_not_served,
    key_unproven, // text: "Ed25519 255", the key of the certificate that was shown
    decided,
};

struct Event {
    EventKind kind;
    std::string mx;                    // host without trailing dot: of an MX record, or the target of an SRV record
    std::optional<std::uint16_t> port; // of the SRV record
    std::string address;               // text form
    bool ipv6 = false;
    std::optional<State> state;             // of the record concerned
    std::vector<validator::Reason> reasons; // DNS reasons
    std::string text;                       // local interface address, TLS protocol and cipher, failure detail ...
    std::string text2;
    std::optional<Decision> decision; // of `decided`
};

enum class WalkStatus { // maps to the exit codes of verify
    dane_success,
    certificate_failed,
    could_not_tell,
    insecure,
    bogus,
    no_tlsa,
    tlsa_insecure,
    tlsa_unusable,
    cannot_connect,
    no_starttls,
    tls_failed,
    takes_no_mail,
};

// One (MX host, address) or, where it ended earlier, one MX host or the domain.
struct Attempted {
    std::string mx, address;
    States states;
    std::optional<Decision> decision;
    std::vector<validator::Reason> reasons; // of the states found: TLSA's first, then the address's, then MX's
    std::vector<std::string> certificate_reasons;
    std::optional<SmtpOutcome> smtp;                     // of the last session with this address
    WalkStatus status{};                                 // what the exit code says of this attempt alone
    ServerKey key = ServerKey::any;                      // what the handshake was restricted to (WalkPlan::key_probes)
    std::optional<dns::Name> base_domain = std::nullopt; // where the records were found
    std::vector<AssessedRecord> records = {};            // of the secure TLSA RRset
    std::optional<std::uint16_t> port = std::nullopt;    // of an SRV record, whose target `mx` is then
    // A server without a key of the kind asked for: says nothing about DANE, so it counts for nothing.
    bool key_not_served() const {
        return key != ServerKey::any && smtp && smtp->failure == SmtpFailure::tls_failed &&
               smtp->step == SmtpStep::handshake && !smtp->shown;
    }
    // A certificate that matches was shown in a handshake that could not be finished: proves nothing, but no fault
    // either.
    bool key_unproven() const { return smtp && smtp->shown && !states.certificate; }
};

struct WalkResult {
    // Of the domain: the first success, else fall back if any, else fail; of a check of all, the worst.
    Action action = Action::dane_fail;
    WalkStatus status = WalkStatus::could_not_tell;
    bool delivered = false, delivered_in_tls = false, authenticated = false;
    std::vector<Attempted> attempts; // in order; the last one decided
    // Keeps the rows alive that decisions, here and in events, point to.
    std::shared_ptr<const DecisionTable> table;
    std::vector<Event> events;
};

// Lookups are independent of one another: ask at once.
struct WantLookups {
    std::vector<dns::Question> questions;
};
struct WantSession {
    std::string address;
    bool ipv6 = false;
    std::uint16_t port = 25;
    SessionPlan plan;
};

class Walk {
  public:
    explicit Walk(WalkPlan plan);
    ~Walk();
    Walk(Walk&&) noexcept;

    // What is wanted next, the same again until it has been supplied, or the result once the walk is over.
    std::variant<WantLookups, WantSession, WalkResult> advance();
    void supply(validator::Lookup lookup);
    // `local_address`: the interface of the connection, "" when it failed. Precondition: a session was wanted.
    void supply(SmtpOutcome outcome, std::string local_address);
    // Events since the last call, for live transcripts.
    std::vector<Event> take_events();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace tlsa
