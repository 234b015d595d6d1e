// gzip (RFC 1952), for reports.
#pragma once

#include <string_view>

#include "resolver/dns/bytes.h"

namespace harness::deliver {

// Without name and time: the same text gives the same octets.
dns::Bytes gzip(std::string_view text);

} // namespace harness::deliver
