#include "harness/deliver/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <stdexcept>

#include "harness/deliver/evaluation.h"
#include "harness/deliver/kept_connection.h"
#include "harness/deliver/message.h"

namespace harness::deliver {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t day = 86'400;

std::array<std::uint8_t, 32> octets_of(const std::function<std::uint64_t()>& random) {
    std::array<std::uint8_t, 32> seed{};
    for (std::size_t i = 0; i < seed.size(); i += 8) {
        const auto number = random();
        for (std::size_t j = 0; j < 8; ++j) seed[i + j] = static_cast<std::uint8_t>(number >> (8 * j));
    }
    return seed;
}

} // namespace

struct Delivery::State {
    State(asio::io_context& context, const Config& c, Queue& q, Log& l, DeliveryNetwork n,
          std::function<dns::UnixTime()> clock)
        : io(context)
        , config(c)
        , queue(q)
        , log(l)
        , network(std::move(n))
        , now(std::move(clock))
        , profile(load_profile(c.profile))
        , policy(validator::Policy::of(validator::AlgorithmProfile::rfc9904))
        , lookup_log(l, now, c.dns_seconds)
        , stub(io.get_executor(), stub_options(), network.anchors, policy, now, network.random,
               [this](const resolver::Exchange& exchange) { lookup_log.exchanged(exchange); }) {}

    asio::io_context& io;
    const Config& config;
    Queue& queue;
    Log& log;
    DeliveryNetwork network;
    std::function<dns::UnixTime()> now;
    Profile profile;
    validator::Policy policy;
    LookupLog lookup_log;
    resolver::Stub stub;
    PassCount count;
    std::exception_ptr failure;
    unsigned workers = 0;

    resolver::StubOptions stub_options() const {
        resolver::StubOptions options;
        options.upstreams = network.upstreams;
        options.dial_map = network.dial_map;
        options.try_timeout =
            network.resolver_try.count() > 0 ? network.resolver_try : std::chrono::seconds(config.dns_seconds);
        return options;
    }

    Surroundings surroundings() {
        Surroundings s;
        s.executor = io.get_executor();
        s.config = &config;
        s.profile = &profile;
        s.authorities = &network.authorities;
        s.stub = &stub;
        s.dial_map = network.dial_map;
        s.log = &log;
        s.lookup_log = &lookup_log;
        s.now = now;
        s.tls_seed = [this] { return octets_of(network.random); };
        s.on_connect = network.on_connect;
        s.next_dcid = [this] { return queue.next_connection_id(); };
        return s;
    }

    Queue::Limits limits(const std::string& domain) const {
        const auto& control = config.control_for(domain);
        Queue::Limits limits;
        limits.connections = control.concurrent_connections;
        if (control.recipients_per_minute) limits.recipients_per_minute = *control.recipients_per_minute;
        return limits;
    }

    asio::awaitable<void> work(dns::UnixTime began);
    void tell(const Claim& claim, Outcome outcome, std::string error, bool uncertain) {
        AttemptTold told;
        told.mid = claim.mid;
        told.recipient = claim.recipient;
        told.outcome = outcome;
        told.error = std::move(error);
        told.uncertain = uncertain;
        count.told.push_back(std::move(told));
    }
    // Seconds that it may stay in the queue.
    std::int64_t timer_of(const Claim& claim) const;
    void finish(const Claim& claim, AttemptResult& result);
    void defer(const Claim& claim, const AttemptResult& result);
    void bounce(const Claim& claim, const AttemptResult& result);
};

Delivery::Delivery(asio::io_context& io, const Config& config, Queue& queue, Log& log, DeliveryNetwork network,
                   std::function<dns::UnixTime()> now)
    : state_(std::make_unique<State>(io, config, queue, log, std::move(network), std::move(now))) {}
Delivery::~Delivery() = default;

// Each recipient is tried once in a pass: what is deferred is due later than the pass began. A connection is kept as
// long as there is more for its destination; what it has delivered is recorded before the next message goes over it.
asio::awaitable<void> Delivery::State::work(dns::UnixTime began) {
    const Surroundings around = surroundings();
    const Queue::LimitsOf limits_of = [this](const std::string& domain) { return limits(domain); };
    KeptConnection kept(log);
    std::string last_domain;
    while (!failure) {
        std::optional<Claim> claim;
        if (kept.is_open()) claim = queue.claim(began, limits_of, last_domain);
        if (!claim) {
            co_await kept.close();
            claim = queue.claim(began, limits_of);
        }
        if (!claim) co_return;
        last_domain = claim->domain;
        if (claim->interrupted)
            log.warning(fmt::format("MID {} RID [{}] an earlier attempt was cut off: if the server took the message "
                                    "then, this delivery to {} is the second",
                                    claim->mid, claim->rid, claim->recipient));
        // Whatever else it throws is of this message alone: it waits and expires like others, which go on meanwhile.
        // A session that refuses to begin (invalid_argument) has sent nothing; of the rest nobody knows.
        AttemptResult result;
        try {
            result = co_await attempt_delivery(*claim, around, kept);
        } catch (const DatabaseError&) {
            throw;
        } catch (const std::exception& error) {
            result = {};
            result.status = "4.3.0"; // RFC 3463 §3.4
            result.error = error.what();
            result.uncertain = dynamic_cast<const std::invalid_argument*>(&error) == nullptr;
        }
        finish(*claim, result);
    }
}

