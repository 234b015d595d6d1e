// RDATA of any type, as octets and as text: the first two octets are the type. What was read must survive being
// written.
#include <cstdlib>

#include "resolver/dns/rdata.h"
#include "resolver/dns/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 65535) return 0;
    const auto type = static_cast<dns::RrType>(data[0] << 8 | data[1]);
    const dns::ByteView octets(data + 2, size - 2);
    const dns::Bytes copy(octets.begin(), octets.end());
    if (dns::rdata_from_text(type, dns::rdata_to_text(type, octets), dns::Name()).value() != copy) std::abort();
    if (dns::check_rdata(type, octets) && !dns::canonical_rdata(type, octets)) std::abort();
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto read = dns::rdata_from_text(type, text, dns::Name());
    if (read && dns::rdata_from_text(type, dns::rdata_to_text(type, *read), dns::Name()).value() != *read) std::abort();
    return 0;
}
