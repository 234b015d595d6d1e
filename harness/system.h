// The machine's clock and randomness. Read here and nowhere else; everything below takes them as arguments.
#pragma once

#include <array>
#include <cstdint>

#include "resolver/dns/serial.h"

namespace harness {

dns::UnixTime system_now();
std::uint64_t system_random(); // from getrandom(2)
std::array<std::uint8_t, 32> system_random_seed();

} // namespace harness
