#include "harness/fake_internet.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <set>
#include <stdexcept>

#include "harness/dns_server.h"
#include "harness/smtp_server.h"
#include "harness/tlsa_reference.h"
#include "harness/validating_face.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

// Where every zone's name server is (zones/README.md), for the resolvers that people bring along.
const resolver::Endpoint authority(boost::asio::ip::make_address("192.0.2.53"), 53);

constexpr std::size_t most_logged_queries = 100'000; // `serve` runs for days

using Chains = std::map<std::string, CertifiedChain>;

[[noreturn]] void fail(const Scenario& scenario, const std::string& what) {
    throw ScenarioError(fmt::format("scenario: {}: {}", scenario.file.empty() ? scenario.id : scenario.file, what));
}

Chains make_chains(const Scenario& scenario) {
    const CertificateMaker maker(scenario.seed, scenario.now);
    Chains chains;
    try {
        for (const auto& spec : scenario.certificates) chains.emplace(spec.name, maker.make(spec.plan));
        for (const auto& spec : scenario.certificates) arrange(chains.at(spec.name), spec.plan.sends, chains);
    } catch (const std::invalid_argument& error) {
        fail(scenario, error.what());
    }
    return chains;
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

std::vector<ResolverSpec> resolvers_of(const Scenario& scenario) {
    if (!scenario.resolvers.empty()) return scenario.resolvers;
    ResolverSpec capable;
    capable.upstream.endpoint = resolver::Endpoint(boost::asio::ip::make_address("127.0.0.1"), 53);
    return {capable};
}

} // namespace

tlsa::CertificateChain authorities_of(const Scenario& scenario) {
    const CertificateMaker maker(scenario.seed, scenario.now);
    tlsa::CertificateChain roots;
    for (const auto& spec : scenario.certificates)
        if (!spec.plan.self_signed) roots.push_back(maker.make(spec.plan).certificates.back().der);
    return roots;
}

struct FakeInternet::State {
    State(boost::asio::io_context& context, const Scenario& scenario)
        : io(context)
        , chains(make_chains(scenario))
        , hierarchy(build(scenario, chains)) {}

    boost::asio::io_context& io;
    Chains chains;
    zones::Hierarchy hierarchy;
    std::vector<resolver::Upstream> upstreams;
    std::vector<UnvalidatedData> unvalidated;
    resolver::DialMap dial_map;
    std::map<resolver::Endpoint, resolver::Endpoint> real;
    std::vector<LoggedQuery> queries;
    std::vector<DnsServer> dns_servers;
    std::vector<SmtpServer> smtp_servers;
    std::deque<ValidatingFace> faces; // they stay where they are
    std::optional<AtPublishedAddresses> place;

    void publish(const resolver::Endpoint& published, const resolver::Endpoint& at) {
        dial_map.add(published, at);
        real.insert_or_assign(published, at);
    }
    void log(const dns::Message& query, const std::string& resolver, bool over_tcp) {
        if (query.questions.size() == 1 && queries.size() < most_logged_queries)
            queries.push_back(LoggedQuery{query.questions.front(), resolver, over_tcp});
    }
    resolver::Endpoint add_recursive(const ResolverSpec& spec, const std::string& label, std::uint16_t port);
    void furnish(const Scenario& scenario);
    void add_authority(const resolver::Endpoint& at);
    void add_resolver(const ResolverSpec& spec);
    void add_published_resolver(const ResolverSpec& spec);
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
        if (over_tcp && !spec.tcp) return std::nullopt;
        const auto recursion =
            query.questions.size() == 1 ? behaviour_for(spec, query.questions.front()) : spec.recursion;
        if (recursion == zones::Recursion::no_edns && !over_tcp) limit = without_edns;
        return zones::reply_recursively(hierarchy, query, recursion, limit);
    };
    return dns_servers.emplace_back(io.get_executor(), std::move(reply), port).endpoint();
}

void FakeInternet::State::add_published_resolver(const ResolverSpec& spec) {
    const auto& at = spec.upstream.endpoint;
    if (spec.recursion != zones::Recursion::dnssec || !place->validating) {
        auto reply = [this, spec](const dns::Message& query, std::size_t limit, bool over_tcp) {
            log(query, spec.upstream.endpoint.to_text(), over_tcp);
            const auto recursion =
                query.questions.size() == 1 ? behaviour_for(spec, query.questions.front()) : spec.recursion;
            return zones::reply_recursively(hierarchy, query, recursion, limit);
        };
        dns_servers.emplace_back(io.get_executor(), std::move(reply), at);
        return;
    }
    if (place->others_validate) {
        unvalidated.push_back({at, add_recursive(spec, at.to_text(), 0)});
        return;
    }
    auto& face = faces.emplace_back(hierarchy, anchors_of(hierarchy), place->clock,
                                    [spec](const dns::Question& question) { return behaviour_for(spec, question); });
    auto reply = [this, &face, label = at.to_text()](const dns::Message& query, std::size_t limit, bool over_tcp) {
        log(query, label, over_tcp);
        return face.reply(query, limit);
    };
    dns_servers.emplace_back(io.get_executor(), std::move(reply), at);
}

