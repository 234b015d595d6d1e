// Runs a tlsa::SmtpSession over TCP.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "resolver/endpoint.h"
#include "tlsa/smtp_session.h"

namespace harness {

// Connects to `address` (text form) and `port`, as the dial map says (nullptr: as written), within plan.step_timeout,
// and runs the session to its end. Never throws for what the network does: refused, unreachable and silent peers are
// SmtpFailure values. Second: the local address of the connection in text form, "" when there was none.
// An address that cannot be read, and one that a closed dial map lacks, is a network_error.
boost::asio::awaitable<std::pair<tlsa::SmtpOutcome, std::string>>
run_session(boost::asio::any_io_executor executor, const resolver::DialMap* dial_map, std::string address,
            std::uint16_t port, tlsa::SessionPlan plan, std::array<std::uint8_t, 32> rng_seed);

// A connection that may carry several messages (SessionPlan::stays_open). Where it is destroyed at rest, it ends
// without QUIT.
class SmtpConnection {
  public:
    // Arguments as of run_session(). The dial map must outlive open().
    SmtpConnection(boost::asio::any_io_executor executor, const resolver::DialMap* dial_map, std::string address,
                   std::uint16_t port, tlsa::SessionPlan plan, std::array<std::uint8_t, 32> rng_seed);
    ~SmtpConnection();

    // Each until the session rests or has ended. To be called once; at rest; at rest.
    boost::asio::awaitable<void> open();
    boost::asio::awaitable<void> send(const tlsa::Envelope& envelope);
    boost::asio::awaitable<void> leave();

    bool rests() const;
    const tlsa::SmtpOutcome& outcome() const; // of the last transaction
    const std::string& local_address() const; // text form; "" when there was no connection

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace harness
