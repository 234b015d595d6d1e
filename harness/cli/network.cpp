#include "harness/cli/network.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/anchors/anchor_file.h"
#include "harness/catalogue.h"
#include "harness/system.h"

namespace harness::cli {

namespace {
constexpr const char* resolv_conf = "/etc/resolv.conf";
}

std::vector<resolver::Upstream> upstreams_from(const std::vector<std::string>& servers) {
    std::vector<resolver::Upstream> upstreams;
    for (const auto& text : servers) {
        auto upstream = resolver::Upstream::from_text(text);
        if (!upstream) throw CommandError(exit_usage, fmt::format("--server: '{}': {}", text, upstream.error()));
        upstreams.push_back(*upstream);
    }
    if (!servers.empty()) return upstreams;
    std::ifstream in(resolv_conf);
    std::ostringstream content;
    content << in.rdbuf();
    upstreams = resolver::upstreams_from_resolv_conf(content.str());
    if (upstreams.empty())
        throw CommandError(
            exit_could_not,
            fmt::format("{}: names no resolver: add a nameserver line, or say --server ADDR[:PORT][/PRIORITY]",
                        resolv_conf));
    return upstreams;
}

validator::TrustAnchors anchors_from(const std::vector<std::string>& files, dns::UnixTime now) {
    if (files.empty()) return validator::TrustAnchors::built_in();
    validator::TrustAnchors anchors;
    for (const auto& file : files) {
        try {
            const auto trusted = harness::anchors_of(read_anchor_file(read_file(file), file, now).points);
            if (trusted.all().empty())
                throw CommandError(exit_usage, fmt::format("--anchor: {}: all its keys are revoked or not trusted yet: "
                                                           "see `danelab anchor show {}`",
                                                           file, file));
            for (const auto& anchor : trusted.all()) anchors.add(anchor);
        } catch (const ScenarioError& error) {
            throw CommandError(exit_usage, fmt::format("--anchor: {}", error.what()));
        }
    }
    return anchors;
}

void add_network_options(CLI::App& app, NetworkOptions& options) {
    app.add_option("--server", options.servers,
                   "resolver to ask, ADDR[:PORT][/PRIORITY]; repeatable, the lowest number is "
                   "asked first (default: the system's resolv.conf)")
        ->allow_extra_args(false); // one value each time: what follows is the name or the domain
    app.add_option("--anchor", options.anchors,
                   "file to trust: DS or DNSKEY records, Unbound's root.key, root-anchors.xml, or a state file "
                   "(default: the root's anchors, built in)")
        ->allow_extra_args(false);
    app.add_option("--at", options.at, "the clock, RFC 3339 (default: now; with --scenario the scenario's)");
    app.add_option("--scenario", options.scenario, "ask this scenario's fake Internet instead: a name, or a file");
    app.add_option("--seed", options.seed, "seed of the fake Internet's keys")->capture_default_str();
    app.add_flag("-v,--verbose", options.verbose, "say what was asked and what came back");
}

Network::Network(const NetworkOptions& options, Recorder* recorder)
    : policy_(validator::Policy::of(policy_profile))
    , recorder_(recorder) {
    verbose_ = options.verbose;
    if (!options.at.empty()) fixed_now_ = time_argument("--at", options.at);
    resolver::StubOptions stub_options;
    if (!options.scenario.empty()) {
        if (!options.servers.empty() || !options.anchors.empty())
            throw CommandError(exit_usage,
                               "--scenario: brings its own resolvers and anchor: leave --server and --anchor out");
        scenario_ = find_scenario(options.scenario, options.seed);
        if (!fixed_now_) fixed_now_ = scenario_->now;
        internet_ = std::make_unique<FakeInternet>(io_, *scenario_);
        anchors_ = internet_->trust_anchors();
        stub_options.upstreams = internet_->upstreams();
        stub_options.dial_map = &internet_->dial_map();
        stub_options.try_timeout = scenario_->timeouts.resolver_try;
    } else {
        anchors_ = anchors_from(options.anchors, now());
        stub_options.upstreams = upstreams_from(options.servers);
    }
    stub_options.edns_key_tag = stub_options.key_tag_query = options.signal_key_tags;
    stub_ = std::make_unique<resolver::Stub>(
        io_.get_executor(), std::move(stub_options), anchors_, policy_, [this] { return now(); }, system_random,
        [this](const resolver::Exchange& exchange) { observe(exchange); },
        [this](const dns::Question& question, const validator::Response& response) {
            if (recorder_ != nullptr) recorder_->witness(question, response);
        });
}

Network::~Network() = default;

dns::UnixTime Network::now() const { return fixed_now_ ? *fixed_now_ : system_now(); }

void Network::observe(const resolver::Exchange& exchange) {
    ++queries_;
    if (recorder_ != nullptr) recorder_->observe(exchange);
    if (!verbose_) return;
    const auto* message = std::get_if<dns::Message>(&exchange.outcome);
    const std::string outcome =
        message != nullptr ? fmt::format("{} answer {} authority {} additional {}", dns::to_text(message->rcode),
                                         message->answer.size(), message->authority.size(), message->additional.size())
                           : std::string(validator::describe(std::get<validator::NoAnswerCause>(exchange.outcome)));
    fmt::print(stderr, "asked {} {} over {}: {} ({} us)\n", exchange.upstream, exchange.question.to_text(),
               exchange.over_tcp ? "TCP" : "UDP", outcome, exchange.elapsed.count());
}

} // namespace harness::cli
