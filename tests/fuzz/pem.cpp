// PEM files: what people hand to `danelab tlsa`.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/tlsa_tool/make.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto blocks = harness::read_pem({reinterpret_cast<const char*>(data), size}, "fuzz");
        (void)harness::publishable(blocks, "fuzz", 0);
    } catch (const harness::PemError&) {
    }
    return 0;
}
