#include "tlsa/srv_walk.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "tlsa/srv_order.h"
#include "tlsa/srv_walk_state.h"

namespace tlsa {

namespace {

// RFC 2782 sets no bound; no domain needs more, and a message of 65535 octets could hold thousands.
constexpr std::size_t max_targets = 100;

struct ServiceInfo {
    MailService service;
    std::string_view text;
    std::uint16_t port; // registered, used where no SRV record says another (RFC 6409 §3.1, RFC 8314 §3.3)
};
constexpr std::array services = {
    ServiceInfo{MailService::submission, "submission", 587},
    ServiceInfo{MailService::submissions, "submissions", 465},
};
const ServiceInfo& info(MailService service) { return *std::ranges::find(services, service, &ServiceInfo::service); }

} // namespace

std::string_view to_text(MailService service) { return info(service).text; }
std::optional<MailService> mail_service_from_text(std::string_view text) {
    const auto found = std::ranges::find(services, text, &ServiceInfo::text);
    return found == services.end() ? std::nullopt : std::optional(found->service);
}

dns::Result<dns::Name> service_name(MailService service, const dns::Name& domain) {
    const auto protocol = domain.prepend("_tcp");
    if (!protocol) return protocol.error_as_failure();
    return protocol->prepend("_" + std::string(to_text(service)));
}

Event& SrvWalk::State::emit(EventKind kind) {
    Event event{kind};
    event.mx = attempt.mx;
    event.port = attempt.port;
    event.address = attempt.address;
    if (address < addresses.size()) event.ipv6 = addresses[address].ipv6;
    result.events.push_back(std::move(event));
    return result.events.back();
}

void SrvWalk::State::begin_attempt() {
    attempt = Attempted{};
    attempt.states.srv = srv_state;
    attempt.states.a = a_state;
    attempt.states.tlsa = tlsa_state;
    attempt.base_domain = base_domain;
    attempt.records = records;
    if (target >= targets.size()) return;
    attempt.mx = host_text(targets[target].target);
    attempt.port = targets[target].port;
}

void SrvWalk::State::next_target() {
    addresses.clear();
    address = 0;
    address_lookup = tlsa_lookup = nullptr;
    a_state.reset();
    tlsa_state.reset();
    base_domain.reset();
    records.clear();
    if (++target >= targets.size()) return finish();
    begin_attempt();
    emit(EventKind::next_srv);
    stage = Stage::target;
}

void SrvWalk::State::next_address() {
    if (++address < addresses.size())
        stage = Stage::address;
    else
        next_target();
}

// What the exit code tells: the first thing, from the left, that is not as DANE needs it; but of a server that does not
// pass, what is wrong with it.
WalkStatus SrvWalk::State::status() const {
    const States& states = attempt.states;
    if (states.srv == tlsa::State::bogus) return status_of_lookup(srv_lookup);
    if (states.a == tlsa::State::bogus) return status_of_lookup(address_lookup);
    if (states.tlsa == tlsa::State::bogus) return status_of_lookup(tlsa_lookup);
    if (states.a == tlsa::State::nxdomain) return WalkStatus::cannot_connect;
    if (attempt.smtp && states.certificate != CertificateState::success) return status_of_session(*attempt.smtp);
    if (states.srv == tlsa::State::nxdomain) return WalkStatus::no_tlsa; // nor anything that would lead to one
    if (!dane_applies()) return WalkStatus::insecure;
    if (states.tlsa == tlsa::State::insecure) return WalkStatus::tlsa_insecure;
    if (states.tlsa == tlsa::State::nxdomain) return WalkStatus::no_tlsa;
    if (states.tlsa == tlsa::State::unusable) return WalkStatus::tlsa_unusable;
    return WalkStatus::dane_success;
}

// nullopt: the attempt ended before anything could be decided.
void SrvWalk::State::record(std::optional<Action> action) {
    attempt.status = status();
    append_reasons(attempt.reasons, tlsa_lookup);
    append_reasons(attempt.reasons, address_lookup);
    append_reasons(attempt.reasons, srv_lookup);
    if (action) {
        attempt.decision = Decision{*action, nullptr};
        Event& event = emit(EventKind::decided);
        event.decision = attempt.decision;
        event.reasons = attempt.reasons;
    }
    result.attempts.push_back(attempt);
}

SrvWalk::State::Want SrvWalk::State::step_service() {
    const auto name = service_name(plan.service, plan.domain);
    if (!name) { // too long to exist
        take_domain_itself();
        return std::nullopt;
    }
    const dns::Question question(*name, dns::RrType::SRV);
    srv_lookup = find(question);
    if (srv_lookup == nullptr) return WantLookups{{question}};
    // The verdict is that of the whole chain, aliases included (RFC 7673 §3.1).
    const bool secure = srv_lookup->verdict.security == validator::Security::secure;
    if (failed(*srv_lookup)) {
        abort_service();
    } else if (srv_lookup->verdict.kind == validator::AnswerKind::positive) {
        srv_state = secure ? tlsa::State::secure : tlsa::State::insecure;
        take_records();
    } else {
        srv_state = secure ? tlsa::State::nxdomain : tlsa::State::insecure;
        take_domain_itself();
    }
    return std::nullopt;
}

// RFC 7673 §3.1: no attempt to connect to the service in any other way.
void SrvWalk::State::abort_service() {
    srv_state = tlsa::State::bogus;
    begin_attempt();
    Event& event = emit(failure_kind(*srv_lookup, EventKind::srv_bogus, EventKind::srv_lookup_failed));
    event.state = srv_state;
    event.reasons = srv_lookup->verdict.reasons;
    record(Action::dane_fail);
    finish();
}

void SrvWalk::State::take_records() {
    std::vector<dns::Srv> records_found;
    bool any = false;
    for (const auto& rdata : srv_lookup->rdata()) {
        const auto record = dns::Srv::parse(rdata);
        any = any || record;
        // RFC 2782: a target of "." says that the service is not available; beside others it names no host.
        if (record && !record->target.is_root()) records_found.push_back(*record);
    }
    if (any && records_found.empty()) {
        emit(EventKind::srv_not_offered).state = srv_state;
        result.status = WalkStatus::takes_no_mail;
        stage = Stage::finished;
        return;
    }
    // RFC 7673 §3.1, §9.1: neither DNSSEC nor TLSA records move a target forward.
    for (const auto& record : in_order(std::move(records_found), plan.shuffle_seed)) {
        const auto same = [&](const dns::Srv& other) {
            return other.target == record.target && other.port == record.port;
        };
        if (targets.size() < max_targets && std::ranges::none_of(targets, same)) targets.push_back(record);
    }
    stage = targets.empty() ? Stage::finished : Stage::target;
    if (targets.empty()) finish();
}

// RFC 7673 §3.1: without SRV records the client does what it does without DNSSEC, DANE and SRV. RFC 2782: it asks the
// domain itself.
void SrvWalk::State::take_domain_itself() {
    domain_itself = true;
    dns::Srv itself;
    itself.port = info(plan.service).port;
    itself.target = plan.domain;
    targets = {itself};
    emit(EventKind::srv_none).state = srv_state;
    stage = Stage::target;
}

SrvWalk::State::Want SrvWalk::State::step_target() {
    begin_attempt();
    stage = Stage::addresses;
    if (!domain_itself) {
        Event& event = emit(EventKind::srv_found);
        event.state = srv_state;
        event.reasons = srv_lookup->verdict.reasons;
    }
    if (plan.mode == Mode::mandatory && srv_state != tlsa::State::secure) {
        record(Action::dane_fail);
        next_target();
    }
    return std::nullopt;
}

namespace {

// The attempt that tells most: the one that delivered, one that passed, one that was decided; of equals the last.
int weight(const Attempted& attempt) {
    if (attempt.smtp && attempt.smtp->delivered) return 4;
    if (!attempt.decision) return 0;
    switch (attempt.decision->action) {
    case Action::dane_success: return 3;
    case Action::pkix_tls: return 2;
    default: return 1;
    }
}

} // namespace

void SrvWalk::State::finish() {
    stage = Stage::finished;
    result.status = WalkStatus::cannot_connect;
    int heaviest = 0;
    for (const Attempted& done : result.attempts) {
        if (weight(done) < heaviest) continue;
        heaviest = weight(done);
        result.status = done.status;
        result.action = done.decision ? done.decision->action : Action::dane_fail;
    }
    result.authenticated = result.action == Action::dane_success;
}

SrvWalk::State::Want SrvWalk::State::step() {
    switch (stage) {
    case Stage::service: return step_service();
    case Stage::target: return step_target();
    case Stage::addresses: return step_addresses();
    case Stage::tlsa: return step_tlsa();
    case Stage::address: return step_address();
    case Stage::session: return step_session();
    case Stage::finished: break;
    }
    return std::nullopt;
}

SrvWalk::SrvWalk(SrvPlan plan)
    : state_(std::make_unique<State>(std::move(plan))) {}
SrvWalk::~SrvWalk() = default;
SrvWalk::SrvWalk(SrvWalk&&) noexcept = default;

std::variant<WantLookups, WantSession, WalkResult> SrvWalk::advance() {
    // Every step takes a question, a target, an address or a session off a list that is bounded, so this ends.
    while (state_->stage != State::Stage::finished) {
        if (auto want = state_->step()) {
            if (auto* lookups = std::get_if<WantLookups>(&*want)) return std::move(*lookups);
            return std::get<WantSession>(std::move(*want));
        }
    }
    return state_->result;
}

void SrvWalk::supply(validator::Lookup lookup) {
    const dns::Question question = lookup.question;
    state_->lookups.try_emplace(question, std::move(lookup));
}

void SrvWalk::supply(SmtpOutcome outcome, std::string local_address) {
    assert(state_->session);
    state_->session_result.emplace(std::move(outcome), std::move(local_address));
}

std::vector<Event> SrvWalk::take_events() {
    const auto& events = state_->result.events;
    std::vector<Event> fresh(events.begin() + static_cast<std::ptrdiff_t>(state_->events_taken), events.end());
    state_->events_taken = events.size();
    return fresh;
}

} // namespace tlsa
