#include "tests/tlsa/test_world.h"

using namespace test;

TEST_CASE("walker: every row of both tables, its queries, its connections, its mail") {
    for (const Mode mode : {Mode::mandatory, Mode::opportunistic}) {
        const auto table = test::load_table("cisco-esa", mode);
        for (const Row& row : table.rows) {
            DYNAMIC_SECTION(to_text(mode) << " row " << row.number) {
                World world = one_host();
                const auto text = [](const std::optional<State>& state) {
                    return std::string(state ? to_text(*state) : "secure");
                };
                world.add(with_state(text(row.states.mx), "example.", RrType::MX, "10 mx.example."));
                world.add(with_state(text(row.states.a), "mx.example.", RrType::A, "192.0.2.1"));
                world.add(with_state(text(row.states.tlsa), "_25._tcp.mx.example.", RrType::TLSA, good_tlsa));
                if (row.states.certificate == CertificateState::failed)
                    world.server = [](const WantSession& want) {
                        return want.plan.tls == TlsPolicy::dane ? with_tls(AuthenticationResult::no_match)
                                                                : good_server(want);
                    };
                world.run(plan(mode, true));
                CHECK(row_of(world.result) == row.number);
                CHECK(world.result.attempts.back().states == row.states);
                CHECK(world.result.action == row.action);
                CHECK(world.result.delivered == (row.action != Action::dane_fail));
                CHECK(world.result.authenticated == (row.action == Action::dane_success));
                CHECK(world.was_asked("_25._tcp.mx.example. TLSA") == row.states.tlsa.has_value());
                const bool connects = row.states.certificate.has_value() || row.action == Action::opportunistic_tls;
                CHECK(world.sessions.empty() != connects);
                if (row.states.certificate) {
                    CHECK(world.sessions.front().plan.tls == TlsPolicy::dane);
                    CHECK(world.sessions.front().plan.deliver_when_authenticated == (row.states.mx == State::secure));
                } else if (connects) {
                    CHECK(world.sessions.front().plan.tls == TlsPolicy::opportunistic);
                }
            }
        }
    }
}

TEST_CASE("walker: the events of a success, in the transcript's order") {
    World world = one_host();
    world.run(plan(Mode::mandatory));
    CHECK(world.events == Words{"mx", "address", "connecting", "connected", "tlsa", "tls-checking", "tls", "verified",
                                "tls-succeeded", "decided"});
    CHECK(world.result.status == WalkStatus::dane_success);
    CHECK(world.asked == Words{"example. MX", "mx.example. A", "mx.example. AAAA", "_25._tcp.mx.example. TLSA"});
    REQUIRE(world.sessions.size() == 1);
    const auto& session = world.sessions.front();
    CHECK(session.address == "192.0.2.1");
    CHECK(session.plan.server_name == dns::Name::literal("mx.example."));
    CHECK_FALSE(session.plan.envelope);
    CHECK(session.plan.authentication.reference_names ==
          std::vector<dns::Name>{dns::Name::literal("mx.example."), dns::Name::literal("example.")});
    CHECK(session.plan.authentication.records.size() == 1);
    CHECK(world.result.events.size() == world.events.size());
}

TEST_CASE(
    "walker: the next address and the next host after a failure, none after a success (RFC 5321 §5.1, RFC 7672 §2.2)") {
    World world;
    world.add("example.", RrType::MX, {"10 a.example.", "20 b.example.", "30 c.example."});
    world.add("a.example.", RrType::A, {"192.0.2.1", "192.0.2.2"});
    world.add("a.example.", RrType::AAAA, {"2001:db8::1"});
    world.add("b.example.", RrType::A, {"192.0.2.3"});
    world.add("c.example.", RrType::A, {"192.0.2.4"});
    for (const char* host : {"a", "b", "c"})
        world.add("_25._tcp." + std::string(host) + ".example.", RrType::TLSA, {good_tlsa});
    world.server = [](const WantSession& want) {
        if (want.address == "192.0.2.1") return failing(SmtpFailure::connection_refused, SmtpStep::connect);
        if (want.address == "192.0.2.2") return with_tls(AuthenticationResult::no_match);
        if (want.ipv6) return failing(SmtpFailure::starttls_not_offered, SmtpStep::ehlo);
        return good_server(want);
    };
    world.run(plan(Mode::mandatory, true));
    CHECK(world.events == Words{"mx",
                                "address",
                                "connecting",
                                "connect-failed",
                                "next-address",
                                "address",
                                "connecting",
                                "connected",
                                "tlsa",
                                "tls-checking",
                                "tls",
                                "not-verified",
                                "decided",
                                "next-address",
                                "address",
                                "connecting",
                                "connected",
                                "tlsa",
                                "tls-checking",
                                "tls-failed",
                                "decided",
                                "next-mx",
                                "mx",
                                "address",
                                "connecting",
                                "connected",
                                "tlsa",
                                "tls-checking",
                                "tls",
                                "verified",
                                "tls-succeeded",
                                "delivered",
                                "decided"});
    CHECK(world.result.status == WalkStatus::dane_success);
    CHECK(world.result.delivered);
    REQUIRE(world.result.attempts.size() == 4);
    CHECK_FALSE(world.result.attempts[0].decision);
    CHECK(world.result.attempts[0].status == WalkStatus::cannot_connect);
    CHECK(world.result.attempts[1].status == WalkStatus::certificate_failed);
    CHECK(world.result.attempts[1].certificate_reasons.size() == 1);
    CHECK(world.result.attempts[2].status == WalkStatus::no_starttls);
    CHECK(world.result.attempts[2].states.certificate == CertificateState::failed);
    CHECK(world.sessions.size() == 4);
    // A TLSA RRset is asked for once, however many addresses the host has.
    CHECK(std::ranges::count(world.asked, std::string("_25._tcp.a.example. TLSA")) == 1);
}

TEST_CASE("walker: asks again for what it has not been given, and gives its result as often as it is asked") {
    Walk walk(plan(Mode::mandatory));
    for (int i = 0; i < 3; ++i) {
        const auto step = walk.advance();
        REQUIRE(std::holds_alternative<WantLookups>(step));
        CHECK(std::get<WantLookups>(step).questions == std::vector<dns::Question>{test::ask("example.", RrType::MX)});
    }
    walk.supply(test::bogus(test::ask("example.", RrType::MX)));
    for (int i = 0; i < 3; ++i) CHECK(std::holds_alternative<WalkResult>(walk.advance()));
    CHECK(walk.take_events().size() == 2);
    CHECK(walk.take_events().empty());
}
