// Servers that misbehave around STARTTLS, in the handshake and in the delivery, in memory.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "tests/harness/smtp_support.h"

using namespace smtp_support;
using harness::SessionLog;
using harness::TlsVersions;
using tlsa::SmtpFailure;
using tlsa::SmtpStep;
using tlsa::TlsPolicy;

TEST_CASE("smtp over TLS: handshakes that fail are told from mails that go out in clear (RFC 7672 §2.2)") {
    struct Row {
        const char* about;
        void (*spoil)(harness::SmtpBehaviour&);
        SmtpFailure failure;
        SmtpStep step;
        const char* detail;
    };
    const Row rows[] = {
        {"plain text instead of TLS", [](auto& b) { b.plain_instead_of_tls = "454 TLS is broken\r\n"; },
         SmtpFailure::tls_failed, SmtpStep::handshake, ""},
        {"no ServerHello", [](auto& b) { b.silent_at = SmtpStep::handshake; }, SmtpFailure::timeout,
         SmtpStep::handshake, "no TLS handshake within 5000 ms"},
        {"closed after the 220", [](auto& b) { b.closes_at = SmtpStep::handshake; }, SmtpFailure::tls_failed,
         SmtpStep::handshake, "the server closed the connection during the TLS handshake"},
        {"no certificate", [](auto& b) { b.credentials = {}; }, SmtpFailure::tls_failed, SmtpStep::handshake,
         "the server sent the TLS alert handshake_failure"},
        {"silent after STARTTLS", [](auto& b) { b.silent_at = SmtpStep::starttls; }, SmtpFailure::timeout,
         SmtpStep::starttls, "no reply to STARTTLS within 5000 ms"},
        {"closed after STARTTLS", [](auto& b) { b.closes_at = SmtpStep::starttls; }, SmtpFailure::closed_by_peer,
         SmtpStep::starttls, "the server closed the connection: no reply to STARTTLS"},
        {"STARTTLS refused", [](auto& b) { b.replies[SmtpStep::starttls] = {"454 4.7.0 TLS not available"}; },
         SmtpFailure::starttls_refused, SmtpStep::starttls, "454 4.7.0 TLS not available"},
        {"STARTTLS not offered", [](auto& b) { b.offers_starttls = false; }, SmtpFailure::starttls_not_offered,
         SmtpStep::ehlo, "STARTTLS is not among the server's EHLO keywords"},
        {"injection", [](auto& b) { b.injected_after_starttls = "250 injected\r\n"; },
         SmtpFailure::injection_after_starttls, SmtpStep::starttls,
         "octets came in clear behind the 220 to STARTTLS (RFC 3207 §4.2)"},
        {"silent inside TLS", [](auto& b) { b.silent_at = SmtpStep::ehlo_after_tls; }, SmtpFailure::timeout,
         SmtpStep::ehlo_after_tls, "no reply to EHLO inside TLS within 5000 ms"},
        {"closed inside TLS", [](auto& b) { b.closes_at = SmtpStep::ehlo_after_tls; }, SmtpFailure::closed_by_peer,
         SmtpStep::ehlo_after_tls, "the server closed the connection: no reply to EHLO inside TLS"},
        {"EHLO refused inside TLS", [](auto& b) { b.replies[SmtpStep::ehlo_after_tls] = {"550 no"}; },
         SmtpFailure::reply_refused, SmtpStep::ehlo_after_tls, "550 no"},
    };
    const auto chain = chain_for("mx.example");
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.about) {
            Meeting m = meeting(chain);
            row.spoil(m.behaviour);
            check_no_mail(m.run(), row.failure, row.step);
            if (*row.detail) CHECK(m.outcome.detail == row.detail);
            CHECK_FALSE(contains(m.wire_from_client, "MAIL FROM"));
        }
    }
    SECTION("their positive twin") { check_delivered_in_tls(meeting(chain).run()); }
    SECTION("the server's word is what fails a version that is not ours") {
        Meeting m = meeting(chain);
        m.behaviour.versions = TlsVersions::only_1_2;
        m.behaviour.cipher = "AES256-GCM-SHA384"; // static RSA: the client does not offer it
        check_no_mail(m.run(), SmtpFailure::tls_failed, SmtpStep::handshake);
        CHECK(m.log.end == SessionLog::End::tls_failed);
    }
}

