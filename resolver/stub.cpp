#include "resolver/stub.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cassert>
#include <deque>
#include <unordered_map>
#include <utility>

#include "resolver/cache.h"
#include "resolver/failover.h"
#include "resolver/flight.h"
#include "resolver/key_tag_signal.h"

namespace resolver {

namespace {

using validator::Answered;
using validator::Attempt;
using validator::Lookup;
using validator::NoAnswer;
using validator::NoAnswerCause;
using validator::Response;

// What an average entry may weigh: a message with a handful of signed RRsets. `cache_entries` of these bound the
// memory.
constexpr std::size_t octets_per_entry = 4'096;

// The anchor whose zone's keys this question asks for; nullptr for every other question.
const validator::TrustAnchor* anchor_asked_for(const dns::Question& question, const validator::TrustAnchors& anchors) {
    if (question.type != dns::RrType::DNSKEY || question.rr_class != dns::RrClass::IN) return nullptr;
    const validator::TrustAnchor* anchor = anchors.closest(question.name);
    return anchor != nullptr && anchor->zone == question.name ? anchor : nullptr;
}

ExchangeOptions exchange_options(const StubOptions& options, const validator::TrustAnchors& anchors) {
    ExchangeOptions exchange;
    exchange.dial_map = options.dial_map;
    exchange.try_timeout = options.try_timeout;
    exchange.tries = std::max(options.tries, 1U);
    exchange.use_0x20 = options.use_0x20;
    exchange.udp_payload_size = options.udp_payload_size;
    if (options.edns_key_tag)
        exchange.edns_options = [&anchors](const dns::Question& question) -> std::vector<dns::EdnsOption> {
            const auto* anchor = anchor_asked_for(question, anchors);
            if (anchor == nullptr) return {};
            return {key_tag_option(*anchor)};
        };
    return exchange;
}

// RCODEs with which a resolver says that it cannot help: another one may.
std::optional<NoAnswerCause> refusal(dns::Rcode rcode) {
    if (rcode == dns::Rcode::SERVFAIL) return NoAnswerCause::servfail;
    if (rcode == dns::Rcode::REFUSED) return NoAnswerCause::refused;
    return std::nullopt;
}

const std::vector<Attempt>& attempts_of(const Response& response) {
    const auto* answered = std::get_if<Answered>(&response);
    return answered ? answered->attempts : std::get<NoAnswer>(response).attempts;
}

} // namespace

struct Stub::State : std::enable_shared_from_this<Stub::State> {
    using ResponseFlight = Flight<Response>;
    using LookupFlight = Flight<Lookup>;

    State(boost::asio::any_io_executor ex, StubOptions o, const validator::TrustAnchors& a, const validator::Policy& p,
          Clock c, Random random, Observer observer, Witness w)
        : executor(std::move(ex))
        , options(std::move(o))
        , anchors(a)
        , policy(p)
        , clock(std::move(c))
        , exchanger(exchange_options(options, anchors), std::move(random), std::move(observer))
        , witness(std::move(w))
        , failover(options.upstreams)
        , messages(options.cache_entries, options.cache_entries * octets_per_entry)
        , lookups(options.cache_entries, options.cache_entries * octets_per_entry)
        , failures(options.cache_entries, options.cache_entries * octets_per_entry)
        , keys(options.cache_entries) {}

    boost::asio::awaitable<Response> ask_upstreams(dns::Question question);
    boost::asio::awaitable<Response> response(dns::Question question);
    boost::asio::awaitable<void> carry_out(dns::Question question, std::shared_ptr<ResponseFlight> flight);
    std::shared_ptr<ResponseFlight> start(const dns::Question& question);
    void signal(const dns::Question& question);
    void start_next();

    boost::asio::awaitable<Lookup> validate(dns::Question question);
    boost::asio::awaitable<void> carry_out_lookup(dns::Question question, std::shared_ptr<LookupFlight> flight);
    std::shared_ptr<LookupFlight> start_lookup(const dns::Question& question);

