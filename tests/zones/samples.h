// Zones that the tests of this folder sign, break and ask.
#pragma once

#include <string>
#include <vector>

#include "zones/authority.h"
#include "zones/hierarchy.h"

namespace samples {

inline constexpr zones::Seed seed = 4711;
inline constexpr dns::UnixTime now{1'800'000'000}; // 2027-01-15

// Signatures from 10 days before `at` to 20 days after.
zones::SigningPolicy policy(dns::UnixTime at = now, zones::Denial denial = zones::Denial::nsec,
                            dns::Algorithm algorithm = dns::Algorithm::ECDSAP256SHA256, bool csk = false);

// Zone text with one of everything: MX, addresses, TLSA, wildcard, empty non-terminal, CNAME, DNAME, delegations with
// and without DS, glue, an unknown type.
const std::string& rich_zone_text();

// example. (made), mail.example. with that text (signed), plain.example. (unsigned), island.example. (signed, no DS).
std::vector<zones::ZoneSpec> specs(const zones::SigningPolicy& signing);
zones::Hierarchy hierarchy(const std::vector<zones::Fault>& faults = {}, zones::Denial denial = zones::Denial::nsec);

dns::Name name(std::string_view text);
dns::Message query(std::string_view name, dns::RrType type, bool dnssec = true);
// Records of this type in the section, as text without TTL and class: "mx.mail.example. A 192.0.2.1".
std::vector<std::string> lines(const std::vector<dns::Record>& section, dns::RrType type);
std::size_t count(const std::vector<dns::Record>& section, dns::RrType type);

} // namespace samples
