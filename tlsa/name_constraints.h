// Name constraints of a CA applied to a certificate below it (RFC 5280 §4.2.1.10).
#pragma once

#include <optional>
#include <string>

#include "tlsa/certificate.h"

namespace tlsa {

// What of `below` breaks the constraints: "DNS name mx.example is not permitted"; nullopt where all is well. A CN that
// stands in for a missing DNS-ID is held to the DNS constraints. Names of forms that we do not compare are refused
// where the constraints mention such forms.
std::optional<std::string> broken_constraint(const NameConstraints& constraints, const Certificate& below);

} // namespace tlsa
