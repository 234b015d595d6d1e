// Numbers of TLSA records and their acronyms, as zone files may use them (RFC 7218 §2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dns {

// "3" or "DANE-EE", "1" or "SPKI", "1" or "SHA2-256"; acronyms in any letter case. nullopt for all else.
std::optional<std::uint8_t> tlsa_usage_from_text(std::string_view text);
std::optional<std::uint8_t> tlsa_selector_from_text(std::string_view text);
std::optional<std::uint8_t> tlsa_matching_type_from_text(std::string_view text);

} // namespace dns
