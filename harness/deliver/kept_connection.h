// The connection that a worker keeps between two messages, and what it was opened for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/deliver/demands.h"
#include "harness/deliver/log.h"
#include "harness/smtp_driver.h"

namespace harness::deliver {

// What a session must have been opened for so that a message may go over it: its destination, where it goes, and
// everything that the server was to prove. Differences in any of it mean another connection (RFC 7672 §2.2: DANE holds
// for the connection that it was verified on).
struct SessionNeeds {
    std::string destination; // the recipients' domain, or the host that is relayed to instead
    std::string host;        // as the MX record or the route has it
    std::string address;
    std::uint16_t port = 25;
    Demands demands;
    tlsa::TlsPolicy tls = tlsa::TlsPolicy::cleartext;
    dns::Name server_name;
    std::vector<dns::Bytes> records; // TLSA
    std::vector<dns::Name> reference_names;
    bool names_checked = false;
    bool operator==(const SessionNeeds&) const = default;
};

class KeptConnection {
  public:
    explicit KeptConnection(Log& log)
        : log_(&log) {}

    // Keeps it for more messages where its session rests and there may be more than the `used` ones; else it is closed.
    boost::asio::awaitable<void> keep(std::unique_ptr<SmtpConnection> connection, SessionNeeds needs, std::int64_t dcid,
                                      unsigned used, unsigned messages_per_connection);
    // The connection, where it was opened for the same; nullptr otherwise. It is the caller's then.
    std::unique_ptr<SmtpConnection> take(const SessionNeeds& needs);
    boost::asio::awaitable<void> close(); // with QUIT, where there is one

    bool is_open() const { return connection_ != nullptr; }
    std::int64_t dcid() const { return dcid_; } // of the one kept or taken last
    unsigned used() const { return used_; }     // messages it has carried

  private:
    Log* log_;
    std::unique_ptr<SmtpConnection> connection_;
    SessionNeeds needs_;
    std::int64_t dcid_ = 0;
    unsigned used_ = 0;
};

} // namespace harness::deliver
