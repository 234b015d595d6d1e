#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/anchors/state_json.h"
#include "harness/scenario_error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto points = harness::read_state_json({reinterpret_cast<const char*>(data), size}, "fuzz");
        if (!(harness::read_state_json(harness::write_state_json(points), "again") == points)) std::abort();
    } catch (const harness::ScenarioError&) {
    }
    return 0;
}
