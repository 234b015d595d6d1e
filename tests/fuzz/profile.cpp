// Decision profiles: refused with a ScenarioError or read, nothing else.
#include <cstdint>
#include <string_view>

#include "harness/profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        harness::parse_profile({reinterpret_cast<const char*>(data), size}, "fuzz");
    } catch (const harness::ScenarioError&) {
    }
    return 0;
}
