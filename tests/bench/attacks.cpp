// What one question under attack costs its asker in CPU: reading the responses and judging them, nothing else.
//
//   danelab_bench_attacks ROUNDS SCENARIO...
//
// Prints for each scenario: id, median us, largest us, signatures verified, NSEC3 hashes, verdict, tab-separated. The
// responses are made once, outside the measurement; every round begins with an empty session and no cache.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <unordered_map>

#include "harness/catalogue.h"
#include "validator/validation.h"
#include "zones/authority.h"

namespace {

using Replies = std::unordered_map<dns::Question, dns::Bytes>;

validator::Response reply_to(const dns::Question& question, const zones::Hierarchy& hierarchy, Replies& replies) {
    auto known = replies.find(question);
    if (known == replies.end()) {
        constexpr std::size_t over_tcp = 65535;
        const auto octets =
            zones::reply_recursively(hierarchy, dns::make_query(question, 1), zones::Recursion::dnssec, over_tcp);
        known = replies.emplace(question, octets.value_or(dns::Bytes{})).first;
    }
    auto message = dns::Message::parse(known->second);
    if (!message) return validator::NoAnswer{validator::NoAnswerCause::malformed, {}};
    return validator::Answered{*std::move(message), {}, {}};
}

struct World {
    zones::Hierarchy hierarchy;
    validator::TrustAnchors anchors;
    validator::Policy policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    Replies replies;
};

validator::Verdict look_up(const harness::Scenario& scenario, World& world) {
    validator::Validation session(*scenario.ask, world.anchors, world.policy, scenario.now);
    for (;;) {
        auto step = session.advance();
        if (auto* verdict = std::get_if<validator::Verdict>(&step)) return std::move(*verdict);
        for (const auto& question : std::get<validator::Needs>(step).questions)
            session.supply(question, reply_to(question, world.hierarchy, world.replies));
    }
}

double cpu_us() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

void measure(const std::string& name, int rounds) {
    const auto scenario = harness::find_scenario(name, 1);
    World world{.hierarchy = zones::Hierarchy::build(scenario.zones, scenario.signing, scenario.faults, scenario.seed),
                .anchors = {},
                .replies = {}};
    validator::TrustAnchor root;
    for (const auto& record : world.hierarchy.root_anchors())
        if (auto ds = dns::Ds::parse(record.rdata)) root.ds.push_back(*std::move(ds));
    world.anchors.add(std::move(root));
    const auto verdict = look_up(scenario, world); // makes the replies
    std::vector<double> costs;
    for (int round = 0; round < rounds; ++round) {
        const double start = cpu_us();
        look_up(scenario, world);
        costs.push_back(cpu_us() - start);
    }
    std::sort(costs.begin(), costs.end());
    fmt::print("{}\t{:.0f}\t{:.0f}\t{}\t{}\t{}\n", scenario.id, costs[costs.size() / 2], costs.back(),
               verdict.verifications, verdict.nsec3_hashes, validator::to_text(verdict.security));
}

} // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 2 ? std::atoi(argv[1]) : 0;
    if (rounds < 1) {
        fmt::print(stderr, "usage: danelab_bench_attacks ROUNDS SCENARIO...\n");
        return 2;
    }
    try {
        for (int i = 2; i < argc; ++i) measure(argv[i], rounds);
    } catch (const std::exception& error) {
        fmt::print(stderr, "danelab_bench_attacks: {}\n", error.what());
        return 3;
    }
    return 0;
}
