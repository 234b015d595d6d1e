#include "harness/deliver/evaluation.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/transcript.h"
#include "resolver/dns/text.h"

namespace harness::deliver {

using tlsa::SmtpFailure;
using tlsa::SmtpStep;

namespace {

bool speaks_of_mail(SmtpStep step) {
    return step == SmtpStep::mail || step == SmtpStep::rcpt || step == SmtpStep::data || step == SmtpStep::message;
}

bool is_permanent(const tlsa::SmtpOutcome& outcome) {
    return !outcome.delivered && outcome.failure == SmtpFailure::reply_refused && speaks_of_mail(outcome.step) &&
           outcome.detail.starts_with('5');
}

bool is_uncertain(const tlsa::SmtpOutcome& outcome) {
    const bool lost = outcome.failure == SmtpFailure::timeout || outcome.failure == SmtpFailure::closed_by_peer ||
                      outcome.failure == SmtpFailure::network_error ||
                      outcome.failure == SmtpFailure::reply_malformed || outcome.failure == SmtpFailure::tls_failed;
    return !outcome.delivered && outcome.step == SmtpStep::message && lost;
}

bool is_certificate_failure(const tlsa::SmtpOutcome& outcome) {
    switch (outcome.failure) {
    case SmtpFailure::certificate_no_match:
    case SmtpFailure::certificate_name_mismatch:
    case SmtpFailure::certificate_expired:
    case SmtpFailure::certificate_untrusted: return true;
    default: return false;
    }
}

// Its certificate was judged for the record alone, below an insecure MX that mandatory DANE does not accept.
bool is_held_back(const tlsa::SmtpOutcome& outcome) {
    return outcome.failure == SmtpFailure::none && !outcome.delivered;
}

// "5.1.1" of "550 5.1.1 no such user", or `otherwise`.
std::string enhanced_code(const std::string& reply, std::string otherwise) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (reply.size() < 9 || reply[3] != ' ') return otherwise;
    const std::string code = reply.substr(4, reply.find(' ', 4) - 4);
    const bool fits = std::ranges::count(code, '.') == 2 && code[0] == reply[0] && digit(code.back()) &&
                      std::ranges::all_of(code, [&](char c) { return digit(c) || c == '.'; });
    return fits ? code : otherwise;
}

// The server's answer to the final dot.
std::string last_reply(const tlsa::SmtpOutcome& outcome) {
    bool sent = false;
    for (const auto& line : outcome.log) {
        if (line.starts_with("C: (")) sent = true;
        if (sent && line.starts_with("S: ")) return line.substr(3);
    }
    return "";
}

// RFC 8460 §4.3; "" where it need not be reported (§4.3.4).
std::string result_type(const SessionFact& fact, bool unusable) {
    switch (fact.outcome.failure) {
    case SmtpFailure::starttls_not_offered:
    case SmtpFailure::starttls_refused: return "starttls-not-supported";
    case SmtpFailure::certificate_name_mismatch: return "certificate-host-mismatch";
    case SmtpFailure::certificate_expired: return "certificate-expired";
    case SmtpFailure::certificate_no_match:
    case SmtpFailure::certificate_untrusted: return "certificate-not-trusted";
    case SmtpFailure::injection_after_starttls:
    case SmtpFailure::tls_failed: return "validation-failure";
    default: break;
    }
    if (fact.outcome.step == SmtpStep::handshake) return "validation-failure";
    if (unusable) return "tlsa-invalid";
    return fact.outcome.tls ? "" : "starttls-not-supported";
}

const validator::Lookup* tlsa_of(const Findings& findings, const std::string& host) {
    for (const auto& lookup : findings.tlsa) {
        if (lookup.verdict.security != validator::Security::secure || lookup.rdata().empty()) continue;
        const auto& name = lookup.question.name;
        if (without_final_dot(name.ancestor(name.label_count() - 2)) == host) return &lookup;
    }
    return nullptr;
}

void add_policy(TlsSession& session, const Findings& findings) {
    session.policy_domain = findings.domain;
    if (const auto* lookup = tlsa_of(findings, session.mx)) {
        session.policy_type = "tlsa";
        session.policy_domain = session.mx;
        for (const auto& rdata : lookup->rdata())
            session.policy_strings.push_back(dns::rdata_to_text(dns::RrType::TLSA, rdata));
    }
}

// RFC 8460 §4.4: the policy that was applied. Usable records that did not come to count, as below an insecure MX, were
// not; unusable ones are told as such (§4.3.2.1: "none of the records were found to be valid").
bool is_of_tlsa(const SessionFact& fact, const Findings& findings) {
    if (fact.policy == tlsa::TlsPolicy::dane) return true;
    const auto* lookup = tlsa_of(findings, fact.mx);
    return lookup != nullptr && !tlsa::any_usable(tlsa::assess(lookup->rdata(), tlsa::UsagePolicy::smtp));
}

TlsSession session_of(const SessionFact& fact, const Findings& findings) {
    TlsSession session;
    session.mx = fact.mx;
    session.sending_ip = fact.sending_ip;
    session.receiving_ip = fact.receiving_ip;
    if (fact.sts != nullptr) {
        session.policy_type = "sts";
        session.policy_domain = fact.sts->domain;
        session.policy_strings = {"version: STSv1", fmt::format("mode: {}", to_text(fact.sts->mode))};
        for (const auto& pattern : fact.sts->mx) session.policy_strings.push_back("mx: " + pattern);
        session.result = fact.sts_result;
        session.reason_code = fact.sts_reason;
        return session;
    }
    if (is_of_tlsa(fact, findings))
        add_policy(session, findings);
    else
        session.policy_domain = findings.domain;
    const bool unusable = session.policy_type == "tlsa" && fact.policy != tlsa::TlsPolicy::dane;
    session.result = result_type(fact, unusable);
    if (fact.policy == tlsa::TlsPolicy::dane && is_held_back(fact.outcome)) session.result = "dane-required";
    if (session.result != "" && session.result != "dane-required") session.reason_code = failure_of(fact.outcome);
    return session;
}

// A host that no session was tried with because of what the DNS says.
std::optional<TlsSession> session_of(const tlsa::Attempted& attempt, const Findings& findings, dns::UnixTime now) {
    if (findings.dane == DaneSupport::none || attempt.smtp || !attempt.decision ||
        attempt.decision->action != tlsa::Action::dane_fail)
        return std::nullopt;
    TlsSession session;
    session.mx = attempt.mx;
    session.receiving_ip = attempt.address;
    add_policy(session, findings);
    const auto& states = attempt.states;
    const bool bogus =
        states.mx == tlsa::State::bogus || states.a == tlsa::State::bogus || states.tlsa == tlsa::State::bogus;
    session.result = bogus ? "dnssec-invalid" : states.tlsa == tlsa::State::unusable ? "tlsa-invalid" : "dane-required";
    if (!attempt.reasons.empty()) session.reason_code = validator::to_text(attempt.reasons.front(), now);
    return session;
}

bool has(const Findings& findings, tlsa::EventKind kind) {
    return std::ranges::find(findings.kinds, kind) != findings.kinds.end();
}

std::string describe_states(const tlsa::States& states) {
    std::string text;
    const auto add = [&](const char* what, const auto& state) {
        if (state) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, tlsa::to_text(*state));
    };
    add("MX", states.mx);
    add("address", states.a);
    add("TLSA", states.tlsa);
    add("certificate", states.certificate);
    return text;
}

