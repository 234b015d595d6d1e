// Zone files (RFC 1035 §5): $ORIGIN, $TTL (RFC 2308 §4), parentheses, comments, quoted strings, omitted owners.
// $INCLUDE is refused: a zone file here is one self-contained text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/record.h"

namespace dns {

struct ZoneFileError {
    std::size_t line = 0, column = 0; // from 1
    std::string message;              // what was expected
};

Result<std::vector<Record>, ZoneFileError> parse_zone_file(std::string_view text, const Name& origin);
// Standard zone file: SOA first, then canonical order of owners and types, one record a line.
std::string write_zone_file(const Name& origin, std::vector<Record> records);

} // namespace dns
