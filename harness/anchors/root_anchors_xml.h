// root-anchors.xml, as IANA publishes it: digests of the root's keys with the time in which each may be used (RFC 7958
// §2.1), and since RFC 9718 also the keys themselves.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/anchors/unbound_file.h"
#include "resolver/dns/rdata.h"
#include "resolver/dns/serial.h"

namespace harness {

struct KeyDigest {
    std::string id; // opaque
    dns::Ds ds;
    std::optional<dns::Dnskey> dnskey; // PublicKey and Flags (RFC 9718 §2)
    dns::UnixTime valid_from;
    std::optional<dns::UnixTime> valid_until;

    // RFC 7958 §2.1.2: not to be used outside of that range; both ends belong to it.
    bool may_be_used(dns::UnixTime now) const { return now >= valid_from && (!valid_until || now <= *valid_until); }
    friend bool operator==(const KeyDigest&, const KeyDigest&) = default;
};

struct RootAnchors {
    dns::Name zone;
    std::vector<KeyDigest> digests; // in the file's order; at least one
};

// Throws AnchorFileError. Unknown elements and attributes are an error: a file that means more than we read is not to
// be trusted on the rest. No DTD, no entity but XML's own five, at most 1 MB and 256 digests.
RootAnchors read_root_anchors_xml(std::string_view text, const std::string& file);

} // namespace harness
