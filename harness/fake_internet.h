// A scenario's Internet, brought up in this process: signed zones, resolvers and SMTP servers on ephemeral loopback
// ports, and the dial map that makes them appear under their published addresses; or, in a network namespace, at those
// addresses themselves.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/scenario.h"
#include "resolver/endpoint.h"
#include "resolver/stub.h"
#include "validator/trust_anchor.h"

namespace harness {

struct LoggedQuery {
    dns::Question question;
    std::string resolver; // published endpoint; "" for the additional faces
    bool over_tcp = false;
};

// The scenario's zones, signed and broken as it says. Throws ScenarioError.
zones::Hierarchy signed_zones(const Scenario& scenario);
// The fake root's, as every resolver of that Internet has it.
validator::TrustAnchors anchors_of(const zones::Hierarchy& hierarchy);
// The scenario's zones with their TLSA references expanded. Throws ScenarioError.
std::vector<zones::ZoneSpec> zones_with_tlsa(const Scenario& scenario);

// In a network namespace that has the published addresses (published_addresses): servers stand where the scenario says,
// the authoritative one at its own address. A resolver that is capable of DNSSEC validates there, since the clients of
// that place believe its AD bit; the others are as broken as in the scenario.
struct AtPublishedAddresses {
    std::function<dns::UnixTime()> clock; // of the validating resolvers
    // Somebody else validates at the addresses of the capable resolvers, out of FakeInternet::unvalidated().
    bool others_validate = false;
    bool validating = true; // false: for those who validate themselves
};

// What a validating resolver of others stands at, and the loopback endpoint that has its data: those of the scenario
// with the exceptions of the resolver that it replaces.
struct UnvalidatedData {
    resolver::Endpoint published, data;
};

// Every address at which AtPublishedAddresses listens, and those that are to refuse connections.
std::vector<boost::asio::ip::address> published_addresses(const Scenario& scenario);
// The scenario's resolvers as people write them into resolv.conf; the default one where it names none.
std::vector<resolver::Upstream> published_resolvers(const Scenario& scenario);

// What its servers show, by the names that the scenario gives its certificates. Throws ScenarioError.
std::map<std::string, CertifiedChain> chains_of(const Scenario& scenario);
// The roots of the scenario's own authorities, which its servers' chains lead to; DER.
tlsa::CertificateChain authorities_of(const Scenario& scenario);

class FakeInternet {
  public:
    // Throws ScenarioError (zones that cannot be built) and std::system_error (no port to be had).
    FakeInternet(boost::asio::io_context& io, const Scenario& scenario);
    FakeInternet(boost::asio::io_context& io, const Scenario& scenario, const AtPublishedAddresses& place);
    ~FakeInternet();

    const zones::Hierarchy& hierarchy() const;
    validator::TrustAnchors trust_anchors() const;     // the fake root's
    std::vector<resolver::Upstream> upstreams() const; // published
    const resolver::DialMap& dial_map() const;         // closed
    // Where a published resolver or mail server really listens, for outside tools; throws std::out_of_range where
    // nothing listens.
    resolver::Endpoint real(const resolver::Endpoint& published) const;

    // One for each capable and reachable resolver where others validate.
    const std::vector<UnvalidatedData>& unvalidated() const;

    // Additional faces on request of `serve` and of tests against outside tools: the real endpoint that it listens on.
    // `port` 0 is an ephemeral one. Throws std::system_error.
    resolver::Endpoint serve_recursive(zones::Recursion recursion, std::uint16_t port = 0);
    resolver::Endpoint serve_authoritative(std::uint16_t port = 0);

    // The same Internet later: other zones, the mail servers of `scenario` in place of those before, empty logs.
    // Resolvers and certificates stay.
    void change(const Scenario& scenario);

    const std::vector<LoggedQuery>& queries() const; // in order of arrival; bounded, the first 100,000
    std::vector<SessionLog> sessions() const;        // of all SMTP servers, server by server in the scenario's order

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace harness
