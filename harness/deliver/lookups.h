// The delivery client's lookups: validated, plain, or made up from an SMTP route; each told in the debug log as the
// appliance tells it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/deliver/config.h"
#include "harness/deliver/log.h"
#include "resolver/stub.h"
#include "validator/verdict.h"

namespace harness::deliver {

// The answer as it came, followed through its aliases: what a client without DNSSEC sees. Security insecure, or
// indeterminate where nothing came.
validator::Lookup unvalidated(const dns::Question& question, const validator::Response& response);

// The MX RRset, and for hosts given as addresses the address RRsets, that an SMTP route stands for.
class RouteData {
  public:
    RouteData(const dns::Name& domain, const SmtpRoute& route);
    // nullptr: to be asked in the DNS.
    const validator::Lookup* find(const dns::Question& question) const;
    // The port of the route's host, 25 for others.
    std::uint16_t port_of(const std::string& host) const;

  private:
    std::unordered_map<dns::Question, validator::Lookup> lookups_;
    std::unordered_map<std::string, std::uint16_t> ports_;
};

// "1.2.0.192.in-addr.arpa." (RFC 1035 §3.5, RFC 3596 §2.5).
dns::Name reverse_name(const boost::asio::ip::address& address);

// Log lines about lookups, in the four forms of the appliance's log and their order.
class LookupLog {
  public:
    LookupLog(Log& log, resolver::Stub::Clock clock, unsigned seconds)
        : log_(&log)
        , clock_(std::move(clock))
        , seconds_(seconds) {}

    void began(const dns::Question& question, bool validated); // Q
    void exchanged(const resolver::Exchange& exchange);        // QN once, QIP and Q for each resolver asked
    // Response data, encache; NODATA; warnings for what is bogus.
    void ended(const validator::Lookup& lookup, bool validated);

  private:
    void told_failure(const resolver::Exchange& exchange, const std::string& address, bool validated);

    Log* log_;
    resolver::Stub::Clock clock_;
    unsigned seconds_; // that a resolver has for its answer
    struct Open {
        bool validated = true;
        unsigned exchanges = 0;
        std::string last; // address of the resolver asked last
    };
    std::unordered_map<dns::Question, Open> open_; // the lookups that are under way
};

} // namespace harness::deliver
