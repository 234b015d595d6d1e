// What the verbs that ask the network share: which resolvers, which anchors, which clock, or which fake Internet.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/fake_internet.h"
#include "harness/recorder.h"
#include "resolver/stub.h"

namespace harness::cli {

struct NetworkOptions {
    std::string at;                   // --at
    std::vector<std::string> anchors; // --anchor
    std::vector<std::string> servers; // --server
    std::string scenario;             // --scenario
    std::uint64_t seed = 1;           // --seed
    bool verbose = false;             // -v
    bool signal_key_tags = false;     // RFC 8145, both ways
};

// Adds --at --anchor --server --scenario --seed -v.
void add_network_options(CLI::App& app, NetworkOptions& options);

// The resolvers that --server names, or the system's. Throws CommandError.
std::vector<resolver::Upstream> upstreams_from(const std::vector<std::string>& servers);

// The validator's policy on the command line.
inline constexpr auto policy_profile = validator::AlgorithmProfile::rfc9904;

// What these files trust together, in any format of anchor_file.h; the built-in anchors where there is no file. `now`
// judges the dates in them. Throws CommandError.
validator::TrustAnchors anchors_from(const std::vector<std::string>& files, dns::UnixTime now);

// A stub with everything that it needs, live or in a scenario's fake Internet.
class Network {
  public:
    // Throws CommandError and ScenarioError. The recorder, where there is one, outlives the network.
    explicit Network(const NetworkOptions& options, Recorder* recorder = nullptr);
    ~Network();

    dns::UnixTime now() const;
    resolver::Stub& stub() { return *stub_; }
    boost::asio::io_context& io() { return io_; }
    const resolver::DialMap* dial_map() const { return internet_ ? &internet_->dial_map() : nullptr; }
    const Scenario* scenario() const { return scenario_ ? &*scenario_ : nullptr; }
    const validator::TrustAnchors& anchors() const { return anchors_; }
    unsigned queries() const { return queries_; } // exchanges with upstreams so far
    // From now on these are trusted. Not while a lookup is under way.
    void trust(validator::TrustAnchors anchors) { anchors_ = std::move(anchors); }

    // Runs one coroutine to its end.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        std::optional<T> result;
        std::exception_ptr failure;
        io_.restart();
        boost::asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, T value) {
            failure = error;
            result = std::move(value);
            io_.stop(); // servers of a fake Internet would keep it running
        });
        io_.run();
        if (failure) std::rethrow_exception(failure);
        return std::move(*result);
    }

  private:
    void observe(const resolver::Exchange& exchange);

    boost::asio::io_context io_{1};
    std::optional<Scenario> scenario_;
    std::unique_ptr<FakeInternet> internet_;
    validator::TrustAnchors anchors_;
    validator::Policy policy_;
    std::optional<dns::UnixTime> fixed_now_;
    bool verbose_ = false;
    Recorder* recorder_;
    unsigned queries_ = 0;
    std::unique_ptr<resolver::Stub> stub_;
};

} // namespace harness::cli
