#include "harness/deliver/attempt_session.h"

#include <fmt/format.h>

#include <tuple>

#include "harness/transcript.h"
#include "tlsa/pkix.h"

namespace harness::deliver {

namespace asio = boost::asio;
using tlsa::SmtpFailure;
using tlsa::SmtpStep;
using tlsa::TlsPolicy;

namespace {

Judge judge_by(tlsa::PkixRequest request) {
    return [request = std::move(request)](const tlsa::CertificateChain& chain) {
        return tlsa::verify_pkix(chain, request);
    };
}

// A server may end a connection that it has taken a message over whenever it likes (RFC 5321 §3.8, §4.5.3.2); before
// the end of the next message that says nothing about the mail.
bool ended_between_messages(const tlsa::SmtpOutcome& outcome) {
    if (outcome.delivered || outcome.failure == SmtpFailure::none || outcome.step == SmtpStep::message) return false;
    if (outcome.failure != SmtpFailure::reply_refused) return outcome.failure != SmtpFailure::requiretls_not_offered;
    return outcome.step == SmtpStep::rset || outcome.detail.starts_with("421");
}

} // namespace

asio::awaitable<validator::Lookup> told_lookup(const Surroundings& surroundings, dns::Question question,
                                               bool validated) {
    surroundings.lookup_log->began(question, validated);
    validator::Lookup found;
    if (validated) {
        found = co_await surroundings.stub->lookup(question);
    } else {
        auto response = co_await surroundings.stub->ask(question);
        found = unvalidated(question, response);
    }
    surroundings.lookup_log->ended(found, validated);
    co_return found;
}

// The appliance's verify levels: the e-mail domain, and what the level adds to it.
asio::awaitable<tlsa::PkixRequest> AttemptSessions::level_request(dns::Name server_name) {
    tlsa::PkixRequest request;
    request.roots = *s_.authorities;
    request.now = s_.now();
    request.reference_names = {target_.name};
    if (target_.demands.tls == TlsSupport::required_verify_hosted_domains) {
        request.rule = tlsa::NameRule::dns_ids_else_cn;
        if (!server_name.is_root()) request.reference_names.push_back(server_name);
        co_return request;
    }
    dns::Question pointer(reverse_name(asio::ip::make_address(fact_.receiving_ip)), dns::RrType::PTR);
    const auto found = co_await told_lookup(s_, std::move(pointer), false);
    for (const auto& rdata : found.rdata()) {
        dns::Reader reader(rdata);
        if (const auto name = dns::Name::read_uncompressed(reader)) request.reference_names.push_back(*name);
    }
    co_return request;
}

// Who judges the certificate where DANE does not.
asio::awaitable<void> AttemptSessions::add_judges(tlsa::SessionPlan& plan) {
    const auto& demands = target_.demands;
    std::vector<Judge> judges;
    if (fact_.sts != nullptr && fact_.sts->mode == StsMode::enforce) {
        plan.tls = TlsPolicy::encrypt;
        plan.server_name = dns::Name::literal(host_ + "."); // RFC 8461 §7.1
        judges.push_back(judge_by(sts_request(*s_.authorities, host_, s_.now())));
    }
    if (demands.require_tls == tlsa::RequireTls::demanded) {
        auto request = sts_request(*s_.authorities, host_, s_.now());
        request.rule = tlsa::NameRule::dns_ids_else_cn; // RFC 8689 §4.2.1: a DNS-ID or a CN-ID
        judges.push_back(judge_by(std::move(request)));
    }
    plan.judgement_counts = !judges.empty() || demands.tls != TlsSupport::preferred_verify;
    if (verifies(demands.tls) && (judges.empty() || demands.tls != TlsSupport::preferred_verify)) {
        auto request = co_await level_request(plan.server_name);
        judges.push_back(judge_by(std::move(request)));
    }
    if (!judges.empty()) plan.judge = all_of(std::move(judges));
}

// Hosts that a policy forbids are not even connected to.
SmtpFailure AttemptSessions::refused_before(bool proven) const {
    const bool enforced = fact_.sts != nullptr && fact_.sts->mode == StsMode::enforce;
    if (fact_.policy != TlsPolicy::dane && enforced && !fact_.sts->names(host_)) return SmtpFailure::host_not_in_policy;
    if (target_.demands.require_tls != tlsa::RequireTls::demanded || target_.route || target_.is_host)
        return SmtpFailure::none;
    const auto* policy = sts_for(*s_.config, target_.demands, target_.domain, std::nullopt);
    const bool named = policy != nullptr && policy->mode == StsMode::enforce && policy->names(host_);
    return named || proven ? SmtpFailure::none : SmtpFailure::host_not_proven;
}

SessionNeeds AttemptSessions::needs_of(const tlsa::SessionPlan& plan) const {
    SessionNeeds needs;
    needs.destination = target_.domain;
    needs.host = host_;
    needs.address = fact_.receiving_ip;
    needs.port = port_;
    needs.demands = target_.demands;
    needs.tls = plan.tls;
    needs.server_name = plan.server_name;
    for (const auto& record : plan.authentication.records) needs.records.push_back(record.rdata);
    needs.reference_names = plan.authentication.reference_names;
    needs.names_checked = plan.authentication.ee_name_checks;
    return needs;
}

asio::awaitable<SessionFact> AttemptSessions::run(tlsa::WantSession wanted, std::string host, bool proven) {
    auto& plan = wanted.plan;
    fact_ = {};
    host_ = std::move(host);
    fact_.mx = without_final_dot(plan.server_name);
    fact_.policy = plan.tls;
    fact_.receiving_ip = wanted.address;
    port_ = target_.route ? target_.route->port_of(fact_.mx) : wanted.port;
    if (plan.server_name.is_at_or_below(dns::Name::literal("invalid."))) { // of an address in a route
        plan.server_name = dns::Name();
        fact_.mx.clear();
        host_.clear();
    }
    const auto relay_host = target_.route || target_.is_host ? std::optional(host_) : std::nullopt;
    if (fact_.policy != TlsPolicy::dane) fact_.sts = sts_for(*s_.config, target_.demands, target_.domain, relay_host);
    if (const auto failure = refused_before(proven); failure != SmtpFailure::none) {
        fact_.outcome.failure = failure;
        fact_.outcome.detail = fmt::format("{} is not connected to", host_);
        s_.log->info(fmt::format("MID {} RID [{}] {}: {}", claim_.mid, claim_.rid, tlsa::id(failure), host_));
    } else {
        plan.require_tls = target_.demands.require_tls;
        if (fact_.policy != TlsPolicy::dane) {
            co_await add_judges(plan);
        } else if (plan.require_tls == tlsa::RequireTls::demanded) {
            plan.authentication.ee_name_checks = true; // RFC 8689 §4.2.1, whatever RFC 7672 §3.1.1 says
            plan.authentication.reference_names = {dns::Name::literal(host_ + ".")};
        }
        plan.stays_open = target_.control->messages_per_connection > 1;
        auto needs = needs_of(plan);
        const bool done = plan.envelope && co_await over_kept_connection(needs, *plan.envelope);
        if (!done) co_await over_new_connection(std::move(plan), std::move(needs));
    }
    if (fact_.sts != nullptr)
        std::tie(fact_.sts_result, fact_.sts_reason) =
            sts_finding(*fact_.sts, host_, fact_.outcome, sts_request(*s_.authorities, host_, s_.now()));
    co_return fact_;
}

// False where there is none that was opened for the same, or it has ended meanwhile: another is needed.
asio::awaitable<bool> AttemptSessions::over_kept_connection(const SessionNeeds& needs, const tlsa::Envelope& envelope) {
    auto connection = kept_.take(needs);
    if (connection == nullptr) co_return false;
    const unsigned used = kept_.used() + 1;
    const auto dcid = kept_.dcid();
    co_await connection->send(envelope);
    if (ended_between_messages(connection->outcome())) {
        s_.log->info(fmt::format("DCID {} ended before MID {} to RID [{}]: {}", dcid, claim_.mid, claim_.rid,
                                 failure_of(connection->outcome())));
        s_.log->info(fmt::format("DCID {} close", dcid));
        co_return false;
    }
    dcid_ = dcid;
    fact_.outcome = connection->outcome();
    fact_.sending_ip = connection->local_address();
    fact_.reused = true;
    tell_delivery(false);
    co_await kept_.keep(std::move(connection), needs, dcid, used, target_.control->messages_per_connection);
    co_return true;
}

asio::awaitable<void> AttemptSessions::over_new_connection(tlsa::SessionPlan plan, SessionNeeds needs) {
    co_await kept_.close();
    dcid_ = s_.next_dcid();
    if (s_.on_connect) s_.on_connect(fact_.receiving_ip, port_);
    auto connection = std::make_unique<SmtpConnection>(s_.executor, s_.dial_map, fact_.receiving_ip, port_,
                                                       std::move(plan), s_.tls_seed());
    co_await connection->open();
    fact_.outcome = connection->outcome();
    fact_.sending_ip = connection->local_address();
    tell_connection();
    if (fact_.outcome.step == SmtpStep::connect && fact_.outcome.failure != SmtpFailure::none) co_return;
    tell_delivery(true);
    co_await kept_.keep(std::move(connection), std::move(needs), dcid_, 1, target_.control->messages_per_connection);
}

void AttemptSessions::tell_connection() const {
    const auto& outcome = fact_.outcome;
    if (outcome.step == SmtpStep::connect && outcome.failure != SmtpFailure::none)
        s_.log->info(fmt::format("Connection Error: DCID {} domain: {} IP: {} port: {} details: {} interface: {} "
                                 "reason: {}",
                                 dcid_, target_.domain, fact_.receiving_ip, port_, outcome.detail,
                                 fact_.sending_ip.empty() ? "none" : fact_.sending_ip, tlsa::id(outcome.failure)));
    else
        s_.log->info(fmt::format("New SMTP DCID {} interface {} address {} port {}", dcid_, fact_.sending_ip,
                                 fact_.receiving_ip, port_));
}

// `opened`: for this message; another one's lines have told about TLS already.
void AttemptSessions::tell_delivery(bool opened) const {
    const auto& outcome = fact_.outcome;
    s_.log->info(fmt::format("Delivery start DCID {} MID {} to RID [{}]", dcid_, claim_.mid, claim_.rid));
    const bool dane = fact_.policy == TlsPolicy::dane;
    const bool good = outcome.authentication && outcome.authentication->result == tlsa::AuthenticationResult::match;
    if (opened && outcome.tls && (!dane || good))
        s_.log->info(fmt::format("DCID {} TLS success protocol {} cipher {}{}", dcid_, outcome.tls->protocol,
                                 outcome.tls->cipher, dane ? " for " + target_.domain : ""));
    if (opened && outcome.authentication && !good)
        s_.log->info(fmt::format("DCID {} TLS {}: {}", dcid_, dane || !outcome.delivered ? "failed" : "not verified",
                                 outcome.authentication->reasons.empty() ? failure_of(outcome)
                                                                         : outcome.authentication->reasons.front()));
    else if (!outcome.tls && is_tls_failure(outcome))
        s_.log->info(fmt::format("DCID {} TLS failed: {}", dcid_, failure_of(outcome)));
    if (outcome.delivered)
        s_.log->info(fmt::format("Message done DCID {} MID {} to RID [{}]", dcid_, claim_.mid, claim_.rid));
}

} // namespace harness::deliver
