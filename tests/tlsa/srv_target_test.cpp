// One target of an SRV service (RFC 7673): addresses, TLSA records, sessions, branch by branch.
#include <catch2/generators/catch_generators_all.hpp>

#include "tests/tlsa/srv_world.h"
#include "tlsa/outcome.h"

using namespace test;

namespace {

// A second target of a worse priority, with all that DANE needs.
void add_spare(World& world) {
    world.add(service, RrType::SRV, {"10 0 2587 smtp.example.net.", "20 0 587 spare.example.net."});
    world.add("spare.example.net.", RrType::A, {"192.0.2.2"});
    world.add("_587._tcp.spare.example.net.", RrType::TLSA, {good_tlsa});
}

// A certificate that authorities vouch for goes without saying; of TLSA records none matches.
SmtpOutcome unmatched_server(const WantSession& want) {
    return want.plan.tls == TlsPolicy::dane ? with_tls(AuthenticationResult::no_match) : vouched_server(want);
}

} // namespace

TEST_CASE("srv walk: a TLSA query where any address RRset is secure, none where none is (RFC 7673 §3.2)") {
    struct Case {
        Security ipv4, ipv6;
        bool asked;
    };
    for (const auto& one :
         {Case{Security::secure, Security::secure, true}, Case{Security::secure, Security::insecure, true},
          Case{Security::insecure, Security::secure, true}, Case{Security::insecure, Security::insecure, false}}) {
        DYNAMIC_SECTION(validator::to_text(one.ipv4) << " A, " << validator::to_text(one.ipv6) << " AAAA") {
            World world = one_target();
            world.add(smtp, RrType::A, {"192.0.2.1"}, one.ipv4);
            world.add(smtp, RrType::AAAA, {"2001:db8::1"}, one.ipv6);
            world.server = [&](const WantSession& want) {
                return want.ipv6 ? vouched_server(want) : failing(SmtpFailure::connection_refused, SmtpStep::connect);
            };
            world.run(srv_plan());
            CHECK(world.was_asked(smtp_tlsa + " TLSA") == one.asked);
            // The records are the target's, whichever of its addresses is used.
            REQUIRE(world.sessions.size() == 2);
            for (const auto& session : world.sessions)
                CHECK(session.plan.tls == (one.asked ? TlsPolicy::dane : TlsPolicy::encrypt));
            CHECK(world.result.action == (one.asked ? Action::dane_success : Action::pkix_tls));
            CHECK(world.result.attempts.back().states.a == (one.asked ? State::secure : State::insecure));
            CHECK(world.result.events[1].state ==
                  (one.ipv4 == Security::secure ? State::secure : State::insecure)); // each line tells its own record
        }
    }
}

TEST_CASE("srv walk: an address lookup that fails, or gives nothing, leads to the next target (RFC 7673 §3.2)") {
    World world = one_target();
    add_spare(world);
    struct Case {
        const char* about;
        validator::Lookup lookup;
        const char* event;
        State state;
    };
    const auto a = ask(smtp, RrType::A), aaaa = ask(smtp, RrType::AAAA);
    for (const auto& one : {Case{"bogus", bogus(a), "address-bogus", State::bogus},
                            Case{"no answer", unanswered(a), "address-failed", State::bogus},
                            Case{"bogus IPv6 beside a good IPv4", bogus(aaaa), "address-bogus", State::bogus},
                            Case{"no address", no_data(a), "address-none", State::nxdomain},
                            Case{"no such host", name_error(a), "address-none", State::nxdomain}}) {
        DYNAMIC_SECTION(one.about) {
            world.add(one.lookup);
            world.run(srv_plan());
            CHECK(world.events[1] == one.event);
            CHECK_FALSE(world.was_asked(smtp_tlsa + " TLSA"));
            REQUIRE(world.sessions.size() == 1);
            CHECK(world.sessions.front().address == "192.0.2.2");
            CHECK(world.result.status == WalkStatus::dane_success);
            REQUIRE(world.result.attempts.size() == 2);
            CHECK(world.result.attempts.front().states.a == one.state);
            CHECK(world.result.attempts.front().decision.has_value() == (one.state == State::bogus));
        }
    }
}

TEST_CASE("srv walk: only the wanted families are asked for") {
    World world = one_target();
    auto plan = srv_plan();
    plan.families = AddressFamilies::ipv4_only;
    world.run(plan);
    CHECK_FALSE(world.was_asked(smtp + " AAAA"));
    CHECK(world.result.status == WalkStatus::dane_success);
}

