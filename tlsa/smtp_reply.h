// SMTP replies (RFC 5321 §4.2), single and multi-line, cut out of a stream of octets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/bytes.h"
#include "resolver/dns/result.h"

namespace tlsa {

struct SmtpReply {
    unsigned code = 0;              // 200..599
    std::vector<std::string> lines; // without code and separator; octets outside printable US-ASCII stand as \DDD

    bool is_positive() const { return code >= 200 && code < 300; }
    std::string to_text() const; // "250 mx.example / 8BITMIME": one line for messages and logs
};

enum class ReplyFault {
    bad_code,       // no three digits 2..5, 0..5, 0..9
    bad_separator,  // after the code neither space, hyphen nor the line's end
    code_changed,   // a continuation line with another code
    bad_line_end,   // CR without LF or LF without CR (RFC 5321 §2.3.8)
    line_too_long,  // more than max_line octets
    too_many_lines, // more than max_lines in one reply
    too_long,       // more than max_reply octets in one reply
};
std::string_view describe(ReplyFault fault); // "a line that does not begin with a reply code (RFC 5321 §4.2)"

class ReplyParser {
  public:
    // RFC 5321 §4.5.3.1.5 allows 512 octets with CRLF; servers exceed it in EHLO and refusals.
    static constexpr std::size_t max_line = 8192;
    static constexpr std::size_t max_lines = 100; // RFC 5321 §4.2.1 names no bound; EHLO replies have some ten lines
    static constexpr std::size_t max_reply = 65'536; // more than max_lines lines of the 512 octets that the RFC allows

    void push(dns::ByteView data);
    // The next complete reply, taken out of the buffer; nullopt: more octets are needed. After a fault the parser
    // answers with the same fault for ever.
    dns::Result<std::optional<SmtpReply>, ReplyFault> next();
    // Octets that no reply has used yet.
    bool has_leftover() const { return !pending_.lines.empty() || consumed_ < buffer_.size(); }

  private:
    std::optional<ReplyFault> take_line(std::string_view line, bool& last);

    std::string buffer_;
    std::size_t consumed_ = 0;
    std::size_t searched_ = 0; // no line end before this place
    SmtpReply pending_;
    std::size_t pending_octets_ = 0;
    std::optional<ReplyFault> fault_;
};

} // namespace tlsa
