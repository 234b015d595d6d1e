// What a session says in clear, against scripted server lines. TLS is tested against the fake mail server
// (tests/harness/smtp_tls_test.cpp).
#include "tlsa/smtp_session.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/tlsa/smtp_dialogue.h"

using tlsa::SmtpFailure;
using tlsa::SmtpSession;
using tlsa::SmtpStep;
using tlsa::TlsPolicy;
using namespace smtp_dialogue;

TEST_CASE("smtp session: a message goes out in clear where the plan asks for it (RFC 5321 §3.3)") {
    Dialogue d(plan_with(TlsPolicy::cleartext));
    CHECK(d.sent.empty()); // the server speaks first
    CHECK(d.say("220-mx.example\r\n220 welcome\r\n").sent == "EHLO client.example\r\n");
    CHECK(d.say(ehlo_tls).sent == "MAIL FROM:<a@client.example> SIZE=21\r\n");
    CHECK(d.say("250 ok\r\n").sent == "RCPT TO:<b@example>\r\n");
    CHECK(d.say("251 forwarded\r\n").sent == "DATA\r\n");
    CHECK(d.say("354 go\r\n").sent == "Subject: x\r\n\r\nhello\r\n.\r\n");
    CHECK_FALSE(d.outcome().delivered);
    CHECK(d.say("250 queued\r\n").sent == "QUIT\r\n");
    CHECK(d.outcome().delivered);
    CHECK_FALSE(d.session.finished());
    d.say("221 bye\r\n");
    CHECK(d.session.finished());
    CHECK(d.outcome().failure == SmtpFailure::none);
    CHECK(d.outcome().step == SmtpStep::quit);
    CHECK_FALSE(d.outcome().delivered_in_tls);
    CHECK_FALSE(d.outcome().tls.has_value());
}

TEST_CASE("smtp session: parameters of MAIL follow the server's keywords (RFC 1870 §6, RFC 6152 §3)") {
    auto plan = plan_with(TlsPolicy::cleartext);
    plan.envelope->message = "\xc3\xa9\r\n";
    Dialogue with(plan);
    with.say(banner);
    CHECK(with.say("250-mx\r\n250-size\r\n250 8BITMIME\r\n").sent ==
          "MAIL FROM:<a@client.example> SIZE=4 BODY=8BITMIME\r\n");
    Dialogue without(plan);
    without.say(banner);
    CHECK(without.say("250-SIZE 8BITMIME\r\n250 HELP\r\n").sent ==
          "MAIL FROM:<a@client.example>\r\n"); // the first line is a name
}

TEST_CASE("smtp session: STARTTLS is asked for where it is offered, in any letter case, and never otherwise") {
    for (const auto policy : {TlsPolicy::dane, TlsPolicy::encrypt, TlsPolicy::opportunistic}) {
        DYNAMIC_SECTION("policy " << static_cast<int>(policy)) {
            Dialogue offered(plan_with(policy));
            offered.say(banner);
            CHECK(offered.say(ehlo_tls).sent == "STARTTLS\r\n");
            // The next thing is the ClientHello: a TLS handshake record (RFC 3207 §4, RFC 8446 §5.1), no SSLv2.
            offered.say("220 go\r\n");
            REQUIRE(offered.sent.size() > 5);
            CHECK(offered.sent.substr(0, 2) == "\x16\x03");
            CHECK(offered.session.step() == SmtpStep::handshake);

            Dialogue missing(plan_with(policy));
            missing.say(banner).say(ehlo_plain);
            if (policy == TlsPolicy::opportunistic) {
                CHECK(missing.sent == "MAIL FROM:<a@client.example>\r\n");
                CHECK(missing.outcome().detail == "STARTTLS is not among the server's EHLO keywords");
            } else {
                CHECK(missing.sent == "QUIT\r\n");
                CHECK(missing.outcome().failure == SmtpFailure::starttls_not_offered);
                CHECK(missing.outcome().step == SmtpStep::ehlo);
            }
        }
    }
}

