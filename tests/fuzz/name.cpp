// Names from wire and text: what was read must survive being written.
#include <cstdlib>

#include "resolver/dns/name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    dns::Reader reader(dns::ByteView(data, size));
    if (size > 0) (void)reader.seek(data[0] % size); // pointers need something before them
    const auto compressed = dns::Name::read(reader);
    if (compressed && !dns::Name::from_text(compressed->to_text())->same_octets(*compressed)) std::abort();
    const auto text = dns::Name::from_text(std::string_view(reinterpret_cast<const char*>(data), size));
    if (!text) return 0;
    dns::Reader again(text->wire());
    if (!dns::Name::read_uncompressed(again)->same_octets(*text)) std::abort();
    if (compressed && (*compressed == *text) != ((*compressed <=> *text) == 0)) std::abort();
    return 0;
}
