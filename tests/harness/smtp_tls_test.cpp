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

TEST_CASE("smtp over TLS: TLS 1.2 and 1.3 with RSA and ECDSA keys deliver after a DANE match (RFC 7672 §2.2)") {
    struct Row {
        KeyKind key;
        TlsVersions versions;
        const char *protocol, *cipher, *wanted;
    };
    for (const auto& row :
         {Row{KeyKind::rsa_2048, TlsVersions::only_1_2, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", ""},
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
            CHECK(m.log.commands == std::vector<std::string>{"EHLO client.example", "STARTTLS", "TLS",
                                                             "EHLO client.example", "MAIL FROM:<a@client.example>",
                                                             "RCPT TO:<b@example>", "DATA", "QUIT"});
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
    authority.plan.authentication.records =
        records({tlsa_rdata(under.certificates.back().der, Usage::DANE_TA, Selector::Cert, MatchingType::SHA2_256)});
    check_delivered_in_tls(authority.run());
    CHECK(authority.outcome.authentication->depth == 1);

    Meeting leaf = meeting(chain_for("mx.example", KeyKind::ed25519)); // Botan 3.7 has no EdDSA in TLS
    check_no_mail(leaf.run(), SmtpFailure::tls_failed, SmtpStep::handshake);
}

TEST_CASE(
    "smtp over TLS: without a match QUIT follows the handshake and no MAIL goes out (RFC 7672 §2.2, RFC 3207 §4.1)") {
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
        {"3 1 1 of the leaf", tlsa_rdata(leaf, Usage::DANE_EE, Selector::SPKI, MatchingType::SHA2_256),
         SmtpFailure::none},
        {"3 0 1 of the leaf", tlsa_rdata(leaf, Usage::DANE_EE, Selector::Cert, MatchingType::SHA2_256),
         SmtpFailure::none},
        {"3 1 2 of the leaf", tlsa_rdata(leaf, Usage::DANE_EE, Selector::SPKI, MatchingType::SHA2_512),
         SmtpFailure::none},
        {"3 0 0 of the leaf", tlsa_rdata(leaf, Usage::DANE_EE, Selector::Cert, MatchingType::Full), SmtpFailure::none},
        {"2 0 1 of the root", tlsa_rdata(root, Usage::DANE_TA, Selector::Cert, MatchingType::SHA2_256),
         SmtpFailure::none},
        {"2 1 1 of the root", tlsa_rdata(root, Usage::DANE_TA, Selector::SPKI, MatchingType::SHA2_256),
         SmtpFailure::none},
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

TEST_CASE("smtp over TLS: a DANE-TA leaf with another name or out of its time is refused, DANE-EE takes both (RFC 7672 "
          "§3.1)") {
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
    for (const auto& row :
         {Row{"good", wanted, SmtpFailure::none}, Row{"another name", misnamed, SmtpFailure::certificate_name_mismatch},
          Row{"expired", expired, SmtpFailure::certificate_expired}}) {
        const auto chain = harness::CertificateMaker(1, now).make(row.plan);
        DYNAMIC_SECTION(row.about << ", DANE-TA") {
            Meeting m = meeting(chain);
            m.plan.authentication.records = records(
                {tlsa_rdata(chain.certificates.back().der, Usage::DANE_TA, Selector::Cert, MatchingType::SHA2_256)});
            m.run();
            if (row.with_ta == SmtpFailure::none)
                check_delivered_in_tls(m);
            else
                check_no_mail(m, row.with_ta, SmtpStep::authentication);
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

    Meeting unknown = meeting(own); // a fallback chain is fine if it matches, and fails if it does not
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

TEST_CASE("smtp over TLS: the same seeds give the same conversation, octet for octet") {
    const auto chain = chain_for("mx.example", KeyKind::rsa_2048);
    Meeting first = meeting(chain), second = meeting(chain);
    first.run();
    second.run();
    CHECK(first.wire_from_client == second.wire_from_client);
    CHECK(first.wire_from_server == second.wire_from_server);
    CHECK(first.wire_from_client.size() > 500);
}
