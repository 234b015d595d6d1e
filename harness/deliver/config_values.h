// Values of the configuration as its parts read them: words, domains, numbers.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/deliver/config.h"

namespace harness::deliver {

template <class T>
using Words = std::vector<std::pair<std::string_view, T>>;

// Throws ScenarioError that names the words there are.
template <class T>
T word_of(const JsonNode& node, const Words<T>& words) {
    const auto& text = text_of(node);
    std::string known;
    for (const auto& [word, value] : words) {
        if (word == text) return value;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", word);
    }
    node.fail(fmt::format("\"{}\" is none of {}", text, known));
}

template <class T>
std::string_view text_for(T wanted, const Words<T>& words) {
    for (const auto& [word, value] : words)
        if (value == wanted) return word;
    return "";
}

template <class T>
T number_of(const JsonNode& node, std::int64_t least, std::int64_t most) {
    return static_cast<T>(whole_number_of(node, least, most));
}

// A domain name in lower case without final dot; `text` is what of the node is one.
std::string lower_domain(const JsonNode& node, std::string_view text);
// "example.com" or ".example.com" in lower case without final dot, or one of the words that stand for every domain.
std::string domain_of(const JsonNode& node, std::string_view everything);

DestinationControl control_of(const JsonNode& node);
SmtpRoute route_of(const JsonNode& node);
StsPolicy sts_policy_of(const JsonNode& node);

} // namespace harness::deliver
