// Files of trust anchors in every format that people have: which one it is, and what it holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/anchors/root_anchors_xml.h"
#include "harness/anchors/state_json.h"
#include "harness/anchors/unbound_file.h"

namespace harness {

enum class AnchorFormat {
    state,        // ours (state_json.h)
    unbound,      // auto-trust-anchor-file (unbound_file.h)
    xml,          // root-anchors.xml (root_anchors_xml.h)
    zone_records, // DS and DNSKEY lines of a zone file
};
std::string_view describe(AnchorFormat format); // "an Unbound auto-trust-anchor-file"

struct AnchorFile {
    AnchorFormat format = AnchorFormat::zone_records;
    std::vector<validator::TrustPointState> points; // of XML: only the digests that may be used
    std::vector<KeyDigest> digests;                 // of XML: all, with their dates
    dns::Name digests_zone;
};

// By what stands at the beginning of the text and in its comments, never by the file's name.
AnchorFormat recognise_anchor_format(std::string_view text);
// Throws AnchorFileError or ScenarioError, both one line with the place. A file of digests none of which may be used at
// `now` is an error as well: it would trust nothing and say nothing.
AnchorFile read_anchor_file(std::string_view text, const std::string& file, dns::UnixTime now);

// KSK-2017 and KSK-2024 with the dates under which IANA publishes them.
const std::vector<KeyDigest>& built_in_digests();
// Our state file's beginning where there is none yet: the built-in anchors of the root, never asked.
std::vector<validator::TrustPointState> built_in_points();

// What the points trust now; the revoked ones have no say.
validator::TrustAnchors anchors_of(const std::vector<validator::TrustPointState>& points);

} // namespace harness