void FakeInternet::State::add_resolver(const ResolverSpec& spec) {
    upstreams.push_back(spec.upstream);
    if (!spec.reachable) return; // the closed dial map has nothing for it; in a namespace nothing listens
    if (place) return add_published_resolver(spec);
    publish(spec.upstream.endpoint, add_recursive(spec, spec.upstream.endpoint.to_text(), 0));
}

void FakeInternet::State::add_authority(const resolver::Endpoint& at) {
    auto reply = [this](const dns::Message& query, std::size_t limit, bool over_tcp) -> std::optional<dns::Bytes> {
        log(query, "", over_tcp);
        return zones::answer_authoritatively(hierarchy, query).build(limit);
    };
    dns_servers.emplace_back(io.get_executor(), std::move(reply), at);
}

void FakeInternet::State::furnish(const Scenario& scenario) {
    for (const auto& spec : resolvers_of(scenario)) add_resolver(spec);
    for (const auto& spec : scenario.servers) add_mail_server(scenario, spec);
}

ServerCredentials FakeInternet::State::credentials(const Scenario& scenario, const std::string& certificate) const {
    const auto chain = chains.find(certificate);
    if (chain == chains.end()) fail(scenario, fmt::format("certificate \"{}\" is not known", certificate));
    return chain->second.credentials;
}

void FakeInternet::State::add_mail_server(const Scenario& scenario, const ServerSpec& spec) {
    auto behaviour = spec.behaviour;
    if (!spec.certificate.empty()) behaviour.credentials = credentials(scenario, spec.certificate);
    if (!spec.other_certificate.empty()) behaviour.other_kind = credentials(scenario, spec.other_certificate);
    for (const auto& [name, certificate] : spec.certificates_by_sni)
        behaviour.by_sni[name] = credentials(scenario, certificate);
    const resolver::Endpoint published(boost::asio::ip::make_address(spec.address), spec.port);
    if (place) {
        smtp_servers.emplace_back(io.get_executor(), std::move(behaviour), published.to_text(), scenario.seed,
                                  published);
        return;
    }
    smtp_servers.emplace_back(io.get_executor(), std::move(behaviour), published.to_text(), published.address.is_v6(),
                              scenario.seed);
    publish(published, smtp_servers.back().endpoint());
}

validator::TrustAnchors anchors_of(const zones::Hierarchy& hierarchy) {
    validator::TrustAnchor anchor;
    for (const auto& record : hierarchy.root_anchors()) {
        if (const auto ds = dns::Ds::parse(record.rdata)) anchor.ds.push_back(*ds);
    }
    validator::TrustAnchors anchors;
    anchors.add(std::move(anchor));
    return anchors;
}

zones::Hierarchy signed_zones(const Scenario& scenario) { return build(scenario, make_chains(scenario)); }

std::map<std::string, CertifiedChain> chains_of(const Scenario& scenario) { return make_chains(scenario); }

std::vector<zones::ZoneSpec> zones_with_tlsa(const Scenario& scenario) {
    return expand(scenario, make_chains(scenario));
}

std::vector<resolver::Upstream> published_resolvers(const Scenario& scenario) {
    std::vector<resolver::Upstream> upstreams;
    for (const auto& spec : resolvers_of(scenario)) upstreams.push_back(spec.upstream);
    return upstreams;
}

std::vector<boost::asio::ip::address> published_addresses(const Scenario& scenario) {
    std::set<boost::asio::ip::address> addresses{authority.address};
    for (const auto& upstream : published_resolvers(scenario)) addresses.insert(upstream.endpoint.address);
    for (const auto& server : scenario.servers) addresses.insert(boost::asio::ip::make_address(server.address));
    return {addresses.begin(), addresses.end()};
}

FakeInternet::FakeInternet(boost::asio::io_context& io, const Scenario& scenario)
    : state_(std::make_unique<State>(io, scenario)) {
    state_->dial_map.close();
    state_->furnish(scenario);
}

FakeInternet::FakeInternet(boost::asio::io_context& io, const Scenario& scenario, const AtPublishedAddresses& place)
    : state_(std::make_unique<State>(io, scenario)) {
    state_->place = place;
    state_->furnish(scenario);
    state_->add_authority(authority);
}

FakeInternet::~FakeInternet() = default;

const zones::Hierarchy& FakeInternet::hierarchy() const { return state_->hierarchy; }

validator::TrustAnchors FakeInternet::trust_anchors() const { return anchors_of(state_->hierarchy); }

std::vector<resolver::Upstream> FakeInternet::upstreams() const { return state_->upstreams; }
const resolver::DialMap& FakeInternet::dial_map() const { return state_->dial_map; }
const std::vector<UnvalidatedData>& FakeInternet::unvalidated() const { return state_->unvalidated; }

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
    state_->add_authority(resolver::Endpoint(boost::asio::ip::address_v4::loopback(), port));
    return state_->dns_servers.back().endpoint();
}

void FakeInternet::change(const Scenario& scenario) {
    state_->hierarchy = build(scenario, state_->chains);
    state_->smtp_servers.clear();
    for (const auto& spec : scenario.servers) state_->add_mail_server(scenario, spec);
    state_->queries.clear();
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
