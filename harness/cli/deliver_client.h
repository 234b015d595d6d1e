// The delivery client as the command line starts it: on the real network, or in a scenario's on a clock that stands
// still.
#pragma once

#include <memory>

#include "harness/cli/deliver.h"
#include "harness/cli/network.h"
#include "harness/deliver/delivery.h"
#include "harness/deliver/tls_report.h"

namespace harness::cli {

struct DeliverClient {
    // `network_options` must outlive it. Throws CommandError, ScenarioError, DatabaseError.
    DeliverClient(const QueueOptions& queue_options, const NetworkOptions& network_options);

    dns::UnixTime now() const;
    void tell_lost_lines() const; // of the log, on standard error

    const NetworkOptions& options;
    deliver::Config config;
    bool moved; // --at or --scenario: the clock is `fixed_now`
    dns::UnixTime fixed_now;
    boost::asio::io_context io{1};
    std::unique_ptr<FakeInternet> internet;
    deliver::Queue queue;
    deliver::Log log;
    deliver::Delivery delivery;

  private:
    deliver::DeliveryNetwork network();
};

} // namespace harness::cli
