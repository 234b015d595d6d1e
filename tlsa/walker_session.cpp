// The walk's third part: SMTP sessions, what they prove, and what they deliver.
#include <algorithm>
#include <cassert>

#include "tlsa/walker_state.h"

namespace tlsa {

// RFC 7672 §3.2.2: the base domain; with a secure MX, and where MX records are not used, also the next-hop domain and
// what its alias leads to.
std::vector<dns::Name> Walk::State::reference_names() const {
    std::vector<dns::Name> names;
    const auto add = [&](const dns::Name& name) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    };
    if (base_domain) add(*base_domain);
    if (attempt.states.mx == tlsa::State::secure) {
        add(plan.domain);
        if (mx_lookup != nullptr) add(mx_lookup->verdict.final_name);
    }
    return names;
}

namespace {

// Does the table deliver where the certificate is good? Otherwise it is judged for the record alone.
bool delivers_when_authenticated(const DecisionTable& table, States states) {
    states.certificate = CertificateState::success;
    const auto step = decide(table, states);
    const auto* decision = step ? std::get_if<Decision>(&*step) : nullptr;
    return decision != nullptr && decision->action == Action::dane_success;
}

} // namespace

Walk::State::Want Walk::State::start_session(TlsPolicy policy, ServerKey key) {
    SessionPlan session_plan;
    session_plan.tls = policy;
    session_plan.server_name = base_domain.value_or(hosts[host]); // RFC 7672 §8.1
    session_plan.helo_name = plan.helo_name;
    session_plan.envelope = plan.envelope;
    session_plan.step_timeout = plan.step_timeout;
    session_plan.step_timeouts = plan.step_timeouts;
    session_plan.implicit_tls = plan.implicit_tls;
    session_plan.server_key = key;
    if (policy == TlsPolicy::dane) {
        session_plan.authentication.records = records;
        session_plan.authentication.reference_names = reference_names();
        session_plan.authentication.now = plan.now;
        session_plan.deliver_when_authenticated = delivers_when_authenticated(table(), attempt.states);
        if (key == ServerKey::any) probes_left = plan.key_probes;
    }
    emit(EventKind::connecting);
    session_result.reset();
    session = WantSession{attempt.address, targets[target].ipv6, plan.port, std::move(session_plan)};
    stage = Stage::session;
    return *session;
}

Walk::State::Want Walk::State::step_session() {
    if (!session_result) return *session;
    const auto [outcome, local_address] = std::move(*session_result);
    const TlsPolicy policy = session->plan.tls;
    session.reset();
    session_result.reset();
    if (attempt.key != ServerKey::any) return after_probe(outcome, local_address);
    attempt.smtp = outcome;
    if (outcome.authentication) attempt.certificate_reasons = outcome.authentication->reasons;
    if (policy == TlsPolicy::dane && !is_connect_failure(outcome))
        attempt.states.certificate =
            outcome.authentication && outcome.authentication->result == AuthenticationResult::match
                ? CertificateState::success
                : CertificateState::failed;
    emit_session(outcome, local_address);
    result.delivered = result.delivered || outcome.delivered;
    result.delivered_in_tls = result.delivered_in_tls || outcome.delivered_in_tls;
    if (policy == TlsPolicy::dane) return after_dane_session(outcome);
    return after_fallback_session(policy, outcome);
}

// One more connection to the same address, on which the server has to show the certificate of another kind of key.
Walk::State::Want Walk::State::start_probe() {
    const ServerKey key = probes_left.front();
    probes_left.erase(probes_left.begin());
    const Attempted judged = std::exchange(attempt, Attempted{});
    attempt.mx = judged.mx;
    attempt.address = judged.address;
    attempt.states = judged.states;
    attempt.states.certificate.reset();
    attempt.key = key;
    emit(EventKind::key_probe).text = to_text(key);
    return start_session(TlsPolicy::dane, key);
}

Walk::State::Want Walk::State::after_probe(const SmtpOutcome& outcome, const std::string& local_address) {
    attempt.smtp = outcome;
    if (outcome.authentication) attempt.certificate_reasons = outcome.authentication->reasons;
    if (attempt.key_not_served()) {
        emit(EventKind::key_not_served).text = failure_text(outcome);
        record_undecided();
    } else if (outcome.shown) {
        judge_shown(outcome);
    } else if (!outcome.authentication) {
        emit_session(outcome, local_address);
        record_undecided();
    } else {
        const bool match = outcome.authentication->result == AuthenticationResult::match;
        attempt.states.certificate = match ? CertificateState::success : CertificateState::failed;
        emit_session(outcome, local_address);
        record(decision_or_fail());
    }
    return probes_left.empty() ? leave_address() : start_probe();
}

void Walk::State::judge_shown(const SmtpOutcome& outcome) {
    attempt.certificate_reasons = outcome.shown_judgement->reasons;
    if (outcome.shown_judgement->result == AuthenticationResult::match) {
        emit(EventKind::key_unproven).text = outcome.shown->server_key;
        record_undecided();
        result.attempts.back().status = WalkStatus::could_not_tell;
        return;
    }
    attempt.states.certificate = CertificateState::failed;
    const auto& reasons = attempt.certificate_reasons;
    emit(EventKind::certificate_failed).text =
        reasons.empty() ? std::string(to_text(outcome.shown_judgement->result)) : reasons.front();
    record(decision_or_fail());
    result.attempts.back().status = WalkStatus::certificate_failed;
}

void Walk::State::emit_session(const SmtpOutcome& outcome, const std::string& local_address) {
    const bool tells_tlsa = attempt.states.certificate.has_value() && attempt.key == ServerKey::any;
    tell_session([this](EventKind kind) -> Event& { return emit(kind); }, outcome, local_address, attempt,
                 [&] {
                     if (tells_tlsa) emit_tlsa();
                 });
}

// A session that fails before the certificate could be judged fails the certificate column: RFC 7672 §2.2 demands
// authentication, whatever prevents it. Only an address that cannot be reached says nothing about it.
Walk::State::Want Walk::State::after_dane_session(const SmtpOutcome& outcome) {
    if (is_connect_failure(outcome)) {
        record_undecided();
        next_target();
        return std::nullopt;
    }
    const Decision decision = decision_or_fail();
    const bool undelivered = plan.envelope && !outcome.delivered;
    if (decision.action == Action::dane_success && undelivered) {
        record(decision);
        next_target();
        return std::nullopt;
    }
    return conclude(decision);
}

Walk::State::Want Walk::State::after_fallback_session(TlsPolicy policy, const SmtpOutcome& outcome) {
    assert(!result.attempts.empty()); // conclude() has recorded the decision to fall back
    result.attempts.back().smtp = outcome;
    if (outcome.delivered) {
        finish();
        return std::nullopt;
    }
    // RFC 7672 §2.2: without TLSA records a failed handshake may be followed by a delivery in clear.
    if (plan.clear_after_failed_handshake && policy == TlsPolicy::opportunistic &&
        outcome.step == SmtpStep::handshake && !plan.implicit_tls)
        return start_session(TlsPolicy::cleartext);
    next_target();
    return std::nullopt;
}

} // namespace tlsa
