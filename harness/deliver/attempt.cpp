#include "harness/deliver/attempt.h"

#include <fmt/format.h>

#include <algorithm>

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

bool verifies(TlsSupport tls) {
    return tls == TlsSupport::preferred_verify || tls == TlsSupport::required_verify ||
           tls == TlsSupport::required_verify_hosted_domains;
}

TlsPolicy policy_of(TlsSupport tls) {
    switch (tls) {
    case TlsSupport::none: return TlsPolicy::cleartext;
    case TlsSupport::preferred:
    case TlsSupport::preferred_verify: return TlsPolicy::opportunistic;
    case TlsSupport::required:
    case TlsSupport::required_verify:
    case TlsSupport::required_verify_hosted_domains: break;
    }
    return TlsPolicy::encrypt;
}

// A table for mail without DANE: lookups are plain then, and everything that exists is delivered to.
tlsa::DecisionTable table_without_dane() {
    using tlsa::Action;
    using tlsa::State;
    tlsa::DecisionTable table;
    table.profile = "no DANE";
    const auto row = [&](std::optional<State> mx, std::optional<State> a, Action action) {
        tlsa::Row r;
        r.number = static_cast<unsigned>(table.rows.size() + 1);
        r.states.mx = mx;
        r.states.a = a;
        r.action = action;
        table.rows.push_back(r);
    };
    row(State::bogus, std::nullopt, Action::dane_fail); // no answer
    row(State::insecure, State::bogus, Action::dane_fail);
    row(State::insecure, State::insecure, Action::opportunistic_tls);
    return table;
}

class Attempt {
  public:
    Attempt(const Claim& claim, const Surroundings& surroundings)
        : claim_(claim)
        , s_(surroundings)
        , domain_(dns::Name::literal(claim.domain + "."))
        , control_(surroundings.config->control_for(claim.domain))
        , dane_(claim.relay ? control_.dane : DaneSupport::none) {
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
            facts_.push_back({last_mx_, last_base_, outcome.second, last_address_, outcome.first, last_policy_});
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
        plan.fallback = policy_of(control_.tls);
        // The appliance's "preferred": in clear only where TLS fails before the 220 to STARTTLS.
        plan.clear_after_failed_handshake = false;
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

    asio::awaitable<void> add_judge(tlsa::SessionPlan& plan, const std::string& address) {
        tlsa::PkixRequest request;
        request.roots = *s_.authorities;
        request.now = s_.now();
        request.reference_names = {domain_};
        if (control_.tls == TlsSupport::required_verify_hosted_domains) {
            request.rule = tlsa::NameRule::dns_ids_else_cn;
            if (!plan.server_name.is_root()) request.reference_names.push_back(plan.server_name);
        } else {
            dns::Question pointer(reverse_name(boost::asio::ip::make_address(address)), dns::RrType::PTR);
            const auto found = co_await lookup(std::move(pointer), false);
            for (const auto& rdata : found.rdata()) {
                dns::Reader reader(rdata);
                if (const auto name = dns::Name::read_uncompressed(reader)) request.reference_names.push_back(*name);
            }
        }
        plan.judge = [request = std::move(request)](const tlsa::CertificateChain& chain) {
            return tlsa::verify_pkix(chain, request);
        };
        plan.judgement_counts = control_.tls != TlsSupport::preferred_verify;
    }

    asio::awaitable<std::pair<tlsa::SmtpOutcome, std::string>> session(tlsa::WantSession wanted) {
        last_mx_ = without_final_dot(wanted.plan.server_name);
        last_policy_ = wanted.plan.tls;
        last_address_ = wanted.address;
        last_base_ = last_policy_ == TlsPolicy::dane ? last_mx_ : "";
        last_port_ = route_ ? route_->port_of(last_mx_) : wanted.port;
        if (wanted.plan.server_name.is_at_or_below(dns::Name::literal("invalid."))) { // of an address in a route
            wanted.plan.server_name = dns::Name();
            last_mx_.clear();
        }
        if (last_policy_ != TlsPolicy::dane && verifies(control_.tls)) co_await add_judge(wanted.plan, wanted.address);
        dcid_ = s_.next_dcid();
        auto outcome = co_await run_session(s_.executor, s_.dial_map, wanted.address, last_port_,
                                            std::move(wanted.plan), s_.tls_seed());
        tell_session(outcome.first, outcome.second);
        co_return outcome;
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
    DaneSupport dane_;
    std::optional<RouteData> route_;
    bool asked_alias_ = false;
    std::int64_t dcid_ = 0;
    // of the session that is under way, or the last one
    std::string last_mx_, last_base_, last_address_;
    std::uint16_t last_port_ = 25;
    TlsPolicy last_policy_ = TlsPolicy::cleartext;
    // what was found
    tlsa::WalkResult result_;
    std::vector<tlsa::EventKind> kinds_;
    std::vector<SessionFact> facts_;
    std::vector<validator::Lookup> tlsa_;
    std::optional<tlsa::SmtpOutcome> final_session_;
};

} // namespace

std::string_view to_text(Outcome outcome) {
    switch (outcome) {
    case Outcome::verified: return "verified";
    case Outcome::verified_insecure_mx: return "verified-insecure-mx";
    case Outcome::unauthenticated_tls: return "unauthenticated-tls";
    case Outcome::cleartext: return "cleartext";
    case Outcome::deferred: return "deferred";
    case Outcome::bounced: return "bounced";
    }
    return "";
}

asio::awaitable<AttemptResult> attempt_delivery(const Claim& claim, const Surroundings& surroundings) {
    Attempt attempt(claim, surroundings);
    co_return co_await attempt.run();
}

} // namespace harness::deliver
