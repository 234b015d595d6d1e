// What is done to names inside RDATA: canonical form, and what senders and receivers may compress.
#include "resolver/dns/rdata.h"
#include "resolver/dns/rdata_layout.h"

namespace dns {

namespace {

std::size_t fixed_octets(FieldKind kind) {
    switch (kind) {
    case FieldKind::u8:
    case FieldKind::algorithm:
    case FieldKind::tlsa_usage:
    case FieldKind::tlsa_selector:
    case FieldKind::tlsa_matching_type:
    case FieldKind::digest: return 1;
    case FieldKind::u16:
    case FieldKind::type: return 2;
    case FieldKind::u32:
    case FieldKind::period:
    case FieldKind::time:
    case FieldKind::ipv4: return 4;
    case FieldKind::ipv6: return 16;
    default: return 0;
    }
}

std::size_t names_in(const RdataLayout& layout) {
    std::size_t names = 0;
    for (const FieldKind kind : layout.fields()) names += kind == FieldKind::name ? 1 : 0;
    return names;
}

} // namespace

std::vector<RdataField> rdata_fields(RrType type) {
    std::vector<RdataField> fields;
    const RdataLayout* layout = rdata_layout(type);
    if (layout == nullptr || !layout->has_names) return fields;
    std::size_t names_left = names_in(*layout);
    for (const FieldKind kind : layout->fields()) {
        if (names_left == 0) {
            fields.push_back({RdataField::Kind::rest});
            break;
        }
        if (kind == FieldKind::name) {
            fields.push_back({RdataField::Kind::name});
            --names_left;
        } else if (kind == FieldKind::string) {
            fields.push_back({RdataField::Kind::character_string});
        } else if (kind == FieldKind::a6) {
            fields.push_back({RdataField::Kind::a6_address});
        } else if (!fields.empty() && fields.back().kind == RdataField::Kind::fixed) {
            fields.back().octets += fixed_octets(kind);
        } else {
            fields.push_back({RdataField::Kind::fixed, fixed_octets(kind)});
        }
    }
    return fields;
}

bool may_be_compressed_on_receipt(RrType type) {
    const RdataLayout* layout = rdata_layout(type);
    return layout != nullptr && layout->decompress_on_read;
}

Result<Bytes> canonical_rdata(RrType type, ByteView rdata) {
    Bytes out(rdata.begin(), rdata.end());
    const RdataLayout* layout = rdata_layout(type);
    if (layout == nullptr || !layout->has_names) return out;
    std::size_t names_left = names_in(*layout);
    Reader reader(rdata);
    for (const FieldKind kind : layout->fields()) {
        if (names_left == 0) break;
        const std::size_t start = reader.offset();
        const auto octets = read_field(kind, reader);
        if (!octets) return octets.error_as_failure();
        if (kind == FieldKind::a6 && a6_without_name(*octets)) break;
        if (kind != FieldKind::name) continue;
        --names_left;
        if (!layout->lowercase_names) continue;
        for (std::size_t i = start; i < reader.offset(); ++i) { // length octets are below 'A'
            if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<std::uint8_t>(out[i] | 0x20);
        }
    }
    return out;
}

Result<std::monostate> check_rdata(RrType type, ByteView rdata) {
    const RdataLayout* layout = rdata_layout(type);
    if (layout == nullptr) return std::monostate{};
    const auto slices = slice_rdata(*layout, rdata);
    if (!slices) return slices.error_as_failure();
    return std::monostate{};
}

} // namespace dns
