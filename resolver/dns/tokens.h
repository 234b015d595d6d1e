// Tokens of presentation format (RFC 1035 §5.1), shared by single records and zone files.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/record.h"

namespace dns {

// What is wrong with a text, and where.
struct TextFault {
    std::size_t offset = 0; // characters from the start of the text
    std::string expected;   // "an IPv4 address"
    WireErrorCode code = WireErrorCode::bad_text;
};

struct Token {
    std::string_view raw; // escapes unresolved, quotes taken off
    bool quoted = false;
    std::size_t offset = 0; // of the first character of `raw`
};

// One entry: a line, or several joined by parentheses.
struct TokenLine {
    std::vector<Token> tokens;
    bool starts_with_space = false; // the owner name is omitted
    std::size_t end = 0;            // offset where the entry ends
};

class Tokenizer {
  public:
    explicit Tokenizer(std::string_view text)
        : text_(text) {}
    // The next entry that has tokens; false at the end of the text.
    Result<bool, TextFault> next(TokenLine& line);

  private:
    Result<bool, TextFault> read_line(TokenLine& line);
    Result<Token, TextFault> read_quoted();
    Token read_word();

    std::string_view text_;
    std::size_t at_ = 0;
};

// Octets of a token with its escapes resolved.
Result<Bytes, TextFault> unescape(const Token& token);
// A whole number of at most `max`.
Result<std::uint32_t, TextFault> number_from_token(const Token& token, std::uint32_t max, std::string_view expected);
// Seconds, as a number or with units as in "1w2d3h4m5s".
Result<std::uint32_t, TextFault> period_from_token(const Token& token);
Result<Name, TextFault> name_from_token(const Token& token, const Name& origin);
// RDATA from all these tokens; `end` is the offset to blame for missing ones.
Result<Bytes, TextFault> rdata_from_tokens(RrType type, std::span<const Token> tokens, const Name& origin,
                                           std::size_t end);

// What earlier entries of a zone file have set.
struct EntryDefaults {
    Name origin;
    const Name* owner = nullptr; // of the entry before; nullptr where there is none
    RrClass rr_class = RrClass::IN;
    const Ttl* ttl = nullptr; // nullptr: only SOA may do without (its MINIMUM is taken)
    bool ttl_required = true; // false: a missing TTL is 0
};
Result<Record, TextFault> record_from_line(const TokenLine& line, const EntryDefaults& defaults);

} // namespace dns
