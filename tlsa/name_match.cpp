#include "tlsa/name_match.h"

#include <algorithm>

namespace tlsa {
namespace {

bool is_ldh(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; }

// Labels of letters, digits and inner hyphens, at least one, no final dot.
bool is_host_name(std::string_view text) {
    while (true) {
        const auto dot = text.find('.');
        const auto label = text.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        if (!std::ranges::all_of(label, is_ldh)) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

std::string_view without_final_dot(std::string_view text) {
    if (text.size() > 1 && text.ends_with('.')) text.remove_suffix(1);
    return text;
}

// A host name of at least two labels, its first label perhaps a wildcard above two others.
bool is_fully_qualified(std::string_view text) {
    text = without_final_dot(text);
    const bool wildcard = text.starts_with("*.");
    if (wildcard) text.remove_prefix(2);
    return is_host_name(text) && text.find('.') != std::string_view::npos;
}

} // namespace

bool matches(std::string_view presented, const dns::Name& reference) {
    presented = without_final_dot(presented);
    if (reference.is_root() || reference.is_wildcard()) return false;
    if (!presented.starts_with("*.")) {
        if (!is_host_name(presented)) return false;
        const auto name = dns::Name::from_text(presented);
        return name && *name == reference;
    }
    presented.remove_prefix(2);
    // "*." in front of a single label would claim a whole top-level domain.
    if (!is_host_name(presented) || presented.find('.') == std::string_view::npos) return false;
    const auto parent = dns::Name::from_text(presented);
    return parent && *parent == reference.parent();
}

std::vector<std::string> presented_names(const Certificate& certificate) {
    const auto& alternatives = certificate.extensions().subject_alternative_names;
    if (alternatives && !alternatives->dns_ids.empty()) return alternatives->dns_ids;
    std::vector<std::string> names;
    for (const auto& name : certificate.subject().common_names())
        if (is_fully_qualified(name)) names.push_back(name);
    return names;
}

std::optional<NameMatch> match_names(const Certificate& certificate, std::span<const dns::Name> references) {
    const auto names = presented_names(certificate);
    for (const auto& reference : references)
        for (const auto& name : names)
            if (matches(name, reference)) return NameMatch(name, reference);
    return std::nullopt;
}

} // namespace tlsa
