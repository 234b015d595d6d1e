#include "tlsa/smtp_reply.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tlsa {
namespace {

// What a server says goes into logs and onto terminals: nothing but printable US-ASCII gets there as it is.
std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 0x20 && octet < 0x7f && octet != '\\')
            out += c;
        else
            out += fmt::format("\\{:03}", octet);
    }
    return out;
}

bool is_between(char c, char low, char high) { return c >= low && c <= high; }

} // namespace

std::string SmtpReply::to_text() const {
    std::string out = std::to_string(code);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) out += " /";
        if (!lines[i].empty()) out += " " + lines[i];
    }
    return out;
}

std::string_view describe(ReplyFault fault) {
    switch (fault) {
    case ReplyFault::bad_code: return "a line that does not begin with a reply code (RFC 5321 §4.2)";
    case ReplyFault::bad_separator: return "a reply code that neither space nor hyphen follows (RFC 5321 §4.2)";
    case ReplyFault::code_changed: return "another reply code within one reply (RFC 5321 §4.2.1)";
    case ReplyFault::bad_line_end: return "a line that does not end with CR LF (RFC 5321 §2.3.8)";
    case ReplyFault::line_too_long: return "a line of more than 8192 octets";
    case ReplyFault::too_many_lines: return "a reply of more than 100 lines";
    case ReplyFault::too_long: return "a reply of more than 65536 octets";
    }
    return "";
}

void ReplyParser::push(dns::ByteView data) {
    if (fault_) return;
    buffer_.erase(0, consumed_);
    searched_ -= consumed_;
    consumed_ = 0;
    buffer_.append(data.begin(), data.end());
}

std::optional<ReplyFault> ReplyParser::take_line(std::string_view line, bool& last) {
    // RFC 5321 §4.2: Reply-code = %x32-35 %x30-35 %x30-39
    if (line.size() < 3 || !is_between(line[0], '2', '5') || !is_between(line[1], '0', '5') ||
        !is_between(line[2], '0', '9'))
        return ReplyFault::bad_code;
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return ReplyFault::bad_separator;
    const unsigned code = (line[0] - '0') * 100u + (line[1] - '0') * 10u + (line[2] - '0');
    if (!pending_.lines.empty() && code != pending_.code) return ReplyFault::code_changed;
    if (pending_.lines.size() == max_lines) return ReplyFault::too_many_lines;
    pending_octets_ += line.size();
    if (pending_octets_ > max_reply) return ReplyFault::too_long;
    pending_.code = code;
    pending_.lines.push_back(printable(line.substr(std::min<std::size_t>(4, line.size()))));
    last = line.size() == 3 || line[3] == ' ';
    return std::nullopt;
}

dns::Result<std::optional<SmtpReply>, ReplyFault> ReplyParser::next() {
    while (!fault_) {
        const std::size_t end = buffer_.find_first_of("\r\n", std::max(searched_, consumed_));
        if (end == std::string::npos || (buffer_[end] == '\r' && end + 1 == buffer_.size())) {
            searched_ = end == std::string::npos ? buffer_.size() : end;
            if (buffer_.size() - consumed_ <= max_line) return std::optional<SmtpReply>{};
            fault_ = ReplyFault::line_too_long;
            break;
        }
        if (buffer_[end] == '\n' || buffer_[end + 1] != '\n') {
            fault_ = ReplyFault::bad_line_end;
            break;
        }
        const std::string_view line(buffer_.data() + consumed_, end - consumed_);
        bool last = false;
        fault_ = line.size() + 2 > max_line ? ReplyFault::line_too_long : take_line(line, last);
        if (fault_) break;
        consumed_ = searched_ = end + 2;
        if (!last) continue;
        pending_octets_ = 0;
        return std::optional<SmtpReply>{std::exchange(pending_, {})};
    }
    return dns::Unexpected<ReplyFault>{*fault_};
}

} // namespace tlsa
