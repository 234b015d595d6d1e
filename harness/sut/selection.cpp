#include "harness/sut/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "harness/catalogue.h"
#include "harness/fake_internet.h"
#include "harness/products/products.h"
#include "harness/products/resolver_rows.h"
#include "harness/profile.h"
#include "harness/sut/judging.h"
#include "tlsa/rfc7672_oracle.h"

namespace harness {

namespace {

namespace oracle = tlsa::rfc7672;
using tlsa::Outcome;

oracle::Mx mx_fact(tlsa::State state) {
    if (state == tlsa::State::secure) return oracle::Mx::secure;
    return state == tlsa::State::insecure ? oracle::Mx::insecure : oracle::Mx::bogus;
}

oracle::Address address_fact(tlsa::State state) {
    if (state == tlsa::State::secure) return oracle::Address::secure;
    return state == tlsa::State::insecure ? oracle::Address::insecure : oracle::Address::bogus;
}

oracle::Tlsa tlsa_fact(tlsa::State state) {
    switch (state) {
    case tlsa::State::secure: return oracle::Tlsa::usable;
    case tlsa::State::insecure: return oracle::Tlsa::insecure;
    case tlsa::State::nxdomain: return oracle::Tlsa::nxdomain;
    case tlsa::State::unusable: return oracle::Tlsa::unusable;
    case tlsa::State::bogus: break;
    }
    return oracle::Tlsa::bogus;
}

// RFC 3207 §4: without STARTTLS, or with a refusal, there is no TLS to be had.
oracle::Server server_fact(const Scenario& scenario) {
    const auto& states = *scenario.expect.states;
    for (const auto& server : scenario.servers) {
        const auto& behaviour = server.behaviour;
        if (!behaviour.offers_starttls || behaviour.replies.contains(tlsa::SmtpStep::starttls))
            return oracle::Server::no_starttls;
        if (server.certificate.empty() || !behaviour.plain_instead_of_tls.empty())
            return oracle::Server::handshake_fails;
    }
    return states.certificate == tlsa::CertificateState::failed ? oracle::Server::wrong_certificate
                                                                : oracle::Server::good;
}

oracle::Facts facts_of(const Scenario& scenario, tlsa::Mode mode, const tlsa::States& of_table) {
    const auto states = states_with_alias(scenario, of_table);
    oracle::Facts facts;
    facts.mandatory = mode == tlsa::Mode::mandatory;
    facts.mx = mx_fact(states.mx.value_or(tlsa::State::secure));
    facts.address = address_fact(states.a.value_or(tlsa::State::secure));
    facts.tlsa = tlsa_fact(states.tlsa.value_or(tlsa::State::secure));
    facts.server = server_fact(scenario);
    return facts;
}

std::vector<Outcome> of_action(tlsa::Action action, const tlsa::States& states) {
    switch (action) {
    case tlsa::Action::dane_success:
        return {states.mx == tlsa::State::secure ? Outcome::verified : Outcome::verified_insecure_mx};
    case tlsa::Action::dane_fail: return {Outcome::deferred}; // RFC 7672 §2.2: delayed, not bounced
    case tlsa::Action::pkix_tls:                              // of SRV services, which no program here follows
    case tlsa::Action::opportunistic_tls: break;
    }
    if (states.tlsa == tlsa::State::unusable) return {Outcome::unauthenticated_tls}; // RFC 7672 §2.2: TLS all the same
    return {Outcome::unauthenticated_tls, Outcome::cleartext};
}

std::vector<Outcome> by_states(const std::string& profile, tlsa::Mode mode, const Scenario& scenario,
                               const tlsa::States& states) {
    if (profile.empty() || profile == "rfc7672") {
        auto facts = facts_of(scenario, mode, states);
        auto allowed = oracle::allowed(facts);
        // Where our own client did not look at the certificate, another that elects DANE may find that it fails.
        if (scenario.row == 0 && !states.certificate && states.mx == tlsa::State::insecure) {
            facts.server = oracle::Server::wrong_certificate;
            allowed.merge(oracle::allowed(facts));
        }
        return {allowed.begin(), allowed.end()};
    }
    const auto decision = tlsa::decide(load_profile(profile).table(mode), states);
    const auto* decided = decision ? std::get_if<tlsa::Decision>(&*decision) : nullptr;
    if (decided == nullptr) throw ScenarioError(fmt::format("profile: {}: has no row for {}", profile, scenario.id));
    return of_action(decided->action, states);
}

// What the scenario itself expects of a client in its own mode.
std::vector<Outcome> as_expected(const Scenario& scenario) {
    const auto& expect = scenario.expect;
    if (expect.outcome) return {*expect.outcome};
    if (!expect.outcomes.empty()) return expect.outcomes;
    if (expect.status == tlsa::WalkStatus::takes_no_mail) return {Outcome::bounced};
    return {};
}

// RFC 7672 §6: where DANE is mandatory what is not authenticated waits. With several hosts or addresses a later one may
// authenticate, where the opportunistic client had delivered to an earlier one.
std::vector<Outcome> made_mandatory(const std::vector<Outcome>& opportunistic, const Scenario& scenario) {
    std::set<Outcome> allowed;
    for (const auto outcome : opportunistic)
        allowed.insert(outcome == Outcome::verified || outcome == Outcome::bounced ? outcome : Outcome::deferred);
    if (scenario.servers.size() > 1 && allowed.contains(Outcome::deferred)) allowed.insert(Outcome::verified);
    return {allowed.begin(), allowed.end()};
}

bool begins_with_one_of(const std::string& id, const auto& groups) {
    return std::any_of(groups.begin(), groups.end(), [&](std::string_view group) { return id.starts_with(group); });
}

// Who is told one host cannot choose among several, and knows neither the mail domain nor which resolver to believe.
bool is_for_one_host(const Scenario& scenario) {
    constexpr std::array<std::string_view, 2> of_mail_domains{"mx/", "aliases/nexthop/"};
    return scenario.servers.size() == 1 && scenario.resolvers.size() <= 1 &&
           !begins_with_one_of(scenario.id, of_mail_domains);
}

// Rows whose last state is in question below a secure MX, or the MX itself: the ways there are repeated below an
// insecure MX, which teaches nothing new.
bool is_worth_each_way(const Scenario& scenario) {
    const auto& states = *scenario.expect.states;
    return states.mx != tlsa::State::insecure && scenario.row > 2;
}

// Around the end of a signature programs differ: the machine's clock goes on while they start, and validators allow for
// clocks that are off (Unbound by an hour at least).
bool is_at_an_end(const Scenario& scenario) {
    constexpr std::int64_t skew = 3600;
    return std::ranges::any_of(scenario.zones, [&](const auto& zone) {
        return zone.signing && std::abs(zone.signing->expiration.seconds - scenario.now.seconds) <= skew;
    });
}

} // namespace

tlsa::States states_with_alias(const Scenario& scenario, const tlsa::States& of_table) {
    if (of_table.a != tlsa::State::insecure) return of_table;
    const auto found = findings_of(signed_zones(scenario), scenario.client->domain, "25", scenario.now);
    if (found.address != validator::Security::secure) return of_table;
    tlsa::States states = of_table;
    states.a = tlsa::State::secure;
    states.tlsa = found.tlsa == validator::Security::bogus      ? tlsa::State::bogus
                  : found.tlsa == validator::Security::insecure ? tlsa::State::insecure
                  : found.records.empty()                       ? tlsa::State::nxdomain
                                                                : tlsa::State::secure;
    return states;
}

bool is_for_suts(const Scenario& scenario) {
    if (!scenario.client || !scenario.later.empty() || scenario.story) return false;
    const auto& client = *scenario.client;
    const auto& expect = scenario.expect;
    return !client.srv && client.next_hop == tlsa::NextHop::mail_domain && client.own_names.empty() &&
           client.port == 25 && !client.implicit_tls && client.families == ClientSpec{}.families && !client.all_mx &&
           !client.all_addresses && client.key_probes.empty() && client.digests == tlsa::default_digest_order() &&
           (expect.states || !as_expected(scenario).empty());
}

std::vector<Scenario> each_stage(std::vector<Scenario> scenarios) {
    std::vector<Scenario> out;
    for (auto& scenario : scenarios) {
        if (scenario.later.empty() || scenario.story) {
            out.push_back(std::move(scenario));
            continue;
        }
        for (std::size_t stages = 0; stages <= scenario.later.size(); ++stages) {
            auto stage = at_stage(scenario, stages);
            if (!stage.expect.not_asked.empty() || is_at_an_end(stage)) continue; // a cache's answer, a clock's
            stage.id += fmt::format("/stage-{}", stages + 1);
            if (stages != 0) {
                stage.about += ": " + scenario.later[stages - 1].about;
                stage.judged.clear(); // they speak of the first
            }
            out.push_back(std::move(stage));
        }
    }
    return out;
}

std::vector<Scenario> scenarios_for_suts(zones::Seed seed, const std::string& profile, bool tables_only) {
    constexpr std::array<std::string_view, 7> groups{"addresses/", "aliases/",   "certificates/", "mx/",
                                                     "records/",   "rollovers/", "smtp/starttls/"};
    // Those that wait for a deadline, need a clock that stands still, or addresses that an enclosure cannot have.
    constexpr std::array<std::string_view, 8> left_out{"never", "silent",      "timeout",    "one-octet",
                                                       "slow",  "half-closes", "one-second", "addresses/reserved"};
    auto scenarios = table_scenarios(Breadth::plain, seed, profile);
    if (tables_only) return scenarios;
    std::set<std::string> known;
    for (const auto& scenario : scenarios) known.insert(scenario.id);
    for (auto& scenario : table_scenarios(Breadth::each_alone, seed, profile))
        if (is_worth_each_way(scenario) && known.insert(scenario.id).second) scenarios.push_back(std::move(scenario));
    for (auto& scenario : each_stage(file_scenarios())) {
        const auto holds = [&](std::string_view word) { return scenario.id.find(word) != std::string::npos; };
        const bool for_mail = is_for_suts(scenario) && begins_with_one_of(scenario.id, groups);
        const bool for_judges = is_for_judges(scenario) && scenario.id.starts_with("dnssec/");
        if ((for_mail || for_judges) && std::none_of(left_out.begin(), left_out.end(), holds))
            scenarios.push_back(std::move(scenario));
    }
    const auto rows = resolver_rows();
    auto misordered = resolver_product(seed); // row by row
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!waits(rows[i])) scenarios.push_back(std::move(misordered[i]));
    return scenarios;
}

