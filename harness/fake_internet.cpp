#include "harness/fake_internet.h"

#include <fmt/format.h>

#include <map>
#include <stdexcept>

#include "harness/dns_server.h"
#include "harness/smtp_server.h"
#include "harness/tlsa_reference.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

constexpr std::size_t most_logged_queries = 100'000; // `serve` runs for days

using Chains = std::map<std::string, CertifiedChain>;

Chains make_chains(const Scenario& scenario) {
    const CertificateMaker maker(scenario.seed, scenario.now);
    Chains chains;
    for (const auto& spec : scenario.certificates) chains.emplace(spec.name, maker.make(spec.plan));
    return chains;
}

[[noreturn]] void fail(const Scenario& scenario, const std::string& what) {
    throw ScenarioError(fmt::format("scenario: {}: {}", scenario.file.empty() ? scenario.id : scenario.file, what));
}

std::vector<zones::ZoneSpec> expand(const Scenario& scenario, const Chains& chains) {
    auto specs = scenario.zones;
    for (auto& spec : specs) {
        const auto expanded = expand_tlsa_references(spec.records, [&](const TlsaReference& reference) {
            const auto chain = chains.find(reference.certificate);
            if (chain == chains.end())
                fail(scenario, fmt::format("certificate \"{}\" is not known", reference.certificate));
            const auto data = tlsa_data(reference, chain->second);
            if (!data) fail(scenario, data.error());
            return *data;
        });
        if (!expanded) fail(scenario, expanded.error());
        spec.records = *expanded;
    }
    return specs;
}

zones::Hierarchy build(const Scenario& scenario, const Chains& chains) {
    try {
        return zones::Hierarchy::build(expand(scenario, chains), scenario.signing, scenario.faults, scenario.seed);
    } catch (const std::invalid_argument& error) {
        fail(scenario, error.what());
    }
}

zones::Recursion behaviour_for(const ResolverSpec& spec, const dns::Question& question) {
    for (const auto& [exception, recursion] : spec.exceptions) {
        if (exception == question) return recursion;
    }
    return spec.recursion;
}

} // namespace

struct FakeInternet::State {
    State(boost::asio::io_context& context, const Scenario& scenario)
        : io(context)
        , chains(make_chains(scenario))
        , hierarchy(build(scenario, chains)) {}

    boost::asio::io_context& io;
    Chains chains;
    zones::Hierarchy hierarchy;
    std::vector<resolver::Upstream> upstreams;
    resolver::DialMap dial_map;
    std::map<resolver::Endpoint, resolver::Endpoint> real;
    std::vector<LoggedQuery> queries;
    std::vector<DnsServer> dns_servers;
    std::vector<SmtpServer> smtp_servers;

    void publish(const resolver::Endpoint& published, const resolver::Endpoint& at) {
        dial_map.add(published, at);
        real.emplace(published, at);
    }
    void log(const dns::Message& query, const std::string& resolver, bool over_tcp) {
        if (query.questions.size() == 1 && queries.size() < most_logged_queries)
            queries.push_back(LoggedQuery{query.questions.front(), resolver, over_tcp});
    }
    resolver::Endpoint add_recursive(const ResolverSpec& spec, const std::string& label, std::uint16_t port);
    void add_resolver(const ResolverSpec& spec);
    void add_mail_server(const Scenario& scenario, const ServerSpec& spec);
    ServerCredentials credentials(const Scenario& scenario, const std::string& certificate) const;
};

resolver::Endpoint FakeInternet::State::add_recursive(const ResolverSpec& spec, const std::string& label,
                                                      std::uint16_t port) {
    // RFC 6891 §7: who knows no EDNS also knows no larger UDP payload.
    auto reply = [this, spec, label](const dns::Message& query, std::size_t limit,
                                     bool over_tcp) -> std::optional<dns::Bytes> {
        constexpr std::size_t without_edns = 512;
        log(query, label, over_tcp);
        const auto recursion =
            query.questions.size() == 1 ? behaviour_for(spec, query.questions.front()) : spec.recursion;
        if (recursion == zones::Recursion::no_edns && !over_tcp) limit = without_edns;
        return zones::reply_recursively(hierarchy, query, recursion, limit);
    };
    return dns_servers.emplace_back(io.get_executor(), std::move(reply), port).endpoint();
}

