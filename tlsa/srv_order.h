// The order in which a client contacts the targets of an SRV service (RFC 2782): by priority, then by chance and weight.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "resolver/dns/rdata.h"

namespace tlsa {

// The lowest priority first. Among equals, each next one is drawn with a probability that grows with its weight; a
// record of weight 0 comes before heavier ones only where the draw is 0. Same seed, same order; nullopt draws nothing
// and puts the heaviest first, in the order received where weights are equal.
std::vector<dns::Srv> in_order(std::vector<dns::Srv> records, const std::optional<std::uint64_t>& seed);

} // namespace tlsa
