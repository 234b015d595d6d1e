#include "harness/deliver/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "harness/deliver/attempt_session.h"
#include "harness/transcript.h"

namespace harness::deliver {

namespace asio = boost::asio;
using tlsa::TlsPolicy;

namespace {

// To one target: the walk over its hosts, with a session at each until one ends it.
class Attempt {
  public:
    Attempt(const Claim& claim, const Surroundings& surroundings, const Target& target, KeptConnection& kept)
        : claim_(claim)
        , s_(surroundings)
        , target_(target)
        , dane_(target.demands.dane)
        , sessions_(claim, surroundings, target, kept) {}

    asio::awaitable<AttemptResult> run() {
        // The appliance's DANE knows no routes: nothing is looked up and nobody is connected to.
        if (target_.route && dane_ != DaneSupport::none) co_return failed_on_route();
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
                if (is_over()) break;
                co_await supply(walk, std::move(lookups->questions));
                continue;
            }
            auto& wanted = std::get<tlsa::WantSession>(step);
            if (is_over()) break;
            auto fact = co_await sessions_.run(std::move(wanted), last_host_, proven_.contains(last_host_));
            facts_.push_back(fact);
            // The server has spoken, or may have the message: another server is not to be tried.
            if (ends_walk(fact.outcome)) {
                final_session_ = fact.outcome;
                break;
            }
            walk.supply(std::move(fact.outcome), std::move(fact.sending_ip));
            tell(walk);
        }
        co_return conclude();
    }

  private:
    // A domain may name 100 hosts of 32 addresses, and each SMTP step has its own deadline: without one for all of them
    // a hostile domain would hold a worker for days. The real clock, as of the steps: the client's may stand still. One
    // session is always had.
    bool is_over() {
        if (facts_.empty()) return false;
        const auto now = std::chrono::steady_clock::now();
        out_of_time_ = now - began_ >= std::chrono::seconds(s_.config->attempt_limit());
        if (out_of_time_)
            s_.log->info(fmt::format("MID {} RID [{}] no further server of {} is tried: the attempt has taken {} s",
                                     claim_.mid, claim_.rid, target_.domain, s_.config->attempt_limit()));
        return out_of_time_;
    }

    tlsa::WalkPlan walk_plan() const {
        tlsa::WalkPlan plan;
        plan.domain = target_.name;
        plan.next_hop = target_.is_host ? tlsa::NextHop::host : tlsa::NextHop::mail_domain;
        plan.port = target_.port;
        plan.table = dane_ == DaneSupport::none
                         ? table_without_dane()
                         : s_.profile->table(dane_ == DaneSupport::mandatory ? tlsa::Mode::mandatory
                                                                             : tlsa::Mode::opportunistic);
        plan.families = target_.control->families;
        plan.now = s_.now();
        plan.helo_name = s_.config->hostname;
        tlsa::Envelope envelope;
        envelope.sender = claim_.sender;
        envelope.recipient = claim_.recipient;
        envelope.message = claim_.content;
        plan.envelope = std::move(envelope);
        plan.step_timeout = std::chrono::seconds(s_.config->smtp_seconds);
        plan.fallback = session_policy(target_.demands);
        // The appliance's "preferred": in clear only where TLS fails before the 220 to STARTTLS.
        plan.clear_after_failed_handshake = target_.demands.tls_optional;
        return plan;
    }

