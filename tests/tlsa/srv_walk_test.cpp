// The walk over the targets of an SRV service (RFC 7673), branch by branch.
#include <catch2/generators/catch_generators_all.hpp>
#include <set>

#include "tests/tlsa/srv_world.h"
#include "tlsa/outcome.h"

using namespace test;

TEST_CASE("srv walk: names of services") {
    for (const auto one : {MailService::submission, MailService::submissions})
        CHECK(mail_service_from_text(to_text(one)) == one);
    CHECK_FALSE(mail_service_from_text("smtp"));
    CHECK(service_name(MailService::submissions, dns::Name::literal("example."))->to_text() ==
          "_submissions._tcp.example.");
    const std::string label(63, 'a');
    const auto longest = dns::Name::literal(label + "." + label + "." + label + "." + std::string(55, 'b') + ".");
    CHECK_FALSE(service_name(MailService::submission, longest));
}

TEST_CASE("srv walk: secure usable records: TLS, the target's name in SNI, both names in certificates (RFC 7673 §3.3, "
          "§3.4, §6, RFC 7671 §10.2)") {
    World world = one_target();
    world.run(srv_plan());
    CHECK(world.asked == Words{service + " SRV", smtp + " A", smtp + " AAAA", smtp_tlsa + " TLSA"});
    CHECK(world.events == Words{"srv", "address", "connecting", "connected", "tlsa", "tls-checking", "tls", "verified",
                                "tls-succeeded", "delivered", "decided"});
    REQUIRE(world.sessions.size() == 1);
    const auto& session = world.sessions.front();
    CHECK(session.address == "192.0.2.1");
    CHECK(session.port == 2587);
    CHECK(session.plan.tls == TlsPolicy::dane);
    CHECK_FALSE(session.plan.implicit_tls);
    CHECK(session.plan.server_name == dns::Name::literal(smtp));
    CHECK(session.plan.authentication.reference_names == names({smtp, "example."}));
    CHECK_FALSE(session.plan.judge);
    CHECK(world.result.status == WalkStatus::dane_success);
    CHECK(world.result.action == Action::dane_success);
    CHECK(world.result.authenticated);
    CHECK(outcome_of(world.result) == Outcome::verified);
    CHECK(outcomes_of_check(world.result) == std::vector{Outcome::verified});
    const auto& attempt = world.result.attempts.back();
    CHECK(attempt.mx == "smtp.example.net");
    CHECK(attempt.port == 2587);
    CHECK(attempt.states.srv == State::secure);
    CHECK_FALSE(attempt.states.mx);
    CHECK(world.result.events[0].port == 2587);
}

TEST_CASE("srv walk: the other service has its own name, port and TLS from the first octet (RFC 8314 §3.3, §5.1)") {
    World world = one_target();
    world.add("_submissions._tcp.example.", RrType::SRV, {"0 0 465 smtp.example.net."});
    world.add("_465._tcp.smtp.example.net.", RrType::TLSA, {good_tlsa});
    auto plan = srv_plan();
    plan.service = MailService::submissions;
    world.run(plan);
    CHECK_FALSE(world.was_asked(service + " SRV"));
    REQUIRE(world.sessions.size() == 1);
    CHECK(world.sessions.front().plan.implicit_tls);
    CHECK(world.sessions.front().port == 465);
}

