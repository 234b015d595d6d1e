// The sessions of one attempt: what the server must prove apart from DANE, over which connection the message goes, and
// what the log says of it.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "harness/deliver/attempt.h"
#include "harness/deliver/demands.h"
#include "harness/deliver/evaluation.h"
#include "harness/deliver/kept_connection.h"

namespace harness::deliver {

// Where an attempt wants to deliver to.
struct Target {
    std::string domain; // the recipients', or the host that is relayed to instead
    dns::Name name;
    const DestinationControl* control = nullptr;
    Demands demands;
    std::optional<RouteData> route;
    bool is_host = false; // `domain` is a host: it has no MX records (RFC 7672 §2.2.2)
    std::uint16_t port = 25;
};

// A lookup with its log lines.
boost::asio::awaitable<validator::Lookup> told_lookup(const Surroundings& surroundings, dns::Question question,
                                                      bool validated);

class AttemptSessions {
  public:
    // All must outlive it.
    AttemptSessions(const Claim& claim, const Surroundings& surroundings, const Target& target, KeptConnection& kept)
        : claim_(claim)
        , s_(surroundings)
        , target_(target)
        , kept_(kept)
        , port_(target.port) {}

    // `host` as the MX record or the route has it; `proven`: from a secure RRset.
    boost::asio::awaitable<SessionFact> run(tlsa::WantSession wanted, std::string host, bool proven);

    std::int64_t dcid() const { return dcid_; }  // of the last connection, 0: none
    std::uint16_t port() const { return port_; } // of the last session

  private:
    boost::asio::awaitable<tlsa::PkixRequest> level_request(dns::Name server_name);
    boost::asio::awaitable<void> add_judges(tlsa::SessionPlan& plan);
    tlsa::SmtpFailure refused_before(bool proven) const;
    SessionNeeds needs_of(const tlsa::SessionPlan& plan) const;
    boost::asio::awaitable<bool> over_kept_connection(const SessionNeeds& needs, const tlsa::Envelope& envelope);
    boost::asio::awaitable<void> over_new_connection(tlsa::SessionPlan plan, SessionNeeds needs);
    void tell_connection() const;
    void tell_delivery(bool opened) const;

    const Claim& claim_;
    const Surroundings& s_;
    const Target& target_;
    KeptConnection& kept_;
    std::int64_t dcid_ = 0;
    // of the session that is under way, or the last one
    SessionFact fact_;
    std::string host_;
    std::uint16_t port_; // told of a session before it runs: the target's until then
};

} // namespace harness::deliver
