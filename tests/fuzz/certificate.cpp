#include <cstdint>

#include "tlsa/authenticate.h"
#include "tlsa/certificate.h"

// A leaf and perhaps an issuer, judged by a record of usage 2 that matches the issuer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto certificate = tlsa::Certificate::parse({data, size});
    if (!certificate) return 0;
    (void)certificate->signed_with(certificate->spki());
    dns::Bytes record = {2, 1, 0};
    record.insert(record.end(), certificate->spki().begin(), certificate->spki().end());
    tlsa::AuthenticationRequest request;
    request.records = tlsa::assess(std::vector<dns::Bytes>{record}, tlsa::UsagePolicy::smtp);
    request.reference_names = {dns::Name::literal("mx.example.")};
    (void)tlsa::authenticate({certificate->der(), certificate->der()}, request);
    return 0;
}
