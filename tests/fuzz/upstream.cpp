// ADDR[:PORT][/PRIORITY]: what is accepted can be written down and read again; what is not says why.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "resolver/upstream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto upstream = resolver::Upstream::from_text({reinterpret_cast<const char*>(data), size});
    if (!upstream) return upstream.error().empty() ? std::abort(), 1 : 0;
    const std::string text = upstream->endpoint.to_text() + "/" + std::to_string(upstream->priority);
    const auto again = resolver::Upstream::from_text(text);
    if (!again || again->endpoint != upstream->endpoint || again->priority != upstream->priority) std::abort();
    return 0;
}
