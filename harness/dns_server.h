// A DNS server: UDP and TCP on one port number. What it answers is a function of the query.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "resolver/dns/message.h"
#include "resolver/endpoint.h"

namespace harness {

class DnsServer {
  public:
    // The octets to send, at most `limit`; nullopt: nothing is sent. `over_tcp`: how the query came.
    using Reply = std::function<std::optional<dns::Bytes>(const dns::Message& query, std::size_t limit, bool over_tcp)>;

    // Listens at once on 127.0.0.1; `port` 0 is an ephemeral one. Throws std::system_error where there is no port to be
    // had. All calls from the executor's one thread.
    DnsServer(boost::asio::any_io_executor executor, Reply reply, std::uint16_t port = 0);
    // At this very address and port.
    DnsServer(boost::asio::any_io_executor executor, Reply reply, const resolver::Endpoint& at);
    // Stops; the executor may run on.
    ~DnsServer();
    DnsServer(DnsServer&&) noexcept;
    DnsServer& operator=(DnsServer&&) noexcept;

    resolver::Endpoint endpoint() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace harness
