// Every id that an Authentication's reasons begin with.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace tlsa {

inline constexpr std::array<std::string_view, 19> certificate_reason_ids = {
    "certificate-no-match",
    "certificate-name-mismatch",
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-malformed",
    "certificate-untrusted",
    "trust-anchor-is-leaf",
    "trust-anchor-dates-ignored",
    "signature-invalid",
    "signature-algorithm-weak",
    "signature-algorithm-unsupported",
    "path-search-limit",
    "issuer-not-ca",
    "issuer-must-not-sign",
    "extension-malformed",
    "extension-critical-unknown",
    "purpose-not-server",
    "path-length-exceeded",
    "name-constraint-violated",
};
constexpr bool is_certificate_reason(std::string_view id) {
    return std::ranges::find(certificate_reason_ids, id) != certificate_reason_ids.end();
}

} // namespace tlsa
