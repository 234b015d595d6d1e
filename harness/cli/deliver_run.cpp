// danelab deliver run: tries what is due, once or until the queue is empty.
#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>

#include "harness/cli/deliver_client.h"

namespace harness::cli {

namespace {

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

class Run {
  public:
    explicit Run(const Options& options)
        : options_(options)
        , client_(options.queue, options.network) {}

    int run() {
        deliver::PassCount total;
        std::uint64_t passes = 0;
        do {
            const auto count = client_.delivery.pass(options_.jobs);
            total.delivered += count.delivered;
            total.deferred += count.deferred;
            total.bounced += count.bounced;
            ++passes;
        } while (options_.until_empty && wait_for_next());
        const auto active = client_.queue.active();
        client_.tell_lost_lines();
        write_output("", options_.format == "json"
                             ? fmt::format("{{\"delivered\": {}, \"deferred\": {}, \"bounced\": {}, \"active\": {}, "
                                           "\"passes\": {}, \"at\": \"{}\"}}\n",
                                           total.delivered, total.deferred, total.bounced, active, passes,
                                           dns::to_rfc3339(client_.now()))
                             : fmt::format("delivered {}, deferred {}, bounced {}; {} active recipient(s) at {}\n",
                                           total.delivered, total.deferred, total.bounced, active,
                                           dns::to_rfc3339(client_.now())));
        return active > 0 && total.deferred > 0 ? 1 : exit_ok;
    }

  private:
    // False where nothing is queued any more; what another process holds is that one's business.
    bool wait_for_next() {
        const auto next = client_.queue.next_due();
        if (!next) return false;
        const auto due = *next <= client_.now() ? dns::UnixTime{client_.now().seconds + rate_window} : *next;
        if (client_.moved) {
            client_.fixed_now = due;
            return true;
        }
        boost::asio::steady_timer timer(client_.io, std::chrono::seconds(due.seconds - client_.now().seconds));
        timer.async_wait([this](const boost::system::error_code&) { client_.io.stop(); });
        client_.io.restart();
        client_.io.run();
        return true;
    }

    const Options& options_;
    DeliverClient client_;
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
