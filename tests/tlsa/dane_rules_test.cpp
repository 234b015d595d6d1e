// Rules of DANE (zones/rules/dane.json) about what the walk tells and counts, which scenarios do not see.
#include "tests/tlsa/test_world.h"

using namespace test;

namespace {

Words hosts_told(const World& world) {
    Words hosts;
    for (const auto& event : world.result.events)
        if (!event.mx.empty() && std::ranges::find(hosts, event.mx) == hosts.end()) hosts.push_back(event.mx);
    return hosts;
}

World aliased_host(Security mx) {
    World world;
    world.add("example.", RrType::MX, {"10 mx.example."}, mx);
    world.add("mx.example.", RrType::A, {"192.0.2.1"}, Security::secure, {{"host.example.net."}});
    return world;
}

} // namespace

TEST_CASE("D-029 below an insecure MX set the host is told by the name in its MX record (RFC 7672 §2.2.1)") {
    SECTION("obeys: an alias is not told by what it leads to") {
        auto world = aliased_host(Security::insecure);
        world.run(plan(Mode::opportunistic, true));
        REQUIRE(world.result.delivered);
        CHECK(hosts_told(world) == Words{"mx.example"});
    }
    SECTION("breaks: the name that the alias leads to is told nowhere, below a secure MX set neither") {
        auto world = aliased_host(Security::secure);
        world.run(plan(Mode::opportunistic, true));
        CHECK(hosts_told(world) == Words{"mx.example"});
        for (const auto& attempt : world.result.attempts) CHECK(attempt.mx != "host.example.net");
    }
}

TEST_CASE("D-158 a host of which one address family is secure and the other is not (RFC 7672 §2.2.2)") {
    World world;
    world.add("example.", RrType::MX, {"10 mx.example."});
    world.add("mx.example.", RrType::A, {"192.0.2.1"}, Security::secure);
    world.add("mx.example.", RrType::AAAA, {"2001:db8::1"}, Security::insecure);
    world.add("_25._tcp.mx.example.", RrType::TLSA, {good_tlsa});
    world.server = [](const WantSession& want) {
        return want.ipv6 ? good_server(want) : failing(SmtpFailure::connection_refused, SmtpStep::connect);
    };
    SECTION("obeys: each address has the state of its own records, and both are recorded") {
        world.run(plan(Mode::opportunistic, true));
        REQUIRE(world.result.attempts.size() == 2);
        CHECK(world.result.attempts[0].states.a == tlsa::State::secure);
        CHECK(world.result.attempts[1].states.a == tlsa::State::insecure);
        CHECK(world.result.delivered);
        CHECK_FALSE(world.result.authenticated);
    }
    SECTION("breaks: with both secure, the records count at both") {
        world.add("mx.example.", RrType::AAAA, {"2001:db8::1"}, Security::secure);
        world.run(plan(Mode::opportunistic, true));
        REQUIRE(world.sessions.size() == 2);
        CHECK(world.sessions[1].plan.tls == TlsPolicy::dane);
        CHECK(world.result.authenticated);
    }
}
