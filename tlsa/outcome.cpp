#include "tlsa/outcome.h"

#include <algorithm>

namespace tlsa {

std::string_view to_text(Outcome outcome) {
    switch (outcome) {
    case Outcome::verified: return "verified";
    case Outcome::verified_insecure_mx: return "verified-insecure-mx";
    case Outcome::unauthenticated_tls: return "unauthenticated-tls";
    case Outcome::cleartext: return "cleartext";
    case Outcome::deferred: return "deferred";
    case Outcome::bounced: return "bounced";
    }
    return "";
}

std::optional<Outcome> outcome_from_text(std::string_view text) {
    for (const auto outcome : {Outcome::verified, Outcome::verified_insecure_mx, Outcome::unauthenticated_tls,
                               Outcome::cleartext, Outcome::deferred, Outcome::bounced})
        if (text == to_text(outcome)) return outcome;
    return std::nullopt;
}

bool is_delivered(Outcome outcome) { return outcome != Outcome::deferred && outcome != Outcome::bounced; }

namespace {

// RFC 5321 §4.2.1: a reply 5yz to what concerns the message is final. To the connection itself (banner, EHLO, STARTTLS) it
// only says that this server will not do; another one, or the same one later, may.
bool is_final(const SmtpOutcome& session) {
    const bool of_the_message = session.step == SmtpStep::mail || session.step == SmtpStep::rcpt ||
                                session.step == SmtpStep::data || session.step == SmtpStep::message;
    return session.failure == SmtpFailure::reply_refused && of_the_message && session.detail.starts_with('5');
}

// Is it proven that this host serves the domain?
bool is_named_securely(const Attempted& attempt) {
    return attempt.states.mx == State::secure || attempt.states.srv == State::secure;
}

} // namespace

Outcome outcome_of(const WalkResult& result) {
    // RFC 7505 §3, RFC 5321 §5.1: a domain that takes no mail, and one that does not exist, are permanent failures.
    if (result.status == WalkStatus::takes_no_mail) return Outcome::bounced;
    if (!result.delivered) {
        const bool final_word = std::ranges::any_of(
            result.attempts, [](const Attempted& attempt) { return attempt.smtp && is_final(*attempt.smtp); });
        return final_word ? Outcome::bounced : Outcome::deferred;
    }
    if (!result.delivered_in_tls) return Outcome::cleartext;
    for (const auto& attempt : result.attempts) {
        if (!attempt.smtp || !attempt.smtp->delivered) continue;
        if (!attempt.decision || attempt.decision->action != Action::dane_success) return Outcome::unauthenticated_tls;
        return is_named_securely(attempt) ? Outcome::verified : Outcome::verified_insecure_mx;
    }
    return Outcome::unauthenticated_tls;
}

std::vector<Outcome> outcomes_of_check(const WalkResult& result) {
    if (result.status == WalkStatus::takes_no_mail) return {Outcome::bounced};
    if (result.action == Action::dane_fail) return {Outcome::deferred};
    const auto decided = std::ranges::find_if(result.attempts, [&](const Attempted& attempt) {
        return attempt.decision && attempt.decision->action == result.action;
    });
    if (decided == result.attempts.end()) return {Outcome::deferred};
    if (result.action == Action::pkix_tls) return {Outcome::unauthenticated_tls};
    const bool secure_mx = is_named_securely(*decided);
    if (result.action == Action::dane_success) return {secure_mx ? Outcome::verified : Outcome::verified_insecure_mx};
    // RFC 7672 §2.2: secure records, though unusable, demand TLS.
    if (secure_mx && decided->states.tlsa == State::unusable) return {Outcome::unauthenticated_tls, Outcome::deferred};
    return {Outcome::unauthenticated_tls, Outcome::cleartext};
}

} // namespace tlsa
