// The delivery client's configuration: read or refused with its place, nothing else.
#include <cstdint>
#include <string_view>

#include "harness/deliver/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto config = harness::deliver::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz.json");
        config.bounce_profile_for("a.b.example");
        config.route_for("a.b.example");
    } catch (const harness::ScenarioError&) { // the only way to refuse
    }
    return 0;
}
