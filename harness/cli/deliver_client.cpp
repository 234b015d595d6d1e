#include "harness/cli/deliver_client.h"

#include <fmt/format.h>

#include <filesystem>

#include "harness/catalogue.h"
#include "harness/certificates.h"
#include "harness/clock_shift.h"
#include "harness/system.h"
#include "harness/tlsa_tool/pem.h"

namespace harness::cli {

namespace {

constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";

tlsa::CertificateChain authorities_in(const std::string& file) {
    return certificates_in(read_pem(read_file(file), file), file);
}

} // namespace

DeliverClient::DeliverClient(const QueueOptions& queue_options, const NetworkOptions& network_options)
    : options(network_options)
    , config(config_from(queue_options))
    , moved(!options.at.empty() || !options.scenario.empty())
    , fixed_now(options.at.empty() ? system_now() : time_argument("--at", options.at))
    , queue(config.queue)
    , log(config.log, [this] { return now(); })
    , delivery(io, config, queue, log, network(), [this] { return now(); }) {
    log.mirror(options.verbose);
}

dns::UnixTime DeliverClient::now() const { return moved ? fixed_now : system_now(); }

void DeliverClient::tell_lost_lines() const {
    if (log.lost() > 0)
        fmt::print(stderr, "danelab: log: {}: {} line(s) could not be written\n", config.log.file, log.lost());
}

deliver::DeliveryNetwork DeliverClient::network() {
    deliver::DeliveryNetwork network;
    network.random = system_random;
    if (!options.scenario.empty()) {
        if (!options.servers.empty() || !options.anchors.empty())
            throw CommandError(exit_usage,
                               "--scenario: brings its own resolvers and anchor: leave --server and --anchor out");
        auto scenario = find_scenario(options.scenario, options.seed);
        move_to(scenario, fixed_now);
        internet = std::make_unique<FakeInternet>(io, scenario);
        network.upstreams = internet->upstreams();
        network.dial_map = &internet->dial_map();
        network.anchors = internet->trust_anchors();
        network.authorities = authorities_of(scenario);
        network.resolver_try = scenario.timeouts.resolver_try;
    } else {
        network.anchors = anchors_from(options.anchors, fixed_now);
        network.upstreams =
            options.servers.empty() && !config.resolvers.empty() ? config.resolvers : upstreams_from(options.servers);
    }
    if (!config.certificate_authorities.empty()) {
        network.authorities = authorities_in(config.certificate_authorities);
    } else if (options.scenario.empty() &&
               (config.needs_authorities() || std::filesystem::exists(system_authorities))) {
        // REQUIRETLS is a message's demand, which no configuration tells of: they are there wherever the machine has
        // them.
        network.authorities = authorities_in(system_authorities);
    }
    return network;
}

} // namespace harness::cli
