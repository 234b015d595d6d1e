#include "tests/tlsa/test_world.h"

using namespace test;

TEST_CASE("walker: what a session that fails says of itself in the exit status") {
    struct Case {
        SmtpFailure failure;
        SmtpStep step;
        WalkStatus status;
    };
    for (const auto& row : {Case{SmtpFailure::connection_refused, SmtpStep::connect, WalkStatus::cannot_connect},
                            Case{SmtpFailure::connection_timeout, SmtpStep::connect, WalkStatus::cannot_connect},
                            Case{SmtpFailure::timeout, SmtpStep::banner, WalkStatus::cannot_connect},
                            Case{SmtpFailure::reply_refused, SmtpStep::banner, WalkStatus::cannot_connect},
                            Case{SmtpFailure::reply_refused, SmtpStep::ehlo, WalkStatus::no_starttls},
                            Case{SmtpFailure::starttls_not_offered, SmtpStep::ehlo, WalkStatus::no_starttls},
                            Case{SmtpFailure::starttls_refused, SmtpStep::starttls, WalkStatus::no_starttls},
                            Case{SmtpFailure::injection_after_starttls, SmtpStep::starttls, WalkStatus::tls_failed},
                            Case{SmtpFailure::tls_failed, SmtpStep::handshake, WalkStatus::tls_failed},
                            Case{SmtpFailure::timeout, SmtpStep::handshake, WalkStatus::tls_failed}}) {
        DYNAMIC_SECTION(id(row.failure) << " at " << to_text(row.step)) {
            World world = one_host();
            world.server = [&row](const WantSession&) { return failing(row.failure, row.step); };
            world.run(plan(Mode::mandatory, true));
            CHECK(world.result.status == row.status);
            CHECK(world.result.action == Action::dane_fail);
            CHECK_FALSE(world.result.delivered);
            CHECK(world.sessions.size() == 1);
        }
    }
}

TEST_CASE(
    "walker: a secure RRset without a usable record demands TLS, or fails where DANE is mandatory (RFC 7672 §2.2)") {
    World world = one_host();
    world.add("_25._tcp.mx.example.", RrType::TLSA, {"0 0 1 " + std::string(64, 'b'), "3 1 1 abcd"});
    auto mandatory = world;
    world.run(plan(Mode::opportunistic, true));
    REQUIRE(world.sessions.size() == 1);
    CHECK(world.sessions[0].plan.tls == TlsPolicy::encrypt);
    CHECK(world.result.delivered);
    CHECK(world.result.action == Action::opportunistic_tls);
    CHECK(world.result.status == WalkStatus::tlsa_unusable);
    mandatory.run(plan(Mode::mandatory, true));
    CHECK(mandatory.sessions.empty());
    CHECK(mandatory.events == Words{"mx", "address", "tlsa-unusable", "decided"});
    CHECK(mandatory.result.status == WalkStatus::tlsa_unusable);
}

TEST_CASE(
    "walker: falling back delivers over whatever TLS there is, and in clear after a failed handshake (RFC 7672 §2.2)") {
    World world = one_host();
    world.add(test::no_data(test::ask("_25._tcp.mx.example.", RrType::TLSA)));
    world.server = [](const WantSession& want) {
        if (want.plan.tls == TlsPolicy::opportunistic) return failing(SmtpFailure::tls_failed, SmtpStep::handshake);
        auto outcome = good_server(want);
        outcome.tls.reset();
        outcome.delivered_in_tls = false;
        return outcome;
    };
    world.run(plan(Mode::opportunistic, true));
    REQUIRE(world.sessions.size() == 2);
    CHECK(world.sessions[1].plan.tls == TlsPolicy::cleartext);
    CHECK(world.result.delivered);
    CHECK_FALSE(world.result.delivered_in_tls);

    // With a secure, unusable RRset clear text is forbidden.
    World encrypt = one_host();
    encrypt.add("_25._tcp.mx.example.", RrType::TLSA, {"0 0 1 " + std::string(64, 'b')});
    encrypt.server = [](const WantSession&) { return failing(SmtpFailure::tls_failed, SmtpStep::handshake); };
    encrypt.run(plan(Mode::opportunistic, true));
    CHECK(encrypt.sessions.size() == 1);
    CHECK_FALSE(encrypt.result.delivered);

    // Verifying delivers nothing, so it connects to nobody.
    World verify = one_host();
    verify.add(test::no_data(test::ask("_25._tcp.mx.example.", RrType::TLSA)));
    verify.run(plan(Mode::opportunistic));
    CHECK(verify.sessions.empty());
    CHECK(verify.result.action == Action::opportunistic_tls);
}

TEST_CASE("walker: after a host that fails DANE the next may be used without it (RFC 7672 §2.2.1)") {
    World world;
    world.add("example.", RrType::MX, {"10 a.example.", "20 b.example."});
    world.add("a.example.", RrType::A, {"192.0.2.1"});
    world.add("b.example.", RrType::A, {"192.0.2.2"});
    world.add("_25._tcp.a.example.", RrType::TLSA, {good_tlsa});
    world.server = [](const WantSession& want) {
        return want.plan.tls == TlsPolicy::dane ? with_tls(AuthenticationResult::no_match) : good_server(want);
    };
    world.run(plan(Mode::opportunistic, true));
    CHECK(world.result.action == Action::opportunistic_tls);
    CHECK(world.result.delivered);
    REQUIRE(world.sessions.size() == 2);
    CHECK(world.sessions[1].address == "192.0.2.2");
}

TEST_CASE("walker: a server that authenticates but refuses the message is not the end (RFC 5321 §5.1)") {
    World world = one_host();
    world.add("example.", RrType::MX, {"10 mx.example.", "20 b.example."});
    world.add("b.example.", RrType::A, {"192.0.2.2"});
    world.add("_25._tcp.b.example.", RrType::TLSA, {good_tlsa});
    world.server = [](const WantSession& want) {
        auto outcome = good_server(want);
        if (want.address == "192.0.2.1") {
            outcome.delivered = outcome.delivered_in_tls = false;
            outcome.failure = SmtpFailure::reply_refused;
            outcome.step = SmtpStep::rcpt;
        }
        return outcome;
    };
    world.run(plan(Mode::mandatory, true));
    CHECK(world.sessions.size() == 2);
    CHECK(world.result.delivered);
    CHECK(std::ranges::count(world.events, std::string("smtp-failed")) == 1);
}
