#include "harness/products/observations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/scenario_parts.h"

namespace harness {

namespace {

using tlsa::rfc7672::Address;
using tlsa::rfc7672::Facts;
using tlsa::rfc7672::Mx;
using tlsa::rfc7672::Server;
using tlsa::rfc7672::Tlsa;

constexpr const char* server_address = "192.0.2.25";
constexpr std::uint8_t handshake_failure = 40;         // RFC 8446 §6
constexpr std::chrono::milliseconds resolver_try{100}; // cells with a resolver that keeps silent wait for it

bool has_host(Mx mx) { return mx == Mx::secure || mx == Mx::insecure || mx == Mx::nodata || mx == Mx::insecure_nodata; }
bool is_implicit(Mx mx) { return mx == Mx::nodata || mx == Mx::insecure_nodata; }
bool is_unsigned(Mx mx) {
    return mx == Mx::insecure || mx == Mx::insecure_nxdomain || mx == Mx::insecure_nodata || mx == Mx::insecure_null;
}
bool is_unsigned(Tlsa tlsa) {
    return tlsa == Tlsa::insecure || tlsa == Tlsa::insecure_nxdomain || tlsa == Tlsa::insecure_nodata;
}

// Fills a scenario with what makes one cell: the mail domain's zone, the host's zone, what is broken there, the server.
class Builder {
  public:
    Builder(Scenario& scenario, const Facts& facts)
        : scenario_(scenario)
        , facts_(facts) {}

    void build() {
        add_mx();
        if (has_host(facts_.mx)) {
            add_address();
            add_tlsa();
            add_server();
        }
        for (const auto& part : zones_) scenario_.zones.push_back(part.build(scenario_.signing));
    }

  private:
    // The zone is made when something is first put into it.
    ZonePart& zone(const char* apex, bool is_signed) {
        const auto name = dns::Name::literal(apex);
        for (auto& part : zones_)
            if (part.apex == name) return part;
        zones_.push_back(ZonePart{name, {}, is_signed, {}, std::nullopt});
        return zones_.back();
    }
    ZonePart& host_zone() {
        if (is_implicit(facts_.mx)) return zone("shop.example.", facts_.mx != Mx::insecure_nodata);
        return zone("mail.example.", facts_.address != Address::insecure);
    }
    std::string host() const { return is_implicit(facts_.mx) ? "shop.example." : "mx.mail.example."; }
    std::string owner() const { return is_implicit(facts_.mx) ? "@" : "mx"; }
    void fault(zones::FaultKind kind, const std::string& name, dns::RrType type) {
        scenario_.faults.push_back(zones::Fault{kind, dns::Name::literal(name), type, {}});
    }

    void add_mx();
    void add_address();
    void add_tlsa();
    void add_server();

