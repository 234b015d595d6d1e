// One target of an SRV service: its addresses, its TLSA records, and the sessions with it.
#include <algorithm>

#include "tlsa/base_domain.h"
#include "tlsa/pkix.h"
#include "tlsa/srv_walk_state.h"

namespace tlsa {

namespace {

bool is_secure(const validator::Lookup& lookup) { return lookup.verdict.security == validator::Security::secure; }

} // namespace

SrvWalk::State::Want SrvWalk::State::step_addresses() {
    std::vector<const validator::Lookup*> found;
    WantLookups missing;
    for (const auto type : address_types(plan.families)) {
        dns::Question question(targets[target].target, type);
        if (const auto* lookup = find(question))
            found.push_back(lookup);
        else
            missing.questions.push_back(std::move(question));
    }
    if (!missing.questions.empty()) return missing;
    for (const auto* lookup : found) append_targets(addresses, *lookup);
    if (std::ranges::any_of(addresses, [](const Target& one) { return one.address.empty(); })) {
        fail_addresses();
    } else if (addresses.empty()) {
        address_lookup = found.front();
        a_state = attempt.states.a = tlsa::State::nxdomain;
        emit(EventKind::address_none);
        record(std::nullopt);
        next_target();
    } else {
        // RFC 7673 §3.2: one secure RRset is enough.
        const auto secure = std::ranges::find_if(addresses, [](const Target& one) { return is_secure(*one.lookup); });
        address_lookup = (secure == addresses.end() ? addresses.front() : *secure).lookup;
        a_state = secure == addresses.end() ? tlsa::State::insecure : tlsa::State::secure;
        stage = Stage::tlsa;
    }
    return std::nullopt;
}

// RFC 7673 §3.2: an error of either lookup rules the target out. The good one might be insecure, and the other forged
// so that no TLSA record is asked for.
void SrvWalk::State::fail_addresses() {
    std::erase_if(addresses, [](const Target& one) { return !one.address.empty(); });
    a_state = attempt.states.a = tlsa::State::bogus;
    for (address = 0; address < addresses.size(); ++address) {
        const auto& lookup = *addresses[address].lookup;
        Event& event = emit(failure_kind(lookup, EventKind::address_bogus, EventKind::address_lookup_failed));
        event.state = tlsa::State::bogus;
        event.reasons = lookup.verdict.reasons;
    }
    address = 0;
    address_lookup = addresses.front().lookup;
    record(Action::dane_fail);
    next_target();
}

// RFC 7673 §3.3: the record's port, the transport of the SRV name, the target; where the target is an alias, what it
// leads to goes before it (RFC 7671 §7).
SrvWalk::State::Want SrvWalk::State::step_tlsa() {
    stage = Stage::address;
    if (!dane_applies()) return std::nullopt; // RFC 7673 §3.1, §3.2: no query at all
    tlsa_state = tlsa::State::nxdomain;
    for (const auto& candidate : candidate_base_domains(*address_lookup)) {
        const auto name = tlsa_name(candidate, targets[target].port);
        if (!name) continue; // too long to exist
        const dns::Question question(*name, dns::RrType::TLSA);
        const auto* lookup = find(question);
        if (lookup == nullptr) {
            stage = Stage::tlsa;
            return WantLookups{{question}};
        }
        tlsa_lookup = lookup;
        if (failed(*lookup)) {
            tlsa_state = tlsa::State::bogus;
            break;
        }
        if (is_secure(*lookup) && !lookup->rdata().empty()) {
            base_domain = candidate;
            // RFC 7672 §3.1.3 is about MX hosts: here usages 0 and 1 mean what RFC 6698 §2.1.1 says.
            records = assess(lookup->rdata(), UsagePolicy::generic, plan.digests);
            tlsa_state = any_usable(records) ? tlsa::State::secure : tlsa::State::unusable;
            break;
        }
        if (!is_secure(*lookup)) tlsa_state = tlsa::State::insecure;
    }
    return std::nullopt;
}

SrvWalk::State::Want SrvWalk::State::step_address() {
    begin_attempt();
    const Target& current = addresses[address];
    attempt.address = current.address;
    if (address > 0) emit(EventKind::next_address);
    Event& event = emit(EventKind::address_found);
    event.state = is_secure(*current.lookup) ? tlsa::State::secure : tlsa::State::insecure;
    event.reasons = current.lookup->verdict.reasons;
    const bool usable = tlsa_state == tlsa::State::secure;
    // As the appliance has it, the line on a TLSA RRset that is used follows the one on the connection.
    if (tlsa_state && !usable) tell_tlsa(emitter(), *tlsa_state, tlsa_lookup, records);
    // RFC 7673 §3.4: a TLSA lookup that fails rules the target out.
    if (tlsa_state == tlsa::State::bogus || (plan.mode == Mode::mandatory && !usable)) {
        record(Action::dane_fail);
        next_target();
        return std::nullopt;
    }
    emit(EventKind::connecting);
    session_result.reset();
    session = WantSession{current.address, current.ipv6, targets[target].port, session_plan()};
    stage = Stage::session;
    return *session;
}

SessionPlan SrvWalk::State::session_plan() const {
    SessionPlan out;
    out.helo_name = plan.helo_name;
    out.envelope = plan.envelope;
    out.step_timeout = plan.step_timeout;
    out.step_timeouts = plan.step_timeouts;
    out.implicit_tls = plan.service == MailService::submissions;
    if (tlsa_state == tlsa::State::secure)
        demand_tlsa(out);
    else
        demand_authorities(out);
    return out;
}

// RFC 7673 §3.4, §4.2.
void SrvWalk::State::demand_tlsa(SessionPlan& session_plan) const {
    session_plan.tls = TlsPolicy::dane;
    session_plan.server_name = *base_domain; // RFC 7671 §10.2
    auto& authentication = session_plan.authentication;
    authentication.records = records;
    authentication.pkix_roots = plan.roots;
    authentication.now = plan.now;
    // RFC 7673 §6: the certificate has the target's name or the service's.
    for (const auto& name : {*base_domain, targets[target].target, plan.domain})
        if (std::ranges::find(authentication.reference_names, name) == authentication.reference_names.end())
            authentication.reference_names.push_back(name);
}

// RFC 7673 §4.1. Where neither SRV nor TLSA records demand TLS, RFC 8314 §5.2 has a mail client ask for it all the same.
void SrvWalk::State::demand_authorities(SessionPlan& session_plan) const {
    session_plan.tls = TlsPolicy::encrypt;
    session_plan.server_name = plan.domain; // preferred, whether the SRV RRset is secure or not
    PkixRequest request;
    request.roots = plan.roots;
    request.now = plan.now;
    request.rule = NameRule::dns_ids_else_cn; // RFC 6125 §6.4.4
    request.reference_names = {plan.domain};
    const auto& host = targets[target].target;
    if (srv_state == tlsa::State::secure && host != plan.domain) request.reference_names.push_back(host);
    session_plan.judge = [request = std::move(request)](const CertificateChain& chain) {
        return verify_pkix(chain, request);
    };
}

SrvWalk::State::Want SrvWalk::State::step_session() {
    if (!session_result) return *session;
    const auto [outcome, local_address] = std::move(*session_result);
    const bool dane = session->plan.tls == TlsPolicy::dane;
    session.reset();
    session_result.reset();
    attempt.smtp = outcome;
    if (outcome.authentication) attempt.certificate_reasons = outcome.authentication->reasons;
    const bool passed = outcome.authentication && outcome.authentication->result == AuthenticationResult::match;
    const bool connected = !is_connect_failure(outcome);
    if (connected) attempt.states.certificate = passed ? CertificateState::success : CertificateState::failed;
    tell_session(emitter(), outcome, local_address, attempt, [&] {
        if (dane) tell_tlsa(emitter(), *tlsa_state, tlsa_lookup, records);
    });
    result.delivered = result.delivered || outcome.delivered;
    result.delivered_in_tls = result.delivered_in_tls || outcome.delivered_in_tls;
    if (!connected)
        record(std::nullopt);
    else
        record(!passed ? Action::dane_fail : dane ? Action::dane_success : Action::pkix_tls);
    if (passed && (!plan.envelope || outcome.delivered))
        finish();
    else
        next_address();
    return std::nullopt;
}

} // namespace tlsa
