#include "tlsa/walker.h"

#include <algorithm>
#include <cassert>

#include "tlsa/walker_state.h"

namespace tlsa {

const validator::Lookup* Walk::State::find(const dns::Question& question) const {
    const auto found = lookups.find(question);
    return found == lookups.end() ? nullptr : &found->second;
}

Event& Walk::State::emit(EventKind kind) {
    Event event{kind};
    event.mx = attempt.mx;
    event.address = attempt.address;
    if (target < targets.size()) event.ipv6 = targets[target].ipv6;
    result.events.push_back(std::move(event));
    return result.events.back();
}

void Walk::State::begin_attempt() {
    attempt = Attempted{};
    attempt.states.mx = mx_state;
    if (host < hosts.size()) attempt.mx = host_text(hosts[host]);
    address_lookup = nullptr;
    tlsa_lookup = nullptr;
    base_domain.reset();
    records.clear();
}

void Walk::State::next_host() {
    targets.clear();
    target = 0;
    if (host_succeeded && !plan.all_mx) return finish();
    host_succeeded = false;
    if (++host < hosts.size()) {
        begin_attempt();
        emit(EventKind::next_mx);
        stage = Stage::host;
    } else {
        finish();
    }
}

void Walk::State::next_target() {
    if (++target < targets.size())
        stage = Stage::target;
    else
        next_host();
}

Decision Walk::State::decision_or_fail() const {
    if (const auto step = decide(table(), attempt.states))
        if (const auto* decision = std::get_if<Decision>(&*step)) return *decision;
    // A table with a hole; its loader refuses those. Not delivering is the safe side.
    return Decision{Action::dane_fail, nullptr};
}

namespace {

// What the exit code tells of one attempt: the first column, from the left, that is not as DANE needs it.
WalkStatus status_of(const Attempted& attempt, const validator::Lookup* mx, const validator::Lookup* a,
                     const validator::Lookup* tlsa) {
    const States& states = attempt.states;
    if (states.mx == State::bogus) return status_of_lookup(mx);
    if (states.a == State::bogus) return status_of_lookup(a);
    if (states.tlsa == State::bogus) return status_of_lookup(tlsa);
    if (states.mx == State::insecure || states.a == State::insecure) return WalkStatus::insecure;
    if (states.tlsa == State::insecure) return WalkStatus::tlsa_insecure;
    if (states.tlsa == State::nxdomain) return WalkStatus::no_tlsa;
    if (states.tlsa == State::unusable) return WalkStatus::tlsa_unusable;
    if (states.certificate == CertificateState::success) return WalkStatus::dane_success;
    if (attempt.smtp) return status_of_session(*attempt.smtp);
    return WalkStatus::cannot_connect;
}

} // namespace

void Walk::State::record(const Decision& decision) {
    attempt.decision = decision;
    attempt.base_domain = base_domain;
    attempt.records = records;
    attempt.status = status_of(attempt, mx_lookup, address_lookup, tlsa_lookup);
    // The column that decided comes first; the columns before it explain why it came to that.
    append_reasons(attempt.reasons, tlsa_lookup);
    append_reasons(attempt.reasons, address_lookup);
    append_reasons(attempt.reasons, mx_lookup);
    Event& event = emit(EventKind::decided);
    event.decision = decision;
    event.reasons = attempt.reasons;
    result.attempts.push_back(attempt);
}

void Walk::State::record_undecided() {
    attempt.base_domain = base_domain;
    attempt.records = records;
    attempt.status = status_of(attempt, mx_lookup, address_lookup, tlsa_lookup);
    append_reasons(attempt.reasons, address_lookup);
    append_reasons(attempt.reasons, mx_lookup);
    result.attempts.push_back(attempt);
}

Walk::State::Want Walk::State::conclude(const Decision& decision) {
    record(decision);
    // With nothing to deliver, that it would fall back is all there is to say.
    if (decision.action != Action::opportunistic_tls || !plan.envelope) return move_on(decision.action);
    // RFC 7672 §2.2: a secure RRset without a usable record still demands TLS; DANE does not apply below an insecure MX.
    const bool encrypt = attempt.states.tlsa == tlsa::State::unusable && attempt.states.mx == tlsa::State::secure;
    return start_session(encrypt && plan.fallback != TlsPolicy::cleartext ? TlsPolicy::encrypt : plan.fallback);
}

// What follows a decision where no message is to be sent after it.
Walk::State::Want Walk::State::move_on(Action action) {
    judged_action = action;
    if (attempt.smtp && attempt.smtp->tls && !probes_left.empty()) return start_probe();
    return leave_address();
}

Walk::State::Want Walk::State::leave_address() {
    const Action action = judged_action;
    host_succeeded = host_succeeded || action != Action::dane_fail;
    if (action == Action::dane_fail || plan.all_addresses)
        next_target();
    else if (plan.all_mx)
        next_host();
    else
        finish();
    return std::nullopt;
}

Walk::State::Want Walk::State::step() {
    switch (stage) {
    case Stage::mail_exchanges: return step_mail_exchanges();
    case Stage::host: return step_host();
    case Stage::addresses: return step_addresses();
    case Stage::target: return step_target();
    case Stage::tlsa: return step_tlsa();
    case Stage::session: return step_session();
    case Stage::finished: break;
    }
    return std::nullopt;
}

void Walk::State::finish() {
    stage = Stage::finished;
    if (result.status == WalkStatus::takes_no_mail) return;
    if (checks_all()) return finish_check_of_all();
    result.status = WalkStatus::cannot_connect;
    bool decided = false;
    for (const Attempted& done : result.attempts) {
        if (done.decision && done.decision->action == Action::dane_success) {
            result.action = Action::dane_success;
            result.status = WalkStatus::dane_success;
            result.authenticated = true;
            return;
        }
        if (done.decision && done.decision->action == Action::opportunistic_tls)
            result.action = Action::opportunistic_tls;
        if (done.decision || !decided) result.status = done.status;
        decided = decided || done.decision.has_value();
    }
}

namespace {

int badness(Action action) {
    switch (action) {
    case Action::dane_success: return 0;
    case Action::opportunistic_tls:
    case Action::pkix_tls: return 1;
    case Action::dane_fail: return 2;
    }
    return 2;
}

} // namespace

void Walk::State::finish_check_of_all() {
    const Attempted* worst = nullptr;
    int worst_badness = -1;
    for (const Attempted& done : result.attempts) {
        if (done.key_not_served() || done.key_unproven()) continue;
        const int bad = badness(done.decision ? done.decision->action : Action::dane_fail);
        if (bad > worst_badness || (bad == worst_badness && done.status > worst->status)) {
            worst = &done;
            worst_badness = bad;
        }
    }
    result.status = worst == nullptr ? WalkStatus::cannot_connect : worst->status;
    result.action = worst != nullptr && worst->decision ? worst->decision->action : Action::dane_fail;
    result.authenticated = result.action == Action::dane_success;
}

Walk::Walk(WalkPlan plan)
    : state_(std::make_unique<State>(std::move(plan))) {}
Walk::~Walk() = default;
Walk::Walk(Walk&&) noexcept = default;

std::variant<WantLookups, WantSession, WalkResult> Walk::advance() {
    // Every step takes a question, a host, an address or a session off a list that is bounded, so this ends.
    while (state_->stage != Stage::finished) {
        if (auto want = state_->step()) {
            if (auto* lookups = std::get_if<WantLookups>(&*want)) return std::move(*lookups);
            return std::get<WantSession>(std::move(*want));
        }
    }
    return state_->result;
}

void Walk::supply(validator::Lookup lookup) {
    const dns::Question question = lookup.question;
    state_->lookups.try_emplace(question, std::move(lookup));
}

void Walk::supply(SmtpOutcome outcome, std::string local_address) {
    assert(state_->session);
    state_->session_result.emplace(std::move(outcome), std::move(local_address));
}

std::vector<Event> Walk::take_events() {
    const auto& events = state_->result.events;
    std::vector<Event> fresh(events.begin() + static_cast<std::ptrdiff_t>(state_->events_taken), events.end());
    state_->events_taken = events.size();
    return fresh;
}

} // namespace tlsa
