#include "harness/deliver/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "harness/deliver/demands.h"
#include "harness/deliver/evaluation.h"
#include "harness/smtp_driver.h"
#include "harness/transcript.h"
#include "resolver/dns/text.h"
#include "tlsa/pkix.h"

namespace harness::deliver {

namespace asio = boost::asio;
using tlsa::SmtpFailure;
using tlsa::SmtpStep;
using tlsa::TlsPolicy;

namespace {

class Attempt {
  public:
    Attempt(const Claim& claim, const Surroundings& surroundings)
        : claim_(claim)
        , s_(surroundings)
        , domain_(dns::Name::literal(claim.domain + "."))
        , control_(surroundings.config->control_for(claim.domain))
        , demands_(demands_of(claim, control_))
        , dane_(demands_.dane) {
        const auto* route = s_.config->route_for(claim.domain);
        if (route != nullptr && !route->use_dns) route_.emplace(domain_, *route);
    }

    asio::awaitable<AttemptResult> run() {
        // The appliance's DANE knows no routes: nothing is looked up and nobody is connected to.
        if (route_ && dane_ != DaneSupport::none) co_return failed_on_route();
        tlsa::WalkPlan plan = walk_plan();
        tlsa::Walk walk(std::move(plan));
        for (;;) {
            auto step = walk.advance();
            tell(walk);
            if (auto* result = std::get_if<tlsa::WalkResult>(&step)) {
                result_ = std::move(*result);
                break;
            }
            if (auto* lookups = std::get_if<tlsa::WantLookups>(&step)) {
                co_await supply(walk, std::move(lookups->questions));
                continue;
            }
            auto& wanted = std::get<tlsa::WantSession>(step);
            auto outcome = co_await session(std::move(wanted));
            facts_.push_back(fact_of(outcome.first, outcome.second));
            // The server has spoken, or may have the message: another server is not to be tried.
            if (ends_walk(outcome.first)) {
                final_session_ = outcome.first;
                break;
            }
            walk.supply(std::move(outcome.first), std::move(outcome.second));
            tell(walk);
        }
        co_return conclude();
    }

  private:
    tlsa::WalkPlan walk_plan() const {
        tlsa::WalkPlan plan;
        plan.domain = domain_;
        plan.table = dane_ == DaneSupport::none
                         ? table_without_dane()
                         : s_.profile->table(dane_ == DaneSupport::mandatory ? tlsa::Mode::mandatory
                                                                             : tlsa::Mode::opportunistic);
        plan.families = control_.families;
        plan.now = s_.now();
        plan.helo_name = s_.config->hostname;
        tlsa::Envelope envelope;
        envelope.sender = claim_.sender;
        envelope.recipient = claim_.recipient;
        envelope.message = claim_.content;
        plan.envelope = std::move(envelope);
        plan.step_timeout = std::chrono::seconds(s_.config->smtp_seconds);
        plan.fallback = session_policy(demands_);
        // The appliance's "preferred": in clear only where TLS fails before the 220 to STARTTLS.
        plan.clear_after_failed_handshake = demands_.tls_optional;
        return plan;
    }

    AttemptResult failed_on_route() {
        AttemptResult result;
        result.status = "4.7.5";
        result.error = fmt::format("DANE FAILED for {}: its SMTP route names hosts instead of USEDNS, so no MX record "
                                   "proves them",
                                   claim_.domain);
        s_.log->info(fmt::format("MID {} RID [{}] DANE FAILED for {}", claim_.mid, claim_.rid, claim_.domain));
        TlsSession session;
        session.policy_domain = claim_.domain;
        session.result = "validation-failure";
        session.reason_code = "smtp-route-without-usedns";
        result.sessions.push_back(std::move(session));
        return result;
    }

