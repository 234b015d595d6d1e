#include "resolver/dns/tokens.h"

#include <charconv>

namespace dns {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

bool ends_word(char c) { return is_blank(c) || c == '\n' || c == '(' || c == ')' || c == ';'; }

Unexpected<TextFault> fault(std::size_t offset, std::string_view expected,
                            WireErrorCode code = WireErrorCode::bad_text) {
    return Unexpected<TextFault>{TextFault{offset, std::string(expected), code}};
}

std::uint32_t unit_seconds(char c) {
    switch (c) {
    case 's':
    case 'S': return 1;
    case 'm':
    case 'M': return 60;
    case 'h':
    case 'H': return 3600;
    case 'd':
    case 'D': return 86400;
    case 'w':
    case 'W': return 604800;
    default: return 0;
    }
}

} // namespace

Result<bool, TextFault> Tokenizer::next(TokenLine& line) {
    while (at_ < text_.size()) {
        auto more = read_line(line);
        if (!more) return more;
        if (!line.tokens.empty()) return true;
    }
    return false;
}

Result<bool, TextFault> Tokenizer::read_line(TokenLine& line) {
    line.tokens.clear();
    line.starts_with_space = is_blank(text_[at_]);
    std::size_t open = 0; // depth of parentheses
    std::size_t opened_at = 0;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (is_blank(c)) {
            ++at_;
        } else if (c == '\n') {
            line.end = at_++;
            if (open == 0) return true;
        } else if (c == ';') {
            while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        } else if (c == '(') {
            if (open++ == 0) opened_at = at_;
            ++at_;
        } else if (c == ')') {
            if (open-- == 0) return fault(at_, "no ')' without a '(' before it");
            ++at_;
        } else if (c == '"') {
            const auto token = read_quoted();
            if (!token) return token.error_as_failure();
            line.tokens.push_back(*token);
        } else {
            line.tokens.push_back(read_word());
        }
    }
    line.end = at_;
    if (open > 0) return fault(opened_at, "a ')' for this '('");
    return true;
}

Result<Token, TextFault> Tokenizer::read_quoted() {
    const std::size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size() || text_[at_] != '"') return fault(start - 1, "a closing '\"' on the same line");
    const Token token{text_.substr(start, at_ - start), true, start};
    ++at_;
    return token;
}

Token Tokenizer::read_word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && !ends_word(text_[at_])) {
        const bool escape = text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n';
        at_ += escape ? 2 : 1;
    }
    return {text_.substr(start, at_ - start), false, start};
}

Result<Bytes, TextFault> unescape(const Token& token) {
    const std::string_view raw = token.raw;
    Bytes out;
    out.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size();) {
        if (raw[at] != '\\') {
            out.push_back(static_cast<std::uint8_t>(raw[at++]));
            continue;
        }
        if (raw.size() - at < 2) return fault(token.offset + at, "a character behind '\\'");
        if (!is_digit(raw[at + 1])) {
            out.push_back(static_cast<std::uint8_t>(raw[at + 1]));
            at += 2;
            continue;
        }
        if (raw.size() - at < 4 || !is_digit(raw[at + 2]) || !is_digit(raw[at + 3])) {
            return fault(token.offset + at, "three digits behind '\\'");
        }
        const int value = (raw[at + 1] - '0') * 100 + (raw[at + 2] - '0') * 10 + (raw[at + 3] - '0');
        if (value > 255) return fault(token.offset + at, "an escape of at most \\255");
        out.push_back(static_cast<std::uint8_t>(value));
        at += 4;
    }
    return out;
}

Result<std::uint32_t, TextFault> number_from_token(const Token& token, std::uint32_t max, std::string_view expected) {
    std::uint32_t value = 0;
    const char* const last = token.raw.data() + token.raw.size();
    const auto [end, error] = std::from_chars(token.raw.data(), last, value);
    if (token.raw.empty() || error != std::errc() || end != last || value > max) return fault(token.offset, expected);
    return value;
}

Result<std::uint32_t, TextFault> period_from_token(const Token& token) {
    std::uint64_t total = 0;
    std::uint64_t value = 0;
    bool digits = false;
    bool units = false;
    for (const char c : token.raw) {
        if (is_digit(c)) {
            value = value * 10 + static_cast<unsigned>(c - '0');
            digits = true;
        } else {
            const std::uint32_t seconds = unit_seconds(c);
            if (!digits || seconds == 0) return fault(token.offset, "seconds");
            total += value * seconds;
            value = 0;
            digits = false;
            units = true;
        }
        if (value > 0xFFFFFFFF || total > 0xFFFFFFFF) return fault(token.offset, "seconds below 2^32");
    }
    if (!digits && !units) return fault(token.offset, "seconds");
    total += value;
    if (total > 0xFFFFFFFF) return fault(token.offset, "seconds below 2^32");
    return static_cast<std::uint32_t>(total);
}

Result<Name, TextFault> name_from_token(const Token& token, const Name& origin) {
    const auto name = Name::from_text(token.raw, origin);
    if (name) return *name;
    const WireErrorCode code = name.error().code;
    const std::string_view expected = code == WireErrorCode::label_too_long  ? "labels of at most 63 octets"
                                      : code == WireErrorCode::name_too_long ? "a name of at most 255 octets"
                                                                             : "a domain name";
    return fault(token.offset + name.error().offset, expected, code);
}

} // namespace dns
