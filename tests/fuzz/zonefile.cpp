// Zone files: one that was read must write, and read back as the same records.
#include <cstdlib>

#include "resolver/dns/zonefile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const dns::Name origin = dns::Name::literal("example.");
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto records = dns::parse_zone_file(text, origin);
    if (!records) return records.error().line == 0 || records.error().message.empty() ? std::abort(), 1 : 0;
    const std::string written = dns::write_zone_file(origin, *records);
    if (dns::write_zone_file(origin, dns::parse_zone_file(written, dns::Name()).value()) != written) std::abort();
    return 0;
}