TEST_CASE("srv walk: what TLSA lookups lead to (RFC 7673 §3.4)") {
    World world = one_target();
    add_spare(world);
    world.server = unmatched_server;
    const auto question = ask(smtp_tlsa, RrType::TLSA);
    SECTION("bogus, or no answer: no connection, the next target") {
        const bool silent = GENERATE(false, true);
        world.add(silent ? unanswered(question) : bogus(question));
        world.server = vouched_server;
        world.run(srv_plan());
        CHECK(world.events[2] == (silent ? "tlsa-failed" : "tlsa-bogus"));
        REQUIRE(world.sessions.size() == 1);
        CHECK(world.sessions.front().address == "192.0.2.2");
        CHECK(world.result.attempts.front().status == (silent ? WalkStatus::could_not_tell : WalkStatus::bogus));
    }
    SECTION("insecure, absent, insecurely absent: as without records") {
        const auto [lookup, event, state, status] =
            GENERATE_COPY(table<validator::Lookup, const char*, State, WalkStatus>(
                {{found(question, {good_tlsa}, Security::insecure), "tlsa-insecure", State::insecure,
                  WalkStatus::tlsa_insecure},
                 {no_data(question), "tlsa-none", State::nxdomain, WalkStatus::no_tlsa},
                 {name_error(question), "tlsa-none", State::nxdomain, WalkStatus::no_tlsa},
                 {no_data(question, Security::insecure), "tlsa-insecure", State::insecure,
                  WalkStatus::tlsa_insecure}}));
        world.add(lookup);
        SECTION("authorities may vouch") {
            world.run(srv_plan());
            CHECK(world.events[2] == event);
            REQUIRE(world.sessions.size() == 1);
            CHECK(world.sessions.front().plan.tls == TlsPolicy::encrypt);
            CHECK(world.sessions.front().plan.server_name == dns::Name::literal("example."));
            CHECK(world.result.action == Action::pkix_tls);
            CHECK(world.result.status == status);
            CHECK(world.result.attempts.back().states.tlsa == state);
            CHECK(world.result.attempts.back().states.certificate == CertificateState::success);
        }
        SECTION("only DANE counts: no connection there") {
            world.server = vouched_server;
            world.run(srv_plan(Mode::mandatory));
            REQUIRE(world.sessions.size() == 1);
            CHECK(world.sessions.front().address == "192.0.2.2");
            CHECK(world.result.attempts.front().status == status);
        }
    }
    SECTION("usable, without a match: the next address, then the next target") {
        world.add(smtp, RrType::A, {"192.0.2.1", "192.0.2.11"});
        world.server = [](const WantSession& want) {
            return want.address == "192.0.2.2" ? vouched_server(want) : unmatched_server(want);
        };
        world.run(srv_plan());
        CHECK(world.sessions.size() == 3);
        CHECK(std::ranges::count(world.events, "next-address") == 1);
        CHECK(world.result.status == WalkStatus::dane_success);
        CHECK(world.result.attempts.front().status == WalkStatus::certificate_failed);
        CHECK(world.result.attempts.front().certificate_reasons.size() == 1);
    }
}

TEST_CASE("srv walk: secure records of which none is usable: TLS and authorities (RFC 7673 §4.1)") {
    World world = one_target();
    world.add(smtp_tlsa, RrType::TLSA, {"3 1 1 abcd"});
    SECTION("they vouch") {
        world.run(srv_plan());
        CHECK(world.events[2] == "tlsa-unusable");
        REQUIRE(world.sessions.size() == 1);
        CHECK(world.sessions.front().plan.tls == TlsPolicy::encrypt);
        CHECK(world.sessions.front().plan.judge);
        CHECK(world.result.action == Action::pkix_tls);
        CHECK(world.result.status == WalkStatus::tlsa_unusable);
        const auto verified = std::ranges::find(world.result.events, EventKind::certificate_verified, &Event::kind);
        REQUIRE(verified != world.result.events.end());
        CHECK(verified->text == "example"); // the name that was vouched for
    }
    SECTION("they do not") {
        world.server = [](const WantSession&) { return with_tls(AuthenticationResult::untrusted); };
        world.run(srv_plan());
        CHECK(world.result.action == Action::dane_fail);
        CHECK(world.result.attempts.back().states.certificate == CertificateState::failed);
        CHECK(outcome_of(world.result) == Outcome::deferred);
        CHECK(outcomes_of_check(world.result) == std::vector{Outcome::deferred});
    }
    SECTION("there is no TLS") {
        world.server = [](const WantSession&) { return failing(SmtpFailure::starttls_not_offered, SmtpStep::ehlo); };
        world.run(srv_plan());
        CHECK(world.result.action == Action::dane_fail);
        CHECK(world.result.status == WalkStatus::no_starttls);
    }
}

TEST_CASE("srv walk: usages 0 and 1 are usable here, with the authorities of the plan (RFC 6698 §2.1.1)") {
    World world = one_target();
    world.add(smtp_tlsa, RrType::TLSA, {"1 1 1 " + std::string(64, 'a')});
    auto plan = srv_plan();
    plan.roots = {make_certificate(root_spec())};
    world.run(plan);
    REQUIRE(world.sessions.size() == 1);
    CHECK(world.sessions.front().plan.tls == TlsPolicy::dane);
    CHECK(world.sessions.front().plan.authentication.pkix_roots == plan.roots);
}

