// The fake mail server's own manners, with commands typed by hand in clear.
#include "harness/smtp_server_session.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using harness::SessionLog;
using harness::SmtpBehaviour;
using harness::SmtpServerSession;
using tlsa::SmtpStep;

namespace {

struct Terminal {
    SmtpServerSession session;
    explicit Terminal(const SmtpBehaviour& behaviour)
        : session(behaviour, {1}) {
        session.connected();
    }
    std::string read() {
        const dns::Bytes out = session.take_output();
        return {out.begin(), out.end()};
    }
    std::string type(std::string_view text) {
        session.received({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
        return read();
    }
};

} // namespace

TEST_CASE("smtp server: takes a message in clear and logs it (RFC 5321 §3.3)") {
    const SmtpBehaviour behaviour;
    Terminal t(behaviour);
    CHECK(t.read() == "220 mx.example ESMTP\r\n");
    CHECK(t.type("EHLO me\r\n") == "250-mx.example greets you\r\n250-8BITMIME\r\n250 STARTTLS\r\n");
    CHECK(t.type("mail from:<a@b> SIZE=3\r\n") == "250 2.1.0 Sender OK\r\n");
    CHECK(t.type("rcpt to:<c@d>\r\nRCPT TO:<e@f>\r\n") == "250 2.1.5 Recipient OK\r\n250 2.1.5 Recipient OK\r\n");
    CHECK(t.type("DATA\r\n").starts_with("354 "));
    CHECK(t.type("a\r\n..b\r\n.").empty());
    CHECK(t.session.log().messages.empty());
    CHECK(t.type("\r\n") == "250 2.0.0 Accepted\r\n");
    CHECK(t.type("QUIT\r\n") == "221 2.0.0 mx.example says goodbye\r\n");
    CHECK(t.session.finished());
    const SessionLog& log = t.session.log();
    REQUIRE(log.messages.size() == 1);
    CHECK(log.messages[0].data == "a\r\n.b\r\n");
    CHECK(log.messages[0].sender == "a@b");
    CHECK(log.messages[0].recipients == std::vector<std::string>{"c@d", "e@f"});
    CHECK_FALSE(log.messages[0].in_tls);
    CHECK(log.ehlo_names == std::vector<std::string>{"me"});
    CHECK(log.mail_from == std::vector<std::string>{"a@b"});
    CHECK(log.quit);
    CHECK(log.end == SessionLog::End::quit);
    CHECK_FALSE(log.starttls);
}

TEST_CASE("smtp server: commands out of order are refused and leave no message") {
    const SmtpBehaviour behaviour;
    Terminal t(behaviour);
    t.read();
    CHECK(t.type("RCPT TO:<c@d>\r\n").starts_with("503 "));
    CHECK(t.type("DATA\r\n").starts_with("503 "));
    CHECK(t.type("MAIL FROM:<a@b>\r\n").starts_with("250 "));
    CHECK(t.type("DATA\r\n").starts_with("503 "));
    CHECK(t.type("RSET\r\n").starts_with("250 "));
    CHECK(t.type("RCPT TO:<c@d>\r\n").starts_with("503 "));
    CHECK(t.type("NOOP\r\n").starts_with("250 "));
    CHECK(t.type("FNORD\r\n").starts_with("500 "));
    CHECK(t.type("HELO me\r\n") == "250 mx.example\r\n");
    t.session.peer_closed();
    CHECK(t.session.log().end == SessionLog::End::closed_by_client);
    CHECK(t.session.log().messages.empty());
}

TEST_CASE("smtp server: STARTTLS not offered is refused, injection travels with the 220") {
    SmtpBehaviour without;
    without.offers_starttls = false;
    Terminal refused(without);
    refused.read();
    CHECK(refused.type("EHLO me\r\n") == "250-mx.example greets you\r\n250 8BITMIME\r\n");
    CHECK(refused.type("STARTTLS\r\n").starts_with("502 "));
    CHECK(refused.session.log().starttls);
    CHECK_FALSE(refused.session.log().tls);

    SmtpBehaviour injecting;
    injecting.injected_after_starttls = "250 x\r\n";
    Terminal t(injecting);
    t.read();
    CHECK(t.type("STARTTLS\r\n") == "220 2.0.0 Ready to start TLS\r\n250 x\r\n");
}

TEST_CASE("smtp server: silence and hanging up happen at the step that was asked for") {
    SmtpBehaviour silent;
    silent.silent_at = SmtpStep::ehlo;
    Terminal mute(silent);
    CHECK_FALSE(mute.read().empty());
    CHECK(mute.type("EHLO me\r\n").empty());
    CHECK(mute.type("NOOP\r\nQUIT\r\n").empty()); // from then on nothing
    CHECK_FALSE(mute.session.finished());

    for (const auto step : {SmtpStep::connect, SmtpStep::banner}) {
        SmtpBehaviour gone;
        gone.closes_at = step;
        Terminal closed(gone);
        CHECK(closed.read().empty());
        CHECK(closed.session.finished());
        CHECK(closed.session.log().end == SessionLog::End::closed_by_server);
    }
}

TEST_CASE("smtp server: scripted replies replace the usual ones") {
    SmtpBehaviour behaviour;
    behaviour.replies[SmtpStep::banner] = {"554-no mail here", "554 go away"};
    behaviour.replies[SmtpStep::rcpt] = {"550 5.1.1 no such user"};
    Terminal t(behaviour);
    CHECK(t.read() == "554-no mail here\r\n554 go away\r\n");
    t.type("MAIL FROM:<a@b>\r\n");
    CHECK(t.type("RCPT TO:<c@d>\r\n") == "550 5.1.1 no such user\r\n");
    CHECK(t.type("DATA\r\n").starts_with("503 ")); // a refused recipient is none
}

TEST_CASE("smtp server: a client cannot make it keep without end") {
    const SmtpBehaviour behaviour;
    Terminal line(behaviour);
    line.type(std::string(8192, 'x'));
    CHECK_FALSE(line.session.finished());
    line.type("x");
    CHECK(line.session.finished());

    Terminal message(behaviour);
    message.type("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    const std::string piece = std::string(4094, 'y') + "\r\n";
    for (int i = 0; i < 2048; ++i) message.type(piece);
    CHECK_FALSE(message.session.finished());
    message.type(piece);
    CHECK(message.session.finished());
    CHECK(message.session.log().messages.empty());
}
