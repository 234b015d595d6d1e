// Presentation format (RFC 1035 §5.1, RFC 4034, RFC 5155, RFC 6698, RFC 3597 §5) and the base encodings.
#pragma once

#include <string>
#include <string_view>

#include "resolver/dns/bytes.h"
#include "resolver/dns/record.h"

namespace dns {

std::string base16(ByteView data);                   // lower case
std::string base32hex(ByteView data);                // lower case, no padding (RFC 5155 §3.3)
std::string base64(ByteView data);                   // with padding
Result<Bytes> from_base16(std::string_view text);    // any case; spaces ignored
Result<Bytes> from_base32hex(std::string_view text); // any case, no padding
Result<Bytes> from_base64(std::string_view text);    // spaces ignored

// RDATA as a zone file has it; unknown types, and RDATA unfit for its type, as \# LENGTH HEX.
std::string rdata_to_text(RrType type, ByteView rdata);
// The RDATA part of a zone-file line; relative names are completed with `origin`. Generic \# form for every type.
Result<Bytes> rdata_from_text(RrType type, std::string_view text, const Name& origin);
// "www.example. 3600 IN A 192.0.2.1"
std::string to_text(const Record& record);
// One full line: owner [ttl] [class] type rdata, TTL and class in either order; missing TTL is 0.
Result<Record> record_from_text(std::string_view line, const Name& origin = Name());

} // namespace dns
