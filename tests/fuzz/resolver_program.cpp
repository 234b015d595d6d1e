// Files of resolvers: refused with a ScenarioError or read, nothing else.
#include <cstdint>
#include <string_view>

#include "harness/sut/resolver_program.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        harness::parse_resolver({reinterpret_cast<const char*>(data), size}, "fuzz");
    } catch (const harness::ScenarioError&) {
    }
    return 0;
}
