// What a cell comes to, in one word.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "tlsa/outcome.h"
#include "validator/reason.h"

namespace harness {

// What became of a message, or what a DNSSEC judge holds an answer for. No word means both.
using Word = std::variant<tlsa::Outcome, validator::Security>;

std::string_view to_text(const Word& word); // "verified", "bogus"
std::optional<Word> word_from_text(std::string_view text);

// The word of one of the two kinds; nullopt where there is none, or one of the other kind.
template <class Kind>
std::optional<Kind> word_as(const std::optional<Word>& word) {
    if (!word || !std::holds_alternative<Kind>(*word)) return std::nullopt;
    return std::get<Kind>(*word);
}

} // namespace harness
