// Replies of an SMTP server, pushed in two pieces; the cut is taken from the first octet.
#include <algorithm>

#include "tlsa/smtp_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const dns::ByteView wire(data + 1, size - 1);
    const std::size_t cut = std::min<std::size_t>(data[0], wire.size());
    tlsa::ReplyParser parser;
    for (const auto piece : {wire.first(cut), wire.subspan(cut)}) {
        parser.push(piece);
        while (true) {
            const auto reply = parser.next();
            if (!reply || !*reply) break;
            if ((*reply)->lines.empty() || (*reply)->lines.size() > tlsa::ReplyParser::max_lines) __builtin_trap();
        }
    }
    return 0;
}
