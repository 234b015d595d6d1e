// One attempt to deliver one message to one recipient: route or MX, DANE where it is wanted, the TLS level where DANE
// leaves it to it; and what a destination control sets for mail that would wait.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>

#include "harness/deliver/config.h"
#include "harness/deliver/log.h"
#include "harness/deliver/lookups.h"
#include "harness/deliver/queue.h"
#include "harness/profile.h"
#include "resolver/stub.h"
#include "tlsa/outcome.h"

namespace harness::deliver {

using tlsa::Outcome; // of unauthenticated_tls `authority` tells what public authorities say

struct AttemptResult {
    Outcome outcome = Outcome::deferred;
    bool authority = false;           // the chain was good by the TLS level's verification
    std::int64_t dcid = 0;            // of the last connection, 0: none
    std::string status, error;        // "4.7.5" (RFC 3463), and why it was not delivered
    std::string reply;                // to the final dot, where delivered
    std::string dane_failure;         // the part of `error` that tells it, where DANE is why; "" otherwise
    bool uncertain = false;           // the connection was lost behind the final dot
    std::vector<TlsSession> sessions; // for the report
};

// What all attempts share; it outlives them.
struct Surroundings {
    boost::asio::any_io_executor executor;
    const Config* config = nullptr;
    const Profile* profile = nullptr;
    const tlsa::CertificateChain* authorities = nullptr; // DER
    resolver::Stub* stub = nullptr;
    const resolver::DialMap* dial_map = nullptr; // nullptr: the real network
    Log* log = nullptr;
    LookupLog* lookup_log = nullptr;
    std::function<dns::UnixTime()> now;
    std::function<std::array<std::uint8_t, 32>()> tls_seed;
    std::function<std::int64_t()> next_dcid;
    std::function<void(const std::string& address, std::uint16_t port)> on_connect; // may be empty
};

class KeptConnection;

// Goes over the kept connection where that was opened for the same destination and needs, and leaves its own there.
// Never throws for what the network does; DatabaseError where no DCID can be had, before anything is sent.
boost::asio::awaitable<AttemptResult> attempt_delivery(const Claim& claim, const Surroundings& surroundings,
                                                       KeptConnection& kept);

} // namespace harness::deliver
