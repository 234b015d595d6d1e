// An SMTP session's TLS: whether there is any, and what its certificate proves (RFC 3207, RFC 7672 §2.2).
#include "tlsa/smtp_session_state.h"

namespace tlsa {
namespace {

SmtpFailure failure_of(AuthenticationResult result) {
    switch (result) {
    case AuthenticationResult::match: return SmtpFailure::none;
    case AuthenticationResult::name_mismatch: return SmtpFailure::certificate_name_mismatch;
    case AuthenticationResult::expired: return SmtpFailure::certificate_expired;
    case AuthenticationResult::untrusted: return SmtpFailure::certificate_untrusted;
    case AuthenticationResult::no_match:
    case AuthenticationResult::unusable: return SmtpFailure::certificate_no_match;
    }
    return SmtpFailure::certificate_no_match;
}

} // namespace

void SmtpSession::State::choose_tls() {
    if (plan.tls == TlsPolicy::cleartext) return judged();
    if (capabilities.contains("STARTTLS")) return command(SmtpStep::starttls, "STARTTLS");
    const char* detail = "STARTTLS is not among the server's EHLO keywords";
    if (tls_required()) return fail(SmtpFailure::starttls_not_offered, detail, true);
    outcome.detail = why_in_clear = detail;
    judged();
}

void SmtpSession::State::on_starttls(const SmtpReply& reply) {
    if (reply.code == 220) {
        if (parser.has_leftover())
            return fail(SmtpFailure::injection_after_starttls,
                        "octets came in clear behind the 220 to STARTTLS (RFC 3207 §4.2)", false);
        return start_handshake();
    }
    if (tls_required() || reply.code == 421) return refused(reply);
    outcome.detail = why_in_clear = fmt::format("STARTTLS was refused: {}", reply.to_text());
    judged();
}

// RFC 3207 §4: after the 220 the next thing sent is the ClientHello.
void SmtpSession::State::start_handshake() {
    step = SmtpStep::handshake;
    capabilities.clear(); // RFC 3207 §4.2: what was learned before TLS is forgotten
    parser = ReplyParser();
    // A raw public key has no name, which REQUIRETLS asks for (RFC 8689 §4.2.1).
    const bool raw_keys = plan.tls == TlsPolicy::dane && !plan.authentication.ee_name_checks &&
                          plan.server_key != ServerKey::ed25519 && raw_key_suffices(plan.authentication.records);
    tls.emplace(plan.server_name, rng_seed, TlsOptions{plan.server_key, raw_keys});
    pump_tls();
}

// Takes what the TLS channel has to say: its failure, the end of the handshake, plain text, the end of the stream.
void SmtpSession::State::pump_tls() {
    if (step == SmtpStep::handshake && tls->established()) handshake_done();
    const std::string plain = tls->take_plain();
    if (!finished && !plain.empty()) {
        parser.push({reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size()});
        read_replies();
    }
    if (finished) return;
    if (tls->failure() && step != SmtpStep::quit && !resting) {
        outcome.log.push_back("TLS: " + *tls->failure());
        if (step == SmtpStep::handshake && plan.server_key == ServerKey::ed25519 && !tls->summary().chain.empty()) {
            outcome.shown = tls->summary();
            outcome.shown_judgement = authenticate(outcome.shown->chain, plan.authentication);
        }
        fail(SmtpFailure::tls_failed, *tls->failure(), false);
    } else if (tls->failure()) {
        finish();
    }
}

void SmtpSession::State::handshake_done() {
    outcome.tls = tls->summary();
    outcome.log.push_back(fmt::format("TLS: {}, {}", outcome.tls->protocol, outcome.tls->cipher));
    step = SmtpStep::authentication;
    const bool dane = plan.tls == TlsPolicy::dane;
    if (dane || plan.judge) {
        const auto& raw_key = outcome.tls->raw_public_key;
        if (!dane)
            outcome.authentication = plan.judge(outcome.tls->chain);
        else
            outcome.authentication = raw_key ? authenticate_raw_key(*raw_key, plan.authentication)
                                             : authenticate(outcome.tls->chain, plan.authentication);
        const SmtpFailure failure = failure_of(outcome.authentication->result);
        if (failure != SmtpFailure::none && (dane || plan.judgement_counts)) {
            const auto& reasons = outcome.authentication->reasons;
            // RFC 3207 §4.1: QUIT right after a handshake that does not satisfy; no MAIL goes out.
            fail(failure, reasons.empty() ? std::string(to_text(outcome.authentication->result)) : reasons.front(),
                 true);
            return;
        }
    }
    if (plan.implicit_tls)
        step = SmtpStep::banner;
    else
        judged();
}

// TLS is settled, one way or another.
void SmtpSession::State::judged() {
    if (!plan.envelope || !plan.deliver_when_authenticated)
        quit();
    else if (in_tls())
        command(SmtpStep::ehlo_after_tls, "EHLO " + plan.helo_name);
    else
        deliver();
}

} // namespace tlsa
