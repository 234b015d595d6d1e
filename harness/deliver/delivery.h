// The delivery client: takes what is due out of the queue, tries it, and puts what came of it back.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "harness/deliver/attempt.h"
#include "harness/deliver/config.h"
#include "harness/deliver/log.h"
#include "harness/deliver/queue.h"
#include "harness/deliver/report_sender.h"
#include "validator/trust_anchor.h"

namespace harness::deliver {

// Where the client works: the real network, or a fake Internet.
struct DeliveryNetwork {
    std::vector<resolver::Upstream> upstreams;
    const resolver::DialMap* dial_map = nullptr; // nullptr: the real network
    validator::TrustAnchors anchors;
    tlsa::CertificateChain authorities; // DER, for the verify levels
    std::function<std::uint64_t()> random;
    std::chrono::milliseconds resolver_try{0}; // 0: the configuration's
    // Told of each connection before it is made. May be empty.
    std::function<void(const std::string& address, std::uint16_t port)> on_connect;
};

struct AttemptTold {
    std::int64_t mid = 0;
    std::string recipient;
    Outcome outcome = Outcome::deferred;
    std::string error; // "4.7.5 - ...", "" where delivered
    bool uncertain = false;
};

struct PassCount {
    std::vector<AttemptTold> told; // in the order of their ends
    unsigned delivered = 0, deferred = 0, bounced = 0;
    unsigned attempts() const { return delivered + deferred + bounced; }
};

class Delivery {
  public:
    // Config, queue and log must outlive it. `now` may stand still and be moved by the caller.
    Delivery(boost::asio::io_context& io, const Config& config, Queue& queue, Log& log, DeliveryNetwork network,
             std::function<dns::UnixTime()> now);
    ~Delivery();

    // Tries every recipient that is due, once, at most `jobs` at a time; what other processes hold is left alone.
    // Throws DatabaseError; what could not be recorded then stays held and is recovered by the next process.
    PassCount pass(unsigned jobs = 1);

    // Puts the TLS reports of that UTC day into the queue, for the next pass. Throws as send_reports().
    std::vector<ReportFate> send_reports(dns::UnixTime day);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace harness::deliver
