// Trust anchors: DS or DNSKEY records in which trust is configured (RFC 4035 §4.4).
#pragma once

#include <string_view>
#include <vector>

#include "resolver/dns/rdata.h"
#include "resolver/dns/zonefile.h"

namespace validator {

struct TrustAnchor {
    dns::Name zone;
    std::vector<dns::Ds> ds;
    std::vector<dns::Dnskey> dnskey;
};

class TrustAnchors {
  public:
    // KSK-2017 (20326) and KSK-2024 (38696) of the root.
    static TrustAnchors built_in();
    // DS and DNSKEY lines of a zone file (also what unbound and `dig` write), any owner names.
    static dns::Result<TrustAnchors, dns::ZoneFileError> from_zone_file(std::string_view text);

    void add(TrustAnchor anchor);                            // merged with an anchor of the same zone
    const TrustAnchor* closest(const dns::Name& name) const; // deepest at or above; nullptr where there is none
    const std::vector<TrustAnchor>& all() const { return anchors_; }

  private:
    std::vector<TrustAnchor> anchors_;
};

} // namespace validator