TEST_CASE(
    "smtp session: STARTTLS refused ends a session that needs TLS and leaves the others in clear (RFC 7672 §2.2)") {
    for (const char* reply : {"454 4.7.0 TLS not available\r\n", "501 syntax\r\n", "502 what\r\n", "554 no\r\n"}) {
        for (const auto policy : {TlsPolicy::dane, TlsPolicy::encrypt}) {
            DYNAMIC_SECTION(std::string(reply, 3) << " policy " << static_cast<int>(policy)) {
                Dialogue d(plan_with(policy));
                d.say(banner).say(ehlo_tls);
                CHECK(d.say(reply).sent == "QUIT\r\n");
                d.say("221 bye\r\n");
                CHECK(d.session.finished());
                CHECK(d.outcome().failure == SmtpFailure::starttls_refused);
                CHECK(d.outcome().step == SmtpStep::starttls);
                CHECK(d.outcome().detail == std::string(reply, std::string_view(reply).size() - 2));
            }
        }
        DYNAMIC_SECTION(std::string(reply, 3) << " opportunistic") {
            Dialogue d(plan_with(TlsPolicy::opportunistic));
            d.say(banner).say(ehlo_tls);
            CHECK(d.say(reply).sent == "MAIL FROM:<a@client.example> SIZE=21\r\n");
            CHECK(d.outcome().failure == SmtpFailure::none);
            CHECK(d.outcome().detail.starts_with("STARTTLS was refused: "));
        }
    }
}

TEST_CASE("smtp session: octets in clear behind the 220 to STARTTLS end the session (RFC 3207 §6)") {
    Dialogue injected(plan_with(TlsPolicy::opportunistic));
    injected.say(banner).say(ehlo_tls);
    CHECK(injected.say("220 go\r\n250 injected\r\n").sent.empty());
    CHECK(injected.session.finished());
    CHECK(injected.outcome().failure == SmtpFailure::injection_after_starttls);
    CHECK(injected.outcome().step == SmtpStep::starttls);

    Dialogue half_a_line(plan_with(TlsPolicy::dane));
    half_a_line.say(banner).say(ehlo_tls).say("220 go\r\n2");
    CHECK(half_a_line.outcome().failure == SmtpFailure::injection_after_starttls);

    Dialogue separate(plan_with(TlsPolicy::dane)); // a segment of its own goes to TLS, which knows better
    separate.say(banner).say(ehlo_tls).say("220 go\r\n");
    CHECK(separate.outcome().failure == SmtpFailure::none);
    separate.say("250 injected\r\n");
    CHECK(separate.session.finished());
    CHECK(separate.outcome().failure == SmtpFailure::tls_failed);
    CHECK(separate.outcome().step == SmtpStep::handshake);
}

TEST_CASE("smtp session: a server that answers before it is asked is not believed") {
    Dialogue d(plan_with(TlsPolicy::opportunistic));
    d.say(banner);
    CHECK(d.say("250-mx.example\r\n250 STARTTLS\r\n220 go\r\n").sent == "STARTTLS\r\n");
    CHECK(d.session.finished());
    CHECK(d.outcome().failure == SmtpFailure::reply_malformed);
    CHECK(d.outcome().detail == "the server spoke before it was asked");
}

TEST_CASE("smtp session: a server without EHLO gets HELO only where no TLS is needed (RFC 5321 §3.2)") {
    Dialogue needs(plan_with(TlsPolicy::dane));
    needs.say(banner);
    CHECK(needs.say("502 EHLO?\r\n").sent == "QUIT\r\n");
    CHECK(needs.outcome().failure == SmtpFailure::reply_refused);
    CHECK(needs.outcome().step == SmtpStep::ehlo);

    Dialogue may(plan_with(TlsPolicy::opportunistic));
    may.say(banner);
    CHECK(may.say("502 EHLO?\r\n").sent == "HELO client.example\r\n");
    CHECK(may.say("250-mx\r\n250 STARTTLS\r\n").sent == "MAIL FROM:<a@client.example>\r\n"); // HELO has no keywords

    Dialogue neither(plan_with(TlsPolicy::opportunistic));
    neither.say(banner).say("502 EHLO?\r\n").say("502 HELO?\r\n");
    CHECK(neither.outcome().failure == SmtpFailure::reply_refused);
}

