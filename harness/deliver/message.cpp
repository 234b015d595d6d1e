#include "harness/deliver/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/deliver/log.h"

namespace harness::deliver {

std::string with_crlf(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32 + 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c != '\r' && c != '\n') {
            out += c;
            continue;
        }
        out += "\r\n";
        if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    }
    if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
    return out;
}

dns::Result<std::string, std::string> checked_address(const std::string& text) {
    constexpr std::size_t longest_path = 254, longest_local_part = 64; // RFC 5321 §4.5.3.1
    const auto failure = [](std::string why) { return dns::Unexpected<std::string>{std::move(why)}; };
    const auto fits = [](char c) { return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != '"' && c != ','; };
    if (!std::all_of(text.begin(), text.end(), fits))
        return failure("expected printable ASCII without blanks, quotes and angle brackets");
    const auto at = text.rfind('@');
    if (at == std::string::npos || at == 0) return failure("expected user@example.com");
    if (at > longest_local_part || text.size() > longest_path) return failure("it is too long for SMTP");
    if (text.substr(at + 1).starts_with('[')) return failure("address literals are not supported: name a domain");
    if (domain_of_address(text).empty()) return failure("what stands behind the @ is no domain name");
    return text;
}

namespace {

std::string_view headers_of(std::string_view content) {
    const auto end = content.find("\r\n\r\n");
    return end == std::string_view::npos ? content : content.substr(0, end + 2);
}

} // namespace

bool says_tls_required_no(std::string_view content) {
    constexpr std::string_view name = "tls-required:";
    const auto lower = [](std::string_view text) {
        std::string out(text);
        for (char& c : out)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        return out;
    };
    unsigned fields = 0;
    bool no = false;
    auto rest = headers_of(content);
    while (!rest.empty()) {
        // A field goes on over lines that begin with a blank (RFC 5322 §2.2.3).
        std::size_t end = rest.find("\r\n");
        while (end != std::string_view::npos && end + 2 < rest.size() &&
               (rest[end + 2] == ' ' || rest[end + 2] == '\t'))
            end = rest.find("\r\n", end + 2);
        const auto field = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 2);
        if (lower(field.substr(0, name.size())) != name) continue;
        std::string value = lower(field.substr(name.size()));
        std::erase_if(value, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
        ++fields;
        no = value == "no";
    }
    return fields == 1 && no;
}

NewMessage non_delivery_notice(const Claim& claim, const std::string& error, const std::string& status,
                               const std::string& hostname, dns::UnixTime now) {
    const std::string boundary = fmt::format("=_{}.{}.{}", claim.mid, claim.rid, now.seconds);
    constexpr std::size_t longest = 900; // RFC 5322 §2.1.1: a line has 998 octets, and its field's name is among them
    NewMessage notice;
    notice.recipients = {claim.sender};
    notice.relay = true;
    notice.require_tls = claim.require_tls; // RFC 8689 §5
    notice.content =
        fmt::format("From: Mail Delivery <mailer-daemon@{0}>\r\nTo: <{1}>\r\nDate: {9}\r\n"
                    "Message-ID: <{8}.{2}.{3}@{0}>\r\nSubject: Delivery failed: {4}\r\nAuto-Submitted: auto-replied\r\n"
                    "MIME-Version: 1.0\r\n"
                    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"{5}\"\r\n\r\n"
                    "--{5}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
                    "Your message to <{4}> could not be delivered.\r\n\r\n{6}\r\n\r\n"
                    "--{5}\r\nContent-Type: message/delivery-status\r\n\r\n"
                    "Reporting-MTA: dns; {0}\r\n\r\nFinal-Recipient: rfc822; {4}\r\nAction: failed\r\nStatus: {7}\r\n"
                    "Diagnostic-Code: x-danelab; {6}\r\n\r\n"
                    "--{5}\r\nContent-Type: text/rfc822-headers\r\n\r\n",
                    hostname, claim.sender, claim.mid, claim.rid, claim.recipient, boundary, error.substr(0, longest),
                    status, now.seconds, message_date(now));
    notice.content += headers_of(claim.content);
    notice.content += fmt::format("\r\n--{}--\r\n", boundary);
    return notice;
}

} // namespace harness::deliver
