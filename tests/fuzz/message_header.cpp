// The header of a message, searched for TLS-Required.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/deliver/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using harness::deliver::says_tls_required_no;
    const auto content = harness::deliver::with_crlf({reinterpret_cast<const char*>(data), size});
    // RFC 8689 §3: a second field makes it none.
    if (says_tls_required_no(content) && says_tls_required_no("TLS-Required: No\r\n" + content)) std::abort();
    return 0;
}
