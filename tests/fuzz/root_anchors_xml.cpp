#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/anchors/anchor_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        for (const auto& digest : harness::read_root_anchors_xml(text, "fuzz").digests) (void)digest.may_be_used({});
    } catch (const harness::AnchorFileError&) {
    }
    return 0;
}
