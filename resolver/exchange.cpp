#include "resolver/exchange.h"

#include <utility>

namespace resolver {

using validator::NoAnswerCause;

struct Exchanger::Try {
    Try(bool with_tcp, bool with_edns)
        : over_tcp(with_tcp)
        , edns(with_edns) {}
    bool over_tcp;
    bool edns;
};

Exchanger::Exchanger(ExchangeOptions options, Random random, Observer observer)
    : options_(std::move(options))
    , random_(std::move(random))
    , observer_(std::move(observer))
    , udp_(make_udp_transport())
    , tcp_(make_tcp_transport()) {}

Exchanger::~Exchanger() = default;

// One query and its outcome, over the transport that `how` says.
boost::asio::awaitable<Outcome> Exchanger::send(const dns::Question& question, const Upstream& upstream, Try how,
                                                std::vector<validator::Attempt>& attempts) {
    const auto begin = std::chrono::steady_clock::now();
    const Endpoint* dialled = options_.dial_map ? options_.dial_map->find(upstream.endpoint) : &upstream.endpoint;
    Outcome outcome = NoAnswerCause::network_error;
    if (dialled) {
        const Endpoint to = *dialled;
        QueryForm form;
        form.edns = how.edns;
        form.use_0x20 = options_.use_0x20;
        form.udp_payload_size = options_.udp_payload_size;
        if (options_.edns_options) form.options = options_.edns_options(question);
        const Query query(question, form, random_);
        Transport& transport = how.over_tcp ? *tcp_ : *udp_;
        // A TCP exchange is two round trips.
        const Deadline deadline = begin + options_.try_timeout * (how.over_tcp ? 2 : 1);
        outcome = co_await transport.exchange(query, to, deadline);
    }
    if (const auto* cause = std::get_if<NoAnswerCause>(&outcome)) attempts.push_back({{upstream.to_text()}, *cause});
    if (observer_) {
        const auto elapsed = std::chrono::steady_clock::now() - begin;
        observer_(Exchange{question, upstream.to_text(), how.over_tcp, how.edns,
                           std::chrono::duration_cast<std::chrono::microseconds>(elapsed), outcome});
    }
    co_return outcome;
}

boost::asio::awaitable<Outcome> Exchanger::ask(dns::Question question, Upstream upstream,
                                               std::vector<validator::Attempt>& attempts) {
    Outcome outcome = NoAnswerCause::timeout;
    Try how(false, true);
    for (unsigned sent = 0; sent < options_.tries;) {
        outcome = co_await send(question, upstream, how, attempts);
        if (const auto* cause = std::get_if<NoAnswerCause>(&outcome)) {
            if (*cause == NoAnswerCause::refused_connection || *cause == NoAnswerCause::network_error) break;
            ++sent;
            continue;
        }
        const dns::Message& message = std::get<dns::Message>(outcome);
        if (message.rcode == dns::Rcode::FORMERR && how.edns) {
            how.edns = false; // at most once, so the loop ends
            continue;
        }
        if (message.header.truncated) {
            attempts.push_back({{upstream.to_text()}, NoAnswerCause::truncated});
            how.over_tcp = true;
            outcome = co_await send(question, upstream, how, attempts);
        }
        break;
    }
    co_return outcome;
}

} // namespace resolver
