#include "harness/sut/word.h"

namespace harness {

std::string_view to_text(const Word& word) {
    if (const auto* security = std::get_if<validator::Security>(&word)) return validator::to_text(*security);
    return tlsa::to_text(std::get<tlsa::Outcome>(word));
}

std::optional<Word> word_from_text(std::string_view text) {
    using validator::Security;
    if (const auto outcome = tlsa::outcome_from_text(text)) return *outcome;
    for (const auto security : {Security::secure, Security::insecure, Security::bogus, Security::indeterminate})
        if (text == validator::to_text(security)) return security;
    return std::nullopt;
}

} // namespace harness
