// The client's session against the fake mail server in memory: real handshakes, real certificates, no sockets.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "tests/harness/smtp_support.h"

using namespace smtp_support;
using harness::KeyKind;
using harness::SessionLog;
using harness::tlsa_rdata;
using harness::TlsVersions;
using tlsa::MatchingType;
using tlsa::Selector;
using tlsa::SmtpFailure;
using tlsa::SmtpStep;
using tlsa::TlsPolicy;
using tlsa::Usage;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Meeting meeting(const harness::CertifiedChain& chain) { return Meeting(plan_for(chain), behaviour_with(chain)); }

void check_delivered_in_tls(const Meeting& m) {
    CHECK(m.outcome.failure == SmtpFailure::none);
    CHECK(m.outcome.detail == "");
    CHECK(m.outcome.delivered);
    CHECK(m.outcome.delivered_in_tls);
    REQUIRE(m.log.messages.size() == 1);
    CHECK(m.log.messages[0].in_tls);
    CHECK(m.log.messages[0].data == m.plan.envelope->message);  // dots stuffed and unstuffed
    CHECK(m.log.messages[0].sender == "a@client.example");
    CHECK(m.log.messages[0].recipients == std::vector<std::string>{"b@example"});
    CHECK(m.log.end == SessionLog::End::quit);
}

void check_no_mail(const Meeting& m, SmtpFailure failure, SmtpStep step) {
    CHECK(m.outcome.failure == failure);
    CHECK(m.outcome.step == step);
    CHECK_FALSE(m.outcome.detail.empty());
    CHECK_FALSE(m.outcome.delivered);
    CHECK(m.log.mail_from.empty());
    CHECK(m.log.messages.empty());
}

}  // namespace

