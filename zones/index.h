// A finished zone indexed for answering: RRsets by owner, and the NSEC or NSEC3 chain in order. A copy: editing the
// SignedZone afterwards does not change its index.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "resolver/dns/rdata.h"
#include "resolver/dns/record.h"
#include "zones/signer.h"

namespace zones {

class ZoneIndex {
  public:
    explicit ZoneIndex(const SignedZone& zone);

    const dns::Name& apex() const { return apex_; }
    bool has_nsec3() const { return nsec3param_.has_value(); } // the zone is signed with NSEC3

    // --- data; NSEC and NSEC3 records make no name exist ---
    const std::vector<dns::SignedRrSet>* at(const dns::Name& owner) const; // all RRsets there; nullptr where none
    const dns::SignedRrSet* find(const dns::Name& owner, dns::RrType type) const;
    bool exists(const dns::Name& name) const; // has records, or is an empty non-terminal (RFC 4592 §2.2.2)
    dns::Name closest_encloser(const dns::Name& name) const; // deepest existing name at or above (RFC 4592 §3.3.1)
    // The cut at or above `name`, the highest one; nullptr where the zone is authoritative for the name.
    const dns::SignedRrSet* cut_above(const dns::Name& name) const;
    // The DNAME at a strict ancestor of `name` (RFC 6672 §2.2).
    const dns::SignedRrSet* dname_above(const dns::Name& name) const;

    // --- denial; a record that a fault withheld is an RRset without RDATA ---
    const dns::SignedRrSet* nsec_at(const dns::Name& owner) const;
    // The NSEC whose owner is the last one before `name` (or at it); the chain's last where there is none. Whether it
    // really covers the name is not looked at: a broken zone's server could not do better.
    const dns::SignedRrSet* nsec_before(const dns::Name& name) const;
    dns::Name hashed_owner(const dns::Name& name) const; // precondition: has_nsec3()
    const dns::SignedRrSet* nsec3_at(const dns::Name& hashed_owner) const;
    const dns::SignedRrSet* nsec3_before(const dns::Name& hashed_owner) const; // as nsec_before, in hash order

  private:
    using Chain = std::map<dns::Name, dns::SignedRrSet>;
    void use_nsec3_chain(const SigningPolicy& policy);
    static const dns::SignedRrSet* at_or_before(const Chain& chain, const dns::Name& name);

    dns::Name apex_;
    std::map<dns::Name, std::vector<dns::SignedRrSet>> nodes_;
    Chain nsec_, nsec3_;
    std::optional<dns::Nsec3param> nsec3param_; // hash algorithm, iterations and salt of the chain
};

} // namespace zones