    // The walk's own words, as daneverify prints them.
    void tell(tlsa::Walk& walk) {
        for (const auto& event : walk.take_events()) {
            kinds_.push_back(event.kind);
            if (event.kind == tlsa::EventKind::mx_found && event.state == tlsa::State::secure) proven_.insert(event.mx);
            if (event.kind == tlsa::EventKind::mx_none_implicit) proven_.insert(claim_.domain);
            if (event.kind == tlsa::EventKind::connecting) last_host_ = event.mx;
            if (dane_ == DaneSupport::none) continue;
            for (const auto& line : transcript_lines(event, claim_.domain, s_.now(), last_port_))
                s_.log->debug(line.text);
        }
    }

    asio::awaitable<validator::Lookup> lookup(dns::Question question, bool validated) {
        s_.lookup_log->began(question, validated);
        validator::Lookup found;
        if (validated) {
            found = co_await s_.stub->lookup(question);
        } else {
            auto response = co_await s_.stub->ask(question);
            found = unvalidated(question, response);
        }
        s_.lookup_log->ended(found, validated);
        co_return found;
    }

    asio::awaitable<void> supply(tlsa::Walk& walk, std::vector<dns::Question> questions) {
        // As the appliance has it: A before AAAA, whatever is dialled first.
        std::ranges::stable_sort(questions, {}, [](const dns::Question& q) { return q.type == dns::RrType::AAAA; });
        for (const auto& question : questions) {
            const auto* made_up = route_ ? route_->find(question) : nullptr;
            if (made_up != nullptr) {
                walk.supply(*made_up);
                continue;
            }
            if (question.type == dns::RrType::TLSA && !asked_alias_) {
                asked_alias_ = true; // asked for the log's sake; the walk has followed the alias already
                dns::Question alias(question.name.ancestor(question.name.label_count() - 2), dns::RrType::CNAME);
                co_await lookup(std::move(alias), true);
            }
            if (question.type == dns::RrType::A) asked_alias_ = false;
            auto found = co_await lookup(question, dane_ != DaneSupport::none);
            if (question.type == dns::RrType::TLSA) tlsa_.push_back(found);
            walk.supply(std::move(found));
        }
    }

    // The appliance's verify levels: the e-mail domain, and what the level adds to it.
    asio::awaitable<tlsa::PkixRequest> level_request(dns::Name server_name, std::string address) {
        tlsa::PkixRequest request;
        request.roots = *s_.authorities;
        request.now = s_.now();
        request.reference_names = {domain_};
        if (demands_.tls == TlsSupport::required_verify_hosted_domains) {
            request.rule = tlsa::NameRule::dns_ids_else_cn;
            if (!server_name.is_root()) request.reference_names.push_back(server_name);
            co_return request;
        }
        dns::Question pointer(reverse_name(boost::asio::ip::make_address(address)), dns::RrType::PTR);
        const auto found = co_await lookup(std::move(pointer), false);
        for (const auto& rdata : found.rdata()) {
            dns::Reader reader(rdata);
            if (const auto name = dns::Name::read_uncompressed(reader)) request.reference_names.push_back(*name);
        }
        co_return request;
    }

    static Judge judge_by(tlsa::PkixRequest request) {
        return [request = std::move(request)](const tlsa::CertificateChain& chain) {
            return tlsa::verify_pkix(chain, request);
        };
    }

    // Who judges the certificate where DANE does not.
    asio::awaitable<void> add_judges(tlsa::SessionPlan& plan) {
        std::vector<Judge> judges;
        if (sts_ != nullptr && sts_->mode == StsMode::enforce) {
            plan.tls = TlsPolicy::encrypt;
            plan.server_name = dns::Name::literal(last_host_ + "."); // RFC 8461 §7.1
            judges.push_back(judge_by(sts_request(*s_.authorities, last_host_, s_.now())));
        }
        if (demands_.require_tls == tlsa::RequireTls::demanded) {
            auto request = sts_request(*s_.authorities, last_host_, s_.now());
            request.rule = tlsa::NameRule::dns_ids_else_cn; // RFC 8689 §4.2.1: a DNS-ID or a CN-ID
            judges.push_back(judge_by(std::move(request)));
        }
        plan.judgement_counts = !judges.empty() || demands_.tls != TlsSupport::preferred_verify;
        if (verifies(demands_.tls) && (judges.empty() || demands_.tls != TlsSupport::preferred_verify)) {
            auto request = co_await level_request(plan.server_name, last_address_);
            judges.push_back(judge_by(std::move(request)));
        }
        if (!judges.empty()) plan.judge = all_of(std::move(judges));
    }

