// One upstream's conversation about one question: retransmission, EDNS fallback, truncation.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/transport.h"
#include "resolver/upstream.h"

namespace resolver {

// One exchange as it happened, for -v and for logs.
struct Exchange {
    dns::Question question;
    std::string upstream; // Upstream::to_text
    bool over_tcp = false;
    bool edns = true; // false: asked again without, after a FORMERR
    std::chrono::microseconds elapsed{};
    Outcome outcome;
};
using Observer = std::function<void(const Exchange&)>;

struct ExchangeOptions {
    const DialMap* dial_map = nullptr;            // nullptr: dial what is written
    std::chrono::milliseconds try_timeout{2'000}; // one UDP try; TCP gets twice that
    unsigned tries = 2;                           // UDP queries until the upstream counts as silent
    bool use_0x20 = false;
    std::uint16_t udp_payload_size = 1232;
    // What else goes into OPT for a question; none where it is empty.
    std::function<std::vector<dns::EdnsOption>(const dns::Question&)> edns_options{};
};

class Exchanger {
  public:
    Exchanger(ExchangeOptions options, Random random, Observer observer);
    ~Exchanger();

    // What this upstream answers; the last cause if it does not. Each failed try is appended to `attempts`. A silent
    // one is asked again up to `tries` times, with a new id and port each time; a refused connection or a network error
    // ends
    // it at once. A truncated answer is fetched again over TCP (RFC 7766 §5). FORMERR to a query with EDNS is answered
    // by one without (RFC 6891 §7): what comes back then lacks DNSSEC data and is judged as it is.
    boost::asio::awaitable<Outcome> ask(dns::Question question, Upstream upstream,
                                        std::vector<validator::Attempt>& attempts);

  private:
    struct Try; // what one query is sent with
    boost::asio::awaitable<Outcome> send(const dns::Question& question, const Upstream& upstream, Try how,
                                         std::vector<validator::Attempt>& attempts);

    ExchangeOptions options_;
    Random random_;
    Observer observer_;
    std::unique_ptr<Transport> udp_, tcp_;
};

} // namespace resolver
