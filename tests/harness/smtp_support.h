// A client session and a fake mail server joined in memory.
#pragma once

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "harness/certificates.h"
#include "harness/smtp_server_session.h"
#include "tlsa/smtp_session.h"

namespace smtp_support {

inline constexpr dns::UnixTime now{1'780'272'000}; // 2026-06-01T00:00:00Z

inline harness::CertifiedChain chain_for(const std::string& host, harness::KeyKind key = harness::KeyKind::ecdsa_p256) {
    harness::CertificatePlan plan;
    plan.common_name = host;
    plan.dns_names = {host};
    plan.key = key;
    return harness::CertificateMaker(1, now).make(plan);
}

inline harness::SmtpBehaviour behaviour_with(const harness::CertifiedChain& chain) {
    harness::SmtpBehaviour behaviour;
    behaviour.credentials = chain.credentials;
    return behaviour;
}

inline std::vector<tlsa::AssessedRecord> records(const std::vector<dns::Bytes>& rdata) {
    return tlsa::assess(rdata, tlsa::UsagePolicy::smtp);
}

// A delivery to mx.example that needs a match of "3 1 1" with the chain's leaf.
inline tlsa::SessionPlan plan_for(const harness::CertifiedChain& chain) {
    tlsa::SessionPlan plan;
    plan.server_name = dns::Name::literal("mx.example.");
    plan.helo_name = "client.example";
    plan.envelope = tlsa::Envelope{"a@client.example", "b@example", "Subject: x\r\n\r\n.hello\r\n"};
    plan.step_timeout = std::chrono::milliseconds(5'000);
    plan.authentication.records = records({harness::tlsa_rdata(chain.certificates.front().der, tlsa::Usage::DANE_EE,
                                                               tlsa::Selector::SPKI, tlsa::MatchingType::SHA2_256)});
    plan.authentication.reference_names = {plan.server_name};
    plan.authentication.now = now;
    return plan;
}

struct Meeting {
    tlsa::SessionPlan plan;
    harness::SmtpBehaviour behaviour;
    std::size_t segment = 1u << 20; // octets handed over at a time
    tlsa::SmtpOutcome outcome;
    harness::SessionLog log;
    std::string wire_from_client, wire_from_server;

    Meeting(tlsa::SessionPlan p, harness::SmtpBehaviour b)
        : plan(std::move(p))
        , behaviour(std::move(b)) {}

    // Runs until both are done. A client that waits for ever meets its deadline.
    Meeting& run() {
        harness::SmtpServerSession server(behaviour, {2});
        tlsa::SmtpSession client(plan, {1});
        server.connected();
        client.connected();
        for (int idle = 0; !client.finished(); idle = moved_ ? 0 : idle + 1) {
            moved_ = false;
            carry(server.take_output(), wire_from_server, [&](dns::ByteView octets) { client.received(octets); });
            if ((server.finished() || server.half_closed()) && !moved_) client.peer_closed();
            carry(client.take_output(), wire_from_client, [&](dns::ByteView octets) { server.received(octets); });
            if (idle == 2) client.deadline_passed();
        }
        carry(client.take_output(), wire_from_client, [&](dns::ByteView octets) { server.received(octets); });
        server.peer_closed();
        outcome = client.outcome();
        log = server.log();
        return *this;
    }

  private:
    template <class Receive>
    void carry(const dns::Bytes& octets, std::string& wire, Receive receive) {
        for (std::size_t at = 0; at < octets.size(); at += segment)
            receive(dns::ByteView(octets).subspan(at, std::min(segment, octets.size() - at)));
        wire.append(octets.begin(), octets.end());
        moved_ = moved_ || !octets.empty();
    }
    bool moved_ = false;
};

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

inline Meeting meeting(const harness::CertifiedChain& chain) { return Meeting(plan_for(chain), behaviour_with(chain)); }

inline void check_delivered_in_tls(const Meeting& m) {
    CHECK(m.outcome.failure == tlsa::SmtpFailure::none);
    CHECK(m.outcome.detail == "");
    CHECK(m.outcome.delivered);
    CHECK(m.outcome.delivered_in_tls);
    REQUIRE(m.log.messages.size() == 1);
    CHECK(m.log.messages[0].in_tls);
    CHECK(m.log.messages[0].data == m.plan.envelope->message); // dots stuffed and unstuffed
    CHECK(m.log.messages[0].sender == "a@client.example");
    CHECK(m.log.messages[0].recipients == std::vector<std::string>{"b@example"});
    CHECK(m.log.end == harness::SessionLog::End::quit);
}

inline void check_no_mail(const Meeting& m, tlsa::SmtpFailure failure, tlsa::SmtpStep step) {
    CHECK(m.outcome.failure == failure);
    CHECK(m.outcome.step == step);
    CHECK_FALSE(m.outcome.detail.empty());
    CHECK_FALSE(m.outcome.delivered);
    CHECK(m.log.mail_from.empty());
    CHECK(m.log.messages.empty());
}

} // namespace smtp_support