// What the failure itself says. That a certificate was judged says nothing: a good one stands before a 451 as well. Nor
// does a network that does not work, also where it failed in the middle of the handshake.
bool is_security_failure(const tlsa::SmtpOutcome& outcome) {
    switch (outcome.failure) {
    case SmtpFailure::requiretls_not_offered:
    case SmtpFailure::host_not_in_policy:
    case SmtpFailure::host_not_proven: return true;
    case SmtpFailure::timeout:
    case SmtpFailure::closed_by_peer:
    case SmtpFailure::network_error: return false;
    default: return is_certificate_failure(outcome) || is_tls_failure(outcome);
    }
}

void explain_dane_failure(AttemptResult& result, const Findings& findings, const tlsa::Attempted& attempt,
                          dns::UnixTime now) {
    std::string why = describe_states(attempt.states);
    if (!attempt.certificate_reasons.empty())
        why += ": " + attempt.certificate_reasons.front();
    else if (attempt.smtp && attempt.smtp->failure != SmtpFailure::none)
        why += ": " + failure_of(*attempt.smtp);
    else if (!attempt.reasons.empty())
        why += ": " + validator::to_text(attempt.reasons.front(), now);
    result.status = "4.7.5";
    result.error = fmt::format("DANE FAILED for {}: {}", findings.domain, why);
    result.dane_failure = std::move(why);
}

