#include "tlsa/name_constraints.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "resolver/dns/text.h"
#include "tlsa/name_match.h"

namespace tlsa {
namespace {

std::string lowercase_without_dot(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

// RFC 5280 §4.2.1.10: any name made by adding labels to the left of the constraint is within it. A leading dot, which
// the RFC has for URIs alone, is read as "at least one label more".
bool is_dns_within(std::string_view name_text, std::string_view constraint_text) {
    const std::string name = lowercase_without_dot(name_text);
    const std::string constraint = lowercase_without_dot(constraint_text);
    if (constraint.empty()) return true;
    if (constraint.front() == '.') return name.size() > constraint.size() && name.ends_with(constraint);
    return name == constraint || (name.size() > constraint.size() && name.ends_with("." + constraint));
}

// Could a wildcard name stand for a name within the constraint although it is not within it itself?
bool may_expand_into(std::string_view name_text, std::string_view constraint_text) {
    const std::string name = lowercase_without_dot(name_text);
    const std::string constraint = lowercase_without_dot(constraint_text);
    if (!name.starts_with("*.")) return false;
    const auto dot = constraint.find('.');
    return dot != std::string::npos && constraint.substr(dot) == name.substr(1);
}

bool is_address_within(const dns::Bytes& address, const dns::Bytes& constraint) {
    if (constraint.size() != 2 * address.size()) return false;
    for (std::size_t i = 0; i < address.size(); ++i)
        if (((address[i] ^ constraint[i]) & constraint[address.size() + i]) != 0) return false;
    return true;
}

template <class Name, class Constraint, class Within>
bool breaks(const Name& name, const std::vector<Constraint>& permitted, const std::vector<Constraint>& excluded,
            Within within) {
    const auto holds = [&](const Constraint& constraint) { return within(name, constraint); };
    if (std::ranges::any_of(excluded, holds)) return true;
    return !permitted.empty() && std::ranges::none_of(permitted, holds);
}

std::vector<DistinguishedName> directory_names(const Certificate& certificate) {
    std::vector<DistinguishedName> names;
    if (!certificate.subject().empty()) names.push_back(certificate.subject());
    if (const auto& alternatives = certificate.extensions().subject_alternative_names)
        names.insert(names.end(), alternatives->directory.begin(), alternatives->directory.end());
    return names;
}

std::optional<std::string> broken_dns(const NameConstraints& constraints, const Certificate& below) {
    for (const auto& name : presented_names(below)) {
        const bool expands = std::ranges::any_of(
            constraints.excluded.dns, [&](const std::string& constraint) { return may_expand_into(name, constraint); });
        if (expands || breaks(name, constraints.permitted.dns, constraints.excluded.dns, is_dns_within))
            return fmt::format("DNS name {} is not permitted", name);
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> broken_constraint(const NameConstraints& constraints, const Certificate& below) {
    if (auto broken = broken_dns(constraints, below)) return broken;
    const auto& permitted = constraints.permitted;
    const auto& excluded = constraints.excluded;
    const auto within = [](const DistinguishedName& name, const DistinguishedName& prefix) {
        return name.is_within(prefix);
    };
    for (const auto& name : directory_names(below))
        if (breaks(name, permitted.directory, excluded.directory, within))
            return fmt::format("directory name {} is not permitted", name.to_text());
    const auto& alternatives = below.extensions().subject_alternative_names;
    if (!alternatives) return std::nullopt;
    for (const auto& address : alternatives->addresses)
        if (breaks(address, permitted.addresses, excluded.addresses, is_address_within))
            return fmt::format("address {} is not permitted", dns::base16(address));
    if (alternatives->others && (permitted.others || excluded.others))
        return "names of a form that cannot be compared are constrained";
    return std::nullopt;
}

} // namespace tlsa
