// Several messages over one connection, in clear, against scripted server lines.
#include <catch2/catch_test_macros.hpp>
#include <stdexcept>

#include "tests/tlsa/smtp_dialogue.h"

using tlsa::SmtpFailure;
using tlsa::SmtpStep;
using tlsa::TlsPolicy;
using namespace smtp_dialogue;

TEST_CASE("smtp session: where it stays open it rests between messages, and goes on with MAIL (RFC 5321 §3.3)") {
    auto plan = plan_with(TlsPolicy::cleartext);
    plan.stays_open = true;
    Dialogue d(plan);
    d.say(banner).say(ehlo_plain).say("250 ok\r\n").say("250 ok\r\n").say("354 go\r\n");
    CHECK_FALSE(d.session.rests());
    CHECK_THROWS_AS(d.session.next(*plan.envelope), std::logic_error);
    CHECK(d.say("250 queued\r\n").sent.empty());
    REQUIRE(d.session.rests());
    CHECK(d.outcome().delivered);

    SECTION("the next message has an outcome of its own") {
        CHECK(d.next("c@example") == "MAIL FROM:<a@client.example>\r\n");
        CHECK_FALSE(d.session.rests());
        CHECK_FALSE(d.outcome().delivered);
        CHECK(d.say("250 ok\r\n").sent == "RCPT TO:<c@example>\r\n");
        d.say("250 ok\r\n").say("354 go\r\n").say("250 queued\r\n");
        CHECK(d.session.rests());
        CHECK(d.outcome().delivered);
        CHECK_THROWS_AS(d.next("b@x> Y=<"), std::invalid_argument);
    }
    SECTION("a refusal is followed by RSET (RFC 5321 §4.1.1.5)") {
        d.next("c@example");
        CHECK(d.say("250 ok\r\n").say("550 5.1.1 no such user\r\n").sent.empty());
        REQUIRE(d.session.rests());
        CHECK(d.outcome().failure == SmtpFailure::reply_refused);
        CHECK(d.outcome().step == SmtpStep::rcpt);
        CHECK(d.next("d@example") == "RSET\r\n");
        CHECK(d.say("250 reset\r\n").sent == "MAIL FROM:<a@client.example>\r\n");
        CHECK(d.outcome().failure == SmtpFailure::none);
    }
    SECTION("421 ends it, and so does a RSET that is refused") {
        d.next("c@example");
        d.say("421 closing\r\n");
        CHECK(d.session.finished());
        CHECK_FALSE(d.session.rests());
        CHECK(d.outcome().step == SmtpStep::mail);
        CHECK_FALSE(d.outcome().delivered);
    }
    SECTION("it is left with QUIT") {
        d.session.leave();
        CHECK(d.say("").sent == "QUIT\r\n");
        d.say("221 bye\r\n");
        CHECK(d.session.finished());
        CHECK(d.outcome().delivered);
    }
    SECTION("a server that hangs up at rest took the message all the same") {
        d.session.peer_closed();
        CHECK(d.session.finished());
        CHECK_FALSE(d.session.rests());
        CHECK(d.outcome().delivered);
        CHECK(d.outcome().failure == SmtpFailure::none);
    }
}

TEST_CASE("smtp session: a server that says goodbye with its last reply is not asked to take more") {
    auto plan = plan_with(TlsPolicy::cleartext);
    plan.stays_open = true;
    Dialogue d(plan);
    d.say(banner).say(ehlo_plain).say("250 ok\r\n").say("250 ok\r\n").say("354 go\r\n");
    CHECK(d.say("250 queued\r\n421 that was all\r\n").sent == "QUIT\r\n");
    CHECK_FALSE(d.session.rests());
    CHECK(d.outcome().delivered);
    CHECK(d.outcome().failure == SmtpFailure::none);
}
