// The small Internet of test_world.h for walks over SRV services.
#pragma once

#include "tests/tlsa/test_world.h"
#include "tlsa/srv_walk.h"

namespace test {

inline const std::string service = "_submission._tcp.example.";
inline const std::string smtp = "smtp.example.net.";
inline const std::string smtp_tlsa = "_2587._tcp.smtp.example.net.";

inline SrvPlan srv_plan(Mode mode = Mode::opportunistic, bool with_mail = true) {
    SrvPlan out;
    out.domain = dns::Name::literal("example.");
    out.mode = mode;
    out.now = now;
    if (with_mail) out.envelope = Envelope{"a@example", "b@example.net", "Subject: test\r\n\r\nhello\r\n"};
    return out;
}

// Every certificate passes: by TLSA records, or by public authorities.
inline SmtpOutcome vouched_server(const WantSession& want) {
    SmtpOutcome outcome = with_tls(AuthenticationResult::match);
    outcome.authentication->matched_name = "example";
    outcome.delivered = want.plan.envelope.has_value();
    outcome.delivered_in_tls = outcome.delivered;
    return outcome;
}

// example. whose users hand in mail at one target with one address and a good TLSA record.
inline World one_target() {
    World world;
    world.add(service, RrType::SRV, {"10 0 2587 smtp.example.net."});
    world.add("smtp.example.net.", RrType::A, {"192.0.2.1"});
    world.add("_2587._tcp.smtp.example.net.", RrType::TLSA, {good_tlsa});
    world.server = vouched_server;
    return world;
}

inline std::vector<dns::Name> names(const Words& texts) {
    std::vector<dns::Name> out;
    for (const auto& text : texts) out.push_back(dns::Name::literal(text));
    return out;
}

} // namespace test