TEST_CASE("srv walk: a chain that is not secure as a whole, or fails (RFC 7673 §3.1)") {
    const auto question = ask(service, RrType::SRV);
    World world = one_target();
    SECTION("insecure, alone or behind a secure alias: authorities, the service's name, no TLSA query") {
        const bool aliased = GENERATE(false, true);
        world.add(found(question, {"10 0 2587 smtp.example.net."}, Security::insecure,
                        aliased ? std::vector<Hop>{{"_submission._tcp.example.org."}} : std::vector<Hop>{}));
        world.run(srv_plan());
        CHECK_FALSE(world.was_asked(smtp_tlsa + " TLSA"));
        REQUIRE(world.sessions.size() == 1);
        CHECK(world.sessions.front().plan.tls == TlsPolicy::encrypt);
        CHECK(world.sessions.front().plan.judge);
        CHECK(world.sessions.front().plan.server_name == dns::Name::literal("example."));
        CHECK(world.result.action == Action::pkix_tls);
        CHECK(world.result.status == WalkStatus::insecure);
        CHECK_FALSE(world.result.authenticated);
        CHECK(outcome_of(world.result) == Outcome::unauthenticated_tls);
        CHECK(outcomes_of_check(world.result) == std::vector{Outcome::unauthenticated_tls});
    }
    SECTION("insecure, where only DANE counts") {
        world.add(found(question, {"10 0 2587 smtp.example.net."}, Security::insecure));
        world.run(srv_plan(Mode::mandatory));
        CHECK(world.asked == Words{service + " SRV"});
        CHECK(world.sessions.empty());
        CHECK(world.result.status == WalkStatus::insecure);
        CHECK(world.result.action == Action::dane_fail);
    }
    SECTION("bogus, or no answer: the end") {
        const bool silent = GENERATE(false, true);
        world.add(silent ? unanswered(question) : bogus(question));
        world.add("example.", RrType::A, {"192.0.2.9"});
        world.run(srv_plan());
        CHECK(world.asked == Words{service + " SRV"});
        CHECK(world.events == Words{silent ? "srv-failed" : "srv-bogus", "decided"});
        CHECK(world.result.status == (silent ? WalkStatus::could_not_tell : WalkStatus::bogus));
        CHECK(outcome_of(world.result) == Outcome::deferred);
        CHECK(world.result.attempts.back().reasons.size() == 1);
    }
}

TEST_CASE("srv walk: no SRV records: the domain itself at the usual port, without DANE (RFC 7673 §3.1, RFC 2782)") {
    World world;
    world.server = vouched_server;
    world.add("example.", RrType::A, {"192.0.2.9"});
    world.add("_587._tcp.example.", RrType::TLSA, {good_tlsa});
    const auto denial = GENERATE(Security::secure, Security::insecure);
    const bool no_name = GENERATE(false, true);
    const auto question = ask(service, RrType::SRV);
    world.add(no_name ? name_error(question, denial) : no_data(question, denial));
    SECTION("authorities may vouch") {
        world.run(srv_plan());
        CHECK(world.events.front() == "srv-none");
        CHECK(std::ranges::count(world.events, "srv") == 0);
        CHECK_FALSE(world.was_asked("_587._tcp.example. TLSA"));
        REQUIRE(world.sessions.size() == 1);
        CHECK(world.sessions.front().port == 587);
        CHECK(world.result.action == Action::pkix_tls);
        CHECK(world.result.status == (denial == Security::secure ? WalkStatus::no_tlsa : WalkStatus::insecure));
    }
    SECTION("only DANE counts") {
        world.run(srv_plan(Mode::mandatory));
        CHECK(world.asked == Words{service + " SRV"});
        CHECK(world.result.action == Action::dane_fail);
    }
}

TEST_CASE("srv walk: a domain name too long for the service's name has no SRV records") {
    const std::string label(63, 'a');
    const std::string longest = label + "." + label + "." + label + "." + std::string(55, 'b') + ".";
    World world;
    auto plan = srv_plan();
    plan.domain = dns::Name::literal(longest);
    world.run(plan);
    CHECK(world.events.front() == "srv-none");
    CHECK(world.asked == Words{longest + " A", longest + " AAAA"});
}

