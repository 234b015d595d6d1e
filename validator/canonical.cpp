#include "validator/canonical.h"

#include <algorithm>

namespace validator {
namespace {

// RFC 4035 §5.3.2: the owner as it was signed: itself, or "*." and its rightmost Labels labels.
dns::Result<dns::Name> signed_owner(const dns::Name& owner, std::uint8_t labels) {
    const std::size_t own = owner.rrsig_label_count();
    if (labels > own) return dns::wire_error(dns::WireErrorCode::bad_rdata);
    if (labels == own) return owner.lowercased();
    return owner.lowercased().ancestor(labels).wildcard_child();
}

} // namespace

dns::Result<std::vector<dns::Bytes>> canonical_rdata_order(const dns::RrSet& set) {
    std::vector<dns::Bytes> canonical;
    canonical.reserve(set.rdata.size());
    for (const dns::Bytes& rdata : set.rdata) {
        auto form = dns::canonical_rdata(set.type, rdata);
        if (!form) return dns::Unexpected{form.error()};
        canonical.push_back(*std::move(form));
    }
    // RFC 4034 §6.3: left-justified unsigned octets, which is vector's own order; exact duplicates are signed once.
    std::sort(canonical.begin(), canonical.end());
    canonical.erase(std::unique(canonical.begin(), canonical.end()), canonical.end());
    return canonical;
}

dns::Result<dns::Bytes> signed_data(const dns::RrSet& set, const dns::Rrsig& rrsig) {
    auto canonical = canonical_rdata_order(set);
    if (!canonical) return dns::Unexpected{canonical.error()};
    return signed_data(set, *canonical, rrsig);
}

dns::Result<dns::Bytes> signed_data(const dns::RrSet& set, std::span<const dns::Bytes> canonical,
                                    const dns::Rrsig& rrsig) {
    auto owner = signed_owner(set.owner, rrsig.labels);
    if (!owner) return dns::Unexpected{owner.error()};
    dns::Writer out;
    out.octets(rrsig.build_without_signature());
    for (const dns::Bytes& rdata : canonical) {
        out.octets(owner->wire());
        out.u16(static_cast<std::uint16_t>(set.type));
        out.u16(static_cast<std::uint16_t>(set.rr_class));
        out.u32(rrsig.original_ttl); // RFC 4034 §6.2: not the TTL that was received
        out.u16(static_cast<std::uint16_t>(rdata.size()));
        out.octets(rdata);
    }
    return std::move(out).take();
}

} // namespace validator