    AttemptResult failed_on_route() {
        AttemptResult result;
        result.status = "4.7.5";
        result.dane_failure = "its SMTP route names hosts instead of USEDNS, so no MX record proves them";
        result.error = fmt::format("DANE FAILED for {}: {}", target_.domain, result.dane_failure);
        tell_dane("FAILED", result);
        TlsSession session;
        session.policy_domain = target_.domain;
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
            if (event.kind == tlsa::EventKind::mx_none_implicit) proven_.insert(target_.domain);
            if (event.kind == tlsa::EventKind::connecting) last_host_ = event.mx;
            if (dane_ == DaneSupport::none) continue;
            for (const auto& line : transcript_lines(event, target_.domain, s_.now(), sessions_.port()))
                s_.log->debug(line.text);
        }
    }

    asio::awaitable<void> supply(tlsa::Walk& walk, std::vector<dns::Question> questions) {
        // As the appliance has it: A before AAAA, whatever is dialled first.
        std::ranges::stable_sort(questions, {}, [](const dns::Question& q) { return q.type == dns::RrType::AAAA; });
        for (const auto& question : questions) {
            const auto* made_up = target_.route ? target_.route->find(question) : nullptr;
            if (made_up != nullptr) {
                walk.supply(*made_up);
                continue;
            }
            if (question.type == dns::RrType::TLSA && !asked_alias_) {
                asked_alias_ = true; // asked for the log's sake; the walk has followed the alias already
                dns::Question alias(question.name.ancestor(question.name.label_count() - 2), dns::RrType::CNAME);
                co_await told_lookup(s_, std::move(alias), true);
            }
            const bool of_address = question.type == dns::RrType::A || question.type == dns::RrType::AAAA;
            if (of_address) asked_alias_ = false; // another host
            auto found = co_await told_lookup(s_, question, dane_ != DaneSupport::none);
            if (question.type == dns::RrType::TLSA) tlsa_.push_back(found);
            walk.supply(std::move(found));
        }
    }

    AttemptResult conclude() {
        Findings findings{claim_, target_.domain, dane_, *target_.control, result_,
                          kinds_, facts_,         tlsa_, final_session_};
        AttemptResult result = evaluate(findings, s_.now());
        if (out_of_time_) result.error += "; out of time for the servers left";
        result.dcid = sessions_.dcid();
        tell_dane(dane_word(), result);
        return result;
    }

    // What DANE came to, whatever became of the message; "" where it did not come to anything.
    std::string_view dane_word() const {
        constexpr std::string_view success = "SUCCESS", fallback = "FALLBACK to opportunistic TLS", failed = "FAILED";
        if (dane_ == DaneSupport::none) return "";
        if (final_session_) return facts_.back().policy == TlsPolicy::dane ? success : fallback;
        const auto* decided = last_decided(result_);
        if (decided == nullptr) return "";
        switch (decided->decision->action) {
        case tlsa::Action::dane_success: return success;
        case tlsa::Action::opportunistic_tls: return fallback;
        case tlsa::Action::pkix_tls: // of SRV services
        case tlsa::Action::dane_fail: break;
        }
        return failed;
    }

    void tell_dane(std::string_view word, const AttemptResult& result) const {
        if (word.empty()) return;
        const bool recorded = !result.dane_failure.empty() && result.outcome == Outcome::deferred &&
                              target_.control->dane_failures == DaneFailures::record;
        s_.log->info(fmt::format("MID {} RID [{}] DANE {} for {}{}", claim_.mid, claim_.rid, word, target_.domain,
                                 recorded ? fmt::format(" (recorded only): {}", result.dane_failure) : ""));
    }

    const Claim& claim_;
    const Surroundings& s_;
    const Target& target_;
    DaneSupport dane_;
    AttemptSessions sessions_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    bool out_of_time_ = false;
    bool asked_alias_ = false;
    std::string last_host_;        // of the session that is under way, as the MX record or the route has it
    std::set<std::string> proven_; // MX hosts from secure RRsets
    // what was found
    tlsa::WalkResult result_;
    std::vector<tlsa::EventKind> kinds_;
    std::vector<SessionFact> facts_;
    std::vector<validator::Lookup> tlsa_;
    std::optional<tlsa::SmtpOutcome> final_session_;
};

Target target_of(const Claim& claim, const Config& config) {
    Target target;
    target.domain = claim.domain;
    target.name = dns::Name::literal(claim.domain + ".");
    target.control = &config.control_for(claim.domain);
    target.demands = demands_of(claim, *target.control);
    const auto* route = config.route_for(claim.domain);
    if (route != nullptr && !route->use_dns) target.route.emplace(target.name, *route);
    return target;
}

// The host for mail that would wait: another destination, with a control of its own.
Target fallback_of(const Claim& claim, const Config& config, const RouteHost& host) {
    Target target;
    target.domain = host.host;
    target.name = dns::Name::literal(host.host + ".");
    target.control = &config.control_for(host.host);
    target.demands = demands_of(claim, *target.control);
    target.is_host = true;
    target.port = host.port;
    return target;
}

asio::awaitable<AttemptResult> attempt_at(const Claim& claim, const Surroundings& surroundings, const Target& target,
                                          KeptConnection& kept) {
    Attempt attempt(claim, surroundings, target, kept);
    auto result = co_await attempt.run();
    if (result.dane_failure.empty() || result.outcome != Outcome::deferred ||
        target.control->dane_failures != DaneFailures::record)
        co_return result;
    // Recorded only: what failed stays in the report, and the message goes on as without DANE.
    Target without = target;
    without.demands.dane = DaneSupport::none;
    Attempt again(claim, surroundings, without, kept);
    auto second = co_await again.run();
    std::erase_if(second.sessions, [](const TlsSession& session) { return session.policy_type != "sts"; });
    second.sessions.insert(second.sessions.begin(), result.sessions.begin(), result.sessions.end());
    co_return second;
}

} // namespace

asio::awaitable<AttemptResult> attempt_delivery(const Claim& claim, const Surroundings& surroundings,
                                                KeptConnection& kept) {
    const Target target = target_of(claim, *surroundings.config);
    auto result = co_await attempt_at(claim, surroundings, target, kept);
    const auto& fallback = target.control->fallback;
    // Where the server may have the message, a second one is not to get it as well.
    if (fallback && result.outcome == Outcome::deferred && !result.uncertain) {
        surroundings.log->info(fmt::format("MID {} RID [{}] goes to the fallback host {}: {} {}", claim.mid, claim.rid,
                                           fallback->host, result.status, result.error));
        const Target host = fallback_of(claim, *surroundings.config, *fallback);
        auto second = co_await attempt_at(claim, surroundings, host, kept);
        // What the host's sessions say of TLS is not for the report to the recipients' domain.
        second.sessions = std::move(result.sessions);
        if (!tlsa::is_delivered(second.outcome)) {
            // The host may refuse it for good, but it was never meant for that host: it waits.
            second.outcome = Outcome::deferred;
            second.error =
                fmt::format("{}; fallback host {}: {} {}", result.error, fallback->host, second.status, second.error);
            second.status = result.status;
        }
        result = std::move(second);
    }
    if (claim.tls_report) result.sessions.clear(); // RFC 8460 §3
    co_return result;
}

} // namespace harness::deliver
