#include "tlsa/srv_order.h"

#include <algorithm>
#include <random>
#include <span>
#include <tuple>

namespace tlsa {

namespace {

// RFC 2782: those of weight 0 stand first; the one is drawn whose running sum of weights is the first to reach a number
// between 0 and the whole sum, both included; then the same with those that are left.
void draw(std::span<dns::Srv> equals, std::mt19937_64& generator) {
    for (; equals.size() > 1; equals = equals.subspan(1)) {
        // Any order will do, so that none is preferred for where it stands.
        std::shuffle(equals.begin(), equals.end(), generator);
        std::stable_partition(equals.begin(), equals.end(), [](const dns::Srv& one) { return one.weight == 0; });
        std::uint64_t sum = 0;
        for (const auto& one : equals) sum += one.weight;
        const auto number = std::uniform_int_distribution<std::uint64_t>(0, sum)(generator);
        std::uint64_t running = 0;
        const auto drawn = std::ranges::find_if(equals, [&](const dns::Srv& one) {
            running += one.weight;
            return running >= number;
        });
        std::rotate(equals.begin(), drawn, drawn + 1);
    }
}

} // namespace

std::vector<dns::Srv> in_order(std::vector<dns::Srv> records, const std::optional<std::uint64_t>& seed) {
    std::ranges::stable_sort(records, [](const dns::Srv& a, const dns::Srv& b) {
        return std::tuple(a.priority, b.weight) < std::tuple(b.priority, a.weight);
    });
    if (!seed) return records;
    std::mt19937_64 generator(*seed);
    for (auto first = records.begin(); first != records.end();) {
        const auto last =
            std::find_if(first, records.end(), [&](const dns::Srv& one) { return one.priority != first->priority; });
        draw({first, last}, generator);
        first = last;
    }
    return records;
}

} // namespace tlsa
