// Times of RRSIG records: seconds since 1970 modulo 2^32, compared by serial number arithmetic (RFC 4034 §3.1.5,
// RFC 1982 §3.2). UnixTime is the 64-bit clock that callers pass in; nothing here reads a clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/dns/result.h"

namespace dns {

struct UnixTime {
    std::int64_t seconds = 0; // since 1970-01-01T00:00:00Z, leap seconds not counted
    friend auto operator<=>(const UnixTime&, const UnixTime&) = default;
};

struct SerialTime {
    std::uint32_t seconds = 0;
    static SerialTime of(UnixTime time) { return {static_cast<std::uint32_t>(time.seconds)}; }
    friend bool operator==(const SerialTime&, const SerialTime&) = default;
};

// a < b in serial arithmetic; exactly half the circle apart counts as not before (RFC 1982 §3.2 leaves it undefined).
bool is_before(SerialTime a, SerialTime b);
// The 64-bit time nearest to `near` that has these low 32 bits.
UnixTime expand(SerialTime serial, UnixTime near);

std::string to_rfc3339(UnixTime time);                     // 2026-06-01T00:00:00Z
Result<UnixTime> from_rfc3339(std::string_view text);      // also a bare date; offsets +hh:mm accepted
std::string to_rrsig_text(SerialTime time, UnixTime near); // YYYYMMDDHHmmSS (RFC 4034 §3.2)
Result<SerialTime> from_rrsig_text(std::string_view text); // that form, or seconds since 1970 (at most 10 digits)

} // namespace dns
