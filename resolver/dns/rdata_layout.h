// One table of the fields of every RDATA that we know. Decompression, canonical form, well-formedness and presentation
// format are all read off it.
#pragma once

#include <array>
#include <span>

#include "resolver/dns/bytes.h"
#include "resolver/dns/registry.h"

namespace dns {

enum class FieldKind : std::uint8_t {
    u8,
    u16,
    u32,
    period,     // u32, seconds; text may use units
    time,       // u32, RRSIG's times
    type,       // u16
    algorithm,  // u8
    digest,     // u8
    tlsa_usage, // u8, as the next two; text may use acronyms (RFC 7218 §2)
    tlsa_selector,
    tlsa_matching_type,
    ipv4,
    ipv6,
    name,
    string,  // one character-string
    strings, // one or more character-strings, to the end
    salt,    // length octet, octets; hexadecimal, "-" where empty (RFC 5155 §3.3)
    hash,    // length octet, at least one octet; base32hex (RFC 5155 §3.3)
    hex,
    base64,    // all that is left
    bitmap,    // all that is left: type bit map windows
    caa_value, // all that is left, one quoted string (RFC 8659 §4.1.1)
    a6,        // prefix length 0..128 and address suffix; no name follows a prefix length of 0
    opaque,    // all that is left, without presentation format of its own
};

struct RdataLayout {
    static constexpr std::size_t max_fields = 9;
    RrType type{};
    bool lowercase_names = false;    // in canonical form (RFC 4034 §6.2, RFC 6840 §5.1)
    bool decompress_on_read = false; // RFC 3597 §4
    bool compress_on_write = false;  // RFC 3597 §4: types of RFC 1035 alone
    bool has_names = false;
    bool has_text = false; // presentation format of its own
    std::array<FieldKind, max_fields> kinds{};
    std::size_t count = 0;

    constexpr std::span<const FieldKind> fields() const { return {kinds.data(), count}; }
};

// nullptr for types without a layout: their RDATA is opaque (RFC 3597 §3).
const RdataLayout* rdata_layout(RrType type);

struct RdataSlice {
    FieldKind kind;
    ByteView octets; // with the length octets of strings, salt and hash
};

struct RdataSlices {
    std::array<RdataSlice, RdataLayout::max_fields> slices;
    std::size_t count = 0;
    std::span<const RdataSlice> view() const { return {slices.data(), count}; }
};

// The octets of one field at the reader; a name must be uncompressed.
Result<ByteView> read_field(FieldKind kind, Reader& reader);
// Cuts the whole RDATA into fields; well formed for its layout, or an error. Nothing may be left over (bad_rdata).
Result<RdataSlices> slice_rdata(const RdataLayout& layout, ByteView rdata);
// Where an a6 field with this first octet is the last one (no name follows).
inline bool a6_without_name(ByteView field) { return field[0] == 0; }

} // namespace dns