TEST_CASE("smtp over TLS: faults of the delivery itself come after a match and are no failure of DANE") {
    const auto chain = chain_for("mx.example");
    for (const auto step : {SmtpStep::mail, SmtpStep::rcpt, SmtpStep::data, SmtpStep::message}) {
        DYNAMIC_SECTION("refused at " << to_text(step)) {
            Meeting m = meeting(chain);
            m.behaviour.replies[step] = {"451-4.3.0 not", "451 4.3.0 now"};
            m.run();
            CHECK(m.outcome.failure == SmtpFailure::reply_refused);
            CHECK(m.outcome.step == step);
            CHECK(m.outcome.detail == "451 4.3.0 not / 4.3.0 now");
            CHECK(m.outcome.authentication->result == tlsa::AuthenticationResult::match);
            CHECK_FALSE(m.outcome.delivered);
            CHECK(m.log.messages.empty());
            CHECK(m.log.end == SessionLog::End::quit);
        }
        DYNAMIC_SECTION("closed at " << to_text(step)) {
            Meeting m = meeting(chain);
            m.behaviour.closes_at = step;
            m.run();
            CHECK(m.outcome.failure == SmtpFailure::closed_by_peer);
            CHECK(m.outcome.step == step);
            CHECK_FALSE(m.outcome.delivered);
            CHECK(m.log.messages.empty());
            CHECK(m.log.end == SessionLog::End::closed_by_server);
        }
        DYNAMIC_SECTION("silent at " << to_text(step)) {
            Meeting m = meeting(chain);
            m.behaviour.silent_at = step;
            m.run();
            CHECK(m.outcome.failure == SmtpFailure::timeout);
            CHECK(m.outcome.step == step);
            CHECK_FALSE(m.outcome.delivered);
            CHECK(m.log.messages.empty());
            CHECK(m.log.end == SessionLog::End::closed_by_client);
        }
    }
}

TEST_CASE("smtp over TLS: an opportunistic message goes in clear where TLS is not to be had (RFC 7672 §2.2)") {
    struct Row {
        const char* about;
        void (*spoil)(harness::SmtpBehaviour&);
    };
    const Row rows[] = {
        {"not offered", [](auto& b) { b.offers_starttls = false; }},
        {"refused", [](auto& b) { b.replies[SmtpStep::starttls] = {"454 4.7.0 TLS not available"}; }},
    };
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.about) {
            Meeting m = meeting(chain_for("mx.example"));
            m.plan.tls = TlsPolicy::opportunistic;
            row.spoil(m.behaviour);
            m.run();
            CHECK(m.outcome.failure == SmtpFailure::none);
            CHECK(m.outcome.delivered);
            CHECK_FALSE(m.outcome.delivered_in_tls);
            REQUIRE(m.log.messages.size() == 1);
            CHECK_FALSE(m.log.messages[0].in_tls);
            CHECK_FALSE(m.log.tls);
        }
    }
    SECTION("a handshake that fails is for the caller to try again in clear") {
        Meeting m = meeting(chain_for("mx.example"));
        m.plan.tls = TlsPolicy::opportunistic;
        m.behaviour.credentials = {};
        check_no_mail(m.run(), SmtpFailure::tls_failed, SmtpStep::handshake);
        m.plan.tls = TlsPolicy::cleartext;
        m.run();
        CHECK(m.outcome.delivered);
        REQUIRE(m.log.messages.size() == 1);
        CHECK_FALSE(m.log.starttls);
    }
}

TEST_CASE("smtp over TLS: implicit TLS has no STARTTLS and the same judgement (RFC 8314 §3.3)") {
    const auto chain = chain_for("mx.example");
    Meeting good = meeting(chain);
    good.plan.implicit_tls = good.behaviour.implicit_tls = true;
    check_delivered_in_tls(good.run());
    CHECK_FALSE(good.log.starttls);
    CHECK(good.log.commands.front() == "TLS");

    Meeting wrong = meeting(chain);
    wrong.plan.implicit_tls = wrong.behaviour.implicit_tls = true;
    wrong.plan.authentication.records = plan_for(chain_for("stranger.example")).authentication.records;
    check_no_mail(wrong.run(), SmtpFailure::certificate_no_match, SmtpStep::authentication);
    CHECK(wrong.log.quit);

    Meeting plain = meeting(chain); // a server that speaks SMTP where TLS is due
    plain.plan.implicit_tls = true;
    check_no_mail(plain.run(), SmtpFailure::tls_failed, SmtpStep::handshake);
}
