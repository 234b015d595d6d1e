// The walk's first part: the MX lookup, the order of the hosts, and the table's first column.
#include <algorithm>
#include <random>

#include "tlsa/walker_state.h"

namespace tlsa {

using validator::AnswerKind;
using validator::Security;

namespace {

// RFC 5321 §5.1 asks for at least two addresses and sets no upper bound; no domain needs more hosts than this, and a
// message of 65535 octets could hold thousands.
constexpr std::size_t max_hosts = 100;

std::vector<dns::Mx> parse_mail_exchanges(const validator::Lookup& lookup) {
    std::vector<dns::Mx> exchanges;
    for (const auto& rdata : lookup.rdata())
        if (auto exchange = dns::Mx::parse(rdata)) exchanges.push_back(*exchange);
    return exchanges;
}

// RFC 7505 §3: a sole MX record whose exchange is the root.
bool is_null_mx(const std::vector<dns::Mx>& exchanges) {
    return exchanges.size() == 1 && exchanges.front().exchange.is_root();
}

// RFC 5321 §5.1: by preference; equal ones as received, or shuffled.
void sort_by_preference(std::vector<dns::Mx>& exchanges, const std::optional<std::uint64_t>& shuffle_seed) {
    if (shuffle_seed) {
        std::mt19937_64 generator(*shuffle_seed);
        std::shuffle(exchanges.begin(), exchanges.end(), generator);
    }
    std::ranges::stable_sort(exchanges, {}, &dns::Mx::preference);
}

// RFC 5321 §5.1: a client that is among the hosts hands nothing to itself, nor to those that would hand it back.
void drop_own(std::vector<dns::Mx>& exchanges, const std::vector<dns::Name>& own) {
    const auto mine = std::ranges::find_if(
        exchanges, [&](const dns::Mx& exchange) { return std::ranges::find(own, exchange.exchange) != own.end(); });
    if (mine == exchanges.end()) return;
    const auto preference = mine->preference; // the best of its own, for the list is sorted
    std::erase_if(exchanges, [&](const dns::Mx& exchange) { return exchange.preference >= preference; });
}

} // namespace

Walk::State::Want Walk::State::step_mail_exchanges() {
    if (plan.next_hop == NextHop::host) {
        take_relay_host();
        return std::nullopt;
    }
    if (plan.next_hop == NextHop::address) return take_address();
    const dns::Question question(plan.domain, dns::RrType::MX);
    mx_lookup = find(question);
    if (mx_lookup == nullptr) return WantLookups{{question}};
    const auto& verdict = mx_lookup->verdict;
    if (mx_lookup->is_error()) {
        fail_domain(verdict.security == Security::bogus ? EventKind::mx_bogus : EventKind::mx_lookup_failed);
        return std::nullopt;
    }
    mx_state = verdict.security == Security::secure ? tlsa::State::secure : tlsa::State::insecure;
    switch (verdict.kind) {
    case AnswerKind::failure: fail_domain(EventKind::mx_lookup_failed); break;
    case AnswerKind::name_error: // RFC 5321 §5.1: no fall-back to the address
        emit(EventKind::domain_does_not_exist).state = mx_state;
        result.status = WalkStatus::takes_no_mail;
        finish();
        break;
    case AnswerKind::no_data: // RFC 5321 §5.1: the domain is the host; its address lookup follows aliases anew
        implicit_mx = true;
        hosts = {plan.domain};
        emit(EventKind::mx_none_implicit).state = mx_state;
        begin_attempt();
        stage = Stage::host;
        break;
    case AnswerKind::positive: take_mail_exchanges(); break;
    }
    return std::nullopt;
}

// RFC 7672 §2.1.2: an MX lookup error means delay; neither the address nor another host is tried.
void Walk::State::fail_domain(EventKind kind) {
    attempt.states.mx = tlsa::State::bogus;
    Event& event = emit(kind);
    event.state = tlsa::State::bogus;
    event.reasons = mx_lookup->verdict.reasons;
    record(decision_or_fail());
    finish();
}

void Walk::State::take_mail_exchanges() {
    auto exchanges = parse_mail_exchanges(*mx_lookup);
    if (is_null_mx(exchanges)) {
        emit(EventKind::mx_null).state = mx_state;
        result.status = WalkStatus::takes_no_mail;
        finish();
        return;
    }
    // RFC 7505 §3 forbids "." beside others; it names no host that could be asked.
    std::erase_if(exchanges, [](const dns::Mx& exchange) { return exchange.exchange.is_root(); });
    sort_by_preference(exchanges, plan.shuffle_seed);
    drop_own(exchanges, plan.own_names);
    if (exchanges.empty() && !plan.own_names.empty()) {
        emit(EventKind::mx_is_client).state = mx_state;
        result.status = WalkStatus::takes_no_mail;
        finish();
        return;
    }
    for (const auto& exchange : exchanges)
        if (hosts.size() < max_hosts && std::ranges::find(hosts, exchange.exchange) == hosts.end())
            hosts.push_back(exchange.exchange);
    // RFC 5321 §5.1: with MX records present the domain's own address is never used, even if none of them helps.
    if (hosts.empty()) {
        finish();
        return;
    }
    begin_attempt();
    stage = Stage::host;
}

// RFC 7672 §2.2.2: a host of a non-MX destination; like the implicit MX it is secure where its address is.
void Walk::State::take_relay_host() {
    implicit_mx = true;
    mx_state = tlsa::State::insecure;
    hosts = {plan.domain};
    begin_attempt();
    stage = Stage::host;
}

Walk::State::Want Walk::State::take_address() {
    mx_state = tlsa::State::insecure; // nothing proves it
    hosts = {dns::Name()};            // no name, no SNI
    targets = {{plan.address, plan.address.find(':') != std::string::npos, nullptr}};
    begin_attempt();
    attempt.mx.clear();
    attempt.address = plan.address;
    attempt.states.a = tlsa::State::insecure;
    return conclude(decision_or_fail());
}

Walk::State::Want Walk::State::step_host() {
    begin_attempt();
    stage = Stage::addresses;
    // An implicit MX has no MX RRset that could be insecure; the address lookup decides (RFC 7672 §2.2.2).
    if (implicit_mx) return std::nullopt;
    Event& event = emit(EventKind::mx_found);
    event.state = mx_state;
    event.reasons = mx_lookup->verdict.reasons;
    const auto step = decide(table(), attempt.states);
    if (!step) {
        record(decision_or_fail());
        next_host();
    } else if (const auto* decision = std::get_if<Decision>(&*step);
               decision && decision->action == Action::dane_fail) {
        record(*decision);
        next_host();
    }
    return std::nullopt;
}

} // namespace tlsa
