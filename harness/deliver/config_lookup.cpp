// Which entry of a configuration applies to a domain or a host.
#include <algorithm>

#include "harness/deliver/config.h"
#include "harness/deliver/demands.h"
#include "harness/transcript.h"

namespace harness::deliver {

namespace {

template <class Entry>
const Entry* most_particular(const std::vector<Entry>& entries, std::string_view domain, std::string_view everything) {
    const auto find = [&](std::string_view key) -> const Entry* {
        const auto found = std::ranges::find(entries, key, &Entry::domain);
        return found == entries.end() ? nullptr : &*found;
    };
    if (const auto* entry = find(domain)) return entry;
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1))
        if (const auto* entry = find(domain.substr(dot))) return entry;
    return find(everything);
}

} // namespace

const DestinationControl& Config::control_for(std::string_view domain) const {
    return *most_particular(controls, domain, "default");
}

const SmtpRoute* Config::route_for(std::string_view domain) const { return most_particular(routes, domain, "all"); }

const StsPolicy* Config::sts_for(std::string_view domain) const {
    const auto found = std::ranges::find(sts_policies, domain, &StsPolicy::domain);
    return found == sts_policies.end() ? nullptr : &*found;
}

// RFC 8461 §4.1, RFC 6125 §6.4.1: in any case, and an MX record gives the host's name as its zone writes it.
bool StsPolicy::names(std::string_view as_found) const {
    const auto name = dns::Name::from_text(as_found);
    const std::string host = name ? without_final_dot(name->lowercased()) : "";
    const auto dot = host.find('.');
    return std::ranges::any_of(mx, [&](std::string_view pattern) {
        return pattern.starts_with("*.") ? dot != 0 && dot != std::string_view::npos &&
                                               std::string_view(host).substr(dot) == pattern.substr(1)
                                         : host == pattern;
    });
}

bool Config::needs_authorities() const {
    return std::ranges::any_of(controls, [](const auto& control) { return verifies(control.tls); }) ||
           std::ranges::any_of(sts_policies, [](const auto& policy) { return policy.mode != StsMode::none; });
}

const BounceProfile& Config::bounce_profile_for(std::string_view domain) const {
    const auto& wanted = control_for(domain).bounce_profile;
    return *std::ranges::find(bounce_profiles, wanted, &BounceProfile::name);
}

const MailFlowPolicy* Config::policy(std::string_view name) const {
    const auto found = std::ranges::find(policies, name, &MailFlowPolicy::name);
    return found == policies.end() ? nullptr : &*found;
}

} // namespace harness::deliver
