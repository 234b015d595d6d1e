// The server's side of one SMTP connection as a machine without sockets, scripted by SmtpBehaviour (RFC 5321, RFC 3207).
// It keeps a log of what the client did: the ground truth by which the harness judges clients.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/certificates.h"
#include "resolver/dns/bytes.h"
#include "tlsa/smtp_session.h"

namespace harness {

// only_1_0 is played with scripted octets: no library that we use speaks it.
enum class TlsVersions { both, only_1_0, only_1_2, only_1_3 };

// What a server does. Steps are the client's (tlsa::SmtpStep): `ehlo_after_tls` is the server's answer to the EHLO
// inside TLS, `data` its answer to DATA, `message` to the final dot.
struct SmtpBehaviour {
    std::string host = "mx.example";                             // in banner, EHLO reply and farewell
    std::vector<std::string> capabilities{"8BITMIME"};           // EHLO keywords besides STARTTLS
    std::optional<std::vector<std::string>> capabilities_in_tls; // nullopt: the same as outside
    bool offers_starttls = true;
    bool offers_starttls_in_tls = false; // wrongly, after TLS is up (RFC 3207 §4.2 forbids it)
    bool implicit_tls = false;           // TLS from the first octet (RFC 8314 §3.3)
    // Instead of the usual reply at a step: complete lines without CRLF. A code of 4xx or 5xx makes the step fail; for
    // starttls no handshake follows then.
    std::map<tlsa::SmtpStep, std::vector<std::string>> replies;
    // What is said here of the steps mail to message is for these transactions of a connection, counted from 1, alone;
    // empty: for all.
    std::set<std::size_t> transactions;
    std::optional<tlsa::SmtpStep> silent_at; // from this step on nothing is said (handshake: no ServerHello)
    std::optional<tlsa::SmtpStep> closes_at; // the connection is closed instead of the answer
    // The server's half of the connection is closed instead of the answer; what the client says is still read.
    std::optional<tlsa::SmtpStep> half_closes_at;
    std::optional<tlsa::SmtpStep> resets_at; // a TCP reset instead of the answer
    std::optional<tlsa::SmtpStep> floods_at; // one line that never ends instead of the answer
    std::map<tlsa::SmtpStep, std::size_t>
        reply_octets;                                  // the last line is filled up to this length, its end not counted
    std::map<tlsa::SmtpStep, std::size_t> reply_lines; // this many lines, with made-up ones before the last
    std::string line_end = "\r\n";                     // of replies
    std::string injected_after_starttls;               // octets in the same segment as the 220
    std::string plain_instead_of_tls;                  // octets in answer to the ClientHello instead of TLS
    std::optional<std::uint8_t> alert_instead_of_tls;  // a fatal alert of this number in answer to the ClientHello
    std::optional<std::size_t> handshake_octets;       // after so many octets of its handshake the server closes
    std::optional<tlsa::SmtpStep> plain_in_tls_at;     // this answer goes out in clear though TLS is up
    std::chrono::milliseconds octet_delay{0};          // one octet at a time, after this pause (SmtpServer alone)
    TlsVersions versions = TlsVersions::both;
    std::string cipher; // OpenSSL's name of the only suite; "": the library's choice
    bool requests_client_certificate = false;
    bool requires_client_certificate = false;
    // Once TLS is up: a HelloRequest under TLS 1.2 (RFC 5246 §7.4.1.1), a request for new keys under 1.3 (RFC 8446 §4.6.3).
    bool asks_again = false;
    bool raw_public_key = false;                     // shown to clients that take one (RFC 7250 §3, TLS 1.3)
    ServerCredentials credentials;                   // default; without a chain the handshake fails
    std::optional<ServerCredentials> other_kind;     // for clients that cannot use the default's kind of key
    std::map<std::string, ServerCredentials> by_sni; // key: lower case, without the final dot
    bool unknown_sni_fails = false;                  // unrecognized_name instead of the default chain
    bool refuses_connections = false;                // a closed port (SmtpServer alone)
};

struct ReceivedMessage {
    std::string sender;
    std::vector<std::string> recipients;
    std::string data; // dots unstuffed, without the final dot
    bool in_tls = false;
};

struct SessionLog {
    std::string server;                // label of the server: the published "address:port" in the harness
    std::string host;                  // SmtpBehaviour::host
    std::string source;                // the client's address
    std::vector<std::string> commands; // as received, message lines not among them; "TLS" marks the handshake
    std::vector<std::string> ehlo_names;
    bool starttls = false;   // STARTTLS was asked for
    bool tls = false;        // the handshake finished
    std::string tls_version; // "TLSv1.3"
    std::string cipher;      // OpenSSL's name
    std::optional<std::string> sni;
    std::string tls_failure;               // alert or error, "" when there was none
    std::vector<std::string> mail_from;    // each MAIL command's path, accepted or not
    std::vector<ReceivedMessage> messages; // accepted with 250
    bool quit = false;
    enum class End { open, quit, closed_by_client, closed_by_server, tls_failed } end = End::open;
};
std::string_view to_text(SessionLog::End end); // "open" "quit" "closed-by-client" "closed-by-server" "tls-failed"

class SmtpServerSession {
  public:
    // `behaviour` must outlive the session. `rng_seed` for TLS.
    SmtpServerSession(const SmtpBehaviour& behaviour, const std::array<std::uint8_t, 32>& rng_seed,
                      SessionLog log = {});
    ~SmtpServerSession();
    SmtpServerSession(SmtpServerSession&&) noexcept;

    void connected();
    void received(dns::ByteView data); // command lines of at most 8192 octets; more ends the session
    void peer_closed();

    dns::Bytes take_output(); // to be sent as one segment; there is always more while floods()
    bool finished() const;    // then: flush output, close
    bool resets() const;      // once finished: with a TCP reset
    bool half_closed() const; // after its output: nothing more will come, but the client's octets are still read
    bool floods() const;
    const SessionLog& log() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace harness