TEST_CASE("smtp session: refusals, silence and the end of the connection are told apart at every step") {
    struct Row {
        SmtpStep step;
        std::vector<const char*> before;
        const char* awaited;
    };
    const std::vector<Row> rows{
        {SmtpStep::banner, {}, "no banner"},
        {SmtpStep::ehlo, {banner}, "no reply to EHLO"},
        {SmtpStep::mail, {banner, ehlo_plain}, "no reply to MAIL"},
        {SmtpStep::rcpt, {banner, ehlo_plain, "250 ok\r\n"}, "no reply to RCPT"},
        {SmtpStep::data, {banner, ehlo_plain, "250 ok\r\n", "250 ok\r\n"}, "no reply to DATA"},
        {SmtpStep::message, {banner, ehlo_plain, "250 ok\r\n", "250 ok\r\n", "354 go\r\n"}, "no reply to the message"},
    };
    struct Fault {
        const char* about;
        std::function<void(Dialogue&)> apply;
        SmtpFailure failure;
        std::function<std::string(const Row&)> detail;
    };
    const std::vector<Fault> faults{
        {"refused with 554", [](Dialogue& d) { d.say("554 5.7.1 no\r\n"); }, SmtpFailure::reply_refused,
         [](const Row&) { return "554 5.7.1 no"; }},
        {"refused with 421", [](Dialogue& d) { d.say("421 4.3.2 closing\r\n"); }, SmtpFailure::reply_refused,
         [](const Row&) { return "421 4.3.2 closing"; }},
        {"malformed", [](Dialogue& d) { d.say("good morning\r\n"); }, SmtpFailure::reply_malformed,
         [](const Row&) { return "the server sent a line that does not begin with a reply code (RFC 5321 §4.2)"; }},
        {"closed", [](Dialogue& d) { d.session.peer_closed(); }, SmtpFailure::closed_by_peer,
         [](const Row& r) { return "the server closed the connection: " + std::string(r.awaited); }},
        {"half a reply, then closed", [](Dialogue& d) { d.say("250-a").session.peer_closed(); },
         SmtpFailure::closed_by_peer,
         [](const Row& r) { return "the server closed the connection: " + std::string(r.awaited); }},
        {"silent", [](Dialogue& d) { d.session.deadline_passed(); }, SmtpFailure::timeout,
         [](const Row& r) { return std::string(r.awaited) + " within 5000 ms"; }},
    };
    for (const auto& row : rows) {
        for (const auto& fault : faults) {
            DYNAMIC_SECTION(to_text(row.step) << ": " << fault.about) {
                auto plan = plan_with(TlsPolicy::cleartext);
                Dialogue d(plan);
                for (const char* line : row.before) d.say(line);
                REQUIRE(d.session.step() == row.step);
                CHECK(d.session.step_timeout() == plan.step_timeout);
                // HELO follows a refused EHLO, so that step is shown with a plan that needs TLS.
                if (row.step == SmtpStep::ehlo && std::string_view(fault.about) == "refused with 554") continue;
                fault.apply(d);
                CHECK(d.outcome().failure == fault.failure);
                CHECK(d.outcome().step == row.step);
                CHECK(d.outcome().detail == fault.detail(row));
                CHECK_FALSE(d.outcome().delivered);
                const bool farewell = std::string_view(fault.about) == "refused with 554";
                CHECK(d.session.finished() != farewell);
                CHECK((d.sent == "QUIT\r\n") == farewell);
            }
        }
    }
}

