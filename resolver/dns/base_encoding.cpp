// Base 16, 32 (extended hex) and 64 of RFC 4648, as zone files use them.
#include <array>

#include "resolver/dns/text.h"

namespace dns {

namespace {

constexpr std::string_view base16_digits = "0123456789abcdef";
constexpr std::string_view base32hex_digits = "0123456789abcdefghijklmnopqrstuv";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

using DigitValues = std::array<std::int8_t, 256>;

constexpr DigitValues values_of(std::string_view digits, bool any_case) {
    DigitValues values{};
    for (auto& value : values) value = -1;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const char c = digits[i];
        values[static_cast<unsigned char>(c)] = static_cast<std::int8_t>(i);
        if (any_case && c >= 'a' && c <= 'z')
            values[static_cast<unsigned char>(c - 'a' + 'A')] = static_cast<std::int8_t>(i);
    }
    return values;
}

constexpr DigitValues base16_values = values_of(base16_digits, true);
constexpr DigitValues base32hex_values = values_of(base32hex_digits, true);
constexpr DigitValues base64_values = values_of(base64_digits, false);

std::string encode(ByteView data, std::string_view digits, unsigned bits_per_digit) {
    std::string out;
    out.reserve(data.size() * 8 / bits_per_digit + 4);
    unsigned pending = 0;
    unsigned bits = 0;
    for (const std::uint8_t octet : data) {
        pending = (pending << 8 | octet) & 0xFFFF;
        for (bits += 8; bits >= bits_per_digit; bits -= bits_per_digit) {
            out += digits[pending >> (bits - bits_per_digit) & ((1U << bits_per_digit) - 1)];
        }
    }
    if (bits > 0) out += digits[pending << (bits_per_digit - bits) & ((1U << bits_per_digit) - 1)];
    return out;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Digits up to the end or the first '='; what is left over must be fewer bits than a digit has, and zero.
Result<Bytes> decode(std::string_view text, const DigitValues& values, unsigned bits_per_digit, bool spaces) {
    Bytes out;
    out.reserve(text.size() * bits_per_digit / 8);
    unsigned pending = 0;
    unsigned bits = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (spaces && is_space(text[at])) continue;
        const int value = values[static_cast<unsigned char>(text[at])];
        if (value < 0) return wire_error(WireErrorCode::bad_text, at);
        pending = (pending << bits_per_digit | static_cast<unsigned>(value)) & 0xFFFF;
        bits += bits_per_digit;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<std::uint8_t>(pending >> bits));
        }
    }
    if (bits >= bits_per_digit || (pending & ((1U << bits) - 1)) != 0) {
        return wire_error(WireErrorCode::bad_text, text.size());
    }
    return out;
}

} // namespace

std::string base16(ByteView data) { return encode(data, base16_digits, 4); }

std::string base32hex(ByteView data) { return encode(data, base32hex_digits, 5); }

std::string base64(ByteView data) {
    std::string out = encode(data, base64_digits, 6);
    while (out.size() % 4 != 0) out += '=';
    return out;
}

Result<Bytes> from_base16(std::string_view text) { return decode(text, base16_values, 4, true); }

Result<Bytes> from_base32hex(std::string_view text) { return decode(text, base32hex_values, 5, false); }

Result<Bytes> from_base64(std::string_view text) {
    std::size_t digits = 0;
    std::size_t padding = 0;
    std::size_t end = text.size();
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_space(text[at])) continue;
        if (text[at] == '=') {
            if (padding++ == 0) end = at;
        } else if (padding > 0) {
            return wire_error(WireErrorCode::bad_text, at);
        } else {
            ++digits;
        }
    }
    if (padding > 2 || (digits + padding) % 4 != 0) return wire_error(WireErrorCode::bad_text, text.size());
    return decode(text.substr(0, end), base64_values, 6, true);
}

} // namespace dns