TEST_CASE("smtp over TLS: TLS 1.2 and 1.3 with RSA and ECDSA keys deliver after a DANE match (RFC 7672 §2.2)") {
    struct Row {
        KeyKind key;
        TlsVersions versions;
        const char *protocol, *cipher, *wanted;
    };
    for (const auto& row : {Row{KeyKind::rsa_2048, TlsVersions::only_1_2, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", ""},
                            Row{KeyKind::rsa_2048, TlsVersions::only_1_2, "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256",
                                "ECDHE-RSA-AES128-GCM-SHA256"},
                            Row{KeyKind::ecdsa_p256, TlsVersions::only_1_2, "TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", ""},
                            Row{KeyKind::rsa_2048, TlsVersions::only_1_3, "TLSv1.3", "TLS_AES_256_GCM_SHA384", ""},
                            Row{KeyKind::ecdsa_p256, TlsVersions::only_1_3, "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256",
                                "TLS_CHACHA20_POLY1305_SHA256"},
                            Row{KeyKind::ecdsa_p256, TlsVersions::both, "TLSv1.3", "TLS_AES_256_GCM_SHA384", ""}}) {
        DYNAMIC_SECTION(to_text(row.key) << " " << row.cipher) {
            const auto chain = chain_for("mx.example", row.key);
            Meeting m = meeting(chain);
            m.behaviour.versions = row.versions;
            m.behaviour.cipher = row.wanted;
            check_delivered_in_tls(m.run());
            REQUIRE(m.outcome.tls.has_value());
            CHECK(m.outcome.tls->protocol == row.protocol);
            CHECK(m.outcome.tls->cipher == row.cipher);
            CHECK(m.outcome.tls->chain == chain.credentials.chain);
            CHECK(m.log.tls_version == row.protocol);
            CHECK(m.log.cipher == row.cipher);
            CHECK(m.log.sni == "mx.example");
            REQUIRE(m.outcome.authentication.has_value());
            CHECK(m.outcome.authentication->result == tlsa::AuthenticationResult::match);
            CHECK(m.outcome.authentication->depth == 0);
            CHECK(m.log.commands == std::vector<std::string>{"EHLO client.example", "STARTTLS", "TLS", "EHLO client.example",
                                                             "MAIL FROM:<a@client.example>", "RCPT TO:<b@example>", "DATA", "QUIT"});
        }
    }
}

TEST_CASE("smtp over TLS: octets may come one at a time") {
    Meeting m = meeting(chain_for("mx.example"));
    m.segment = 1;
    check_delivered_in_tls(m.run());
}

TEST_CASE("smtp over TLS: an EdDSA leaf fails in the handshake, an EdDSA authority is judged like any other") {
    harness::CertificatePlan wanted;
    wanted.common_name = "mx.example";
    wanted.dns_names = {"mx.example"};
    wanted.authority_key = KeyKind::ed25519;
    const auto under = harness::CertificateMaker(1, now).make(wanted);
    Meeting authority = meeting(under);
    authority.plan.authentication.records = records({tlsa_rdata(under.certificates.back().der, Usage::DANE_TA,
                                                                         Selector::Cert, MatchingType::SHA2_256)});
    check_delivered_in_tls(authority.run());
    CHECK(authority.outcome.authentication->depth == 1);

    Meeting leaf = meeting(chain_for("mx.example", KeyKind::ed25519));  // Botan 3.7 has no EdDSA in TLS
    check_no_mail(leaf.run(), SmtpFailure::tls_failed, SmtpStep::handshake);
}

TEST_CASE("smtp over TLS: without a match QUIT follows the handshake and no MAIL goes out (RFC 7672 §2.2, RFC 3207 §4.1)") {
    const auto chain = chain_for("mx.example");
    const auto stranger = chain_for("stranger.example");
    struct Row {
        const char* about;
        dns::Bytes rdata;
        SmtpFailure failure;
    };
    const auto& leaf = chain.certificates[0].der;
    const auto& root = chain.certificates[1].der;
    const auto& other = stranger.certificates[0].der;
    const std::vector<Row> rows{
        {"3 1 1 of the leaf", tlsa_rdata(leaf, Usage::DANE_EE, Selector::SPKI, MatchingType::SHA2_256), SmtpFailure::none},
        {"3 0 1 of the leaf", tlsa_rdata(leaf, Usage::DANE_EE, Selector::Cert, MatchingType::SHA2_256), SmtpFailure::none},
        {"3 1 2 of the leaf", tlsa_rdata(leaf, Usage::DANE_EE, Selector::SPKI, MatchingType::SHA2_512), SmtpFailure::none},
        {"3 0 0 of the leaf", tlsa_rdata(leaf, Usage::DANE_EE, Selector::Cert, MatchingType::Full), SmtpFailure::none},
        {"2 0 1 of the root", tlsa_rdata(root, Usage::DANE_TA, Selector::Cert, MatchingType::SHA2_256), SmtpFailure::none},
        {"2 1 1 of the root", tlsa_rdata(root, Usage::DANE_TA, Selector::SPKI, MatchingType::SHA2_256), SmtpFailure::none},
        {"3 1 1 of another key", tlsa_rdata(other, Usage::DANE_EE, Selector::SPKI, MatchingType::SHA2_256),
         SmtpFailure::certificate_no_match},
        {"3 1 1 of the root's key", tlsa_rdata(root, Usage::DANE_EE, Selector::SPKI, MatchingType::SHA2_256),
         SmtpFailure::certificate_no_match},
        {"2 0 1 of another certificate", tlsa_rdata(other, Usage::DANE_TA, Selector::Cert, MatchingType::SHA2_256),
         SmtpFailure::certificate_no_match},
    };
    for (const auto& row : rows) {
        for (const auto versions : {TlsVersions::only_1_2, TlsVersions::only_1_3}) {
            DYNAMIC_SECTION(row.about << (versions == TlsVersions::only_1_2 ? ", TLS 1.2" : ", TLS 1.3")) {
                Meeting m = meeting(chain);
                m.behaviour.versions = versions;
                m.plan.authentication.records = records({row.rdata});
                m.run();
                if (row.failure == SmtpFailure::none) {
                    check_delivered_in_tls(m);
                } else {
                    check_no_mail(m, row.failure, SmtpStep::authentication);
                    CHECK(m.log.commands == std::vector<std::string>{"EHLO client.example", "STARTTLS", "TLS", "QUIT"});
                    CHECK(m.log.quit);
                    CHECK(m.outcome.tls.has_value());
                }
            }
        }
    }
}

TEST_CASE("smtp over TLS: a DANE-TA leaf with another name or out of its time is refused, DANE-EE takes both (RFC 7672 §3.1)") {
    harness::CertificatePlan wanted;
    wanted.common_name = "mx.example";
    wanted.dns_names = {"mx.example"};
    harness::CertificatePlan misnamed = wanted;
    misnamed.common_name = "mail.example";
    misnamed.dns_names = {"mail.example"};
    harness::CertificatePlan expired = wanted;
    expired.validity.not_before = dns::UnixTime{now.seconds - 86'400 * 20};
    expired.validity.not_after = dns::UnixTime{now.seconds - 86'400};
    struct Row {
        const char* about;
        harness::CertificatePlan plan;
        SmtpFailure with_ta;
    };
    for (const auto& row : {Row{"good", wanted, SmtpFailure::none},
                            Row{"another name", misnamed, SmtpFailure::certificate_name_mismatch},
                            Row{"expired", expired, SmtpFailure::certificate_expired}}) {
        const auto chain = harness::CertificateMaker(1, now).make(row.plan);
        DYNAMIC_SECTION(row.about << ", DANE-TA") {
            Meeting m = meeting(chain);
            m.plan.authentication.records = records({tlsa_rdata(chain.certificates.back().der, Usage::DANE_TA,
                                                                         Selector::Cert, MatchingType::SHA2_256)});
            m.run();
            if (row.with_ta == SmtpFailure::none) check_delivered_in_tls(m);
            else check_no_mail(m, row.with_ta, SmtpStep::authentication);
        }
        DYNAMIC_SECTION(row.about << ", DANE-EE") {
            Meeting m = meeting(chain);
            check_delivered_in_tls(m.run());
        }
    }
}

TEST_CASE("smtp over TLS: encryption without authentication takes any certificate, where the plan says so") {
    for (const auto policy : {TlsPolicy::encrypt, TlsPolicy::opportunistic}) {
        Meeting m = meeting(chain_for("stranger.example"));
        m.plan.tls = policy;
        m.plan.authentication = {};
        check_delivered_in_tls(m.run());
        CHECK_FALSE(m.outcome.authentication.has_value());
    }
}

TEST_CASE("smtp over TLS: keywords from before TLS are forgotten (RFC 3207 §4.2)") {
    Meeting taken_away = meeting(chain_for("mx.example"));
    taken_away.behaviour.capabilities = {"SIZE 1000"};
    taken_away.behaviour.capabilities_in_tls = std::vector<std::string>{"HELP"};
    check_delivered_in_tls(taken_away.run());
    CHECK(taken_away.log.commands[4] == "MAIL FROM:<a@client.example>");

    Meeting given = meeting(chain_for("mx.example"));
    given.behaviour.capabilities = {"HELP"};
    given.behaviour.capabilities_in_tls = std::vector<std::string>{"SIZE 1000"};
    check_delivered_in_tls(given.run());
    CHECK(given.log.commands[4] == "MAIL FROM:<a@client.example> SIZE=22");
}

TEST_CASE("smtp over TLS: STARTTLS offered again inside TLS is not taken (RFC 3207 §4.2)") {
    Meeting m = meeting(chain_for("mx.example"));
    m.behaviour.offers_starttls_in_tls = true;
    check_delivered_in_tls(m.run());
    CHECK(std::count(m.log.commands.begin(), m.log.commands.end(), "STARTTLS") == 1);
}

TEST_CASE("smtp over TLS: SNI is the TLSA base domain, and decides the certificate (RFC 7672 §8.1)") {
    const auto fallback = chain_for("fallback.example");
    const auto own = chain_for("mx.example");
    Meeting m = meeting(own);
    m.behaviour.credentials = fallback.credentials;
    m.behaviour.by_sni["mx.example"] = own.credentials;
    m.plan.server_name = dns::Name::literal("MX.example.");
    check_delivered_in_tls(m.run());

    Meeting unknown = meeting(own);  // a fallback chain is fine if it matches, and fails if it does not
    unknown.behaviour.credentials = fallback.credentials;
    check_no_mail(unknown.run(), SmtpFailure::certificate_no_match, SmtpStep::authentication);

    Meeting strict = meeting(own);
    strict.behaviour.unknown_sni_fails = true;
    check_no_mail(strict.run(), SmtpFailure::tls_failed, SmtpStep::handshake);
    CHECK(contains(strict.outcome.detail, "unrecognized_name"));

    Meeting none = meeting(own);
    none.plan.server_name = dns::Name();
    check_delivered_in_tls(none.run());
    CHECK_FALSE(none.log.sni.has_value());
}

TEST_CASE("smtp over TLS: a request for a client certificate is answered with none (RFC 8446 §4.4.2)") {
    for (const auto versions : {TlsVersions::only_1_2, TlsVersions::only_1_3}) {
        Meeting m = meeting(chain_for("mx.example"));
        m.behaviour.requests_client_certificate = true;
        m.behaviour.versions = versions;
        check_delivered_in_tls(m.run());
    }
}

TEST_CASE("smtp over TLS: handshakes that fail are told from mails that go out in clear (RFC 7672 §2.2)") {
    struct Row {
        const char* about;
        void (*spoil)(harness::SmtpBehaviour&);
        SmtpFailure failure;
        SmtpStep step;
        const char* detail;
    };
    const Row rows[] = {
        {"plain text instead of TLS", [](auto& b) { b.plain_instead_of_tls = "454 TLS is broken\r\n"; }, SmtpFailure::tls_failed,
         SmtpStep::handshake, ""},
        {"no ServerHello", [](auto& b) { b.silent_at = SmtpStep::handshake; }, SmtpFailure::timeout, SmtpStep::handshake,
         "no TLS handshake within 5000 ms"},
        {"closed after the 220", [](auto& b) { b.closes_at = SmtpStep::handshake; }, SmtpFailure::tls_failed, SmtpStep::handshake,
         "the server closed the connection during the TLS handshake"},
        {"no certificate", [](auto& b) { b.credentials = {}; }, SmtpFailure::tls_failed, SmtpStep::handshake,
         "the server sent the TLS alert handshake_failure"},
        {"silent after STARTTLS", [](auto& b) { b.silent_at = SmtpStep::starttls; }, SmtpFailure::timeout, SmtpStep::starttls,
         "no reply to STARTTLS within 5000 ms"},
        {"closed after STARTTLS", [](auto& b) { b.closes_at = SmtpStep::starttls; }, SmtpFailure::closed_by_peer,
         SmtpStep::starttls, "the server closed the connection: no reply to STARTTLS"},
        {"STARTTLS refused", [](auto& b) { b.replies[SmtpStep::starttls] = {"454 4.7.0 TLS not available"}; },
         SmtpFailure::starttls_refused, SmtpStep::starttls, "454 4.7.0 TLS not available"},
        {"STARTTLS not offered", [](auto& b) { b.offers_starttls = false; }, SmtpFailure::starttls_not_offered, SmtpStep::ehlo,
         "STARTTLS is not among the server's EHLO keywords"},
        {"injection", [](auto& b) { b.injected_after_starttls = "250 injected\r\n"; }, SmtpFailure::injection_after_starttls,
         SmtpStep::starttls, "octets came in clear behind the 220 to STARTTLS (RFC 3207 §4.2)"},
        {"silent inside TLS", [](auto& b) { b.silent_at = SmtpStep::ehlo_after_tls; }, SmtpFailure::timeout,
         SmtpStep::ehlo_after_tls, "no reply to EHLO inside TLS within 5000 ms"},
        {"closed inside TLS", [](auto& b) { b.closes_at = SmtpStep::ehlo_after_tls; }, SmtpFailure::closed_by_peer,
         SmtpStep::ehlo_after_tls, "the server closed the connection: no reply to EHLO inside TLS"},
        {"EHLO refused inside TLS", [](auto& b) { b.replies[SmtpStep::ehlo_after_tls] = {"550 no"}; }, SmtpFailure::reply_refused,
         SmtpStep::ehlo_after_tls, "550 no"},
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
        m.behaviour.cipher = "AES256-GCM-SHA384";  // static RSA: the client does not offer it
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

    Meeting plain = meeting(chain);  // a server that speaks SMTP where TLS is due
    plain.plan.implicit_tls = true;
    check_no_mail(plain.run(), SmtpFailure::tls_failed, SmtpStep::handshake);
}

TEST_CASE("smtp over TLS: the same seeds give the same conversation, octet for octet") {
    const auto chain = chain_for("mx.example", KeyKind::rsa_2048);
    Meeting first = meeting(chain), second = meeting(chain);
    first.run();
    second.run();
    CHECK(first.wire_from_client == second.wire_from_client);
    CHECK(first.wire_from_server == second.wire_from_server);
    CHECK(first.wire_from_client.size() > 500);
}
