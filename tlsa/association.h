// TLSA records: usages, selectors, matching types (RFC 6698 §2.1; names of RFC 7218 §2), what makes one unusable, digest
// agility, and the match against a certificate.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/rdata.h"

namespace tlsa {

enum class Usage : std::uint8_t { PKIX_TA = 0, PKIX_EE = 1, DANE_TA = 2, DANE_EE = 3, PrivCert = 255 };
enum class Selector : std::uint8_t { Cert = 0, SPKI = 1, PrivSel = 255 };
enum class MatchingType : std::uint8_t { Full = 0, SHA2_256 = 1, SHA2_512 = 2, PrivMatch = 255 };

struct Association {
    Usage usage{};
    Selector selector{};
    MatchingType matching_type{};
    dns::Bytes data;
    friend bool operator==(const Association&, const Association&) = default;
    std::string to_text() const; // "3 1 1 0c72ac70..."
};

enum class UsagePolicy {
    smtp,    // usages 0 and 1 are unusable (RFC 7672 §3.1.3)
    generic, // all four (RFC 6698 §2.1.1)
};
enum class Unusable {
    usage_pkix_in_smtp,
    usage_unknown,
    selector_unknown,
    matching_type_unknown,
    malformed,
    empty_data,
    digest_length_wrong,
    full_data_not_der,
    digest_not_accepted,
    weaker_digest_ignored,
};
std::string_view describe(Unusable why); // "usage 0 and 1 mean nothing in SMTP (RFC 7672 §3.1.3)"
std::string_view id(Unusable why);       // "usage-pkix-in-smtp"

// One record as published, judged. `unusable` is set by assess().
struct AssessedRecord {
    dns::Bytes rdata;                       // as received
    std::optional<Association> association; // nullopt: fewer than 4 octets
    std::optional<Unusable> unusable;       // nullopt: usable
};

// Digests from the strongest to the weakest (RFC 7671 §9); one that is not named is too weak for this client and cannot
// be used (RFC 6698 §4.1).
using DigestOrder = std::vector<MatchingType>;
const DigestOrder& default_digest_order(); // SHA2-512, SHA2-256

// Judges each record on its own, then applies digest agility per (usage, selector) among the usable ones (RFC 7671 §9):
// the records that it sets aside are `weaker_digest_ignored`. Order and number of the input are kept.
std::vector<AssessedRecord> assess(std::span<const dns::Bytes> rdata, UsagePolicy policy,
                                   const DigestOrder& digests = default_digest_order());
bool any_usable(std::span<const AssessedRecord> records);

// "_25._tcp.mx.example." (RFC 6698 §3). name_too_long where it does not fit.
dns::Result<dns::Name> tlsa_name(const dns::Name& base_domain, std::uint16_t port);

} // namespace tlsa
