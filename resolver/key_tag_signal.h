// RFC 8145: telling a zone which of its keys are trusted here. Off by default: it tells the zone who validates, too.
#pragma once

#include <optional>
#include <vector>

#include "resolver/dns/message.h"
#include "validator/trust_anchor.h"

namespace resolver {

// Tags of an anchor's DS records and keys, ascending, each once.
std::vector<dns::KeyTag> key_tags(const validator::TrustAnchor& anchor);
// The edns-key-tag option (RFC 8145 §4.1), for DNSKEY queries of the anchor's zone alone.
dns::EdnsOption key_tag_option(const validator::TrustAnchor& anchor);
// "_ta-4f66-9728." above the zone, asked for type NULL (RFC 8145 §5.1). nullopt where the anchor has no tag, or so many
// that they do not fit into one label (12), or the name gets too long.
std::optional<dns::Name> key_tag_query_name(const validator::TrustAnchor& anchor);

inline constexpr auto type_null = static_cast<dns::RrType>(10); // RFC 1035 §3.3.10

} // namespace resolver
