#include "resolver/dns/rdata_layout.h"

#include <initializer_list>

#include "resolver/dns/name.h"
#include "resolver/dns/rdata.h"

namespace dns {

namespace {

using enum FieldKind;

enum class NameUse { none, kept, lowercased, lowercased_and_expanded, rfc1035 };

constexpr RdataLayout layout(RrType rr_type, NameUse use, std::initializer_list<FieldKind> kinds) {
    RdataLayout result;
    result.type = rr_type;
    result.has_names = use != NameUse::none;
    result.lowercase_names = use >= NameUse::lowercased;
    result.decompress_on_read = use >= NameUse::lowercased_and_expanded;
    result.compress_on_write = use == NameUse::rfc1035;
    result.has_text = true;
    for (const FieldKind kind : kinds) {
        result.kinds[result.count++] = kind;
        if (kind == opaque || kind == a6) result.has_text = false;
    }
    return result;
}

constexpr RdataLayout layouts[] = {
    layout(RrType::A, NameUse::none, {ipv4}),
    layout(RrType::NS, NameUse::rfc1035, {name}),
    layout(RrType::MD, NameUse::rfc1035, {name}),
    layout(RrType::MF, NameUse::rfc1035, {name}),
    layout(RrType::CNAME, NameUse::rfc1035, {name}),
    layout(RrType::SOA, NameUse::rfc1035, {name, name, u32, period, period, period, period}),
    layout(RrType::MB, NameUse::rfc1035, {name}),
    layout(RrType::MG, NameUse::rfc1035, {name}),
    layout(RrType::MR, NameUse::rfc1035, {name}),
    layout(RrType::PTR, NameUse::rfc1035, {name}),
    layout(RrType::HINFO, NameUse::none, {string, string}),
    layout(RrType::MINFO, NameUse::rfc1035, {name, name}),
    layout(RrType::MX, NameUse::rfc1035, {u16, name}),
    layout(RrType::TXT, NameUse::none, {strings}),
    layout(RrType::RP, NameUse::lowercased_and_expanded, {name, name}),
    layout(RrType::AFSDB, NameUse::lowercased_and_expanded, {u16, name}),
    layout(static_cast<RrType>(19), NameUse::none, {string}),  // X25
    layout(static_cast<RrType>(20), NameUse::none, {strings}), // ISDN
    layout(RrType::RT, NameUse::lowercased_and_expanded, {u16, name}),
    layout(RrType::SIG, NameUse::lowercased_and_expanded, {type, algorithm, u8, u32, time, time, u16, name, base64}),
    layout(RrType::KEY, NameUse::none, {u16, u8, algorithm, base64}),
    layout(RrType::PX, NameUse::lowercased_and_expanded, {u16, name, name}),
    layout(static_cast<RrType>(27), NameUse::none, {string, string, string}), // GPOS
    layout(RrType::AAAA, NameUse::none, {ipv6}),
    layout(RrType::NXT, NameUse::lowercased_and_expanded, {name, opaque}),
    layout(RrType::SRV, NameUse::lowercased_and_expanded, {u16, u16, u16, name}),
    layout(RrType::NAPTR, NameUse::lowercased_and_expanded, {u16, u16, string, string, string, name}),
    layout(RrType::KX, NameUse::lowercased, {u16, name}),
    layout(static_cast<RrType>(37), NameUse::none, {u16, u16, algorithm, base64}), // CERT
    layout(RrType::A6, NameUse::lowercased, {a6, name}),
    layout(RrType::DNAME, NameUse::lowercased, {name}),
    layout(RrType::DS, NameUse::none, {u16, algorithm, digest, hex}),
    layout(RrType::SSHFP, NameUse::none, {u8, u8, hex}),
    layout(RrType::RRSIG, NameUse::lowercased, {type, algorithm, u8, u32, time, time, u16, name, base64}),
    layout(RrType::NSEC, NameUse::kept, {name, bitmap}), // RFC 6840 §5.1: not lowercased
    layout(RrType::DNSKEY, NameUse::none, {u16, u8, algorithm, base64}),
    layout(static_cast<RrType>(49), NameUse::none, {base64}), // DHCID
    layout(RrType::NSEC3, NameUse::none, {u8, u8, u16, salt, hash, bitmap}),
    layout(RrType::NSEC3PARAM, NameUse::none, {u8, u8, u16, salt}),
    layout(RrType::TLSA, NameUse::none, {tlsa_usage, tlsa_selector, tlsa_matching_type, hex}),
    layout(RrType::SMIMEA, NameUse::none, {tlsa_usage, tlsa_selector, tlsa_matching_type, hex}),
    layout(RrType::CDS, NameUse::none, {u16, algorithm, digest, hex}),
    layout(RrType::CDNSKEY, NameUse::none, {u16, u8, algorithm, base64}),
    layout(RrType::OPENPGPKEY, NameUse::none, {base64}),
    layout(static_cast<RrType>(62), NameUse::none, {u32, u16, bitmap}), // CSYNC
    layout(static_cast<RrType>(63), NameUse::none, {u32, u8, u8, hex}), // ZONEMD
    layout(RrType::SVCB, NameUse::kept, {u16, name, opaque}),
    layout(RrType::HTTPS, NameUse::kept, {u16, name, opaque}),
    layout(RrType::SPF, NameUse::none, {strings}),
    layout(static_cast<RrType>(256), NameUse::none, {u16, u16, caa_value}), // URI
    layout(RrType::CAA, NameUse::none, {u8, string, caa_value}),
    layout(static_cast<RrType>(32769), NameUse::none, {u16, algorithm, digest, hex}), // DLV
};

// Reads `at least` bounds of the variable fields; the view is cut out by the caller from the offsets.
Result<std::size_t> skip_field(FieldKind kind, Reader& reader) {
    const auto fixed = [&](std::size_t octets) -> Result<std::size_t> {
        const auto view = reader.octets(octets);
        if (!view) return view.error_as_failure();
        return octets;
    };
    const auto counted = [&](std::size_t least) -> Result<std::size_t> {
        const std::size_t at = reader.offset();
        const auto length = reader.u8();
        if (!length) return length.error_as_failure();
        if (*length < least) return wire_error(WireErrorCode::bad_rdata, at);
        const auto view = reader.octets(*length);
        if (!view) return view.error_as_failure();
        return *length + std::size_t{1};
    };
    switch (kind) {
    case u8:
    case algorithm:
    case tlsa_usage:
    case tlsa_selector:
    case tlsa_matching_type:
    case digest: return fixed(1);
    case u16:
    case type: return fixed(2);
    case u32:
    case period:
    case time:
    case ipv4: return fixed(4);
    case ipv6: return fixed(16);
    case name: {
        const auto read = Name::read_uncompressed(reader);
        if (!read) return read.error_as_failure();
        return read->wire_size();
    }
    case string:
    case salt: return counted(0);
    case hash: return counted(1);
    case strings: {
        const std::size_t start = reader.offset();
        do { // each round takes at least one octet of at most 65535
            const auto one = counted(0);
            if (!one) return one;
        } while (!reader.at_end());
        return reader.offset() - start;
    }
    case bitmap: {
        const std::size_t at = reader.offset();
        const auto parsed = TypeBitmap::parse(reader.rest());
        if (!parsed) return wire_error(parsed.error().code, at + parsed.error().offset);
        return reader.offset() - at;
    }
    case hex:
    case base64:
    case caa_value:
    case opaque: return reader.rest().size();
    case a6: {
        const std::size_t at = reader.offset();
        const auto prefix = reader.u8();
        if (!prefix) return prefix.error_as_failure();
        if (*prefix > 128) return wire_error(WireErrorCode::bad_rdata, at);
        const auto suffix = fixed((128U - *prefix + 7U) / 8U);
        if (!suffix) return suffix;
        return *suffix + 1;
    }
    }
    return wire_error(WireErrorCode::bad_rdata, reader.offset());
}

} // namespace

const RdataLayout* rdata_layout(RrType rr_type) {
    for (const RdataLayout& one : layouts) { // ascending by type
        if (one.type == rr_type) return &one;
        if (one.type > rr_type) break;
    }
    return nullptr;
}

Result<ByteView> read_field(FieldKind kind, Reader& reader) {
    const std::size_t start = reader.offset();
    const auto size = skip_field(kind, reader);
    if (!size) return size.error_as_failure();
    return reader.whole().subspan(start, *size);
}

Result<RdataSlices> slice_rdata(const RdataLayout& layout, ByteView rdata) {
    RdataSlices result;
    Reader reader(rdata);
    for (const FieldKind kind : layout.fields()) {
        const auto octets = read_field(kind, reader);
        if (!octets) return octets.error_as_failure();
        result.slices[result.count++] = {kind, *octets};
        if (kind == a6 && a6_without_name(*octets)) break;
    }
    if (!reader.at_end()) return wire_error(WireErrorCode::bad_rdata, reader.offset());
    return result;
}

} // namespace dns