TEST_CASE("srv walk: whom authorities have to vouch for (RFC 7673 §4.1)") {
    const CertificateChain target_chain{make_certificate([] {
                                            auto leaf = leaf_spec();
                                            leaf.dns_ids = {"smtp.example.net"};
                                            return leaf;
                                        }()),
                                        make_certificate(issuer_spec())};
    const CertificateChain service_chain{make_certificate([] {
                                             auto leaf = leaf_spec();
                                             leaf.dns_ids = {"example"};
                                             return leaf;
                                         }()),
                                         make_certificate(issuer_spec())};
    const auto srv = GENERATE(Security::secure, Security::insecure);
    World world = one_target();
    world.add(found(ask(service, RrType::SRV), {"10 0 2587 smtp.example.net."}, srv));
    world.add(no_data(ask(smtp_tlsa, RrType::TLSA)));
    auto plan = srv_plan();
    plan.roots = {make_certificate(root_spec())};
    world.run(plan);
    REQUIRE(world.sessions.size() == 1);
    const auto& judge = world.sessions.front().plan.judge;
    CHECK(judge(service_chain).result == AuthenticationResult::match);
    CHECK(judge(target_chain).result ==
          (srv == Security::secure ? AuthenticationResult::match : AuthenticationResult::name_mismatch));
    CHECK(judge({service_chain.front()}).result == AuthenticationResult::untrusted);
}

TEST_CASE("srv walk: a target that is an alias: what it leads to goes first, then itself (RFC 7671 §7)") {
    World world = one_target();
    world.add(smtp, RrType::A, {"192.0.2.1"}, Security::secure, {{"host.example.org."}});
    world.add(smtp, RrType::AAAA, {}, Security::secure, {{"host.example.org."}});
    const std::string expanded = "_2587._tcp.host.example.org.";
    SECTION("records at the end of the alias") {
        world.add(expanded, RrType::TLSA, {good_tlsa});
        world.run(srv_plan());
        CHECK_FALSE(world.was_asked(smtp_tlsa + " TLSA"));
        CHECK(world.sessions.front().plan.server_name == dns::Name::literal("host.example.org."));
        CHECK(world.sessions.front().plan.authentication.reference_names ==
              names({"host.example.org.", smtp, "example."}));
    }
    SECTION("none there") {
        world.run(srv_plan());
        CHECK(world.sessions.front().plan.server_name == dns::Name::literal(smtp));
        CHECK(world.result.status == WalkStatus::dane_success);
    }
    SECTION("an error there ends the search") {
        world.add(bogus(ask(expanded, RrType::TLSA)));
        world.run(srv_plan());
        CHECK_FALSE(world.was_asked(smtp_tlsa + " TLSA"));
        CHECK(world.sessions.empty());
    }
    SECTION("an alias that is not secure to its end: no query at all") {
        world.add(smtp, RrType::A, {"192.0.2.1"}, Security::insecure, {{"host.example.org.", Security::insecure}});
        world.add(no_data(ask(smtp, RrType::AAAA), Security::insecure));
        world.run(srv_plan());
        CHECK_FALSE(world.was_asked(expanded + " TLSA"));
        CHECK_FALSE(world.was_asked(smtp_tlsa + " TLSA"));
    }
}

TEST_CASE("srv walk: a target that passes and does not take the message is followed by the next") {
    World world = one_target();
    add_spare(world);
    world.server = [](const WantSession& want) {
        auto outcome = vouched_server(want);
        if (want.address != "192.0.2.1") return outcome;
        outcome.delivered = outcome.delivered_in_tls = false;
        outcome.failure = SmtpFailure::reply_refused;
        outcome.step = SmtpStep::mail;
        outcome.detail = "450 4.2.0 later";
        return outcome;
    };
    SECTION("by TLSA records both") {
        world.run(srv_plan());
        CHECK(world.sessions.size() == 2);
        CHECK(world.result.delivered);
        CHECK(outcome_of(world.result) == Outcome::verified);
    }
    SECTION("what delivers is what counts") {
        world.add(no_data(ask("_587._tcp.spare.example.net.", RrType::TLSA)));
        world.run(srv_plan());
        CHECK(world.result.action == Action::pkix_tls);
        CHECK(outcome_of(world.result) == Outcome::unauthenticated_tls);
    }
    SECTION("a check ends with the first that passes") {
        world.run(srv_plan(Mode::opportunistic, false));
        CHECK(world.sessions.size() == 1);
        CHECK(world.result.status == WalkStatus::dane_success);
    }
}