TEST_CASE("smtp session: nothing that happens at QUIT undoes a delivery") {
    for (const char* how : {"silent", "closed", "refused", "malformed", "more than asked"}) {
        DYNAMIC_SECTION(how) {
            Dialogue d(plan_with(TlsPolicy::cleartext));
            d.say(banner).say(ehlo_plain).say("250 ok\r\n").say("250 ok\r\n").say("354 go\r\n").say("250 queued\r\n");
            CHECK(d.session.step_timeout() == std::chrono::milliseconds(2'000));
            if (how == std::string_view("silent")) d.session.deadline_passed();
            if (how == std::string_view("closed")) d.session.peer_closed();
            if (how == std::string_view("refused")) d.say("500 what\r\n");
            if (how == std::string_view("malformed")) d.say("goodbye\r\n");
            if (how == std::string_view("more than asked")) d.say("221 bye\r\n221 bye\r\n");
            CHECK(d.session.finished());
            CHECK(d.outcome().delivered);
            CHECK(d.outcome().failure == SmtpFailure::none);
        }
    }
}

TEST_CASE("smtp session: without an envelope, or when told not to deliver, QUIT comes as soon as TLS is judged") {
    auto none = plan_with(TlsPolicy::opportunistic);
    none.envelope.reset();
    Dialogue verify(none);
    verify.say(banner);
    CHECK(verify.say(ehlo_plain).sent == "QUIT\r\n");
    auto held = plan_with(TlsPolicy::opportunistic);
    held.deliver_when_authenticated = false;
    Dialogue hold(held);
    hold.say(banner);
    CHECK(hold.say(ehlo_plain).sent == "QUIT\r\n");
    hold.say("221 bye\r\n");
    CHECK(hold.outcome().failure == SmtpFailure::none);
    CHECK_FALSE(hold.outcome().delivered);
}

TEST_CASE("smtp session: a connection that does not come about is the outcome") {
    SmtpSession refused(plan_with(TlsPolicy::dane), seed);
    refused.connect_failed(SmtpFailure::connection_refused, "Connection refused");
    CHECK(refused.finished());
    CHECK(refused.outcome().failure == SmtpFailure::connection_refused);
    CHECK(refused.outcome().step == SmtpStep::connect);

    SmtpSession slow(plan_with(TlsPolicy::dane), seed);
    slow.deadline_passed();
    CHECK(slow.outcome().failure == SmtpFailure::connection_timeout);
    CHECK(slow.outcome().detail == "no connection within 5000 ms");
}

TEST_CASE("smtp session: addresses and names cannot break out of their command") {
    const auto construct = [](auto change) {
        auto plan = plan_with(TlsPolicy::cleartext);
        change(plan);
        SmtpSession session(plan, seed);
    };
    CHECK_NOTHROW(construct([](auto& plan) { plan.envelope->sender = ""; })); // the null reverse-path
    CHECK_THROWS_AS(construct([](auto& plan) { plan.envelope->sender = "a@b\r\nDATA"; }), std::invalid_argument);
    CHECK_THROWS_AS(construct([](auto& plan) { plan.envelope->recipient = "a@b> X=<"; }), std::invalid_argument);
    CHECK_THROWS_AS(construct([](auto& plan) { plan.helo_name = "a b"; }), std::invalid_argument);
}

TEST_CASE("smtp session: the same seed sends the same octets") {
    const auto hello = [](const std::array<std::uint8_t, 32>& random) {
        SmtpSession session(plan_with(TlsPolicy::dane), random);
        session.connected();
        for (const std::string_view text : {banner, ehlo_tls, "220 go\r\n"})
            session.received({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
        return session.take_output();
    };
    CHECK(hello(seed) == hello(seed));
    CHECK(hello(seed) != hello({9}));
}