std::vector<Outcome> allowed_outcomes(const std::string& profile, tlsa::Mode mode, const Sut& sut,
                                      const Scenario& scenario) {
    const auto own_mode = scenario.table.value_or(scenario.client->mode);
    const bool stricter = mode == tlsa::Mode::mandatory && own_mode == tlsa::Mode::opportunistic && !scenario.table;
    if (!sut.sees_mx && !is_for_one_host(scenario)) return {};
    if (mode != own_mode && (!stricter || scenario.expect.others)) return {};
    if (scenario.expect.others) return scenario.expect.others->outcomes;
    auto allowed = as_expected(scenario);
    auto states = scenario.expect.states;
    if (states && !sut.sees_mx) states->mx = tlsa::State::secure;
    if (states && (allowed.empty() || scenario.row != 0)) {
        allowed = by_states(profile, own_mode, scenario, *states);
    } else if (states && states->mx == tlsa::State::insecure) {
        // RFC 7672 §2.2.1: a client may elect DANE there, or not; ours does the one or the other.
        for (const auto outcome : by_states(profile, own_mode, scenario, *states))
            if (std::find(allowed.begin(), allowed.end(), outcome) == allowed.end()) allowed.push_back(outcome);
    } else if (!sut.sees_mx &&
               std::find(allowed.begin(), allowed.end(), Outcome::verified_insecure_mx) != allowed.end()) {
        allowed.push_back(Outcome::verified);
    }
    return stricter ? made_mandatory(allowed, scenario) : allowed;
}

} // namespace harness
