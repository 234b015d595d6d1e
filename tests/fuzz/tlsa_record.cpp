#include <cstdint>
#include <vector>

#include "tlsa/association.h"

// Two records out of the input, as an RRset: judged, printed, and agility applied.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::size_t half = size / 2;
    const std::vector<dns::Bytes> rdata = {{data, data + half}, {data + half, data + size}};
    for (const auto policy : {tlsa::UsagePolicy::smtp, tlsa::UsagePolicy::generic})
        for (const auto& record : tlsa::assess(rdata, policy))
            if (record.association) (void)record.association->to_text();
    return 0;
}
