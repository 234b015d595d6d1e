// A session in clear against scripted server lines.
#pragma once

#include <array>
#include <string>

#include "tlsa/smtp_session.h"

namespace smtp_dialogue {

inline constexpr std::array<std::uint8_t, 32> seed{1, 2, 3};

inline tlsa::SessionPlan plan_with(tlsa::TlsPolicy policy) {
    tlsa::SessionPlan plan;
    plan.tls = policy;
    plan.server_name = dns::Name::literal("mx.example.");
    plan.helo_name = "client.example";
    plan.envelope = tlsa::Envelope{"a@client.example", "b@example", "Subject: x\r\n\r\nhello\r\n"};
    plan.step_timeout = std::chrono::milliseconds(5'000);
    return plan;
}

// A session that has just connected; say() is the server, and what the client then sends is collected.
struct Dialogue {
    tlsa::SmtpSession session;
    std::string sent;

    explicit Dialogue(tlsa::SessionPlan plan)
        : session(std::move(plan), seed) {
        session.connected();
        collect();
    }
    Dialogue& say(std::string_view text) {
        sent.clear();
        session.received({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
        collect();
        return *this;
    }
    // Another message at rest; what is sent then.
    std::string next(const std::string& recipient) {
        sent.clear();
        session.next(tlsa::Envelope{"a@client.example", recipient, "Subject: y\r\n\r\nagain\r\n"});
        collect();
        return sent;
    }
    const tlsa::SmtpOutcome& outcome() const { return session.outcome(); }

  private:
    void collect() {
        const dns::Bytes out = session.take_output();
        sent.append(out.begin(), out.end());
    }
};

inline constexpr const char* banner = "220 mx.example ESMTP\r\n";
inline constexpr const char* ehlo_plain = "250-mx.example\r\n250 8BITMIME\r\n";
inline constexpr const char* ehlo_tls = "250-mx.example\r\n250-SIZE 100000\r\n250-StartTLS\r\n250 8BITMIME\r\n";

} // namespace smtp_dialogue
