// Random worlds from seeds: DANELAB_PROPERTY_WORLDS of them (40 unless told), beginning with seed DANELAB_PROPERTY_SEED
// (1). A failure names its seed: DANELAB_PROPERTY_SEED=<seed> DANELAB_PROPERTY_WORLDS=1 shows it alone.
#include "tests/properties/properties.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <cstdlib>

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

} // namespace

TEST_CASE("properties: random zones, random questions, random faults (RFC 4035 §5)") {
    const std::uint64_t first = from_environment("DANELAB_PROPERTY_SEED", 1);
    const std::uint64_t worlds = from_environment("DANELAB_PROPERTY_WORLDS", 40);
    properties::Tally tally;
    unsigned failures = 0;
    for (std::uint64_t seed = first; seed < first + worlds && failures < 5; ++seed) {
        const std::string failure = properties::check_world(seed, tally);
        INFO("seed " << seed << "\n" << failure);
        CHECK(failure.empty());
        failures += failure.empty() ? 0 : 1;
    }
    const auto count = [&](validator::Security security) {
        return tally.by_security[static_cast<std::size_t>(security)];
    };
    using validator::Security;
    std::printf("%llu worlds from seed %llu: %u validations; secure %u, insecure %u, bogus %u, indeterminate %u\n",
                static_cast<unsigned long long>(worlds), static_cast<unsigned long long>(first), tally.validations,
                count(Security::secure), count(Security::insecure), count(Security::bogus),
                count(Security::indeterminate));
    CHECK(tally.validations >= worlds * 50);
    if (worlds < 10) return;
    for (const auto security : {Security::secure, Security::insecure, Security::bogus, Security::indeterminate})
        CHECK(count(security) > worlds); // none of the properties is empty
}
