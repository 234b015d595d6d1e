// The words of an SMTP session: steps, failures, and the message on the wire.
#include "tlsa/smtp_session.h"

namespace tlsa {

std::string_view to_text(SmtpStep step) {
    switch (step) {
    case SmtpStep::connect: return "connect";
    case SmtpStep::banner: return "banner";
    case SmtpStep::ehlo: return "ehlo";
    case SmtpStep::starttls: return "starttls";
    case SmtpStep::handshake: return "handshake";
    case SmtpStep::authentication: return "authentication";
    case SmtpStep::ehlo_after_tls: return "ehlo-after-tls";
    case SmtpStep::mail: return "mail";
    case SmtpStep::rcpt: return "rcpt";
    case SmtpStep::data: return "data";
    case SmtpStep::message: return "message";
    case SmtpStep::rset: return "rset";
    case SmtpStep::quit: return "quit";
    }
    return "";
}

std::string_view awaited(SmtpStep step) {
    switch (step) {
    case SmtpStep::connect: return "connection";
    case SmtpStep::banner: return "banner";
    case SmtpStep::ehlo: return "reply to EHLO";
    case SmtpStep::starttls: return "reply to STARTTLS";
    case SmtpStep::handshake: return "TLS handshake";
    case SmtpStep::authentication: return "authentication";
    case SmtpStep::ehlo_after_tls: return "reply to EHLO inside TLS";
    case SmtpStep::mail: return "reply to MAIL";
    case SmtpStep::rcpt: return "reply to RCPT";
    case SmtpStep::data: return "reply to DATA";
    case SmtpStep::message: return "reply to the message";
    case SmtpStep::rset: return "reply to RSET";
    case SmtpStep::quit: return "reply to QUIT";
    }
    return "";
}

std::string_view id(SmtpFailure failure) {
    switch (failure) {
    case SmtpFailure::none: return "none";
    case SmtpFailure::connection_refused: return "connection-refused";
    case SmtpFailure::connection_timeout: return "connection-timeout";
    case SmtpFailure::network_error: return "network-error";
    case SmtpFailure::timeout: return "timeout";
    case SmtpFailure::closed_by_peer: return "closed-by-peer";
    case SmtpFailure::reply_malformed: return "reply-malformed";
    case SmtpFailure::reply_refused: return "reply-refused";
    case SmtpFailure::starttls_not_offered: return "starttls-not-offered";
    case SmtpFailure::starttls_refused: return "starttls-refused";
    case SmtpFailure::injection_after_starttls: return "injection-after-starttls";
    case SmtpFailure::tls_failed: return "tls-failed";
    case SmtpFailure::certificate_no_match: return "certificate-no-match";
    case SmtpFailure::certificate_name_mismatch: return "certificate-name-mismatch";
    case SmtpFailure::certificate_expired: return "certificate-expired";
    case SmtpFailure::certificate_untrusted: return "certificate-untrusted";
    case SmtpFailure::requiretls_not_offered: return "requiretls-not-offered";
    case SmtpFailure::host_not_in_policy: return "host-not-in-policy";
    case SmtpFailure::host_not_proven: return "host-not-proven";
    }
    return "";
}

StepTimeouts rfc5321_timeouts() {
    using std::chrono::minutes;
    // RFC 5321 §4.5.3.2.1 to §4.5.3.2.6; QUIT has no deadline of its own there.
    return {{SmtpStep::connect, minutes(2)},  {SmtpStep::banner, minutes(5)},    {SmtpStep::ehlo, minutes(5)},
            {SmtpStep::starttls, minutes(5)}, {SmtpStep::handshake, minutes(2)}, {SmtpStep::ehlo_after_tls, minutes(5)},
            {SmtpStep::mail, minutes(5)},     {SmtpStep::rcpt, minutes(5)},      {SmtpStep::data, minutes(2)},
            {SmtpStep::message, minutes(10)}, {SmtpStep::rset, minutes(5)},      {SmtpStep::quit, minutes(5)}};
}

std::chrono::milliseconds SessionPlan::timeout_of(SmtpStep step) const {
    const auto named = step_timeouts.find(step);
    return named == step_timeouts.end() ? step_timeout : named->second;
}

std::string dot_stuffed(std::string_view message) {
    std::string wire;
    wire.reserve(message.size() + message.size() / 32 + 8);
    bool line_start = true;
    for (std::size_t i = 0; i < message.size(); ++i) {
        const char c = message[i];
        if (c == '\r' || c == '\n') {
            // A lone CR or LF would let a message end early at servers that take it for a line's end.
            if (c == '\r' && i + 1 < message.size() && message[i + 1] == '\n') ++i;
            wire += "\r\n";
            line_start = true;
            continue;
        }
        if (line_start && c == '.') wire += '.';
        wire += c;
        line_start = false;
    }
    if (!line_start) wire += "\r\n";
    return wire + ".\r\n";
}

} // namespace tlsa
