// The order of SRV targets: what holds for every set of records and seed, and what holds over many seeds.
#include "tlsa/srv_order.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <random>
#include <set>
#include <string>

using Records = std::vector<dns::Srv>;

namespace {

dns::Srv record(std::uint16_t priority, std::uint16_t weight, const std::string& host) {
    dns::Srv out;
    out.priority = priority;
    out.weight = weight;
    out.port = 587;
    out.target = dns::Name::literal(host + ".");
    return out;
}

std::string hosts(const Records& records) {
    std::string out;
    for (const auto& one : records) {
        std::string name = one.target.to_text();
        name.pop_back();
        out += name;
    }
    return out;
}

std::string sorted(std::string text) {
    std::ranges::sort(text);
    return text;
}

// How often each host comes first, of `draws`.
std::map<char, int> firsts(const Records& records, int draws) {
    std::map<char, int> counts;
    for (int seed = 0; seed < draws; ++seed)
        ++counts[hosts(tlsa::in_order(records, static_cast<std::uint64_t>(seed))).front()];
    return counts;
}

} // namespace

TEST_CASE("srv order: whatever the records and the seed, priorities ascend and nothing is lost (RFC 2782)") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 300; ++round) {
        Records records;
        const auto size = random() % 9;
        for (std::uint64_t i = 0; i < size; ++i)
            records.push_back(record(static_cast<std::uint16_t>(random() % 3),
                                     static_cast<std::uint16_t>(random() % 2 == 0 ? 0 : random() % 65536),
                                     std::string(1, static_cast<char>('a' + i))));
        for (const std::optional<std::uint64_t>& seed : {std::optional<std::uint64_t>{}, {random()}, {0U}}) {
            const auto ordered = tlsa::in_order(records, seed);
            CHECK(std::ranges::is_sorted(ordered, {}, &dns::Srv::priority));
            CHECK(sorted(hosts(ordered)) == sorted(hosts(records)));
            CHECK(hosts(tlsa::in_order(records, seed)) == hosts(ordered)); // same seed, same order
        }
    }
}

TEST_CASE("srv order: without a seed the heaviest goes first, equals as received") {
    const Records records{record(20, 9, "a"), record(10, 0, "b"), record(10, 5, "c"),
                          record(10, 7, "d"), record(10, 5, "e"), record(0, 0, "f")};
    CHECK(hosts(tlsa::in_order(records, std::nullopt)) == "fdceba");
    CHECK(tlsa::in_order({}, std::nullopt).empty());
    CHECK(tlsa::in_order({}, 1).empty());
}

TEST_CASE("srv order: equal weights, zero among them, leave every order possible and none preferred (RFC 2782)") {
    for (const std::uint16_t weight : {0, 1, 1000}) {
        const Records records{record(10, weight, "a"), record(10, weight, "b"), record(10, weight, "c")};
        std::set<std::string> orders;
        for (std::uint64_t seed = 0; seed < 200; ++seed) orders.insert(hosts(tlsa::in_order(records, seed)));
        CHECK(orders.size() == 6);
        for (const auto& [host, count] : firsts(records, 3000)) {
            INFO(weight << " " << host);
            CHECK(count > 900);
            CHECK(count < 1100);
        }
    }
}

TEST_CASE("srv order: the chance of going first grows with the weight; zero has hardly any (RFC 2782)") {
    const auto counts =
        firsts({record(10, 1000, "a"), record(10, 3000, "b"), record(10, 0, "c"), record(20, 65535, "d")}, 4000);
    CHECK(counts.at('a') > 850);
    CHECK(counts.at('a') < 1150);
    CHECK(counts.at('b') > 2850);
    CHECK(counts.at('b') < 3150);
    CHECK((!counts.contains('c') || counts.at('c') < 20));
    CHECK_FALSE(counts.contains('d'));
    // The draw is 0 once in sum + 1: a zero does come first then.
    const auto light = firsts({record(10, 1, "a"), record(10, 0, "b")}, 2000);
    CHECK(light.at('b') > 850);
    CHECK(light.at('b') < 1150);
}
