// Walks that check all that is published instead of ending with the first success.
#include <fmt/format.h>

#include "tests/tlsa/test_world.h"
#include "tlsa/digest.h"

using namespace test;

namespace {

World two_hosts() {
    World world;
    world.add("example.", RrType::MX, {"10 mx1.example.", "20 mx2.example."});
    for (const std::string host : {"mx1.example.", "mx2.example."}) {
        world.add(host, RrType::A, {"192.0.2.1", "192.0.2.2"});
        world.add("_25._tcp." + host, RrType::TLSA, {good_tlsa});
    }
    return world;
}

// The n-th session from 0 shows the wrong certificate.
auto failing_at(std::size_t n) {
    return [n, count = std::size_t{0}](const WantSession& want) mutable {
        return count++ == n ? with_tls(AuthenticationResult::no_match) : good_server(want);
    };
}

} // namespace

TEST_CASE("walker: a delivery ends with the first success, a check visits what it is told to (RFC 7672 §2.2.1)") {
    struct Row {
        bool all_mx, all_addresses;
        std::size_t sessions;
    };
    for (const auto& row : {Row{false, false, 1}, Row{true, false, 2}, Row{false, true, 2}, Row{true, true, 4}}) {
        DYNAMIC_SECTION("all_mx " << row.all_mx << ", all_addresses " << row.all_addresses) {
            World world = two_hosts();
            auto wanted = plan(Mode::mandatory);
            wanted.all_mx = row.all_mx;
            wanted.all_addresses = row.all_addresses;
            world.run(wanted);
            CHECK(world.sessions.size() == row.sessions);
            CHECK(world.result.action == Action::dane_success);
            CHECK(world.result.authenticated);
            for (std::size_t bad = 0; bad < row.sessions; ++bad) {
                World spoilt = two_hosts();
                spoilt.server = failing_at(bad);
                spoilt.run(wanted);
                const bool checks = row.all_mx || row.all_addresses;
                CHECK(spoilt.result.action == (checks ? Action::dane_fail : Action::dane_success));
                CHECK(spoilt.result.status == (checks ? WalkStatus::certificate_failed : WalkStatus::dane_success));
            }
        }
    }
}

TEST_CASE("walker: each kind of key takes a connection of its own, and one that is not served counts for nothing") {
    World world = one_host();
    world.server = [](const WantSession& want) {
        if (want.plan.server_key == ServerKey::rsa) return failing(SmtpFailure::tls_failed, SmtpStep::handshake);
        return good_server(want);
    };
    auto wanted = plan(Mode::mandatory);
    wanted.key_probes = {ServerKey::rsa, ServerKey::ecdsa};
    world.run(wanted);
    REQUIRE(world.sessions.size() == 3);
    CHECK(world.sessions[0].plan.server_key == ServerKey::any);
    CHECK(world.sessions[1].plan.server_key == ServerKey::rsa);
    CHECK(world.sessions[2].plan.server_key == ServerKey::ecdsa);
    REQUIRE(world.result.attempts.size() == 3);
    CHECK(world.result.attempts[1].key_not_served());
    CHECK(world.result.action == Action::dane_success);
    CHECK(world.result.attempts[0].base_domain == dns::Name::literal("mx.example."));
    CHECK(world.result.attempts[0].records.size() == 1);

    World stale = one_host();
    stale.server = [](const WantSession& want) {
        return want.plan.server_key == ServerKey::rsa ? with_tls(AuthenticationResult::no_match) : good_server(want);
    };
    stale.run(wanted);
    CHECK(stale.result.status == WalkStatus::certificate_failed);
    CHECK(stale.result.action == Action::dane_fail);

    World cut = one_host(); // a connection that fails is told, and is no missing kind of key
    cut.server = [](const WantSession& want) {
        if (want.plan.server_key == ServerKey::ecdsa) return failing(SmtpFailure::timeout, SmtpStep::banner);
        return good_server(want);
    };
    cut.run(wanted);
    CHECK(cut.result.status == WalkStatus::cannot_connect);
}

