#include <cstddef>
#include <cstdint>
#include <string_view>

#include "validator/trust_anchor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto anchors = validator::TrustAnchors::from_zone_file(text)) (void)anchors->closest(dns::Name());
    return 0;
}