void explain_failure(AttemptResult& result, const Findings& findings, dns::UnixTime now) {
    const auto* decided = findings.dane == DaneSupport::none ? nullptr : last_decided(findings.walk);
    if (decided != nullptr && decided->decision->action == tlsa::Action::dane_fail) {
        explain_dane_failure(result, findings, *decided, now);
    } else if (!findings.facts.empty()) {
        const auto& outcome = findings.facts.back().outcome;
        const bool security = is_security_failure(outcome);
        const bool refused = outcome.failure == SmtpFailure::reply_refused;
        result.status = security ? "4.7.4" : refused ? enhanced_code(outcome.detail, "4.3.0") : "4.4.1";
        result.error = failure_of(outcome);
    } else if (has(findings, tlsa::EventKind::address_none)) {
        result.status = "4.4.4";
        result.error = "no MX host has an address";
    } else {
        result.status = "4.4.3";
        result.error = "no MX host could be looked up";
    }
}

// RFC 8689 §4.2.1: what REQUIRETLS asks for is not to be had, so the sender is told at once. A network that does not
// work says nothing about it: that is tried again.
void give_up_on_tls(AttemptResult& result, const Findings& findings) {
    const bool dane_failed = findings.facts.empty() && result.status == "4.7.5";
    const bool says_something = dane_failed || std::ranges::any_of(findings.facts, [](const SessionFact& fact) {
                                    return is_security_failure(fact.outcome) || is_held_back(fact.outcome);
                                });
    if (!says_something) return;
    const bool not_offered = std::ranges::any_of(findings.facts, [](const SessionFact& fact) {
        return fact.outcome.failure == SmtpFailure::requiretls_not_offered;
    });
    result.outcome = Outcome::bounced;
    result.status = not_offered ? "5.7.30" : "5.7.10";
    result.error =
        fmt::format("{}: {}", not_offered ? "REQUIRETLS support required" : "Encryption needed", result.error);
}

} // namespace

bool ends_walk(const tlsa::SmtpOutcome& outcome) { return is_permanent(outcome) || is_uncertain(outcome); }

const tlsa::Attempted* last_decided(const tlsa::WalkResult& walk) {
    const auto& attempts = walk.attempts;
    const auto found = std::find_if(attempts.rbegin(), attempts.rend(),
                                    [](const auto& attempt) { return attempt.decision.has_value(); });
    return found == attempts.rend() ? nullptr : &*found;
}

bool is_tls_failure(const tlsa::SmtpOutcome& outcome) {
    switch (outcome.failure) {
    case SmtpFailure::starttls_not_offered:
    case SmtpFailure::starttls_refused:
    case SmtpFailure::injection_after_starttls:
    case SmtpFailure::tls_failed: return true;
    case SmtpFailure::none: return false;
    default: return outcome.step == SmtpStep::starttls || outcome.step == SmtpStep::handshake;
    }
}

