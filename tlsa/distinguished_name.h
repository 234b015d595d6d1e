// X.501 names as certificates hold them (RFC 5280 §4.1.2.4), compared as RFC 5280 §7.1 asks of simple clients.
#pragma once

#include <string>
#include <vector>

#include "resolver/dns/bytes.h"

namespace tlsa {

class DistinguishedName {
  public:
    DistinguishedName() = default;
    // The whole Name item. Malformed parts make a name that equals no other (malformed() is true).
    static DistinguishedName parse(dns::ByteView der);

    bool malformed() const { return malformed_; }
    bool empty() const { return relative_names_.empty(); }
    // The CN attributes in order of appearance, octets as they are.
    const std::vector<std::string>& common_names() const { return common_names_; }
    // Does this name begin with all of `prefix` (RFC 5280 §4.2.1.10, directoryName)?
    bool is_within(const DistinguishedName& prefix) const;
    std::string to_text() const; // "CN=mx.example, O=Example"; unknown attributes by OID octets in hex

    // String types, letter case (US-ASCII) and inner white space do not count; malformed names equal nothing.
    friend bool operator==(const DistinguishedName& a, const DistinguishedName& b);

  private:
    std::vector<std::string> relative_names_; // normalised, one for each RDN
    std::vector<std::string> common_names_;
    std::string text_;
    bool malformed_ = false;
};

} // namespace tlsa
