// The walk against the oracle, in every cell of MX x address x TLSA x server x mode.
#include "tlsa/rfc7672_oracle.h"

#include "tests/tlsa/test_world.h"

using namespace test;
using rfc7672::Facts;

namespace {

void add_mx(World& world, rfc7672::Mx mx) {
    const auto question = ask("example.", RrType::MX);
    switch (mx) {
    case rfc7672::Mx::secure: return world.add(found(question, {"10 mx.example."}));
    case rfc7672::Mx::insecure: return world.add(found(question, {"10 mx.example."}, Security::insecure));
    case rfc7672::Mx::bogus: return world.add(bogus(question));
    case rfc7672::Mx::nxdomain: return world.add(name_error(question));
    case rfc7672::Mx::insecure_nxdomain: return world.add(name_error(question, Security::insecure));
    case rfc7672::Mx::nodata: return world.add(test::no_data(question));
    case rfc7672::Mx::insecure_nodata: return world.add(test::no_data(question, Security::insecure));
    case rfc7672::Mx::null: return world.add(found(question, {"0 ."}));
    case rfc7672::Mx::insecure_null: return world.add(found(question, {"0 ."}, Security::insecure));
    case rfc7672::Mx::servfail:
    case rfc7672::Mx::timeout: return world.add(unanswered(question));
    }
}

void add_address(World& world, const std::string& host, rfc7672::Address address) {
    const auto question = ask(host, RrType::A), other = ask(host, RrType::AAAA);
    switch (address) {
    case rfc7672::Address::secure: return world.add(found(question, {"192.0.2.1"}));
    case rfc7672::Address::insecure:
        world.add(test::no_data(other, Security::insecure));
        return world.add(found(question, {"192.0.2.1"}, Security::insecure));
    case rfc7672::Address::bogus: return world.add(bogus(question));
    case rfc7672::Address::none: return;
    case rfc7672::Address::servfail:
    case rfc7672::Address::timeout: return world.add(unanswered(question));
    }
}

void add_tlsa(World& world, const std::string& host, rfc7672::Tlsa tlsa) {
    const auto question = ask("_25._tcp." + host, RrType::TLSA);
    switch (tlsa) {
    case rfc7672::Tlsa::usable: return world.add(found(question, {good_tlsa}));
    case rfc7672::Tlsa::unusable: return world.add(found(question, {"3 1 1 abcd"}));
    case rfc7672::Tlsa::insecure: return world.add(found(question, {good_tlsa}, Security::insecure));
    case rfc7672::Tlsa::nxdomain: return world.add(name_error(question));
    case rfc7672::Tlsa::insecure_nxdomain: return world.add(name_error(question, Security::insecure));
    case rfc7672::Tlsa::nodata: return world.add(test::no_data(question));
    case rfc7672::Tlsa::insecure_nodata: return world.add(test::no_data(question, Security::insecure));
    case rfc7672::Tlsa::bogus: return world.add(bogus(question));
    case rfc7672::Tlsa::servfail:
    case rfc7672::Tlsa::timeout: return world.add(unanswered(question));
    }
}

// The server as it answers a session's plan.
SmtpOutcome serve(rfc7672::Server server, const WantSession& want) {
    const auto policy = want.plan.tls;
    const bool needs_tls = policy == TlsPolicy::dane || policy == TlsPolicy::encrypt;
    SmtpOutcome in_clear;
    in_clear.step = SmtpStep::quit;
    in_clear.delivered = true;
    if (policy == TlsPolicy::cleartext) return in_clear;
    switch (server) {
    case rfc7672::Server::good: return good_server(want);
    case rfc7672::Server::wrong_certificate:
        return policy == TlsPolicy::dane ? with_tls(AuthenticationResult::no_match) : good_server(want);
    case rfc7672::Server::no_starttls:
        return needs_tls ? failing(SmtpFailure::starttls_not_offered, SmtpStep::ehlo) : in_clear;
    case rfc7672::Server::handshake_fails: return failing(SmtpFailure::tls_failed, SmtpStep::handshake);
    }
    return {};
}

Outcome walked(const Facts& facts, DecisionTable table) {
    World world;
    add_mx(world, facts.mx);
    const bool implicit = facts.mx == rfc7672::Mx::nodata || facts.mx == rfc7672::Mx::insecure_nodata;
    const std::string host = implicit ? "example." : "mx.example.";
    add_address(world, host, facts.address);
    add_tlsa(world, host, facts.tlsa);
    world.server = [&](const WantSession& want) { return serve(facts.server, want); };
    auto walk = plan(facts.mandatory ? Mode::mandatory : Mode::opportunistic, true);
    walk.table = std::move(table);
    world.run(std::move(walk));
    return outcome_of(world.result);
}

// The cells in which the walk leaves what the oracle allows.
std::vector<std::string> outside(const DecisionTable& mandatory, const DecisionTable& opportunistic) {
    std::vector<std::string> out;
    for (const auto& facts : rfc7672::all_cells()) {
        const auto& table = facts.mandatory ? mandatory : opportunistic;
        if (table.rows.empty()) continue;
        const auto seen = walked(facts, table);
        if (!rfc7672::allowed(facts).contains(seen))
            out.push_back(std::string(to_text(table.mode)) + " " + rfc7672::to_text(facts) + ": " +
                          std::string(to_text(seen)));
    }
    return out;
}

} // namespace