    Scenario& scenario_;
    const Facts& facts_;
    std::vector<ZonePart> zones_;
};

void Builder::add_mx() {
    using enum zones::FaultKind;
    const auto type = dns::RrType::MX;
    scenario_.client->domain = dns::Name::literal("shop.example.");
    if (facts_.mx == Mx::nxdomain || facts_.mx == Mx::insecure_nxdomain) {
        const char* apex = facts_.mx == Mx::nxdomain ? "signed.example." : "plain.example.";
        zone(apex, !is_unsigned(facts_.mx)).records = {"www A 192.0.2.80"};
        scenario_.client->domain = dns::Name::literal(std::string("gone.") + apex);
        return;
    }
    auto& shop = zone("shop.example.", !is_unsigned(facts_.mx));
    if (facts_.mx == Mx::null || facts_.mx == Mx::insecure_null)
        shop.records = {"@ MX 0 .", std::string("@ A ") + server_address};
    else if (!is_implicit(facts_.mx))
        shop.records = {"@ MX 10 mx.mail.example."};
    if (facts_.mx == Mx::bogus) fault(rrsig_expired, "shop.example.", type);
    if (facts_.mx == Mx::servfail) fault(answer_servfail, "shop.example.", type);
    if (facts_.mx == Mx::timeout) fault(answer_silent, "shop.example.", type);
}

void Builder::add_address() {
    using enum zones::FaultKind;
    auto& zone = host_zone();
    if (facts_.address == Address::none) {
        zone.records.push_back(owner() + " TXT \"no address\"");
        return;
    }
    zone.records.push_back(owner() + " A " + server_address);
    if (facts_.address == Address::bogus) fault(rrsig_expired, host(), dns::RrType::A);
    if (facts_.address == Address::servfail) fault(answer_servfail, host(), dns::RrType::A);
    if (facts_.address == Address::timeout) fault(answer_silent, host(), dns::RrType::A);
}

void Builder::add_tlsa() {
    using enum zones::FaultKind;
    const std::string name = "_25._tcp." + host();
    // Below a signed host an unsigned zone of its own makes the records insecure.
    const bool cut = is_unsigned(facts_.tlsa) && facts_.address == Address::secure;
    auto& records =
        (cut ? zone(is_implicit(facts_.mx) ? "_tcp.shop.example." : "_tcp.mx.mail.example.", false) : host_zone())
            .records;
    const std::string place = cut ? "_25" : is_implicit(facts_.mx) ? "_25._tcp" : "_25._tcp.mx";
    const auto good = place + " TLSA ${tlsa:good 3 1 1}";
    switch (facts_.tlsa) {
    case Tlsa::unusable: records.push_back(place + " TLSA ${tlsa:good 1 1 1}"); break; // RFC 7672 §3.1.3
    case Tlsa::nxdomain:
    case Tlsa::insecure_nxdomain: break;
    case Tlsa::nodata:
    case Tlsa::insecure_nodata: records.push_back(place + " TXT \"no record\""); break;
    default: records.push_back(good); break;
    }
    if (facts_.tlsa == Tlsa::bogus) fault(rrsig_expired, name, dns::RrType::TLSA);
    if (facts_.tlsa == Tlsa::servfail) fault(answer_servfail, name, dns::RrType::TLSA);
    if (facts_.tlsa == Tlsa::timeout) fault(answer_silent, name, dns::RrType::TLSA);
}

void Builder::add_server() {
    std::string name = host();
    name.pop_back();
    CertificateSpec good, other;
    good.name = "good";
    good.plan.dns_names = {name};
    good.plan.self_signed = true;
    other = good;
    other.name = "other";
    other.plan.key_label = "other";
    scenario_.certificates = {good, other};
    ServerSpec server;
    server.address = server_address;
    server.certificate = facts_.server == Server::wrong_certificate ? "other" : "good";
    server.behaviour.host = name;
    server.behaviour.offers_starttls = facts_.server != Server::no_starttls;
    if (facts_.server == Server::handshake_fails) server.behaviour.alert_instead_of_tls = handshake_failure;
    scenario_.servers.push_back(std::move(server));
}

tlsa::State state_of(Tlsa tlsa) {
    switch (tlsa) {
    case Tlsa::usable: return tlsa::State::secure;
    case Tlsa::unusable: return tlsa::State::unusable;
    case Tlsa::insecure:
    case Tlsa::insecure_nxdomain:
    case Tlsa::insecure_nodata: return tlsa::State::insecure;
    case Tlsa::nxdomain:
    case Tlsa::nodata: return tlsa::State::nxdomain;
    case Tlsa::bogus:
    case Tlsa::servfail:
    case Tlsa::timeout: break;
    }
    return tlsa::State::bogus;
}

tlsa::State state_of(Address address) {
    switch (address) {
    case Address::secure: return tlsa::State::secure;
    case Address::insecure: return tlsa::State::insecure;
    case Address::none: return tlsa::State::nxdomain;
    case Address::bogus:
    case Address::servfail:
    case Address::timeout: break;
    }
    return tlsa::State::bogus;
}

// What the zones were built to have, as far as the profile `rfc7672` has to look: up to the first column that ends it.
tlsa::States states_of(const Facts& facts) {
    tlsa::States states;
    if (!has_host(facts.mx)) {
        if (facts.mx == Mx::bogus || facts.mx == Mx::servfail || facts.mx == Mx::timeout)
            states.mx = tlsa::State::bogus;
        return states; // no host: no columns
    }
    states.mx = is_unsigned(facts.mx) ? tlsa::State::insecure : tlsa::State::secure;
    if (facts.mx == Mx::insecure && facts.mandatory) return states;
    states.a = state_of(facts.address);
    if (facts.mx == Mx::insecure || facts.address != Address::secure) return states;
    states.tlsa = state_of(facts.tlsa);
    if (facts.tlsa == Tlsa::usable)
        states.certificate =
            facts.server == Server::good ? tlsa::CertificateState::success : tlsa::CertificateState::failed;
    return states;
}

// The rules by which the cell is judged.
std::vector<std::string> rules_of(const Facts& facts) {
    if (!has_host(facts.mx)) {
        if (facts.mx == Mx::nxdomain || facts.mx == Mx::insecure_nxdomain) return {"D-038"};
        if (facts.mx == Mx::null || facts.mx == Mx::insecure_null) return {"D-035"};
        return {"D-003", "D-006"};
    }
    if (facts.mx == Mx::insecure && facts.mandatory) return {"D-030"};
    if (facts.address == Address::none) return {"D-044"};
    if (facts.address == Address::insecure) return {facts.mandatory ? "D-065" : "D-047"};
    if (facts.address != Address::secure) return {"D-007"};
    if (facts.mx == Mx::insecure) return {"D-026"};
    switch (facts.tlsa) {
    case Tlsa::usable: return {"D-061"};
    case Tlsa::unusable: return {facts.mandatory ? "D-065" : "D-062"};
    case Tlsa::bogus:
    case Tlsa::servfail:
    case Tlsa::timeout: return {"D-008"};
    default: return {facts.mandatory ? "D-065" : "D-063"};
    }
}

} // namespace

bool comes_about(const Facts& facts) {
    if (!has_host(facts.mx)) return true;
    const bool secure = facts.address == Address::secure, insecure = facts.address == Address::insecure;
    if (facts.mx == Mx::nodata && insecure) return false;
    if (facts.mx == Mx::insecure_nodata && (secure || facts.address == Address::bogus)) return false;
    return !insecure || is_unsigned(facts.tlsa) || facts.tlsa == Tlsa::servfail || facts.tlsa == Tlsa::timeout;
}

Scenario observation_scenario(const Facts& facts, zones::Seed seed) {
    const auto mode = facts.mandatory ? tlsa::Mode::mandatory : tlsa::Mode::opportunistic;
    const auto allowed = tlsa::rfc7672::allowed(facts);
    Scenario scenario;
    scenario.id = fmt::format("product/{}/{}", tlsa::to_text(mode), tlsa::rfc7672::to_text(facts));
    scenario.now = dns::UnixTime{1'780'272'000}; // 2026-06-01T00:00:00Z, the clock of the decision tables
    scenario.seed = seed;
    scenario.signing = default_signing(scenario.now);
    scenario.rules = rules_of(facts);
    scenario.timeouts.resolver_try = resolver_try;
    scenario.client.emplace();
    scenario.client->profile = "rfc7672";
    scenario.client->mode = mode;
    Builder(scenario, facts).build();
    scenario.expect.outcomes.assign(allowed.begin(), allowed.end());
    scenario.expect.states = states_of(facts);
    std::vector<std::string_view> words;
    for (const auto outcome : allowed) words.push_back(tlsa::to_text(outcome));
    scenario.about = fmt::format("{} by RFC 7672: {}", tlsa::to_text(mode), fmt::join(words, " or "));
    return scenario;
}

std::vector<Scenario> observation_product(zones::Seed seed) {
    std::vector<Scenario> scenarios;
    for (const auto& facts : tlsa::rfc7672::all_cells())
        if (comes_about(facts)) scenarios.push_back(observation_scenario(facts, seed));
    return scenarios;
}

} // namespace harness
