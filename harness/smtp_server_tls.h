// The TLS server of a fake mail server, without sockets; presents the chain that its SmtpBehaviour names for an SNI.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/smtp_server_session.h"

namespace harness {

class TlsServerChannel {
  public:
    // `behaviour` must outlive the channel.
    TlsServerChannel(const SmtpBehaviour& behaviour, const std::array<std::uint8_t, 32>& rng_seed);
    ~TlsServerChannel();
    TlsServerChannel(TlsServerChannel&&) noexcept;

    void received(dns::ByteView data);
    void send(std::string_view plain); // precondition: established()
    void close();                      // close_notify, once
    dns::Bytes take_output();
    std::string take_plain();

    bool established() const;
    bool peer_closed() const; // close_notify came
    const std::optional<std::string>& failure() const;
    const std::string& version() const;            // "TLSv1.3"; "" before established()
    const std::string& cipher() const;             // OpenSSL's name
    const std::optional<std::string>& sni() const; // as soon as the ClientHello was read

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace harness
