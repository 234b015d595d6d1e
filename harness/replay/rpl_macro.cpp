#include "harness/replay/rpl_macro.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "harness/replay/rpl_lines.h"

namespace harness::replay {

namespace {

constexpr unsigned most_depth = 20; // brackets within brackets

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The end of the ${...} that begins at `at`: one behind its '}'.
std::size_t end_of_bracket(std::string_view text, std::size_t at) {
    unsigned open = 0;
    for (; at < text.size(); ++at) {
        if (text.substr(at, 2) == "${") {
            ++open;
            ++at;
        } else if (text[at] == '}' && --open == 0) {
            return at + 1;
        }
    }
    throw MacroError("expected a '}' for every '${'");
}

class Expression {
  public:
    Expression(std::string_view text, const MacroContext& context, unsigned depth)
        : text_(text)
        , context_(context)
        , depth_(depth) {}
    std::string value();

  private:
    void skip_blanks() { text_ = trimmed(text_); }
    bool take_word(std::string_view word) {
        skip_blanks();
        if (!text_.starts_with(word) || (text_.size() > word.size() && is_name_char(text_[word.size()]))) return false;
        text_.remove_prefix(word.size());
        return true;
    }
    std::string term();
    std::string computed();
    std::string range();

    std::string_view text_;
    const MacroContext& context_;
    unsigned depth_;
};

std::string Expression::term() {
    skip_blanks();
    if (text_.starts_with("${")) {
        if (depth_ == most_depth) throw MacroError("expected fewer brackets within brackets");
        const std::size_t end = end_of_bracket(text_, 0);
        const std::string result = Expression(text_.substr(2, end - 3), context_, depth_ + 1).value();
        text_.remove_prefix(end);
        return result;
    }
    const bool variable = text_.starts_with("$");
    if (variable) text_.remove_prefix(1);
    std::size_t end = 0;
    while (end < text_.size() && (is_name_char(text_[end]) || (!variable && text_[end] == '.'))) ++end;
    const std::string word(text_.substr(0, end));
    text_.remove_prefix(end);
    if (word.empty()) throw MacroError("expected a number, a variable or ${...}");
    if (!variable) return word;
    const auto known = context_.variables.find(word);
    if (known == context_.variables.end()) throw MacroError("expected a variable that was assigned, not $" + word);
    return known->second;
}

std::string Expression::computed() {
    std::string first = term();
    skip_blanks();
    if (text_.empty()) return first;
    double total = number_from_macro(first);
    while (!text_.empty()) { // each round takes an operator and a term; * and / bind no closer
        const char sign = text_.front();
        text_.remove_prefix(1);
        if (std::string_view("+-*/").find(sign) == std::string_view::npos)
            throw MacroError(std::string("expected + - * or /, not '") + sign + "'");
        const double operand = number_from_macro(term());
        if (sign == '+') total += operand;
        if (sign == '-') total -= operand;
        if (sign == '*') total *= operand;
        if (sign == '/' && operand == 0) throw MacroError("expected a divisor other than 0");
        if (sign == '/') total /= operand;
        skip_blanks();
    }
    char text[64];
    std::snprintf(text, sizeof text, "%.12g", total);
    return text;
}

std::string Expression::range() {
    const std::string low = term(), value = term(), high = term();
    const double number = number_from_macro(value);
    if (number < number_from_macro(low) || number > number_from_macro(high))
        throw MacroError(fmt::format("{} is not within {} and {}", value, low, high));
    return value;
}

std::string Expression::value() {
    if (take_word("timeout")) return std::to_string(context_.timeout());
    if (take_word("time")) return std::to_string(context_.time().seconds);
    if (take_word("ctime")) {
        const double seconds = number_from_macro(computed());
        if (std::abs(seconds) > 1e15) throw MacroError("expected a time in reach");
        return ctime_text({static_cast<std::int64_t>(seconds)});
    }
    if (take_word("range")) return range();
    return computed();
}

} // namespace

double number_from_macro(std::string_view text) {
    const std::string word(trimmed(text));
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    if (word.empty() || *end != '\0' || !std::isfinite(value))
        throw MacroError("expected a number, not '" + word + "'");
    return value;
}

std::string ctime_text(dns::UnixTime time) {
    const std::string rfc3339 = dns::to_rfc3339(time); // 2026-06-01T00:00:00Z
    constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::string_view days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; // 1970 began on a Thursday
    const std::int64_t day = time.seconds >= 0 ? time.seconds / 86400 : (time.seconds - 86399) / 86400;
    const std::string_view weekday = days[static_cast<std::size_t>((day % 7 + 7) % 7)];
    const auto month = static_cast<std::size_t>(std::atoi(rfc3339.substr(5, 2).c_str()) - 1);
    return fmt::format("{} {} {:2} {} {}", weekday, months[month % 12], std::atoi(rfc3339.substr(8, 2).c_str()),
                       rfc3339.substr(11, 8), rfc3339.substr(0, 4));
}

std::string expand_macros(std::string_view text, const MacroContext& context) {
    std::string result;
    while (!text.empty()) {
        const std::size_t open = text.find("${");
        result += text.substr(0, open);
        if (open == std::string_view::npos) break;
        const std::size_t end = end_of_bracket(text, open);
        result += Expression(text.substr(open + 2, end - open - 3), context, 0).value();
        text.remove_prefix(end);
    }
    return result;
}

} // namespace harness::replay
