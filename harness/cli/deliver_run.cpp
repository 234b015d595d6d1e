// danelab deliver run: tries what is due, once or until the queue is empty.
#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <fstream>
#include <sstream>

#include "harness/catalogue.h"
#include "harness/certificates.h"
#include "harness/cli/deliver.h"
#include "harness/cli/network.h"
#include "harness/clock_shift.h"
#include "harness/deliver/delivery.h"
#include "harness/system.h"
#include "harness/tlsa_tool/pem.h"

namespace harness::cli {

namespace {

constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::int64_t rate_window = 60; // seconds that a limit of recipients per minute may hold due mail back

struct Options {
    QueueOptions queue;
    NetworkOptions network;
    std::string format = "text";
    bool until_empty = false;
    unsigned jobs = 1;
};

void describe(CLI::App& app, Options& options) {
    app.add_option("--config", options.queue.config, "configuration file (JSON)")->required();
    app.add_option("--queue", options.queue.queue, "queue database instead of the configuration's");
    app.add_flag("--until-empty", options.until_empty,
                 "go on until the queue is empty: wait for the next retry, or with --at or --scenario move the clock "
                 "there at once");
    app.add_option("--jobs", options.jobs, "messages tried at a time")
        ->check(CLI::Range(1, 500))
        ->capture_default_str();
    app.add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    add_network_options(app, options.network);
    app.footer("The clock of --scenario is --at, or now; the scenario is moved there, so its signatures are good.\n"
               "Example: danelab deliver run --config deliver.json --scenario seed/success --until-empty\n"
               "Exit codes: 0 nothing is left that was tried and deferred, 1 something is, 2 usage, 3 could not run");
}

tlsa::CertificateChain authorities_in(const std::string& file) {
    return certificates_in(read_pem(read_file(file), file), file);
}

class Run {
  public:
    explicit Run(const Options& options)
        : options_(options)
        , config_(config_from(options.queue))
        , moved_(!options.network.at.empty() || !options.network.scenario.empty())
        , now_(options.network.at.empty() ? system_now() : time_argument("--at", options.network.at))
        , queue_(config_.queue)
        , log_(config_.log, [this] { return now(); })
        , delivery_(io_, config_, queue_, log_, network(), [this] { return now(); }) {
        log_.mirror(options.network.verbose);
    }

    int run() {
        deliver::PassCount total;
        std::uint64_t passes = 0;
        do {
            const auto count = delivery_.pass(options_.jobs);
            total.delivered += count.delivered;
            total.deferred += count.deferred;
            total.bounced += count.bounced;
            ++passes;
        } while (options_.until_empty && wait_for_next());
        const auto active = queue_.active();
        if (log_.lost() > 0)
            fmt::print(stderr, "danelab: log: {}: {} line(s) could not be written\n", config_.log.file, log_.lost());
        write_output("",
                     options_.format == "json"
                         ? fmt::format("{{\"delivered\": {}, \"deferred\": {}, \"bounced\": {}, \"active\": {}, "
                                       "\"passes\": {}, \"at\": \"{}\"}}\n",
                                       total.delivered, total.deferred, total.bounced, active, passes,
                                       dns::to_rfc3339(now()))
                         : fmt::format("delivered {}, deferred {}, bounced {}; {} active recipient(s) at {}\n",
                                       total.delivered, total.deferred, total.bounced, active, dns::to_rfc3339(now())));
        return active > 0 && total.deferred > 0 ? 1 : exit_ok;
    }

  private:
    dns::UnixTime now() const { return moved_ ? now_ : system_now(); }

    // False where nothing is queued any more; what another process holds is that one's business.
    bool wait_for_next() {
        const auto next = queue_.next_due();
        if (!next) return false;
        const auto due = *next <= now() ? dns::UnixTime{now().seconds + rate_window} : *next;
        if (moved_) {
            now_ = due;
            return true;
        }
        boost::asio::steady_timer timer(io_, std::chrono::seconds(due.seconds - now().seconds));
        timer.async_wait([this](const boost::system::error_code&) { io_.stop(); });
        io_.restart();
        io_.run();
        return true;
    }

    deliver::DeliveryNetwork network() {
        deliver::DeliveryNetwork network;
        network.random = system_random;
        const auto& wanted = options_.network;
        if (!wanted.scenario.empty()) {
            if (!wanted.servers.empty() || !wanted.anchors.empty())
                throw CommandError(exit_usage,
                                   "--scenario: brings its own resolvers and anchor: leave --server and --anchor out");
            auto scenario = find_scenario(wanted.scenario, wanted.seed);
            move_to(scenario, now_);
            internet_ = std::make_unique<FakeInternet>(io_, scenario);
            network.upstreams = internet_->upstreams();
            network.dial_map = &internet_->dial_map();
            network.anchors = internet_->trust_anchors();
            network.authorities = authorities_of(scenario);
            network.resolver_try = scenario.timeouts.resolver_try;
        } else {
            network.anchors = anchors_from(wanted.anchors, now_);
            network.upstreams = wanted.servers.empty() && !config_.resolvers.empty() ? config_.resolvers
                                                                                     : upstreams_from(wanted.servers);
        }
        if (!config_.certificate_authorities.empty()) {
            network.authorities = authorities_in(config_.certificate_authorities);
        } else if (wanted.scenario.empty() && needs_authorities()) {
            network.authorities = authorities_in(system_authorities);
        }
        return network;
    }

    bool needs_authorities() const {
        for (const auto& control : config_.controls)
            if (control.tls == deliver::TlsSupport::preferred_verify ||
                control.tls == deliver::TlsSupport::required_verify ||
                control.tls == deliver::TlsSupport::required_verify_hosted_domains)
                return true;
        return false;
    }

    const Options& options_;
    deliver::Config config_;
    bool moved_;
    dns::UnixTime now_;
    boost::asio::io_context io_{1};
    std::unique_ptr<FakeInternet> internet_;
    deliver::Queue queue_;
    deliver::Log log_;
    deliver::Delivery delivery_;
};

} // namespace

int deliver_run(const Arguments& arguments) {
    Options options;
    CLI::App app("Tries every recipient that is due.", "danelab deliver run");
    describe(app, options);
    if (const auto done = parse(app, arguments)) return *done;
    return Run(options).run();
}

} // namespace harness::cli
