// TLSA records that name a certificate instead of its digest: "_25._tcp.mx TLSA ${tlsa:good 3 1 1}".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "harness/certificates.h"
#include "resolver/dns/result.h"
#include "tlsa/association.h"

namespace harness {

// What is done to the data of a record that matched: its last octet cut off, one added, all octets taken away, each one
// replaced by 5a.
enum class TlsaDamage { none, cut_short, too_long, empty, garbage };

// "${tlsa:NAME[/DEPTH] USAGE SELECTOR MATCHING-TYPE [short|long|empty|garbage]}". Without a depth, usages 1 and 3 mean
// the leaf (0), the others the last certificate of the chain. A selector that nobody has defined gives what a careless
// client would compare, the public key, and such a matching type its SHA2-256.
struct TlsaReference {
    std::string certificate;
    std::optional<std::size_t> depth;
    tlsa::Usage usage{};
    tlsa::Selector selector{};
    tlsa::MatchingType matching_type{};
    TlsaDamage damage = TlsaDamage::none;
};

// The text with each reference replaced by what `data` gives for it. The error says what is wrong with which reference.
dns::Result<std::string, std::string>
expand_tlsa_references(std::string_view text, const std::function<std::string(const TlsaReference&)>& data);

// "3 1 1 0c72ac70..." of the certificate that is meant; the error says why there is none.
dns::Result<std::string, std::string> tlsa_data(const TlsaReference& reference, const CertifiedChain& chain);

} // namespace harness
