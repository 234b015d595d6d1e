// RDATA in presentation format, read off the layout table; generic form of RFC 3597 §5 for the rest.
#include <algorithm>
#include <charconv>
#include <optional>

#include "resolver/dns/address_text.h"
#include "resolver/dns/rdata.h"
#include "resolver/dns/rdata_layout.h"
#include "resolver/dns/text.h"
#include "resolver/dns/tlsa_text.h"
#include "resolver/dns/tokens.h"

namespace dns {

namespace {

// RRSIG's times carry 32 bits only. Text is made for the years 1970 to 2106, which reads back to the same bits.
constexpr UnixTime middle_of_serial_range{0x80000000};

Unexpected<TextFault> fault(std::size_t offset, std::string_view expected) {
    return Unexpected<TextFault>{TextFault{offset, std::string(expected), WireErrorCode::bad_text}};
}

std::uint32_t number(ByteView octets) {
    std::uint32_t value = 0;
    for (const std::uint8_t octet : octets) value = value << 8 | octet;
    return value;
}

void append_escaped(std::string& out, std::uint8_t octet) {
    if (octet == '"' || octet == '\\') out += '\\';
    if (octet >= 0x20 && octet < 0x7F) {
        out += static_cast<char>(octet);
        return;
    }
    out += '\\';
    out += static_cast<char>('0' + octet / 100);
    out += static_cast<char>('0' + octet / 10 % 10);
    out += static_cast<char>('0' + octet % 10);
}

void append_quoted(std::string& out, ByteView octets) {
    out += '"';
    for (const std::uint8_t octet : octets) append_escaped(out, octet);
    out += '"';
}

// False where this field's text would not give the same octets back.
bool append_field(std::string& out, const RdataSlice& slice) {
    const ByteView octets = slice.octets;
    switch (slice.kind) {
    case FieldKind::u8:
    case FieldKind::u16:
    case FieldKind::u32:
    case FieldKind::period:
    case FieldKind::algorithm:
    case FieldKind::tlsa_usage:
    case FieldKind::tlsa_selector:
    case FieldKind::tlsa_matching_type:
    case FieldKind::digest: out += std::to_string(number(octets)); return true;
    case FieldKind::time: out += to_rrsig_text({number(octets)}, middle_of_serial_range); return true;
    case FieldKind::type: out += to_text(static_cast<RrType>(number(octets))); return true;
    case FieldKind::ipv4: out += ipv4_text(octets); return true;
    case FieldKind::ipv6: out += ipv6_text(octets); return true;
    case FieldKind::name: {
        Reader reader(octets);
        out += Name::read_uncompressed(reader).value().to_text();
        return true;
    }
    case FieldKind::string: append_quoted(out, octets.subspan(1)); return true;
    case FieldKind::strings:
        for (std::size_t at = 0; at < octets.size(); at += octets[at] + 1U) {
            if (at > 0) out += ' ';
            append_quoted(out, octets.subspan(at + 1, octets[at]));
        }
        return true;
    case FieldKind::salt: out += octets.size() == 1 ? "-" : base16(octets.subspan(1)); return true;
    case FieldKind::hash: out += base32hex(octets.subspan(1)); return true;
    case FieldKind::hex: out += base16(octets); return !octets.empty();
    case FieldKind::base64: out += base64(octets); return !octets.empty();
    case FieldKind::bitmap: {
        const TypeBitmap bitmap = TypeBitmap::parse(octets).value();
        for (const RrType type : bitmap.types()) (out += to_text(type)) += ' ';
        if (!bitmap.types().empty()) out.pop_back();
        const Bytes again = bitmap.build();
        return std::equal(again.begin(), again.end(), octets.begin(), octets.end());
    }
    case FieldKind::caa_value: append_quoted(out, octets); return true;
    case FieldKind::a6:
    case FieldKind::opaque: return false;
    }
    return false;
}

std::string generic_text(ByteView rdata) {
    std::string out = "\\# " + std::to_string(rdata.size());
    if (!rdata.empty()) out += ' ' + base16(rdata);
    return out;
}

// Consumes tokens field by field and writes their octets.
class RdataTextReader {
  public:
    RdataTextReader(std::span<const Token> tokens, const Name& origin, std::size_t end)
        : tokens_(tokens)
        , origin_(origin)
        , end_(end) {}

    std::optional<TextFault> read(FieldKind kind);
    std::optional<TextFault> finish() const {
        if (next_ == tokens_.size()) return std::nullopt;
        return TextFault{tokens_[next_].offset, "the end of the record"};
    }
    Bytes take() { return std::move(writer_).take(); }

  private:
    const Token* token() { return next_ < tokens_.size() ? &tokens_[next_++] : nullptr; }
    std::optional<TextFault> read_rest(FieldKind kind);
    std::optional<TextFault> read_bitmap();
    std::optional<TextFault> read_counted(const Result<Bytes>& octets, const Token& from, std::string_view expected);
    std::optional<TextFault> read_string(const Token& from);
    std::optional<TextFault> read_value(FieldKind kind, const Token& from);
    std::optional<TextFault> read_number(const Token& from, std::uint32_t max, std::string_view expected);

