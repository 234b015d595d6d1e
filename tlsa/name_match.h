// Certificate names against reference identifiers: our own matcher (RFC 7672 §3.2.3, RFC 6125 §6.4).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "resolver/dns/name.h"
#include "tlsa/certificate.h"

namespace tlsa {

// Does a presented DNS-ID or CN-ID match? Letters, digits and hyphens in whole labels, compared without case; "*" only
// as the entire first label, for exactly one label, above at least two others. A final dot is ignored. Anything else,
// NUL octets included, matches nothing.
bool matches(std::string_view presented, const dns::Name& reference);

struct NameMatch {
    std::string presented;
    dns::Name reference;
    NameMatch(std::string p, const dns::Name& r)
        : presented(std::move(p))
        , reference(r) {}
};
// References in their order. The subject's CN counts only where the certificate has no DNS-ID at all, and only in the
// form of a fully qualified domain name (RFC 7672 §3.2.3, RFC 6125 §6.4.4).
std::optional<NameMatch> match_names(const Certificate& certificate, std::span<const dns::Name> references);

// The names that match_names() looks at: DNS-IDs, or else the CN-IDs.
std::vector<std::string> presented_names(const Certificate& certificate);

} // namespace tlsa