    // Hosts that a policy forbids are not even connected to.
    SmtpFailure refused_before() const {
        const bool enforced = sts_ != nullptr && sts_->mode == StsMode::enforce;
        if (last_policy_ != TlsPolicy::dane && enforced && !sts_->names(last_host_))
            return SmtpFailure::host_not_in_policy;
        if (demands_.require_tls != tlsa::RequireTls::demanded || route_) return SmtpFailure::none;
        const auto* policy = sts_for(*s_.config, demands_, claim_.domain, std::nullopt);
        const bool named = policy != nullptr && policy->mode == StsMode::enforce && policy->names(last_host_);
        return named || proven_.contains(last_host_) ? SmtpFailure::none : SmtpFailure::host_not_proven;
    }

    asio::awaitable<std::pair<tlsa::SmtpOutcome, std::string>> session(tlsa::WantSession wanted) {
        auto& plan = wanted.plan;
        last_mx_ = without_final_dot(plan.server_name);
        last_policy_ = plan.tls;
        last_address_ = wanted.address;
        last_base_ = last_policy_ == TlsPolicy::dane ? last_mx_ : "";
        last_port_ = route_ ? route_->port_of(last_mx_) : wanted.port;
        if (plan.server_name.is_at_or_below(dns::Name::literal("invalid."))) { // of an address in a route
            plan.server_name = dns::Name();
            last_mx_.clear();
            last_host_.clear();
        }
        const auto relay_host = route_ ? std::optional(last_host_) : std::nullopt;
        sts_ = last_policy_ == TlsPolicy::dane ? nullptr : sts_for(*s_.config, demands_, claim_.domain, relay_host);
        if (const auto failure = refused_before(); failure != SmtpFailure::none) {
            std::pair<tlsa::SmtpOutcome, std::string> refused;
            refused.first.failure = failure;
            refused.first.detail = fmt::format("{} is not connected to", last_host_);
            s_.log->info(fmt::format("MID {} RID [{}] {}: {}", claim_.mid, claim_.rid, tlsa::id(failure), last_host_));
            co_return refused;
        }
        plan.require_tls = demands_.require_tls;
        if (last_policy_ != TlsPolicy::dane) {
            co_await add_judges(plan);
        } else if (demands_.require_tls == tlsa::RequireTls::demanded) {
            plan.authentication.ee_name_checks = true; // RFC 8689 §4.2.1, whatever RFC 7672 §3.1.1 says
            plan.authentication.reference_names = {dns::Name::literal(last_host_ + ".")};
        }
        dcid_ = s_.next_dcid();
        if (s_.on_connect) s_.on_connect(last_address_, last_port_);
        auto outcome = co_await run_session(s_.executor, s_.dial_map, wanted.address, last_port_,
                                            std::move(wanted.plan), s_.tls_seed());
        tell_session(outcome.first, outcome.second);
        co_return outcome;
    }

    SessionFact fact_of(const tlsa::SmtpOutcome& outcome, const std::string& interface) const {
        SessionFact fact{last_mx_, last_base_, interface, last_address_, outcome, last_policy_, sts_, "", ""};
        if (sts_ != nullptr)
            std::tie(fact.sts_result, fact.sts_reason) =
                sts_finding(*sts_, last_host_, outcome, sts_request(*s_.authorities, last_host_, s_.now()));
        return fact;
    }

