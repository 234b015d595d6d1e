// Servers that would have the client keep octets, or wait, without end: what a session takes in is bounded at every
// step.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/harness/smtp_support.h"

using namespace smtp_support;
using tlsa::SmtpFailure;
using tlsa::SmtpStep;

namespace {

// Octets that the client takes before it has had enough; at most `most` are offered.
std::size_t taken(tlsa::SmtpSession& client, const std::string& piece, std::size_t most) {
    std::size_t total = 0;
    while (!client.finished() && client.step() != SmtpStep::quit && total < most) {
        client.received({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
        total += piece.size();
    }
    return total;
}

void say(tlsa::SmtpSession& client, const std::string& text) {
    client.received({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    client.take_output();
}

constexpr std::size_t most = 40u << 20;

} // namespace

TEST_CASE("hostile server: an endless line and an endless reply end the session early (RFC 5321 §4.5.3.1)") {
    const auto chain = chain_for("mx.example");
    SECTION("one line") {
        tlsa::SmtpSession client(plan_for(chain), {1});
        client.connected();
        CHECK(taken(client, std::string(1'000, '2'), most) <= 10'000);
        CHECK(client.outcome().failure == SmtpFailure::reply_malformed);
    }
    SECTION("lines without number") {
        tlsa::SmtpSession client(plan_for(chain), {1});
        client.connected();
        CHECK(taken(client, "220-and so on\r\n", most) <= 2'000);
        CHECK(client.outcome().failure == SmtpFailure::reply_malformed);
    }
    SECTION("few lines, but long ones") {
        tlsa::SmtpSession client(plan_for(chain), {1});
        client.connected();
        CHECK(taken(client, "220-" + std::string(8'000, 'x') + "\r\n", most) <= 80'000);
        CHECK(client.outcome().failure == SmtpFailure::reply_malformed);
        CHECK(contains(client.outcome().detail, "more than 65536 octets"));
    }
    SECTION("their positive twin: a long reply within the bounds") {
        tlsa::SmtpSession client(plan_for(chain), {1});
        client.connected();
        for (int i = 0; i < 8; ++i) say(client, "220-" + std::string(8'000, 'x') + "\r\n");
        say(client, "220 mx.example\r\n");
        CHECK(client.step() == SmtpStep::ehlo);
        CHECK(client.outcome().failure == SmtpFailure::none);
    }
}

TEST_CASE("hostile server: a handshake that announces and sends without end is given up (RFC 8446 §4)") {
    const auto chain = chain_for("mx.example");
    tlsa::SmtpSession client(plan_for(chain), {1});
    client.connected();
    say(client, "220 mx.example\r\n");
    say(client, "250-mx.example\r\n250 STARTTLS\r\n");
    say(client, "220 go\r\n");
    REQUIRE(client.step() == SmtpStep::handshake);
    SECTION("a ServerHello of 16 MB") {
        say(client, std::string("\x16\x03\x03\x00\x04\x02\xff\xff\xff", 9));
        const std::string record = std::string("\x16\x03\x03\x40\x00", 5) + std::string(16'384, 'x');
        CHECK(taken(client, record, most) < (1u << 19)); // announced are 16 MB, taken is a quarter of one
        CHECK(client.outcome().failure == SmtpFailure::tls_failed);
    }
    SECTION("warnings without end") {
        CHECK(taken(client, std::string("\x15\x03\x03\x00\x02\x01\x5a", 7), 1u << 20) < (1u << 19));
        CHECK(client.outcome().failure == SmtpFailure::tls_failed);
    }
    SECTION("empty records without end: the deadline ends them, and nothing is kept") {
        taken(client, std::string("\x16\x03\x03\x00\x00", 5), 1u << 16);
        if (!client.finished()) client.deadline_passed();
        CHECK(client.finished());
        CHECK_FALSE(client.outcome().tls.has_value());
    }
}

TEST_CASE("a step's own deadline is the one that counts, and the one that is told (RFC 5321 §4.5.3.2)") {
    const auto chain = chain_for("mx.example");
    auto plan = plan_for(chain);
    plan.step_timeouts = {{SmtpStep::ehlo, std::chrono::milliseconds(70)}};
    tlsa::SmtpSession client(plan, {1});
    CHECK(client.step_timeout() == std::chrono::milliseconds(5'000));
    client.connected();
    CHECK(client.step_timeout() == std::chrono::milliseconds(5'000));
    say(client, "220 mx.example\r\n");
    CHECK(client.step_timeout() == std::chrono::milliseconds(70));
    client.deadline_passed();
    CHECK(client.outcome().failure == SmtpFailure::timeout);
    CHECK(client.outcome().step == SmtpStep::ehlo);
    CHECK(client.outcome().detail == "no reply to EHLO within 70 ms");
    const auto rfc = tlsa::rfc5321_timeouts();
    CHECK(rfc.at(SmtpStep::banner) == std::chrono::minutes(5));
    CHECK(rfc.at(SmtpStep::message) == std::chrono::minutes(10));
}
