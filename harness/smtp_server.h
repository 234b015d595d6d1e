// SMTP servers, on ephemeral loopback ports or at the very address. Each plays one published (address, port) by a
// SmtpBehaviour.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/smtp_server_session.h"
#include "resolver/endpoint.h"

namespace harness {

class SmtpServer {
  public:
    // Listens at once: on ::1 where `ipv6`, else on 127.0.0.1; `port` 0 is an ephemeral one. `label` goes into the logs
    // (the published endpoint). With behaviour.refuses_connections the port is taken but connections to it are refused.
    // Throws std::system_error where there is no port to be had. All calls from the executor's one thread.
    SmtpServer(boost::asio::any_io_executor executor, SmtpBehaviour behaviour, std::string label, bool ipv6,
               std::uint64_t seed, std::uint16_t port = 0);
    // At this very address and port.
    SmtpServer(boost::asio::any_io_executor executor, SmtpBehaviour behaviour, std::string label, std::uint64_t seed,
               const resolver::Endpoint& at);
    // Stops listening and cuts the connections. The executor may run on; nothing of it refers to the server then.
    ~SmtpServer();
    SmtpServer(SmtpServer&&) noexcept;
    SmtpServer& operator=(SmtpServer&&) noexcept;

    resolver::Endpoint endpoint() const; // where it really listens
    const std::string& label() const;
    std::vector<SessionLog> sessions() const; // in order of connection; those still open as they stand

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace harness