TEST_CASE("oracle: in every cell the walk by the profile rfc7672 stays within what RFC 7672 allows") {
    CHECK(rfc7672::all_cells().size() >= 250);
    const auto left = outside(load_table("rfc7672", Mode::mandatory), load_table("rfc7672", Mode::opportunistic));
    for (const auto& cell : left) UNSCOPED_INFO(cell);
    CHECK(left.empty());
}

TEST_CASE("oracle: the appliance's and Postfix's tables stay within it too") {
    for (const char* profile : {"cisco-esa", "postfix"}) {
        DYNAMIC_SECTION(profile) {
            const auto left = outside(load_table(profile, Mode::mandatory), load_table(profile, Mode::opportunistic));
            for (const auto& cell : left) UNSCOPED_INFO(cell);
            CHECK(left.empty());
        }
    }
}

TEST_CASE("oracle: each outcome is demanded somewhere, and most cells allow one alone") {
    std::set<Outcome> demanded;
    std::size_t strict = 0;
    for (const auto& facts : rfc7672::all_cells()) {
        const auto allowed = rfc7672::allowed(facts);
        REQUIRE_FALSE(allowed.empty());
        if (allowed.size() != 1) continue;
        ++strict;
        demanded.insert(*allowed.begin());
    }
    CHECK(strict * 2 > rfc7672::all_cells().size());
    CHECK(demanded == std::set{Outcome::verified, Outcome::unauthenticated_tls, Outcome::cleartext, Outcome::deferred,
                               Outcome::bounced});
}

TEST_CASE("oracle: a table with one action turned over is caught (RFC 7672 §2.2)") {
    for (const auto mode : {Mode::mandatory, Mode::opportunistic}) {
        const auto good = load_table("rfc7672", mode);
        for (std::size_t row = 0; row < good.rows.size(); ++row) {
            const Action was = good.rows[row].action;
            // Failing where a client may fall back is what a stricter client does; everything else is wrong.
            const Action turned = was == Action::dane_fail ? Action::opportunistic_tls : Action::dane_fail;
            auto broken = good;
            broken.rows[row].action = turned;
            DYNAMIC_SECTION(to_text(mode) << " row " << good.rows[row].number) {
                const auto left = mode == Mode::mandatory ? outside(broken, load_table("rfc7672", Mode::opportunistic))
                                                          : outside(load_table("rfc7672", Mode::mandatory), broken);
                // Without an address there is nothing to connect to, whatever the table would allow.
                const auto& states = good.rows[row].states;
                const bool nothing_to_reach = states.mx == State::bogus || states.a == State::bogus;
                CHECK(left.empty() == nothing_to_reach);
            }
        }
    }
}
