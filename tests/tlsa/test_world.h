// A small Internet of lookups and mail servers for tests of the walk, and what the walk did in it.
#pragma once

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/tlsa/test_chain.h"
#include "tests/tlsa/test_lookup.h"
#include "tests/tlsa/test_tables.h"
#include "tlsa/srv_walk.h"
#include "tlsa/walker.h"

namespace test {

using namespace tlsa;
using dns::RrType;
using validator::Security;
using Words = std::vector<std::string>;

inline const std::string good_tlsa = "3 1 1 " + std::string(64, 'a');

inline std::string word(EventKind kind) {
    static const std::map<EventKind, std::string> words = {
        {EventKind::mx_found, "mx"},
        {EventKind::mx_bogus, "mx-bogus"},
        {EventKind::mx_lookup_failed, "mx-failed"},
        {EventKind::mx_none_implicit, "mx-implicit"},
        {EventKind::mx_null, "mx-null"},
        {EventKind::mx_is_client, "mx-is-client"},
        {EventKind::domain_does_not_exist, "no-domain"},
        {EventKind::srv_found, "srv"},
        {EventKind::srv_bogus, "srv-bogus"},
        {EventKind::srv_lookup_failed, "srv-failed"},
        {EventKind::srv_none, "srv-none"},
        {EventKind::srv_not_offered, "srv-not-offered"},
        {EventKind::next_srv, "next-srv"},
        {EventKind::address_found, "address"},
        {EventKind::address_bogus, "address-bogus"},
        {EventKind::address_lookup_failed, "address-failed"},
        {EventKind::address_none, "address-none"},
        {EventKind::next_address, "next-address"},
        {EventKind::next_mx, "next-mx"},
        {EventKind::key_probe, "key-probe"},
        {EventKind::key_not_served, "key-not-served"},
        {EventKind::key_unproven, "key-unproven"},
        {EventKind::connecting, "connecting"},
        {EventKind::connected, "connected"},
        {EventKind::connect_failed, "connect-failed"},
        {EventKind::tlsa_found, "tlsa"},
        {EventKind::tlsa_none, "tlsa-none"},
        {EventKind::tlsa_insecure, "tlsa-insecure"},
        {EventKind::tlsa_bogus, "tlsa-bogus"},
        {EventKind::tlsa_lookup_failed, "tlsa-failed"},
        {EventKind::tlsa_unusable, "tlsa-unusable"},
        {EventKind::tls_checking, "tls-checking"},
        {EventKind::tls_established, "tls"},
        {EventKind::tls_failed, "tls-failed"},
        {EventKind::certificate_verified, "verified"},
        {EventKind::certificate_failed, "not-verified"},
        {EventKind::tls_succeeded, "tls-succeeded"},
        {EventKind::delivered, "delivered"},
        {EventKind::smtp_failed, "smtp-failed"},
        {EventKind::decided, "decided"},
    };
    return words.at(kind);
}

inline SmtpOutcome with_tls(AuthenticationResult result) {
    SmtpOutcome outcome;
    outcome.tls = TlsSummary{"TLSv1.3", "TLS_AES_256_GCM_SHA384", {}};
    outcome.authentication = Authentication{};
    outcome.authentication->result = result;
    outcome.step = SmtpStep::quit;
    if (result != AuthenticationResult::match) {
        outcome.failure = SmtpFailure::certificate_no_match;
        outcome.step = SmtpStep::authentication;
        outcome.authentication->reasons = {"certificate-no-match: no TLSA record matches"};
    }
    return outcome;
}
inline SmtpOutcome failing(SmtpFailure failure, SmtpStep step) {
    SmtpOutcome outcome;
    outcome.failure = failure;
    outcome.step = step;
    return outcome;
}
// A good server: authenticates where asked to, delivers where allowed.
inline SmtpOutcome good_server(const WantSession& want) {
    SmtpOutcome outcome = with_tls(AuthenticationResult::match);
    if (want.plan.tls != TlsPolicy::dane) outcome.authentication.reset();
    outcome.delivered =
        want.plan.envelope && (want.plan.tls != TlsPolicy::dane || want.plan.deliver_when_authenticated);
    outcome.delivered_in_tls = outcome.delivered;
    return outcome;
}

// A small Internet of lookups; what is not there is securely absent.
struct World {
    std::map<std::string, validator::Lookup> lookups;
    std::function<SmtpOutcome(const WantSession&)> server = good_server;
    // what happened
    Words asked, events;
    std::vector<WantSession> sessions;
    WalkResult result;

    void add(const validator::Lookup& lookup) { lookups[lookup.question.to_text()] = lookup; }
    void add(const std::string& name, RrType type, const std::vector<std::string>& rdata,
             Security security = Security::secure, const std::vector<Hop>& aliases = {}) {
        add(found(ask(name, type), rdata, security, aliases));
    }
    void run(WalkPlan plan) {
        Walk walk(std::move(plan));
        follow(walk);
    }
    void run(SrvPlan plan) {
        SrvWalk walk(std::move(plan));
        follow(walk);
    }
    template <class Machine>
    void follow(Machine& walk) {
        for (int steps = 0; steps < 200; ++steps) {
            auto step = walk.advance();
            for (const auto& event : walk.take_events()) events.push_back(word(event.kind));
            if (auto* done = std::get_if<WalkResult>(&step)) {
                result = *done;
                return;
            }
            if (auto* want = std::get_if<WantLookups>(&step)) {
                REQUIRE_FALSE(want->questions.empty());
                for (const auto& question : want->questions) {
                    asked.push_back(question.to_text());
                    const auto known = lookups.find(question.to_text());
                    walk.supply(known == lookups.end() ? no_data(question) : known->second);
                }
            } else {
                sessions.push_back(std::get<WantSession>(step));
                const auto outcome = server(sessions.back());
                walk.supply(outcome, outcome.step == SmtpStep::connect ? "" : "192.0.2.99");
            }
        }
        FAIL("the walk does not end");
    }
    bool was_asked(const std::string& question) const { return std::ranges::find(asked, question) != asked.end(); }
};

inline WalkPlan plan(Mode mode, bool with_mail = false, const char* profile = "cisco-esa") {
    WalkPlan out;
    out.domain = dns::Name::literal("example.");
    out.table = load_table(profile, mode);
    out.now = now;
    if (with_mail) out.envelope = Envelope{"a@example.net", "b@example", "Subject: test\r\n\r\nhello\r\n"};
    return out;
}

// example. with one host at one address and a good TLSA record.
inline World one_host() {
    World world;
    world.add("example.", RrType::MX, {"10 mx.example."});
    world.add("mx.example.", RrType::A, {"192.0.2.1"});
    world.add("_25._tcp.mx.example.", RrType::TLSA, {good_tlsa});
    return world;
}

inline unsigned row_of(const WalkResult& result) {
    REQUIRE_FALSE(result.attempts.empty());
    const auto& decision = result.attempts.back().decision;
    REQUIRE(decision);
    return decision->row == nullptr ? 0 : decision->row->number;
}

inline validator::Lookup with_state(const std::string& state, const std::string& name, RrType type,
                                    const std::string& rdata) {
    const auto question = ask(name, type);
    if (state == "bogus") return bogus(question);
    if (state == "nxdomain") return name_error(question);
    return found(question, {rdata}, state == "secure" ? Security::secure : Security::insecure);
}

} // namespace test
