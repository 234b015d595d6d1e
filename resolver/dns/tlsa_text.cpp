#include "resolver/dns/tlsa_text.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace dns {

namespace {

struct Acronym {
    std::string_view text;
    std::uint8_t number;
};
// RFC 7218 §2.1, §2.2, §2.3.
constexpr Acronym usages[] = {{"PKIX-TA", 0}, {"PKIX-EE", 1}, {"DANE-TA", 2}, {"DANE-EE", 3}, {"PrivCert", 255}};
constexpr Acronym selectors[] = {{"Cert", 0}, {"SPKI", 1}, {"PrivSel", 255}};
constexpr Acronym matching_types[] = {{"Full", 0}, {"SHA2-256", 1}, {"SHA2-512", 2}, {"PrivMatch", 255}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<std::uint8_t> find(std::span<const Acronym> acronyms, std::string_view text) {
    std::uint8_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
    const auto same = [&](const Acronym& one) { return std::ranges::equal(one.text, text, {}, lower, lower); };
    const auto found = std::ranges::find_if(acronyms, same);
    return found == acronyms.end() ? std::nullopt : std::optional(found->number);
}

} // namespace

std::optional<std::uint8_t> tlsa_usage_from_text(std::string_view text) { return find(usages, text); }
std::optional<std::uint8_t> tlsa_selector_from_text(std::string_view text) { return find(selectors, text); }
std::optional<std::uint8_t> tlsa_matching_type_from_text(std::string_view text) { return find(matching_types, text); }

} // namespace dns
