#include "validator/trust_anchor.h"

#include <algorithm>

#include "resolver/dns/text.h"

namespace validator {
namespace {

template <class T>
void add_missing(std::vector<T>& to, const std::vector<T>& from) {
    for (const T& item : from)
        if (std::find(to.begin(), to.end(), item) == to.end()) to.push_back(item);
}

} // namespace

// Published by IANA in root-anchors.xml (RFC 7958 §2.1).
TrustAnchors TrustAnchors::built_in() {
    constexpr std::string_view text =
        ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
        ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n";
    auto anchors = from_zone_file(text);
    return anchors ? *std::move(anchors) : TrustAnchors{};
}

dns::Result<TrustAnchors, dns::ZoneFileError> TrustAnchors::from_zone_file(std::string_view text) {
    // Anchor files often leave the TTL out; it means nothing here.
    const auto records = dns::parse_zone_file("$TTL 0\n" + std::string(text), dns::Name());
    if (!records) {
        dns::ZoneFileError error = records.error();
        if (error.line > 1) --error.line; // the line that we put in front
        return dns::Unexpected{std::move(error)};
    }
    TrustAnchors anchors;
    for (const dns::Record& record : *records) {
        TrustAnchor anchor{record.owner, {}, {}};
        if (record.type == dns::RrType::DS) {
            const auto ds = dns::Ds::parse(record.rdata);
            if (!ds) return dns::Unexpected{dns::ZoneFileError{0, 0, "a DS record that can be read"}};
            anchor.ds.push_back(*ds);
        } else if (record.type == dns::RrType::DNSKEY) {
            const auto key = dns::Dnskey::parse(record.rdata);
            if (!key) return dns::Unexpected{dns::ZoneFileError{0, 0, "a DNSKEY record that can be read"}};
            anchor.dnskey.push_back(*key);
        } else {
            return dns::Unexpected{dns::ZoneFileError{
                0, 0, "DS or DNSKEY records only, not " + dns::to_text(record.type) + " of " + record.owner.to_text()}};
        }
        anchors.add(std::move(anchor));
    }
    if (anchors.anchors_.empty()) return dns::Unexpected{dns::ZoneFileError{0, 0, "at least one DS or DNSKEY record"}};
    return anchors;
}

void TrustAnchors::add(TrustAnchor anchor) {
    for (TrustAnchor& known : anchors_) {
        if (!(known.zone == anchor.zone)) continue;
        add_missing(known.ds, anchor.ds);
        add_missing(known.dnskey, anchor.dnskey);
        return;
    }
    anchors_.push_back(std::move(anchor));
}

const TrustAnchor* TrustAnchors::closest(const dns::Name& name) const {
    const TrustAnchor* best = nullptr;
    for (const TrustAnchor& anchor : anchors_) {
        if (!name.is_at_or_below(anchor.zone)) continue;
        if (best == nullptr || anchor.zone.label_count() > best->zone.label_count()) best = &anchor;
    }
    return best;
}

} // namespace validator
