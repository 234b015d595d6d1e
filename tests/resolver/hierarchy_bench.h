// A signed hierarchy behind recursive servers on loopback, with a stub that asks them, on a clock that the test moves.
#pragma once

#include <map>
#include <unordered_map>

#include "resolver/failover.h"
#include "resolver/stub.h"
#include "tests/resolver/scripted_server.h"
#include "zones/authority.h"

namespace resolver_test {

using resolver::Stub;
using validator::Lookup;
using zones::FaultKind;
using zones::Recursion;

inline constexpr dns::UnixTime base_now{1'800'000'000}; // 2027-01-15
inline constexpr std::int64_t day = 86'400;

inline dns::Question question(std::string_view name, dns::RrType type) {
    return dns::Question(dns::Name::literal(name), type);
}

inline const dns::Question address = question("mx.mail.example.", dns::RrType::A);
inline const dns::Question tlsa = question("_25._tcp.mx.mail.example.", dns::RrType::TLSA);

// The root and example. signed, mail.example. signed, plain.example. unsigned.
inline zones::Hierarchy hierarchy(const std::vector<zones::Fault>& faults = {}) {
    zones::SigningPolicy signing;
    signing.csk = true;
    signing.inception = {base_now.seconds - 10 * day};
    signing.expiration = {base_now.seconds + 20 * day};
    const std::string records = "$TTL 3600\n@ MX 10 mx\nmx A 192.0.2.1\nmx2 A 192.0.2.2\n"
                                "_25._tcp.mx TLSA 3 1 1 "
                                "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
    const std::vector<zones::ZoneSpec> specs = {
        {dns::Name::literal("mail.example."), records, signing},
        {dns::Name::literal("plain.example."), records, std::nullopt},
    };
    return zones::Hierarchy::build(specs, signing, faults, 1);
}

inline Script recursive(const zones::Hierarchy& hierarchy, Recursion recursion, std::size_t limit) {
    return [&hierarchy, recursion, limit](const dns::Message& query, std::size_t) {
        const auto reply = reply_recursively(hierarchy, query, recursion, limit);
        return reply ? std::vector<dns::Bytes>{*reply} : std::vector<dns::Bytes>{};
    };
}

struct Bench {
    explicit Bench(zones::Hierarchy h = hierarchy())
        : zones(std::move(h)) {
        validator::TrustAnchor anchor;
        for (const auto& record : zones.root_anchors()) anchor.ds.push_back(dns::Ds::parse(record.rdata).value());
        anchors.add(anchor);
        options.try_timeout = std::chrono::milliseconds(5'000);
    }

    // One more recursive server as upstream.
    void add(Recursion recursion, unsigned priority, std::size_t udp_limit = 1232) {
        servers.push_back(std::make_unique<ScriptedServer>(io, recursive(zones, recursion, udp_limit),
                                                           recursive(zones, recursion, 65'535)));
        options.upstreams.emplace_back(servers.back()->endpoint(), priority);
    }

    void start() {
        // A query's round is one more than the highest round of the answers that were there when it was sent.
        const auto random = [this, draw = counting_random()]() mutable {
            const std::uint64_t number = draw();
            round_of_id[static_cast<std::uint16_t>(number)] = rounds_completed + 1;
            return number;
        };
        const auto observer = [this](const resolver::Exchange& exchange) {
            ++asked[exchange.question];
            if (const auto* message = std::get_if<dns::Message>(&exchange.outcome))
                rounds_completed = std::max(rounds_completed, round_of_id.at(message->header.id));
        };
        stub = std::make_unique<Stub>(
            io.get_executor(), options, anchors, policy, [this] { return now; }, random, observer);
    }

    Lookup lookup(const dns::Question& wanted) { return run(io, stub->lookup(wanted)); }
    std::size_t exchanges() const {
        std::size_t sum = 0;
        for (const auto& [wanted, times] : asked) sum += times;
        return sum;
    }
    bool asked_each_once() const {
        return std::all_of(asked.begin(), asked.end(), [](const auto& entry) { return entry.second == 1; });
    }

    asio::io_context io;
    dns::UnixTime now = base_now;
    zones::Hierarchy zones;
    validator::TrustAnchors anchors;
    validator::Policy policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    resolver::StubOptions options;
    std::vector<std::unique_ptr<ScriptedServer>> servers;
    std::unordered_map<dns::Question, std::size_t> asked;
    std::map<std::uint16_t, unsigned> round_of_id;
    unsigned rounds_completed = 0;
    std::unique_ptr<Stub> stub;
};

} // namespace resolver_test
