#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/anchors/unbound_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const auto reading : {harness::Reading::strict, harness::Reading::forgiving}) {
        try {
            const auto state = harness::read_unbound_file({reinterpret_cast<const char*>(data), size}, "fuzz", reading);
            (void)harness::write_unbound_file(state);
        } catch (const harness::AnchorFileError&) {
        }
    }
    return 0;
}