    std::span<const Token> tokens_;
    const Name& origin_;
    std::size_t end_;
    std::size_t next_ = 0;
    Writer writer_;
};

std::string_view expected_of(FieldKind kind) {
    switch (kind) {
    case FieldKind::u8: return "a number from 0 to 255";
    case FieldKind::u16: return "a number from 0 to 65535";
    case FieldKind::u32: return "a number below 2^32";
    case FieldKind::period: return "seconds";
    case FieldKind::time: return "a time as YYYYMMDDHHmmSS or in seconds";
    case FieldKind::type: return "an RR type";
    case FieldKind::algorithm: return "a DNSSEC algorithm";
    case FieldKind::digest: return "a digest type";
    case FieldKind::tlsa_usage: return "a certificate usage";
    case FieldKind::tlsa_selector: return "a selector";
    case FieldKind::tlsa_matching_type: return "a matching type";
    case FieldKind::ipv4: return "an IPv4 address";
    case FieldKind::ipv6: return "an IPv6 address";
    case FieldKind::name: return "a domain name";
    case FieldKind::string:
    case FieldKind::strings:
    case FieldKind::caa_value: return "a character string";
    case FieldKind::salt: return "a salt in hexadecimal, or '-'";
    case FieldKind::hash: return "a hash in base32hex";
    case FieldKind::hex: return "hexadecimal digits";
    case FieldKind::base64: return "base64";
    case FieldKind::bitmap: return "RR types";
    case FieldKind::a6:
    case FieldKind::opaque: break;
    }
    return "RDATA in the form \\# LENGTH HEX";
}

std::optional<TextFault> RdataTextReader::read(FieldKind kind) {
    if (kind == FieldKind::bitmap) return read_bitmap();
    const Token* from = token();
    if (from == nullptr) return TextFault{end_, std::string(expected_of(kind))};
    switch (kind) {
    case FieldKind::hex:
    case FieldKind::base64: --next_; return read_rest(kind);
    case FieldKind::strings:
        for (; from != nullptr; from = token()) {
            if (auto problem = read_string(*from)) return problem;
        }
        return std::nullopt;
    default: return read_value(kind, *from);
    }
}

std::optional<TextFault> RdataTextReader::read_rest(FieldKind kind) {
    std::string joined;
    const std::size_t offset = tokens_[next_].offset;
    while (const Token* from = token()) joined += from->raw;
    const auto octets = kind == FieldKind::hex ? from_base16(joined) : from_base64(joined);
    if (!octets) return TextFault{offset, std::string(expected_of(kind))};
    writer_.octets(*octets);
    return std::nullopt;
}

std::optional<TextFault> RdataTextReader::read_bitmap() {
    std::vector<RrType> types;
    while (const Token* from = token()) {
        const auto type = rr_type_from_text(from->raw);
        if (!type) return TextFault{from->offset, std::string(expected_of(FieldKind::type))};
        types.push_back(*type);
    }
    writer_.octets(TypeBitmap(std::move(types)).build());
    return std::nullopt;
}

std::optional<TextFault> RdataTextReader::read_counted(const Result<Bytes>& octets, const Token& from,
                                                       std::string_view expected) {
    if (!octets || octets->size() > 255) return TextFault{from.offset, std::string(expected)};
    writer_.u8(static_cast<std::uint8_t>(octets->size()));
    writer_.octets(*octets);
    return std::nullopt;
}

std::optional<TextFault> RdataTextReader::read_string(const Token& from) {
    auto octets = unescape(from);
    if (!octets) return octets.error();
    return read_counted(*std::move(octets), from, "a character string of at most 255 octets");
}

std::optional<TextFault> RdataTextReader::read_number(const Token& from, std::uint32_t max, std::string_view expected) {
    const auto value = number_from_token(from, max, expected);
    if (!value) return value.error();
    if (max == 0xFF) writer_.u8(static_cast<std::uint8_t>(*value));
    if (max == 0xFFFF) writer_.u16(static_cast<std::uint16_t>(*value));
    if (max == 0xFFFFFFFF) writer_.u32(*value);
    return std::nullopt;
}

std::optional<TextFault> RdataTextReader::read_value(FieldKind kind, const Token& from) {
    const std::string_view expected = expected_of(kind);
    const TextFault problem{from.offset, std::string(expected)};
    switch (kind) {
    case FieldKind::u8: return read_number(from, 0xFF, expected);
    case FieldKind::u16: return read_number(from, 0xFFFF, expected);
    case FieldKind::u32: return read_number(from, 0xFFFFFFFF, expected);
    case FieldKind::period: {
        const auto seconds = period_from_token(from);
        if (!seconds) return seconds.error();
        writer_.u32(*seconds);
        return std::nullopt;
    }
    case FieldKind::time: {
        const auto time = from_rrsig_text(from.raw);
        if (!time) return problem;
        writer_.u32(time->seconds);
        return std::nullopt;
    }
    case FieldKind::type: {
        const auto type = rr_type_from_text(from.raw);
        if (!type) return problem;
        writer_.u16(static_cast<std::uint16_t>(*type));
        return std::nullopt;
    }
    case FieldKind::algorithm: {
        const auto algorithm = algorithm_from_text(from.raw);
        if (!algorithm) return problem;
        writer_.u8(static_cast<std::uint8_t>(*algorithm));
        return std::nullopt;
    }
    case FieldKind::tlsa_usage:
    case FieldKind::tlsa_selector:
    case FieldKind::tlsa_matching_type: {
        const auto value = kind == FieldKind::tlsa_usage      ? tlsa_usage_from_text(from.raw)
                           : kind == FieldKind::tlsa_selector ? tlsa_selector_from_text(from.raw)
                                                              : tlsa_matching_type_from_text(from.raw);
        if (!value) return problem;
        writer_.u8(*value);
        return std::nullopt;
    }
    case FieldKind::digest: {
        const auto digest = digest_type_from_text(from.raw);
        if (!digest) return problem;
        writer_.u8(static_cast<std::uint8_t>(*digest));
        return std::nullopt;
    }
    case FieldKind::ipv4:
    case FieldKind::ipv6: {
        const auto address = kind == FieldKind::ipv4 ? ipv4_from_text(from.raw) : ipv6_from_text(from.raw);
        if (!address) return problem;
        writer_.octets(*address);
        return std::nullopt;
    }
    case FieldKind::name: {
        const auto name = name_from_token(from, origin_);
        if (!name) return name.error();
        writer_.octets(name->wire());
        return std::nullopt;
    }
    case FieldKind::string: return read_string(from);
    case FieldKind::salt:
        return read_counted(from.raw == "-" ? Result<Bytes>(Bytes()) : from_base16(from.raw), from, expected);
    case FieldKind::hash: return read_counted(from_base32hex(from.raw), from, expected);
    case FieldKind::caa_value: {
        const auto octets = unescape(from);
        if (!octets) return octets.error();
        writer_.octets(*octets);
        return std::nullopt;
    }
    default: return problem;
    }
}

Result<Bytes, TextFault> generic_from_tokens(std::span<const Token> tokens, std::size_t end) {
    if (tokens.size() < 2) return fault(end, "the length of the RDATA");
    const auto length = number_from_token(tokens[1], 65535, "the length of the RDATA, at most 65535");
    if (!length) return length.error_as_failure();
    std::string joined;
    for (const Token& token : tokens.subspan(2)) joined += token.raw;
    auto octets = from_base16(joined);
    if (!octets) return fault(tokens.size() > 2 ? tokens[2].offset : end, "hexadecimal digits");
    if (octets->size() != *length) return fault(tokens[1].offset, "the length that the hexadecimal digits have");
    return *std::move(octets);
}

} // namespace

std::string rdata_to_text(RrType type, ByteView rdata) {
    const RdataLayout* layout = rdata_layout(type);
    if (layout == nullptr || !layout->has_text) return generic_text(rdata);
    const auto slices = slice_rdata(*layout, rdata);
    if (!slices) return generic_text(rdata);
    std::string out;
    out.reserve(rdata.size() * 2 + 16);
    for (const RdataSlice& slice : slices->view()) {
        if (!out.empty()) out += ' ';
        if (!append_field(out, slice)) return generic_text(rdata);
    }
    if (!out.empty() && out.back() == ' ') out.pop_back(); // an empty bit map
    return out;
}

Result<Bytes, TextFault> rdata_from_tokens(RrType type, std::span<const Token> tokens, const Name& origin,
                                           std::size_t end) {
    if (!tokens.empty() && !tokens[0].quoted && tokens[0].raw == "\\#") return generic_from_tokens(tokens, end);
    const RdataLayout* layout = rdata_layout(type);
    if (layout == nullptr || !layout->has_text) {
        return fault(tokens.empty() ? end : tokens[0].offset, "RDATA in the form \\# LENGTH HEX");
    }
    RdataTextReader reader(tokens, origin, end);
    for (const FieldKind kind : layout->fields()) {
        if (auto problem = reader.read(kind)) return Unexpected<TextFault>{*std::move(problem)};
    }
    if (auto problem = reader.finish()) return Unexpected<TextFault>{*std::move(problem)};
    Bytes rdata = reader.take();
    if (rdata.size() > 65535) return fault(end, "RDATA of at most 65535 octets");
    if (const auto good = check_rdata(type, rdata); !good) return fault(end, describe(good.error().code));
    return rdata;
}

} // namespace dns
