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

struct TlsSummary {
    std::string protocol; // "TLSv1.2"
    std::string cipher;   // OpenSSL's name: "ECDHE-RSA-AES256-GCM-SHA384"
    CertificateChain chain;
};

class TlsChannel {
  public:
    // Puts a ClientHello into the output: TLS 1.2 and 1.3, suites with a certificate alone (RFC 7672 §8.2), no
    // resumption. `server_name` is sent as SNI (RFC 6066 §3) unless it is the root or no host name. Same seed and same
    // input, same octets.
    TlsChannel(const dns::Name& server_name, const std::array<std::uint8_t, 32>& rng_seed);
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
