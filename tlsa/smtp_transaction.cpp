// An SMTP session's mail transactions, one after the other (RFC 5321 §3.3, §4.1.1.5).
#include <algorithm>

#include "tlsa/smtp_session_state.h"

namespace tlsa {

void SmtpSession::State::deliver() {
    const Envelope& envelope = *plan.envelope;
    std::string parameters;
    if (capabilities.contains("SIZE")) parameters += fmt::format(" SIZE={}", envelope.message.size()); // RFC 1870 §6
    const auto is_8bit = [](char c) { return static_cast<unsigned char>(c) > 0x7f; };
    if (capabilities.contains("8BITMIME") && std::any_of(envelope.message.begin(), envelope.message.end(), is_8bit))
        parameters += " BODY=8BITMIME"; // RFC 6152 §3
    // RFC 8689 §2: capabilities are those of the EHLO inside TLS, or of one outside, which does not count.
    if (plan.require_tls != RequireTls::no && in_tls() && capabilities.contains("REQUIRETLS"))
        parameters += " REQUIRETLS";
    else if (plan.require_tls == RequireTls::demanded)
        return fail(SmtpFailure::requiretls_not_offered,
                    in_tls() ? "REQUIRETLS is not among the server's EHLO keywords inside TLS" : "there is no TLS",
                    true);
    command(SmtpStep::mail, fmt::format("MAIL FROM:<{}>{}", envelope.sender, parameters));
}

// The next one: what is known of the connection stays, what the last transaction came to goes.
void SmtpSession::State::begin(Envelope envelope) {
    plan.envelope = std::move(envelope);
    resting = false;
    outcome.failure = SmtpFailure::none;
    outcome.detail = why_in_clear;
    outcome.delivered = outcome.delivered_in_tls = false;
    outcome.log.clear();
    if (to_reset)
        command(SmtpStep::rset, "RSET");
    else
        deliver();
}

// The connection is fit for another one, unless the server has said more than its reply, as that it closes.
void SmtpSession::State::transaction_over(bool was_refused) {
    if (!plan.stays_open || parser.has_leftover()) return quit();
    if (!was_refused) outcome.step = step;
    resting = true;
    to_reset = was_refused;
}

void SmtpSession::State::on_transaction_reply(const SmtpReply& reply) {
    const bool expected = step == SmtpStep::data ? reply.code == 354 : reply.is_positive();
    if (!expected) return refused(reply);
    switch (step) {
    case SmtpStep::rset: return deliver();
    case SmtpStep::mail: return command(SmtpStep::rcpt, fmt::format("RCPT TO:<{}>", plan.envelope->recipient));
    case SmtpStep::rcpt: return command(SmtpStep::data, "DATA");
    case SmtpStep::data:
        step = SmtpStep::message;
        outcome.log.push_back(fmt::format("C: ({} octets of message)", plan.envelope->message.size()));
        return write(dot_stuffed(plan.envelope->message));
    case SmtpStep::message:
        outcome.delivered = true;
        outcome.delivered_in_tls = in_tls();
        return transaction_over(false);
    default: return; // no other step is of a transaction
    }
}

} // namespace tlsa
