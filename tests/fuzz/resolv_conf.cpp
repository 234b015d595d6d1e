// resolv.conf: every upstream found can be written down and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/upstream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto upstreams = resolver::upstreams_from_resolv_conf({reinterpret_cast<const char*>(data), size});
    if (upstreams.size() > 3) std::abort();
    for (const auto& upstream : upstreams)
        if (resolver::Endpoint::from_text(upstream.endpoint.to_text(), 1).value() != upstream.endpoint) std::abort();
    return 0;
}