    boost::asio::any_io_executor executor;
    StubOptions options;
    const validator::TrustAnchors& anchors;
    const validator::Policy& policy;
    Clock clock;
    Exchanger exchanger;
    Witness witness;
    Failover failover;
    MessageCache messages;
    LookupCache lookups;
    FailureCache failures;
    validator::KeyCache keys;
    std::unordered_map<dns::Question, std::shared_ptr<ResponseFlight>> asking; // in flight or queued
    std::unordered_map<dns::Question, std::shared_ptr<LookupFlight>> validating;
    std::deque<dns::Question> queue; // questions of `asking` that are not in flight yet
    unsigned in_flight = 0;
};

// The first upstream that helps. SERVFAIL and REFUSED are the answer only where nobody gives a better one.
boost::asio::awaitable<Response> Stub::State::ask_upstreams(dns::Question question) {
    std::vector<Attempt> attempts;
    std::optional<Answered> unhelpful;
    for (const std::size_t index : failover.order(clock())) {
        const Upstream upstream = options.upstreams[index];
        const std::string source = upstream.to_text();
        Outcome outcome = co_await exchanger.ask(question, upstream, attempts);
        auto* message = std::get_if<dns::Message>(&outcome);
        if (!message) {
            const bool truncated_before = attempts.size() >= 2 && attempts[attempts.size() - 2].source.text == source &&
                                          attempts[attempts.size() - 2].cause == NoAnswerCause::truncated;
            // It answered over UDP: whatever is wrong with its TCP, smaller answers still come.
            if (!truncated_before) failover.mark_unreachable(index, clock());
            continue;
        }
        failover.mark_reachable(index);
        if (const auto cause = refusal(message->rcode)) {
            if (!unhelpful) unhelpful = Answered{std::move(*message), {source}, {}};
            attempts.push_back({{source}, *cause});
            continue;
        }
        Answered answered{std::move(*message), {source}, std::move(attempts)};
        co_return Response(std::move(answered));
    }
    if (unhelpful) {
        unhelpful->attempts = std::move(attempts);
        co_return Response(std::move(*unhelpful));
    }
    NoAnswer none{attempts.empty() ? NoAnswerCause::no_resolver : attempts.back().cause, std::move(attempts)};
    co_return Response(std::move(none));
}

boost::asio::awaitable<void> Stub::State::carry_out(dns::Question question, std::shared_ptr<ResponseFlight> flight) {
    const auto self = shared_from_this();
    std::exception_ptr error;
    std::optional<Response> response;
    try {
        response = co_await ask_upstreams(question);
        if (const auto* answered = std::get_if<Answered>(&*response)) messages.store(question, *answered, clock());
    } catch (...) {
        error = std::current_exception(); // an observer's, or no memory: for those who wait
    }
    asking.erase(question);
    --in_flight;
    if (error)
        flight->crash(error);
    else
        flight->land(std::move(*response));
    start_next();
}

// Joins the flight of this question, or starts or queues one.
std::shared_ptr<Stub::State::ResponseFlight> Stub::State::start(const dns::Question& question) {
    if (const auto found = asking.find(question); found != asking.end()) return found->second;
    auto flight = std::make_shared<ResponseFlight>(executor);
    asking.emplace(question, flight);
    queue.push_back(question);
    signal(question);
    start_next();
    return flight;
}

// RFC 8145 §5.2: the need to ask for the keys of a trust point is what triggers it. Nobody waits for the answer.
void Stub::State::signal(const dns::Question& question) {
    const auto* anchor = options.key_tag_query ? anchor_asked_for(question, anchors) : nullptr;
    const auto name = anchor != nullptr ? key_tag_query_name(*anchor) : std::nullopt;
    if (!name) return;
    const dns::Question told(*name, type_null);
    if (!messages.find(told, clock())) start(told);
}

void Stub::State::start_next() {
    while (!queue.empty() && in_flight < std::max(options.max_in_flight, 1U)) {
        const dns::Question question = queue.front();
        queue.pop_front();
        ++in_flight;
        boost::asio::co_spawn(executor, carry_out(question, asking.at(question)), boost::asio::detached);
    }
}

boost::asio::awaitable<Response> Stub::State::response(dns::Question question) {
    if (auto cached = messages.find(question, clock())) co_return Response(std::move(*cached));
    const auto flight = start(question);
    Response response = co_await ResponseFlight::wait(flight);
    co_return response;
}

// The live driver of a Validation: all that it needs is asked at once, then supplied.
boost::asio::awaitable<Lookup> Stub::State::validate(dns::Question question) {
    const dns::UnixTime now = clock();
    validator::KeyCache* const key_cache = options.cache_entries > 0 ? &keys : nullptr;
    validator::Validation validation(question, anchors, policy, now, key_cache);
    Lookup lookup;
    lookup.question = question;
    std::vector<dns::Question> asked;
    for (;;) {
        auto step = validation.advance();
        if (auto* verdict = std::get_if<validator::Verdict>(&step)) {
            lookup.verdict = std::move(*verdict);
            break;
        }
        const auto needs = std::get<validator::Needs>(std::move(step)).questions;
        assert(!needs.empty());
        const auto supply = [&](const dns::Question& needed, Response response) {
            if (witness) witness(needed, response);
            validation.supply(needed, std::move(response));
        };
        std::vector<std::pair<dns::Question, std::shared_ptr<ResponseFlight>>> flights;
        for (const auto& needed : needs) {
            asked.push_back(needed);
            if (auto cached = messages.find(needed, clock()))
                supply(needed, std::move(*cached));
            else
                flights.emplace_back(needed, start(needed));
        }
        for (const auto& [needed, flight] : flights) {
            Response response = co_await ResponseFlight::wait(flight);
            const auto& attempts = attempts_of(response);
            lookup.attempts.insert(lookup.attempts.end(), attempts.begin(), attempts.end());
            supply(needed, std::move(response));
        }
    }
    if (lookup.is_error()) // what led to this may be mended at any moment: the next lookup asks afresh
        for (const auto& question_asked : asked) messages.erase(question_asked);
    else
        lookups.store(lookup, now);
    failures.note(lookup, now);
    co_return lookup;
}

boost::asio::awaitable<void> Stub::State::carry_out_lookup(dns::Question question,
                                                           std::shared_ptr<LookupFlight> flight) {
    const auto self = shared_from_this();
    std::exception_ptr error;
    std::optional<Lookup> lookup;
    try {
        lookup = co_await validate(question);
    } catch (...) {
        error = std::current_exception();
    }
    validating.erase(question);
    if (error)
        flight->crash(error);
    else
        flight->land(std::move(*lookup));
}

std::shared_ptr<Stub::State::LookupFlight> Stub::State::start_lookup(const dns::Question& question) {
    if (const auto found = validating.find(question); found != validating.end()) return found->second;
    auto flight = std::make_shared<LookupFlight>(executor);
    validating.emplace(question, flight);
    boost::asio::co_spawn(executor, carry_out_lookup(question, flight), boost::asio::detached);
    return flight;
}

Stub::Stub(boost::asio::any_io_executor executor, StubOptions options, const validator::TrustAnchors& anchors,
           const validator::Policy& policy, Clock clock, Random random, Observer observer, Witness witness)
    : state_(std::make_shared<State>(std::move(executor), std::move(options), anchors, policy, std::move(clock),
                                     std::move(random), std::move(observer), std::move(witness))) {}

Stub::~Stub() = default;

boost::asio::awaitable<Lookup> Stub::lookup(dns::Question question) {
    const auto state = state_; // outlives the stub while this runs
    if (auto cached = state->lookups.find(question, state->clock())) co_return std::move(*cached);
    if (auto failed = state->failures.find(question, state->clock())) co_return std::move(*failed);
    const auto flight = state->start_lookup(question);
    Lookup lookup = co_await Flight<Lookup>::wait(flight);
    lookup.question = question; // the asker's letter case, where a flight was joined
    co_return lookup;
}

void Stub::forget_below(const dns::Name& name) {
    state_->messages.forget_below(name);
    state_->lookups.forget_below(name);
    state_->failures.forget_below(name);
    state_->keys.forget_below(name);
}

boost::asio::awaitable<Response> Stub::ask(dns::Question question) {
    const auto state = state_;
    Response response = co_await state->response(question);
    co_return response;
}

} // namespace resolver
