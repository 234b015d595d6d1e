// An SMTP client session with STARTTLS as a machine without sockets: octets in, octets out (RFC 5321, RFC 3207, RFC 7672
// §2.2). The driver connects, shovels octets, keeps the deadline that the machine names, and takes the outcome.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tlsa/authenticate.h"
#include "tlsa/tls_channel.h"

namespace tlsa {

struct Envelope {
    std::string sender, recipient; // without angle brackets
    std::string message;           // RFC 5322 text, CRLF lines; dot-stuffed by the session
};

enum class TlsPolicy {
    dane,          // TLS and a TLSA match required
    encrypt,       // TLS required, no authentication (a secure RRset without a usable record, RFC 7672 §2.2)
    opportunistic, // TLS if offered, cleartext otherwise (RFC 7435)
    cleartext,     // no TLS although offered: the second connection after an opportunistic handshake that failed
};

// RFC 8689 §2: what is to be said with MAIL FROM, inside TLS alone.
enum class RequireTls {
    no,
    wanted,   // said where the server offers it (a bounce, RFC 8689 §5)
    demanded, // without it nothing is sent
};

// Where a session stands, and where it ended when it failed.
enum class SmtpStep {
    connect,
    banner,
    ehlo,
    starttls,
    handshake,
    authentication,
    ehlo_after_tls,
    mail,
    rcpt,
    data,
    message,
    rset, // before the next transaction, where the last one was refused
    quit
};
std::string_view to_text(SmtpStep step);
std::string_view awaited(SmtpStep step); // what a client waits for then: "banner", "reply to EHLO"

using StepTimeouts = std::map<SmtpStep, std::chrono::milliseconds>;
// What RFC 5321 §4.5.3.2 asks a client to grant: minutes. TLS and TCP, on which it is silent, get two.
StepTimeouts rfc5321_timeouts();

struct SessionPlan {
    TlsPolicy tls = TlsPolicy::dane;
    AuthenticationRequest authentication; // used with TlsPolicy::dane
    dns::Name server_name;                // SNI: the TLSA base domain (RFC 7672 §8.1); not sent when root
    std::string helo_name = "localhost";
    std::optional<Envelope> envelope;               // nullopt: QUIT as soon as TLS is judged
    bool deliver_when_authenticated = true;         // false: QUIT after judging although there is an envelope
    std::chrono::milliseconds step_timeout{30'000}; // each step has this deadline of its own ...
    StepTimeouts step_timeouts;                     // ... unless another is named here
    bool implicit_tls = false;                      // RFC 8314 §3.3
    RequireTls require_tls = RequireTls::no;
    // After a transaction the session rests, for another with the same server and the same needs, or for leave().
    bool stays_open = false;
    ServerKey server_key = ServerKey::any;
    // With another policy than `dane`, and where TLS comes about: asked for its judgement of the chain, as of public
    // authorities (tlsa/pkix.h). Empty: nothing is judged.
    std::function<Authentication(const CertificateChain&)> judge;
    bool judgement_counts = true; // false: the outcome tells it, and the delivery goes on

    std::chrono::milliseconds timeout_of(SmtpStep step) const;
};

enum class SmtpFailure {
    none,
    connection_refused,
    connection_timeout,
    network_error,
    timeout,
    closed_by_peer,
    reply_malformed,
    reply_refused,
    starttls_not_offered,
    starttls_refused,
    injection_after_starttls,
    tls_failed,
    certificate_no_match,
    certificate_name_mismatch,
    certificate_expired,
    certificate_untrusted,
    requiretls_not_offered, // inside TLS, where it was demanded
    // Of callers that do not even connect:
    host_not_in_policy, // no pattern of an MTA-STS policy fits the MX host (RFC 8461 §4.1)
    host_not_proven,    // REQUIRETLS, and neither DNSSEC nor MTA-STS proves the MX host's name (RFC 8689 §4.2.1)
};
std::string_view id(SmtpFailure failure); // "starttls-not-offered"
// A message as it goes over the wire after DATA: every line ends with CR LF, leading dots are doubled, and the line
// with the lone dot ends it (RFC 5321 §4.5.2).
std::string dot_stuffed(std::string_view message);

// A server that refuses STARTTLS of an opportunistic session gets the mail in clear over the same connection: failure
// is none then and tls empty. After tls_failed a caller may connect again with TlsPolicy::cleartext (RFC 7672 §2.2).
struct SmtpOutcome {
    SmtpFailure failure = SmtpFailure::none;
    SmtpStep step = SmtpStep::connect; // of the failure, or the last one; a handshake that fails by silence is
                                       // `timeout` at step handshake, any other way `tls_failed`
    std::string detail;                // the server's reply, the alert, the step's deadline; without a failure
                                       // why the mail went in clear
    std::optional<TlsSummary> tls;
    std::optional<Authentication> authentication;
    // Of a handshake for ServerKey::ed25519: the chain that was shown, and what the records say of it. That the server
    // has the key is not proven, so this authenticates nobody.
    std::optional<TlsSummary> shown;
    std::optional<Authentication> shown_judgement;
    bool delivered = false; // 250 after the final dot; stays true whatever happens to QUIT
    bool delivered_in_tls = false;
    std::vector<std::string> log; // "S: 220 mx.example ESMTP" / "C: EHLO ..." in order, for -v
};

class SmtpSession {
  public:
    // `rng_seed`: 32 octets for the TLS random numbers; tests give fixed ones, programs system randomness.
    // Throws std::invalid_argument for an envelope or helo_name with octets that do not fit a command line.
    SmtpSession(SessionPlan plan, const std::array<std::uint8_t, 32>& rng_seed);
    ~SmtpSession();
    SmtpSession(SmtpSession&&) noexcept;

    void connected();                  // TCP is up; with implicit TLS the handshake begins
    void received(dns::ByteView data); // bounded: reply lines of at most 8192 octets, 100 lines a reply (smtp_reply.h)
    void peer_closed();
    void deadline_passed(); // the current step took longer than its deadline
    void connect_failed(SmtpFailure why, std::string detail);

    // A transaction is over, accepted or refused, and the connection is fit for another: next() or leave().
    bool rests() const;
    // Another transaction, behind a RSET where the last one was refused (RFC 5321 §4.1.1.5). outcome() is of this one
    // then, with the connection's TLS and authentication. Throws std::logic_error unless rests(), and
    // std::invalid_argument as the constructor.
    void next(Envelope envelope);
    void leave(); // QUIT, where it rests

    dns::Bytes take_output(); // octets to send now
    bool finished() const;    // then: flush output, close
    SmtpStep step() const;
    std::chrono::milliseconds step_timeout() const; // of the current step, counted from its start
    const SmtpOutcome& outcome() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace tlsa
