// Input: eight octets, the seed of a random world in which all properties of validation must hold.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/properties/properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::uint64_t seed = 0;
    if (size != 8) return 0;
    for (std::size_t i = 0; i < size; ++i) seed = seed << 8 | data[i];
    properties::Tally tally;
    const std::string failure = properties::check_world(seed, tally);
    if (failure.empty()) return 0;
    std::fprintf(stderr, "%s", failure.c_str());
    std::abort();
}
