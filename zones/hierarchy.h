// A whole fake Internet's name space: a root, top-level domains and what is below, built bottom-up: each signed child's
// DS goes into its parent before the parent is signed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zones/fault.h"
#include "zones/index.h"
#include "zones/signer.h"

namespace zones {

struct ZoneSpec {
    dns::Name apex;
    std::string records;                  // zone-file text relative to the apex; SOA and NS are added where missing
    std::optional<SigningPolicy> signing; // nullopt: unsigned
    enum class ParentDs { publish, omit } parent_ds = ParentDs::publish; // omit: an island, insecure from above
};

// Zones by apex. The root and the top-level domains that no spec names are made, signed like `default_signing`; other
// names between a zone and the zone above it become empty non-terminals there. A child's NS and glue go into its
// parent, and its DS where both are signed and `parent_ds` says so. A const Hierarchy is for one thread at a time: it
// indexes a zone when that zone is first asked.
class Hierarchy {
  public:
    // Throws std::invalid_argument (one clear line) for a zone text that cannot be read. Faults are applied at their
    // stage in the order given; a fault that finds nothing to break throws as well.
    static Hierarchy build(const std::vector<ZoneSpec>& specs, const SigningPolicy& default_signing,
                           const std::vector<Fault>& faults, Seed seed);

    const std::map<dns::Name, SignedZone>& zones() const { return zones_; }
    const SignedZone* zone_of(const dns::Name& name) const;          // deepest zone at or above
    const SignedZone* zone_for(const dns::Question& question) const; // that; for DS the parent's (RFC 4035 §3.1.4.1)
    SignedZone* find(const dns::Name& apex);                         // for editing: forgets the zone's index
    const SignedZone* find(const dns::Name& apex) const;
    const ZoneIndex* index_of(const dns::Name& apex) const;         // nullptr where there is no such zone
    const Fault* answer_fault(const dns::Question& question) const; // answer-* or zone-refuses; nullptr where none
    std::vector<dns::Record> root_anchors() const;                  // DS records of the root's KSK
    std::vector<dns::Record> root_dnskeys() const;                  // the same as DNSKEY (KSK) records

    // Writes into `folder` (created): one standard zone file a zone (`root.zone`, `example.zone`, ...), the DS records
    // that each signed zone's parent should have (`ds/example.ds`), `root.ds` and `root.key` (anchor as DS and as
    // DNSKEY lines) and `delv.anchor` (BIND `trust-anchors`). Throws std::system_error; files are complete or absent.
    void write(const std::string& folder) const;

  private:
    std::map<dns::Name, SignedZone> zones_;
    std::optional<SigningKey> root_key_; // KSK, also where a fault makes the root unsigned; nullopt: never signed
    dns::DigestType root_digest_{};
    std::vector<Fault> answer_faults_;
    mutable std::map<dns::Name, std::shared_ptr<const ZoneIndex>> indexes_;
};

// The zone's name as a file name: "root" for the root, no final dot, and a slash (legal in a label) as its escape.
std::string file_stem(const dns::Name& apex);
// The `trust-anchors` clause that delv -a and BIND read: the root's keys.
std::string delv_anchor(const Hierarchy& hierarchy);

} // namespace zones
