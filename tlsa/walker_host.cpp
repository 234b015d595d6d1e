// The walk's second part: the addresses of one host, and its TLSA records.
#include <algorithm>

#include "tlsa/base_domain.h"
#include "tlsa/walker_state.h"

namespace tlsa {

using validator::AnswerKind;
using validator::Security;

Walk::State::Want Walk::State::step_addresses() {
    std::vector<const validator::Lookup*> found;
    WantLookups missing;
    for (const auto type : address_types(plan.families)) {
        dns::Question question(hosts[host], type);
        if (const auto* lookup = find(question))
            found.push_back(lookup);
        else
            missing.questions.push_back(std::move(question));
    }
    if (!missing.questions.empty()) return missing;
    targets.clear();
    target = 0;
    for (const auto* lookup : found) append_targets(targets, *lookup);
    if (targets.empty()) {
        address_lookup = found.front();
        attempt.states.a = tlsa::State::nxdomain;
        emit(EventKind::address_none);
        record_undecided();
        next_host();
    } else if (std::ranges::all_of(targets, [](const Target& t) { return t.address.empty(); })) {
        fail_addresses();
    } else {
        stage = Stage::target;
    }
    return std::nullopt;
}

// RFC 7672 §2.1.2: no address could be had because lookups failed, so the host is unreachable.
void Walk::State::fail_addresses() {
    for (target = 0; target < targets.size(); ++target) {
        const auto& lookup = *targets[target].lookup;
        Event& event = emit(failure_kind(lookup, EventKind::address_bogus, EventKind::address_lookup_failed));
        event.state = tlsa::State::bogus;
        event.reasons = lookup.verdict.reasons;
    }
    target = 0;
    const auto bogus =
        std::ranges::find_if(targets, [](const Target& t) { return t.lookup->verdict.security == Security::bogus; });
    address_lookup = (bogus == targets.end() ? targets.front() : *bogus).lookup;
    attempt.states.a = tlsa::State::bogus;
    record(decision_or_fail());
    next_host();
}

Walk::State::Want Walk::State::step_target() {
    const Target& current = targets[target];
    begin_attempt();
    if (current.address.empty()) { // the other family's addresses still count (RFC 7672 §2.1.2)
        Event& event = emit(failure_kind(*current.lookup, EventKind::address_bogus, EventKind::address_lookup_failed));
        event.state = tlsa::State::bogus;
        event.reasons = current.lookup->verdict.reasons;
        next_target();
        return std::nullopt;
    }
    attempt.address = current.address;
    address_lookup = current.lookup;
    const bool earlier = std::any_of(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(target),
                                     [](const Target& t) { return !t.address.empty(); });
    if (earlier) emit(EventKind::next_address);
    const bool secure = address_lookup->verdict.security == Security::secure;
    Event& event = emit(EventKind::address_found);
    event.state = secure ? tlsa::State::secure : tlsa::State::insecure;
    event.reasons = address_lookup->verdict.reasons;
    attempt.states.a = event.state;
    if (!secure && table().secure_alias_counts && !candidate_base_domains(*address_lookup).empty())
        attempt.states.a = tlsa::State::secure;
    if (implicit_mx && attempt.states.a == tlsa::State::secure) attempt.states.mx = tlsa::State::secure;
    const auto step = decide(table(), attempt.states);
    if (step && std::holds_alternative<Undecided>(*step)) {
        stage = Stage::tlsa;
        return std::nullopt;
    }
    return conclude(decision_or_fail());
}

// RFC 7672 §2.2.3: candidates in order; the first with a secure RRset is the base domain, an error ends the search.
Walk::State::Want Walk::State::look_for_tlsa(const std::vector<dns::Name>& candidates) {
    bool insecure = candidates.empty(); // a table that wants to know all the same: DANE does not apply
    const validator::Lookup* absent = nullptr;
    for (const auto& candidate : candidates) {
        const auto name = tlsa_name(candidate, plan.port);
        if (!name) continue; // too long to exist
        const dns::Question question(*name, dns::RrType::TLSA);
        const auto* lookup = find(question);
        if (lookup == nullptr) return WantLookups{{question}};
        if (failed(*lookup)) {
            tlsa_lookup = lookup;
            attempt.states.tlsa = tlsa::State::bogus;
            return std::nullopt;
        }
        const bool secure = lookup->verdict.security == Security::secure;
        if (secure && lookup->verdict.kind == AnswerKind::positive && !lookup->rdata().empty()) {
            take_tlsa(*lookup, candidate);
            return std::nullopt;
        }
        if (absent == nullptr || (!secure && !insecure)) absent = lookup;
        insecure = insecure || !secure;
    }
    tlsa_lookup = absent;
    attempt.states.tlsa = insecure ? tlsa::State::insecure : tlsa::State::nxdomain;
    return std::nullopt;
}

void Walk::State::take_tlsa(const validator::Lookup& lookup, const dns::Name& candidate) {
    tlsa_lookup = &lookup;
    base_domain = candidate; // RFC 7672 §2.2.3: not the name that a TLSA alias leads to
    records = assess(lookup.rdata(), UsagePolicy::smtp, plan.digests);
    attempt.states.tlsa = any_usable(records) ? tlsa::State::secure : tlsa::State::unusable;
}

Walk::State::Want Walk::State::step_tlsa() {
    if (auto want = look_for_tlsa(candidate_base_domains(*address_lookup))) return want;
    const auto step = decide(table(), attempt.states);
    const bool ask_certificate = step && std::holds_alternative<Undecided>(*step);
    // As the appliance has it, the line on a TLSA RRset that is used follows the one on the connection.
    if (ask_certificate && attempt.states.tlsa == tlsa::State::secure) return start_session(TlsPolicy::dane);
    emit_tlsa();
    return conclude(decision_or_fail());
}

void Walk::State::emit_tlsa() {
    tell_tlsa([this](EventKind kind) -> Event& { return emit(kind); }, *attempt.states.tlsa, tlsa_lookup, records);
}

} // namespace tlsa
