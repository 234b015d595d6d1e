// Messages: one that was read must build, and read back as the same.
#include <cstdlib>

#include "resolver/dns/message.h"
#include "resolver/dns/rdata.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = dns::Message::parse(dns::ByteView(data, size));
    if (!message) return 0;
    const dns::Bytes wire = message->build();
    if (wire.size() <= 65535 && dns::Message::parse(wire).value() != *message) std::abort();
    (void)message->build(512);
    (void)dns::to_text(*message);
    for (const dns::SignedRrSet& group : dns::group(message->answer)) {
        for (const dns::Bytes& rdata : group.set.rdata) (void)dns::canonical_rdata(group.set.type, rdata);
    }
    return 0;
}
