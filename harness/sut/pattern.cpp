#define PCRE2_CODE_UNIT_WIDTH 8
#include "harness/sut/pattern.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>

#include "harness/scenario_error.h"

namespace harness {

namespace {

PCRE2_SPTR octets_of(const std::string& text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

} // namespace

Pattern::Pattern(const std::string& expression) {
    int error = 0;
    PCRE2_SIZE at = 0;
    auto* const code = pcre2_compile(octets_of(expression), expression.size(), 0, &error, &at, nullptr);
    if (code == nullptr) {
        std::array<PCRE2_UCHAR, 200> words{};
        pcre2_get_error_message(error, words.data(), words.size());
        throw ScenarioError(fmt::format("\"{}\" is no regular expression: {} (at octet {})", expression,
                                        reinterpret_cast<const char*>(words.data()), at));
    }
    code_.reset(code, [](const pcre2_code* one) { pcre2_code_free(const_cast<pcre2_code*>(one)); });
}

bool Pattern::found_in(const std::string& text) const {
    const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
        pcre2_match_data_create_from_pattern(code_.get(), nullptr), &pcre2_match_data_free);
    return match && pcre2_match(code_.get(), octets_of(text), text.size(), 0, 0, match.get(), nullptr) >= 0;
}

std::string quoted_for_pattern(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
        if (!plain) out += '\\';
        out += c;
    }
    return out;
}

std::map<std::string, std::string> quoted_for_pattern(std::map<std::string, std::string> values) {
    for (auto& [name, value] : values) value = quoted_for_pattern(value);
    return values;
}

} // namespace harness
