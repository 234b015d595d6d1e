#include "harness/system.h"

#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace harness {

namespace {

void fill_randomly(void* data, std::size_t size) {
    // getrandom(2) gives up to 256 octets whole and uninterrupted once the pool is initialised.
    if (getrandom(data, size, 0) != static_cast<ssize_t>(size))
        throw std::system_error(errno, std::generic_category(), "getrandom");
}

} // namespace

dns::UnixTime system_now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return dns::UnixTime{std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count()};
}

std::uint64_t system_random() {
    std::uint64_t value = 0;
    fill_randomly(&value, sizeof value);
    return value;
}

std::array<std::uint8_t, 32> system_random_seed() {
    std::array<std::uint8_t, 32> seed{};
    fill_randomly(seed.data(), seed.size());
    return seed;
}

} // namespace harness
