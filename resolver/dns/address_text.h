// IP addresses in text, without the socket headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "resolver/dns/bytes.h"

namespace dns {

std::string ipv4_text(ByteView four_octets);
std::string ipv6_text(ByteView sixteen_octets); // RFC 5952 §4: lower case, the longest run of zeros as "::"
std::optional<Bytes> ipv4_from_text(std::string_view text); // four decimal numbers without leading zeros
std::optional<Bytes> ipv6_from_text(std::string_view text); // RFC 4291 §2.2, all three forms

} // namespace dns
