// The stub resolver: asks prioritised upstreams over UDP and TCP and drives a Validation with what they answer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "resolver/exchange.h"
#include "resolver/upstream.h"
#include "validator/validation.h"

namespace resolver {

struct StubOptions {
    std::vector<Upstream> upstreams;
    const DialMap* dial_map = nullptr;            // nullptr: dial what is written
    std::chrono::milliseconds try_timeout{2'000}; // one UDP try; TCP gets twice that
    unsigned tries = 2;                           // per upstream (retransmission), then the next upstream
    bool use_0x20 = false;                        // random letter case in questions, echoed or the answer is a mismatch
    std::uint16_t udp_payload_size = 1232;        // DNS flag day 2020 (RFC 9715 §3.2)
    std::size_t cache_entries = 10'000;           // bounded memory; 0 turns the cache off
    bool edns_key_tag = false;   // DNSKEY queries of trust points say which keys are trusted (RFC 8145 §4.2)
    bool key_tag_query = false;  // a _ta-xxxx query goes with each of them (RFC 8145 §5.2)
    unsigned max_in_flight = 64; // questions asked at one time, over all lookups; the others queue
};

class Stub {
  public:
    using Clock = std::function<dns::UnixTime()>;
    using Random = resolver::Random; // ids and 0x20; unpredictable, or forging answers gets easy (RFC 5452 §9.2)
    using Observer = resolver::Observer;
    // A question with its response at the moment when it is supplied to a validation (also out of the cache): what a
    // recording keeps. Lookups that join another's flight, or are answered by the cache whole, supply nothing.
    using Witness = std::function<void(const dns::Question&, const validator::Response&)>;

    // Anchors, policy and dial map must outlive the stub and its lookups. All calls from the executor's one thread.
    Stub(boost::asio::any_io_executor executor, StubOptions options, const validator::TrustAnchors& anchors,
         const validator::Policy& policy, Clock clock, Random random, Observer observer = {}, Witness witness = {});
    ~Stub();

    // A validated lookup. Never throws for what the network does. Positive, negative and key caches apply.
    boost::asio::awaitable<validator::Lookup> lookup(dns::Question question);
    // One question to the upstreams without validation, with failover: the evidence. The message cache applies, and a
    // question that is being asked already is not asked again.
    boost::asio::awaitable<validator::Response> ask(dns::Question question);
    // Everything cached at the name and below it: for when a negative anchor was removed or ended (RFC 7646 §4), or a
    // zone is known to have been mended.
    void forget_below(const dns::Name& name);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace resolver