std::int64_t Delivery::State::timer_of(const Claim& claim) const {
    return claim.tls_report ? day : config.bounce_profile_for(claim.domain).timer; // RFC 8460 §5.5
}

void Delivery::State::finish(const Claim& claim, AttemptResult& result) {
    if (result.outcome == Outcome::bounced) return bounce(claim, result);
    if (result.outcome == Outcome::deferred) {
        if (now().seconds < claim.accepted.seconds + timer_of(claim)) return defer(claim, result);
        result.error = fmt::format("Delivery expired (message too old) after {} attempts; the last one: {} {}",
                                   claim.attempts + 1, result.status, result.error);
        result.status = "5.4.7";
        return bounce(claim, result);
    }
    const std::string outcome(to_text(result.outcome));
    // Told before it is recorded: between the two a process may end, and then the log has it.
    log.info(fmt::format("MID {} RID [{}] Response '{}'", claim.mid, claim.rid, result.reply.substr(0, quoted_reply)));
    log.info(fmt::format("MID {} RID [{}] delivered to {}: {}{}", claim.mid, claim.rid, claim.recipient, outcome,
                         result.authority ? " (certificate verified by an authority)" : ""));
    queue.delivered(claim, outcome, result.reply.substr(0, quoted_reply), result.sessions, now());
    ++count.delivered;
    tell(claim, result.outcome, "", false);
}

void Delivery::State::defer(const Claim& claim, const AttemptResult& result) {
    const auto& waits = config.bounce_profile_for(claim.domain).retry_after;
    const auto wait = waits[std::min<std::size_t>(claim.attempts, waits.size() - 1)];
    // The last attempt is made when the timer ends.
    const dns::UnixTime next{std::min(now().seconds + wait, claim.accepted.seconds + timer_of(claim))};
    const std::string error = fmt::format("{} - {}", result.status, result.error);
    queue.defer(claim, next, error, result.uncertain, result.sessions, now());
    ++count.deferred;
    tell(claim, Outcome::deferred, error, result.uncertain);
    log.info(fmt::format("Delayed: DCID {} MID {} to RID {} - {}", result.dcid, claim.mid, claim.rid, error));
    if (result.uncertain)
        log.warning(fmt::format("MID {} RID [{}] {} may have the message although the server did not say so", claim.mid,
                                claim.rid, claim.recipient));
}

void Delivery::State::bounce(const Claim& claim, const AttemptResult& result) {
    std::optional<NewMessage> notice;
    const bool notify = config.bounce_profile_for(claim.domain).notify && !claim.sender.empty() && !claim.tls_report;
    if (notify) notice = non_delivery_notice(claim, result.error, result.status, config.hostname, now());
    const std::string error = fmt::format("{} - {}", result.status, result.error);
    const auto mid = queue.bounce(claim, error, notice, result.sessions, now());
    ++count.bounced;
    tell(claim, Outcome::bounced, error, false);
    log.info(fmt::format("{}: DCID {} MID {} to RID {} - {}", claim.tls_report ? "TLS report dropped" : "Bounced",
                         result.dcid, claim.mid, claim.rid, error));
    if (mid) log.info(fmt::format("MID {} was generated for bounce of MID {}", *mid, claim.mid));
}

PassCount Delivery::pass(unsigned jobs) {
    auto& state = *state_;
    state.count = {};
    state.failure = nullptr;
    const auto began = state.now();
    for (const auto& one : state.queue.recover(began))
        state.log.warning(fmt::format("MID {} RID [{}] the attempt for {} that began {} was cut off by the end of its "
                                      "process: it is queued again",
                                      one.mid, one.rid, one.recipient, log_time(one.began)));
    // Whole days: a mark that a day's report was sent goes no sooner than the day's last session.
    const auto kept_from = began.seconds - day * state.config.tls_report.keep_days;
    state.queue.forget(dns::UnixTime{kept_from - kept_from % day});
    state.workers = std::max(1u, jobs);
    state.io.restart();
    for (unsigned i = state.workers; i > 0; --i)
        asio::co_spawn(state.io, state.work(began), [&state](std::exception_ptr error) {
            if (error && !state.failure) state.failure = error;
            if (--state.workers == 0) state.io.stop(); // servers of a fake Internet would keep it running
        });
    state.io.run();
    if (state.failure) std::rethrow_exception(state.failure);
    return state.count;
}

std::vector<ReportFate> Delivery::send_reports(dns::UnixTime day) {
    auto& state = *state_;
    const Surroundings around = state.surroundings();
    std::vector<ReportFate> fates;
    std::exception_ptr failure;
    state.io.restart();
    asio::co_spawn(state.io, deliver::send_reports(state.queue, around, day),
                   [&](std::exception_ptr error, std::vector<ReportFate> found) {
                       failure = error;
                       fates = std::move(found);
                       state.io.stop(); // as above
                   });
    state.io.run();
    if (failure) std::rethrow_exception(failure);
    return fates;
}

} // namespace harness::deliver
