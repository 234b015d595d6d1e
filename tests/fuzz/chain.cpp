// Input: the extension_data of RFC 9102. Whatever is accepted is judged, and written back as it came (or its length is
// left out).
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "validator/authentication_chain.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto chain = validator::AuthenticationChain::parse(dns::ByteView(data, size));
    if (!chain) return 0;
    const auto written = chain->build();
    if (!written || validator::AuthenticationChain::parse(*written)->records != chain->records) std::abort();
    const auto anchors = validator::TrustAnchors::from_zone_file(
        ". DS 47005 13 2 2eb6e9f2480126691594d649a5a613de3052e37861634641bb568746f2ffc4d4");
    const dns::Question question(dns::Name::literal("_443._tcp.www.example.com."), dns::RrType::TLSA);
    const auto policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    (void)validator::verify(*chain, question, *anchors, policy, {1559347200});
    return 0;
}