TEST_CASE("srv walk: targets of the root: the service is not offered, or the record names no host (RFC 2782)") {
    World world = one_target();
    SECTION("alone, or more than once: nothing is tried, the domain itself neither") {
        const bool twice = GENERATE(false, true);
        world.add(service, RrType::SRV, twice ? Words{"0 0 0 .", "1 0 0 ."} : Words{"0 0 0 ."});
        world.run(srv_plan());
        CHECK(world.events == Words{"srv-not-offered"});
        CHECK(world.asked == Words{service + " SRV"});
        CHECK(world.result.status == WalkStatus::takes_no_mail);
        CHECK(outcome_of(world.result) == Outcome::bounced);
    }
    SECTION("beside another: it is left out") {
        world.add(service, RrType::SRV, {"0 0 0 .", "10 0 2587 smtp.example.net."});
        world.run(srv_plan());
        CHECK(world.result.status == WalkStatus::dane_success);
    }
    SECTION("no record that can be read") {
        auto lookup = found(ask(service, RrType::SRV), {"10 0 2587 smtp.example.net."});
        lookup.verdict.answer.back().set.rdata = {dns::Bytes{0, 1, 2}};
        world.add(lookup);
        world.run(srv_plan());
        CHECK(world.events.empty());
        CHECK(world.result.status == WalkStatus::cannot_connect);
    }
}

TEST_CASE("srv walk: priority and weight alone give the order; every target is tried once (RFC 7673 §3.1, §9.1)") {
    World world;
    world.add(service, RrType::SRV,
              {"20 0 587 c.example.net.", "10 1 587 b.example.net.", "10 9 587 a.example.net.",
               "10 9 587 a.example.net.", "10 0 588 a.example.net."});
    for (const auto& [host, address] : {std::pair("a", "192.0.2.1"), {"b", "192.0.2.2"}, {"c", "192.0.2.3"}})
        world.add(std::string(host) + ".example.net.", RrType::A, {address},
                  *host == 'c' ? Security::secure : Security::insecure);
    world.add("_587._tcp.c.example.net.", RrType::TLSA, {good_tlsa});
    world.server = [](const WantSession&) { return failing(SmtpFailure::connection_refused, SmtpStep::connect); };
    auto plan = srv_plan();
    SECTION("the heaviest first without a seed") {
        world.run(plan);
        Words visited;
        for (const auto& session : world.sessions)
            visited.push_back(session.address + ":" + std::to_string(session.port));
        CHECK(visited == Words{"192.0.2.1:587", "192.0.2.2:587", "192.0.2.1:588", "192.0.2.3:587"});
        CHECK(std::ranges::count(world.events, "next-srv") == 3);
        CHECK(world.result.status == WalkStatus::cannot_connect);
        CHECK(world.result.action == Action::dane_fail);
    }
    SECTION("by seeds: the lower priority stays last, and the one with DNSSEC and TLSA is no exception") {
        std::set<std::string> first;
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            world.sessions.clear();
            plan.shuffle_seed = seed;
            world.run(plan);
            REQUIRE(world.sessions.size() == 4);
            first.insert(world.sessions.front().address);
            CHECK(world.sessions.back().address == "192.0.2.3");
        }
        CHECK(first == std::set<std::string>{"192.0.2.1", "192.0.2.2"});
    }
}

TEST_CASE("srv walk: at most a hundred targets") {
    World world;
    Words records;
    for (int i = 0; i < 150; ++i) records.push_back(std::to_string(i) + " 0 587 t" + std::to_string(i) + ".example.");
    world.add(service, RrType::SRV, records);
    world.run(srv_plan());
    CHECK(std::ranges::count(world.events, "srv") == 100);
    CHECK(world.result.attempts.size() == 100);
}

TEST_CASE("srv walk: asks again for what it has not been given, and gives its result as often as it is asked") {
    SrvWalk walk(srv_plan());
    for (int i = 0; i < 3; ++i) {
        const auto step = walk.advance();
        REQUIRE(std::holds_alternative<WantLookups>(step));
        CHECK(std::get<WantLookups>(step).questions == std::vector<dns::Question>{ask(service, RrType::SRV)});
    }
    walk.supply(bogus(ask(service, RrType::SRV)));
    for (int i = 0; i < 3; ++i) CHECK(std::holds_alternative<WalkResult>(walk.advance()));
    CHECK(walk.take_events().size() == 2);
    CHECK(walk.take_events().empty());
}
