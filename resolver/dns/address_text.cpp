#include "resolver/dns/address_text.h"

#include <array>
#include <charconv>

namespace dns {

namespace {

constexpr std::size_t groups_of_ipv6 = 8;

struct ZeroRun {
    std::size_t start = 0, length = 0;
};

// The longest run of at least two zero groups, the first of equals (RFC 5952 §4.2).
ZeroRun longest_zero_run(const std::array<unsigned, groups_of_ipv6>& groups) {
    ZeroRun best, run;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] != 0) {
            run = {i + 1, 0};
            continue;
        }
        if (++run.length > best.length) best = run;
    }
    return best.length >= 2 ? best : ZeroRun{groups_of_ipv6, 0};
}

// Groups of hexadecimal digits separated by single colons, the last one perhaps an IPv4 address. False on nonsense.
bool read_groups(std::string_view text, Bytes& out) {
    if (text.empty()) return true;
    for (;;) { // each round takes a group off the text
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
            const auto tail = ipv4_from_text(group);
            if (!tail) return false;
            out.insert(out.end(), tail->begin(), tail->end());
            return true;
        }
        unsigned value = 0;
        const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
        if (group.empty() || group.size() > 4 || error != std::errc() || end != group.data() + group.size())
            return false;
        out.push_back(static_cast<std::uint8_t>(value >> 8));
        out.push_back(static_cast<std::uint8_t>(value));
        if (colon == std::string_view::npos) return true;
        text.remove_prefix(colon + 1);
        if (text.empty()) return false;
    }
}

} // namespace

std::string ipv4_text(ByteView four_octets) {
    std::string out;
    for (const std::uint8_t octet : four_octets) {
        if (!out.empty()) out += '.';
        out += std::to_string(octet);
    }
    return out;
}

std::string ipv6_text(ByteView sixteen_octets) {
    std::array<unsigned, groups_of_ipv6> groups;
    for (std::size_t i = 0; i < groups.size(); ++i)
        groups[i] = sixteen_octets[2 * i] * 256U + sixteen_octets[2 * i + 1];
    const ZeroRun run = longest_zero_run(groups);
    std::string out;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (i == run.start) {
            out += "::";
            i += run.length - 1;
            continue;
        }
        if (!out.empty() && out.back() != ':') out += ':';
        char digits[8];
        const auto [end, error] = std::to_chars(digits, digits + sizeof digits, groups[i], 16);
        (void)error;
        out.append(digits, end);
    }
    return out;
}

std::optional<Bytes> ipv4_from_text(std::string_view text) {
    Bytes out;
    for (int part = 0; part < 4; ++part) {
        const std::size_t dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const std::string_view digits = text.substr(0, dot);
        unsigned value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0') || error != std::errc() ||
            end != digits.data() + digits.size() || value > 255) {
            return std::nullopt;
        }
        out.push_back(static_cast<std::uint8_t>(value));
        if (part < 3) text.remove_prefix(dot + 1);
    }
    return out;
}

std::optional<Bytes> ipv6_from_text(std::string_view text) {
    Bytes front, back;
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) {
        if (!read_groups(text, front) || front.size() != 16) return std::nullopt;
        return front;
    }
    if (!read_groups(text.substr(0, gap), front) || !read_groups(text.substr(gap + 2), back)) return std::nullopt;
    if (text.substr(0, gap).find('.') != std::string_view::npos) return std::nullopt;
    if (front.size() + back.size() > 14) return std::nullopt; // "::" stands for at least one group
    front.resize(16 - back.size());
    front.insert(front.end(), back.begin(), back.end());
    return front;
}

} // namespace dns