void FakeInternet::State::add_resolver(const ResolverSpec& spec) {
    upstreams.push_back(spec.upstream);
    if (!spec.reachable) return; // the closed dial map has nothing for it
    publish(spec.upstream.endpoint, add_recursive(spec, spec.upstream.endpoint.to_text(), 0));
}

ServerCredentials FakeInternet::State::credentials(const Scenario& scenario, const std::string& certificate) const {
    const auto chain = chains.find(certificate);
    if (chain == chains.end()) fail(scenario, fmt::format("certificate \"{}\" is not known", certificate));
    return chain->second.credentials;
}

void FakeInternet::State::add_mail_server(const Scenario& scenario, const ServerSpec& spec) {
    auto behaviour = spec.behaviour;
    if (!spec.certificate.empty()) behaviour.credentials = credentials(scenario, spec.certificate);
    for (const auto& [name, certificate] : spec.certificates_by_sni)
        behaviour.by_sni[name] = credentials(scenario, certificate);
    const resolver::Endpoint published(boost::asio::ip::make_address(spec.address), spec.port);
    smtp_servers.emplace_back(io.get_executor(), std::move(behaviour), published.to_text(), published.address.is_v6(),
                              scenario.seed);
    publish(published, smtp_servers.back().endpoint());
}

std::vector<zones::ZoneSpec> zones_with_tlsa(const Scenario& scenario) {
    return expand(scenario, make_chains(scenario));
}

FakeInternet::FakeInternet(boost::asio::io_context& io, const Scenario& scenario)
    : state_(std::make_unique<State>(io, scenario)) {
    state_->dial_map.close();
    for (const auto& spec : scenario.resolvers) state_->add_resolver(spec);
    if (scenario.resolvers.empty()) {
        ResolverSpec capable;
        capable.upstream.endpoint = resolver::Endpoint(boost::asio::ip::make_address("127.0.0.1"), 53);
        state_->add_resolver(capable);
    }
    for (const auto& spec : scenario.servers) state_->add_mail_server(scenario, spec);
}

FakeInternet::~FakeInternet() = default;

const zones::Hierarchy& FakeInternet::hierarchy() const { return state_->hierarchy; }

validator::TrustAnchors FakeInternet::trust_anchors() const {
    validator::TrustAnchor anchor;
    for (const auto& record : state_->hierarchy.root_anchors()) {
        if (const auto ds = dns::Ds::parse(record.rdata)) anchor.ds.push_back(*ds);
    }
    validator::TrustAnchors anchors;
    anchors.add(std::move(anchor));
    return anchors;
}

std::vector<resolver::Upstream> FakeInternet::upstreams() const { return state_->upstreams; }
const resolver::DialMap& FakeInternet::dial_map() const { return state_->dial_map; }

resolver::Endpoint FakeInternet::real(const resolver::Endpoint& published) const {
    const auto found = state_->real.find(published);
    if (found == state_->real.end())
        throw std::out_of_range(fmt::format("nothing listens for {}", published.to_text()));
    return found->second;
}

resolver::Endpoint FakeInternet::serve_recursive(zones::Recursion recursion, std::uint16_t port) {
    ResolverSpec spec;
    spec.recursion = recursion;
    return state_->add_recursive(spec, "", port);
}

resolver::Endpoint FakeInternet::serve_authoritative(std::uint16_t port) {
    auto reply = [state = state_.get()](const dns::Message& query, std::size_t limit,
                                        bool over_tcp) -> std::optional<dns::Bytes> {
        state->log(query, "", over_tcp);
        return zones::answer_authoritatively(state->hierarchy, query).build(limit);
    };
    return state_->dns_servers.emplace_back(state_->io.get_executor(), std::move(reply), port).endpoint();
}

const std::vector<LoggedQuery>& FakeInternet::queries() const { return state_->queries; }

std::vector<SessionLog> FakeInternet::sessions() const {
    std::vector<SessionLog> all;
    for (const auto& server : state_->smtp_servers) {
        for (auto& session : server.sessions()) all.push_back(std::move(session));
    }
    return all;
}

} // namespace harness
