#include "harness/replay/rpl_lines.h"

#include <algorithm>

namespace harness::replay {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

} // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view without_comment(std::string_view text) {
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"') {
            quote = c;
        } else if (c == ';') {
            return trimmed(text.substr(0, i));
        }
    }
    return trimmed(text);
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> result;
    while (!(text = trimmed(text)).empty()) { // each round takes a word
        std::size_t end = 0;
        while (end < text.size() && !is_blank(text[end])) ++end;
        result.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return result;
}

bool begins_with_word(std::string_view text, std::string_view word) {
    return text.starts_with(word) && (text.size() == word.size() || is_blank(text[word.size()]));
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

Lines::Lines(std::string file, std::string_view text)
    : file_(std::move(file)) {
    for (std::size_t at = 0, number = 1; at < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view raw = text.substr(at, end - at);
        lines_.push_back({number, raw, trimmed(raw)});
        at = end + 1;
    }
}

void Lines::fail_at_end(std::string_view what) const {
    fail(lines_.size() + 1, "expected " + std::string(what) + ", but the file ends here");
}

} // namespace harness::replay
