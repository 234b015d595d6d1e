#include "harness/deliver/tlsrpt_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "harness/deliver/message.h"

namespace harness::deliver {

namespace {

constexpr std::string_view version = "v=TLSRPTv1;";

// RFC 8460 §3: the strings of a record are joined without spaces. What does not fit its lengths is no TXT record.
std::optional<std::string> joined(const dns::Bytes& rdata) {
    std::string text;
    for (std::size_t at = 0; at < rdata.size();) {
        const std::size_t size = rdata[at++];
        if (at + size > rdata.size()) return std::nullopt;
        text.append(rdata.begin() + static_cast<std::ptrdiff_t>(at),
                    rdata.begin() + static_cast<std::ptrdiff_t>(at + size));
        at += size;
    }
    return text;
}

std::vector<std::string> split(std::string_view text, char delimiter) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(delimiter);
        auto part = text.substr(0, end);
        while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
        while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
        parts.emplace_back(part);
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// RFC 3986 §2.1; what is no escape stays.
std::string unescaped(std::string_view text) {
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
        out += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
        if (escape) i += 2;
    }
    return out;
}

bool has_scheme(std::string_view uri, std::string_view scheme) { // RFC 3986 §3.1: in any case
    return uri.size() > scheme.size() && std::equal(scheme.begin(), scheme.end(), uri.begin(), [](char a, char b) {
               return a == b || (b >= 'A' && b <= 'Z' && a == b - 'A' + 'a');
           });
}

// RFC 8460 §3: "MAY attempt to deliver to each": a record does not decide how much mail of ours others get.
constexpr std::size_t most_addresses = 10;
constexpr std::size_t quoted_field = 100; // octets of a field that a line shows

bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }

// For terminals and logs: the octets are whatever a stranger's zone has.
std::string quoted(std::string_view field) {
    std::string text(field.substr(0, quoted_field));
    std::ranges::replace_if(
        text, [](char c) { return !is_printable(c); }, '?');
    return text + (field.size() > quoted_field ? "..." : "");
}

void add_uri(ReportAddresses& addresses, const std::string& uri) {
    constexpr std::string_view mailto = "mailto:", https = "https://";
    // RFC 3986 §2: a URI has neither blanks nor other octets than ASCII's printable ones.
    if (!std::ranges::all_of(uri, [](char c) { return is_printable(c) && c != ' '; })) return;
    if (addresses.mail.size() + addresses.https.size() >= most_addresses) return;
    if (has_scheme(uri, https)) addresses.https.push_back(uri);
    if (!has_scheme(uri, mailto)) return;
    // RFC 6068 §2: header fields, which nobody needs here, stand behind a question mark.
    const auto address = checked_address(unescaped(uri.substr(mailto.size(), uri.find('?') - mailto.size())));
    if (address && std::ranges::find(addresses.mail, *address) == addresses.mail.end())
        addresses.mail.push_back(*address);
}

} // namespace

dns::Result<dns::Name, std::string> tlsrpt_name(const std::string& domain) {
    const auto name = dns::Name::from_text("_smtp._tls." + domain + ".");
    if (!name) return dns::Unexpected<std::string>{"its name is too long for a record below it"};
    return *name;
}

dns::Result<ReportAddresses, std::string> report_addresses(const std::vector<dns::Bytes>& txt) {
    const auto failure = [](std::string why) { return dns::Unexpected<std::string>{std::move(why)}; };
    std::vector<std::string> records;
    for (const auto& rdata : txt)
        if (auto text = joined(rdata); text && text->starts_with(version)) records.push_back(std::move(*text));
    if (records.empty()) return failure("no TXT record there begins with v=TLSRPTv1;");
    if (records.size() > 1)
        return failure(fmt::format("{} TXT records there begin with v=TLSRPTv1; instead of one", records.size()));
    ReportAddresses addresses;
    auto fields = split(std::string_view(records.front()).substr(version.size()), ';');
    if (fields.back().empty()) fields.pop_back();
    for (const auto& field : fields) {
        const auto equals = field.find('=');
        if (equals == std::string::npos || equals == 0)
            return failure(fmt::format("its record has \"{}\" where a field is expected", quoted(field)));
        if (field.substr(0, equals) != "rua") continue; // RFC 8460 §3: unknown fields are ignored
        for (const auto& uri : split(std::string_view(field).substr(equals + 1), ',')) add_uri(addresses, uri);
    }
    if (addresses.mail.empty() && addresses.https.empty())
        return failure("its record names no mailto: or https: address");
    return addresses;
}

} // namespace harness::deliver