TEST_CASE("walker: an Ed25519 certificate is compared, and authenticates nobody (RFC 8446 §4.4.3)") {
    const auto shows = [](AuthenticationResult result) {
        return [result](const WantSession& want) {
            if (want.plan.server_key != ServerKey::ed25519) return good_server(want);
            auto outcome = failing(SmtpFailure::tls_failed, SmtpStep::handshake);
            outcome.shown.emplace();
            outcome.shown->server_key = "Ed25519 255";
            outcome.shown_judgement.emplace();
            outcome.shown_judgement->result = result;
            return outcome;
        };
    };
    auto wanted = plan(Mode::mandatory);
    wanted.key_probes = {ServerKey::ed25519};
    World good = one_host();
    good.server = shows(AuthenticationResult::match);
    good.run(wanted);
    REQUIRE(good.result.attempts.size() == 2);
    CHECK(good.result.attempts[1].key_unproven());
    CHECK_FALSE(good.result.attempts[1].key_not_served());
    CHECK_FALSE(good.result.attempts[1].states.certificate.has_value());
    CHECK(good.result.attempts[1].status == WalkStatus::could_not_tell);
    CHECK(good.result.status == WalkStatus::dane_success); // by the first connection
    CHECK(std::ranges::find(good.events, "key-unproven") != good.events.end());

    World stale = one_host();
    stale.server = shows(AuthenticationResult::no_match);
    stale.run(wanted);
    CHECK(stale.result.status == WalkStatus::certificate_failed);
    CHECK(stale.result.action == Action::dane_fail);
}

TEST_CASE("walker: kinds of keys are asked for where there was a handshake, not elsewhere") {
    auto wanted = plan(Mode::mandatory);
    wanted.key_probes = {ServerKey::rsa};
    World closed = one_host();
    closed.server = [](const WantSession&) { return failing(SmtpFailure::connection_refused, SmtpStep::connect); };
    closed.run(wanted);
    CHECK(closed.sessions.size() == 1);
    World bare = one_host();
    bare.add(test::no_data(ask("_25._tcp.mx.example.", RrType::TLSA)));
    bare.run(wanted);
    CHECK(bare.sessions.empty());
    CHECK(bare.result.status == WalkStatus::no_tlsa);
}

TEST_CASE(
    "raw public keys: a record 3 1 x matches, no other does, and they are offered for 3 1 x alone (RFC 7671 §5.1)") {
    const dns::Bytes spki{0x30, 0x03, 0x01, 0x02, 0x03};
    const auto assessed = [](const Words& texts) {
        std::vector<dns::Bytes> rdata;
        for (const auto& text : texts) rdata.push_back(dns::rdata_from_text(RrType::TLSA, text, dns::Name()).value());
        return assess(rdata, UsagePolicy::smtp);
    };
    std::string digest;
    for (const auto octet : matching_data(MatchingType::SHA2_256, spki)) digest += fmt::format("{:02x}", octet);
    AuthenticationRequest request;
    request.records = assessed({good_tlsa, "3 1 1 " + digest});
    const auto match = authenticate_raw_key(spki, request);
    CHECK(match.result == AuthenticationResult::match);
    CHECK(match.record == 1);
    for (const std::string other : {"3 0 1 ", "2 1 1 "}) {
        request.records = assessed({good_tlsa, other + digest});
        const auto none = authenticate_raw_key(spki, request);
        CHECK(none.result == AuthenticationResult::no_match);
        CHECK_FALSE(none.reasons.empty());
    }
    CHECK(raw_key_suffices(assessed({good_tlsa})));
    CHECK_FALSE(raw_key_suffices(assessed({good_tlsa, "2 1 1 " + std::string(64, 'b')})));
    CHECK_FALSE(raw_key_suffices(assessed({"3 0 1 " + std::string(64, 'b')})));
    CHECK_FALSE(raw_key_suffices(assessed({"3 1 1 abcd"})));
    CHECK(raw_key_suffices(assessed({good_tlsa, "1 1 1 " + std::string(64, 'b')}))); // which no client uses
}
