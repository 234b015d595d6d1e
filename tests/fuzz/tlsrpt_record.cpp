// A domain's TXT records about reports (RFC 8460 §3): any RDATA is read or refused, and what is read fits a command line.
#include <algorithm>
#include <cstdint>

#include "harness/deliver/message.h"
#include "harness/deliver/tlsrpt_record.h"

// Records stand one after the other, each behind two octets of length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<dns::Bytes> records;
    while (size >= 2) {
        const std::size_t length = std::min<std::size_t>(data[0] * 256U + data[1], size - 2);
        records.emplace_back(data + 2, data + 2 + length);
        data += 2 + length;
        size -= 2 + length;
    }
    if (const auto found = harness::deliver::report_addresses(records))
        for (const auto& address : found->mail)
            if (!harness::deliver::checked_address(address)) __builtin_trap();
    return 0;
}
