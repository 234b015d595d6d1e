#include "tlsa/walk_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "resolver/dns/text.h"

namespace tlsa {

using validator::Security;

namespace {

// RFC 5321 §5.1 asks for at least two addresses a host; the upper bound is ours.
constexpr std::size_t max_addresses = 32;

bool failed_at_tls(const SmtpOutcome& outcome) {
    switch (outcome.failure) {
    case SmtpFailure::starttls_not_offered:
    case SmtpFailure::starttls_refused:
    case SmtpFailure::injection_after_starttls:
    case SmtpFailure::tls_failed: return true;
    default: return outcome.step == SmtpStep::starttls || outcome.step == SmtpStep::handshake;
    }
}

} // namespace

std::vector<dns::RrType> address_types(AddressFamilies families) {
    switch (families) {
    case AddressFamilies::ipv4_first: return {dns::RrType::A, dns::RrType::AAAA};
    case AddressFamilies::ipv6_first: return {dns::RrType::AAAA, dns::RrType::A};
    case AddressFamilies::ipv4_only: return {dns::RrType::A};
    case AddressFamilies::ipv6_only: return {dns::RrType::AAAA};
    }
    return {};
}

bool failed(const validator::Lookup& lookup) {
    return lookup.is_error() || lookup.verdict.kind == validator::AnswerKind::failure;
}

void append_targets(std::vector<Target>& targets, const validator::Lookup& lookup) {
    const bool ipv6 = lookup.question.type == dns::RrType::AAAA;
    if (failed(lookup)) {
        targets.push_back({"", ipv6, &lookup});
        return;
    }
    for (const auto& rdata : lookup.rdata()) {
        if (targets.size() >= max_addresses || rdata.size() != (ipv6 ? 16U : 4U)) continue;
        targets.push_back({dns::rdata_to_text(lookup.question.type, rdata), ipv6, &lookup});
    }
}

EventKind failure_kind(const validator::Lookup& lookup, EventKind bogus, EventKind failed_kind) {
    return lookup.verdict.security == Security::bogus ? bogus : failed_kind;
}

void append_reasons(std::vector<validator::Reason>& to, const validator::Lookup* lookup) {
    if (lookup == nullptr) return;
    for (const auto& reason : lookup->verdict.reasons)
        if (std::ranges::find(to, reason) == to.end()) to.push_back(reason);
}

WalkStatus status_of_lookup(const validator::Lookup* lookup) {
    const bool unknown = lookup != nullptr && lookup->verdict.security == Security::indeterminate;
    return unknown ? WalkStatus::could_not_tell : WalkStatus::bogus;
}

WalkStatus status_of_session(const SmtpOutcome& outcome) {
    switch (outcome.failure) {
    case SmtpFailure::certificate_no_match:
    case SmtpFailure::certificate_name_mismatch:
    case SmtpFailure::certificate_expired:
    case SmtpFailure::certificate_untrusted: return WalkStatus::certificate_failed;
    case SmtpFailure::starttls_not_offered:
    case SmtpFailure::starttls_refused: return WalkStatus::no_starttls;
    case SmtpFailure::tls_failed:
    case SmtpFailure::injection_after_starttls: return WalkStatus::tls_failed;
    default: break;
    }
    switch (outcome.step) {
    case SmtpStep::ehlo:
        return outcome.failure == SmtpFailure::reply_refused ? WalkStatus::no_starttls : WalkStatus::cannot_connect;
    case SmtpStep::starttls: return WalkStatus::no_starttls;
    case SmtpStep::handshake: return WalkStatus::tls_failed;
    case SmtpStep::authentication: return WalkStatus::certificate_failed;
    default: return WalkStatus::cannot_connect;
    }
}

std::string host_text(const dns::Name& name) {
    std::string text = name.to_text();
    if (text.size() > 1 && text.back() == '.') text.pop_back();
    return text;
}

bool is_connect_failure(const SmtpOutcome& outcome) {
    return outcome.failure != SmtpFailure::none && outcome.step == SmtpStep::connect;
}

std::string failure_text(const SmtpOutcome& outcome) {
    if (outcome.detail.empty()) return std::string(id(outcome.failure));
    if (outcome.detail.starts_with(id(outcome.failure))) return outcome.detail; // a reason of authenticate()
    return fmt::format("{}: {}", id(outcome.failure), outcome.detail);
}

void tell_tlsa(const Emit& emit, State state, const validator::Lookup* lookup,
               const std::vector<AssessedRecord>& records) {
    EventKind kind = EventKind::tlsa_none;
    std::string text;
    switch (state) {
    case State::secure: kind = EventKind::tlsa_found; break;
    case State::insecure: kind = EventKind::tlsa_insecure; break;
    case State::nxdomain: break;
    case State::bogus: kind = failure_kind(*lookup, EventKind::tlsa_bogus, EventKind::tlsa_lookup_failed); break;
    case State::unusable:
        kind = EventKind::tlsa_unusable;
        for (const auto& record : records)
            if (record.unusable)
                text +=
                    fmt::format("{}{}: {}", text.empty() ? "" : "; ", id(*record.unusable), describe(*record.unusable));
        break;
    }
    Event& event = emit(kind);
    event.state = state;
    event.text = std::move(text);
    if (lookup != nullptr) event.reasons = lookup->verdict.reasons;
}

void tell_session(const Emit& emit, const SmtpOutcome& outcome, const std::string& local_address,
                  const Attempted& attempt, const std::function<void()>& on_connection) {
    if (is_connect_failure(outcome)) {
        emit(EventKind::connect_failed).text = failure_text(outcome);
        return;
    }
    emit(EventKind::connected).text = local_address;
    on_connection();
    bool told = false; // is the failure told by an event of its own?
    if (outcome.tls) {
        emit(EventKind::tls_checking);
        Event& event = emit(EventKind::tls_established);
        event.text = outcome.tls->protocol;
        event.text2 = outcome.tls->cipher;
    } else if (outcome.failure != SmtpFailure::none && failed_at_tls(outcome)) {
        emit(EventKind::tls_checking);
        emit(EventKind::tls_failed).text = failure_text(outcome);
        told = true;
    }
    if (attempt.states.certificate && outcome.authentication) {
        if (attempt.states.certificate == CertificateState::success) {
            Event& event = emit(EventKind::certificate_verified);
            // Without usable records it was a public authority that vouched, and for this name.
            if (attempt.states.tlsa != State::secure) event.text = outcome.authentication->matched_name;
            emit(EventKind::tls_succeeded);
        } else {
            emit(EventKind::certificate_failed).text = failure_text(outcome);
            told = true;
        }
    }
    if (outcome.delivered)
        emit(EventKind::delivered).text = outcome.delivered_in_tls ? "in TLS" : "in clear";
    else if (outcome.failure != SmtpFailure::none && !told)
        emit(EventKind::smtp_failed).text = failure_text(outcome);
}

} // namespace tlsa