std::string failure_of(const tlsa::SmtpOutcome& outcome) {
    // A judgement that did not count is not why it failed.
    const bool judged = outcome.failure == SmtpFailure::none || is_certificate_failure(outcome);
    if (judged && outcome.authentication && outcome.authentication->result != tlsa::AuthenticationResult::match &&
        !outcome.authentication->reasons.empty())
        return outcome.authentication->reasons.front();
    if (outcome.failure == SmtpFailure::none) return outcome.detail;
    return outcome.detail.empty() ? std::string(tlsa::id(outcome.failure))
                                  : fmt::format("{}: {}", tlsa::id(outcome.failure), outcome.detail);
}

namespace {

AttemptResult uncut(const Findings& findings, dns::UnixTime now) {
    AttemptResult result;
    for (const auto& fact : findings.facts) {
        // A server that gave up before it could be asked for TLS says nothing about TLS (RFC 8460 §4.3.4).
        const bool unasked = fact.outcome.failure == SmtpFailure::host_not_proven;
        const bool too_early = fact.outcome.failure != SmtpFailure::host_not_in_policy &&
                               fact.outcome.failure != SmtpFailure::none && !is_tls_failure(fact.outcome) &&
                               (fact.outcome.step == SmtpStep::connect || fact.outcome.step == SmtpStep::banner ||
                                fact.outcome.step == SmtpStep::ehlo);
        if (!unasked && !too_early && !fact.reused && findings.control.tls != TlsSupport::none)
            result.sessions.push_back(session_of(fact, findings));
    }
    for (const auto& attempt : findings.walk.attempts)
        if (auto session = session_of(attempt, findings, now)) result.sessions.push_back(std::move(*session));

    for (const auto& fact : findings.facts) {
        if (!fact.outcome.delivered) continue;
        const auto& attempts = findings.walk.attempts;
        const bool dane = fact.policy == tlsa::TlsPolicy::dane;
        const bool secure_mx = !attempts.empty() && attempts.back().states.mx == tlsa::State::secure;
        result.authority = !dane && fact.outcome.authentication &&
                           fact.outcome.authentication->result == tlsa::AuthenticationResult::match;
        result.outcome = dane ? (secure_mx ? Outcome::verified : Outcome::verified_insecure_mx)
                         : fact.outcome.delivered_in_tls ? Outcome::unauthenticated_tls
                                                         : Outcome::cleartext;
        result.reply = last_reply(fact.outcome);
        return result;
    }
    if (findings.final_session && is_permanent(*findings.final_session)) {
        result.outcome = Outcome::bounced;
        result.status = enhanced_code(findings.final_session->detail, "5.0.0");
        result.error = findings.final_session->detail;
    } else if (findings.final_session) {
        result.uncertain = true;
        result.status = "4.4.2";
        result.error = "the connection was lost after the message was begun, so the server may have the message: " +
                       failure_of(*findings.final_session);
    } else if (has(findings, tlsa::EventKind::mx_null)) {
        result.outcome = Outcome::bounced;
        result.status = "5.1.10"; // RFC 7505 §4.1
        result.error = "the domain takes no mail (null MX)";
    } else if (has(findings, tlsa::EventKind::domain_does_not_exist)) {
        result.outcome = Outcome::bounced;
        result.status = "5.1.2";
        result.error = "the domain does not exist";
    } else {
        explain_failure(result, findings, now);
        if (findings.claim.require_tls && !findings.claim.sender.empty()) give_up_on_tls(result, findings);
    }
    return result;
}

void cut(std::string& text) {
    if (text.size() > quoted_reply) text.resize(quoted_reply);
}

} // namespace

AttemptResult evaluate(const Findings& findings, dns::UnixTime now) {
    auto result = uncut(findings, now);
    cut(result.error);
    cut(result.dane_failure);
    for (auto& session : result.sessions) cut(session.reason_code);
    return result;
}

} // namespace harness::deliver
