// The walk's second part: the addresses of one host, and its TLSA records.
#include <fmt/format.h>

#include <algorithm>

#include "resolver/dns/text.h"
#include "tlsa/base_domain.h"
#include "tlsa/walker_state.h"

namespace tlsa {

using validator::AnswerKind;
using validator::Security;

namespace {

// RFC 5321 §5.1 asks for at least two addresses a host; the upper bound is ours.
constexpr std::size_t max_addresses = 32;

std::vector<dns::RrType> address_types(AddressFamilies families) {
    switch (families) {
    case AddressFamilies::ipv4_first: return {dns::RrType::A, dns::RrType::AAAA};
    case AddressFamilies::ipv6_first: return {dns::RrType::AAAA, dns::RrType::A};
    case AddressFamilies::ipv4_only: return {dns::RrType::A};
    case AddressFamilies::ipv6_only: return {dns::RrType::AAAA};
    }
    return {};
}

bool failed(const validator::Lookup& lookup) { return lookup.is_error() || lookup.verdict.kind == AnswerKind::failure; }

// One target for each address, one for a failed lookup, none where there is securely or insecurely nothing.
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

} // namespace

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
    EventKind kind = EventKind::tlsa_none;
    std::string text;
    switch (*attempt.states.tlsa) {
    case tlsa::State::secure: kind = EventKind::tlsa_found; break;
    case tlsa::State::insecure: kind = EventKind::tlsa_insecure; break;
    case tlsa::State::nxdomain: break;
    case tlsa::State::bogus:
        kind = failure_kind(*tlsa_lookup, EventKind::tlsa_bogus, EventKind::tlsa_lookup_failed);
        break;
    case tlsa::State::unusable:
        kind = EventKind::tlsa_unusable;
        for (const auto& record : records)
            if (record.unusable)
                text +=
                    fmt::format("{}{}: {}", text.empty() ? "" : "; ", id(*record.unusable), describe(*record.unusable));
        break;
    }
    Event& event = emit(kind);
    event.state = attempt.states.tlsa;
    event.text = std::move(text);
    if (tlsa_lookup != nullptr) event.reasons = tlsa_lookup->verdict.reasons;
}

} // namespace tlsa
