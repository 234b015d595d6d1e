// A TLS client without sockets: octets of the wire in and out, plain text in and out (RFC 5246, RFC 8446). The chain that
// the server presents is kept and judged by nobody here: authenticate() does that after the handshake.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/dns/bytes.h"
#include "resolver/dns/name.h"
#include "tlsa/authenticate.h"

namespace tlsa {

// The kind of server key that a handshake asks for. A server with several certificates chooses among them by the
// signature
// algorithms of the ClientHello (RFC 8446 §4.2.3, RFC 5246 §7.4.1.4.1), so each kind takes a connection of its own.
// An ed25519 handshake cannot be finished here (the library, Botan 3.7, cannot check its signature), but with TLS 1.3
// the server's chain is in the summary by then.
enum class ServerKey { any, rsa, ecdsa, ed25519 };
std::string_view to_text(ServerKey key); // "any" "rsa" "ecdsa" "ed25519"
std::optional<ServerKey> server_key_from_text(std::string_view text);

struct TlsOptions {
    ServerKey key = ServerKey::any;
    bool raw_public_keys = false; // offered besides certificates; TLS 1.3 alone can have them here (RFC 7250 §3)
};

struct TlsSummary {
    std::string protocol;                                    // "TLSv1.2"
    std::string cipher;                                      // OpenSSL's name: "ECDHE-RSA-AES256-GCM-SHA384"
    CertificateChain chain;                                  // empty where the server showed a raw public key
    std::optional<dns::Bytes> raw_public_key = std::nullopt; // SubjectPublicKeyInfo in DER (RFC 7250 §3)
    std::string server_key = {}; // kind and bits of the leaf's key: "RSA 2048", "ECDSA 256"; "" where unreadable
};

class TlsChannel {
  public:
    // Puts a ClientHello into the output: TLS 1.2 and 1.3, suites with a certificate alone (RFC 7672 §8.2), no
    // resumption. `server_name` is sent as SNI (RFC 6066 §3) unless it is the root or no host name. Same seed and same
    // input, same octets.
    TlsChannel(const dns::Name& server_name, const std::array<std::uint8_t, 32>& rng_seed, TlsOptions options = {});
    ~TlsChannel();
    TlsChannel(TlsChannel&&) noexcept;

    void received(dns::ByteView data); // from the peer; nothing happens after failure() or peer_closed()
    void send(std::string_view plain); // precondition: established()
    void close();                      // sends close_notify, once
    dns::Bytes take_output();          // for the peer
    std::string take_plain();          // from the peer

    bool established() const; // the handshake is complete
    bool peer_closed() const; // close_notify came
    // An alert or protocol error that ended the channel: "the server sent alert handshake_failure".
    const std::optional<std::string>& failure() const;
    const TlsSummary& summary() const; // complete once established()

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace tlsa
