// Transport: carries one query to one endpoint and brings its answer back. UDP and TCP are here; one over TLS fits the
// same interface.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "resolver/endpoint.h"
#include "resolver/query.h"

namespace resolver {

using Deadline = std::chrono::steady_clock::time_point;

class Transport {
  public:
    virtual ~Transport() = default;

    // Sends the query's octets to `to` and waits for what the query accepts as its answer. Otherwise the cause:
    // timeout, refused_connection, network_error, and mismatch or malformed for the last thing that came instead of an
    // answer. Never throws for what the network does. The query must outlive the call.
    virtual boost::asio::awaitable<Outcome> exchange(const Query& query, Endpoint to, Deadline deadline) = 0;

  protected:
    Transport() = default;
    Transport(const Transport&) = default;
    Transport& operator=(const Transport&) = default;
};

// A fresh socket on a port of the kernel's random choice for each exchange (RFC 5452 §9.2), connected, so that the kernel
// drops what other addresses send and hands ICMP errors over. Datagrams that are no answer are ignored, at most
// `max_ignored_datagrams` of them.
std::unique_ptr<Transport> make_udp_transport();

// A forger who knows the port gets this many guesses at the id before the port is given up (RFC 5452 §9.1).
inline constexpr unsigned max_ignored_datagrams = 64;

// One connection for each exchange, two octets of length before each message (RFC 1035 §4.2.2, RFC 7766 §8).
std::unique_ptr<Transport> make_tcp_transport();

} // namespace resolver