    void tell_session(const tlsa::SmtpOutcome& outcome, const std::string& interface) {
        if (outcome.step == SmtpStep::connect && outcome.failure != SmtpFailure::none) {
            s_.log->info(fmt::format("Connection Error: DCID {} domain: {} IP: {} port: {} details: {} interface: {} "
                                     "reason: {}",
                                     dcid_, claim_.domain, last_address_, last_port_, outcome.detail,
                                     interface.empty() ? "none" : interface, tlsa::id(outcome.failure)));
            return;
        }
        s_.log->info(fmt::format("New SMTP DCID {} interface {} address {} port {}", dcid_, interface, last_address_,
                                 last_port_));
        s_.log->info(fmt::format("Delivery start DCID {} MID {} to RID [{}]", dcid_, claim_.mid, claim_.rid));
        const bool dane = last_policy_ == TlsPolicy::dane;
        const bool good = outcome.authentication && outcome.authentication->result == tlsa::AuthenticationResult::match;
        if (outcome.tls && (!dane || good))
            s_.log->info(fmt::format("DCID {} TLS success protocol {} cipher {}{}", dcid_, outcome.tls->protocol,
                                     outcome.tls->cipher, dane ? " for " + claim_.domain : ""));
        if (outcome.authentication && !good)
            s_.log->info(fmt::format("DCID {} TLS {}: {}", dcid_,
                                     dane || !outcome.delivered ? "failed" : "not verified", failure_of(outcome)));
        else if (!outcome.tls && is_tls_failure(outcome))
            s_.log->info(fmt::format("DCID {} TLS failed: {}", dcid_, failure_of(outcome)));
        if (outcome.delivered)
            s_.log->info(fmt::format("Message done DCID {} MID {} to RID [{}]", dcid_, claim_.mid, claim_.rid));
        s_.log->info(fmt::format("DCID {} close", dcid_));
    }

    AttemptResult conclude() {
        Findings findings{claim_, dane_, control_, result_, kinds_, facts_, tlsa_, final_session_};
        AttemptResult result = evaluate(findings, s_.now());
        result.dcid = dcid_;
        const std::string_view word = dane_word();
        if (!word.empty())
            s_.log->info(fmt::format("MID {} RID [{}] DANE {} for {}", claim_.mid, claim_.rid, word, claim_.domain));
        return result;
    }

    // What DANE came to, whatever became of the message; "" where it did not come to anything.
    std::string_view dane_word() const {
        constexpr std::string_view success = "SUCCESS", fallback = "FALLBACK to opportunistic TLS", failed = "FAILED";
        if (dane_ == DaneSupport::none) return "";
        if (final_session_) return facts_.back().policy == TlsPolicy::dane ? success : fallback;
        if (result_.attempts.empty() || !result_.attempts.back().decision) return "";
        switch (result_.attempts.back().decision->action) {
        case tlsa::Action::dane_success: return success;
        case tlsa::Action::opportunistic_tls: return fallback;
        case tlsa::Action::dane_fail: break;
        }
        return failed;
    }

    const Claim& claim_;
    const Surroundings& s_;
    dns::Name domain_;
    const DestinationControl& control_;
    Demands demands_;
    DaneSupport dane_;
    std::optional<RouteData> route_;
    bool asked_alias_ = false;
    std::int64_t dcid_ = 0;
    // of the session that is under way, or the last one
    std::string last_mx_, last_base_, last_address_, last_host_; // last_host_: as the MX record or the route has it
    const StsPolicy* sts_ = nullptr;
    std::uint16_t last_port_ = 25;
    TlsPolicy last_policy_ = TlsPolicy::cleartext;
    std::set<std::string> proven_; // MX hosts from secure RRsets
    // what was found
    tlsa::WalkResult result_;
    std::vector<tlsa::EventKind> kinds_;
    std::vector<SessionFact> facts_;
    std::vector<validator::Lookup> tlsa_;
    std::optional<tlsa::SmtpOutcome> final_session_;
};

} // namespace

asio::awaitable<AttemptResult> attempt_delivery(const Claim& claim, const Surroundings& surroundings) {
    Attempt attempt(claim, surroundings);
    co_return co_await attempt.run();
}

} // namespace harness::deliver
