// RFC 4035 §5.3 with the corrections of RFC 6840: an RRset, its RRSIGs and a zone's keys give a proven RRset, or the
// reasons why not.
#pragma once

#include <optional>
#include <vector>

#include "resolver/dns/record.h"
#include "validator/budget.h"
#include "validator/reason.h"
#include "validator/verdict.h"

namespace validator {

class ZoneKeys;
class EntryPoints;

// An RRset with a signature that was found good. Only rrsig.cpp makes one.
class ProvenRrSet {
  public:
    const dns::RrSet& set() const { return set_; }
    const dns::Rrsig& rrsig() const { return rrsig_; }
    const dns::Name& zone() const { return rrsig_.signer; }
    // RFC 4035 §5.3.4: fewer labels were signed than the owner has.
    bool is_expanded() const { return rrsig_.labels < set_.owner.rrsig_label_count(); }
    dns::Name original_owner() const; // the name that was signed: "*.<closest encloser>" where expanded
    ValidityWindow window() const { return window_; }
    dns::Ttl ttl() const { return ttl_; } // RFC 4035 §5.3.3

  private:
    friend class RrsigCheck;
    ProvenRrSet(dns::RrSet set, dns::Rrsig rrsig, ValidityWindow window, dns::Ttl ttl)
        : set_(std::move(set))
        , rrsig_(std::move(rrsig))
        , window_(window)
        , ttl_(ttl) {}
    dns::RrSet set_;
    dns::Rrsig rrsig_;
    ValidityWindow window_;
    dns::Ttl ttl_;
};

struct Proof {
    std::optional<ProvenRrSet> proven;
    std::vector<Reason> reasons;       // why not, most telling first; empty where proven
    std::vector<ChainSignature> tried; // signatures looked at, for people
};

// By any key of the zone (RFC 6840 §6.2).
Proof prove(const dns::SignedRrSet& set, const ZoneKeys& keys, Work work);
// The apex DNSKEY RRset, by a key that a DS record or an anchor vouches for (RFC 4035 §5.2).
Proof prove_by_entry_point(const dns::SignedRrSet& dnskeys, const EntryPoints& keys, Work work);

// Has this revoked key signed the DNSKEY RRset itself (RFC 5011 §2.1)? The one thing that a revoked key is good for, and
// so the answer says nothing about the RRset. Precondition: revoked.is_revoked().
bool proves_revocation(const dns::SignedRrSet& dnskeys, const dns::Dnskey& revoked, Work work);

// Readable signer's names among the RRSIGs over the set that stand at or above its owner (strictly above for DS, which
// is parent data: RFC 4035 §2.4), deepest first.
std::vector<dns::Name> plausible_signers(const dns::SignedRrSet& set);

// The NSEC of a parent and of its child at one owner, and NSEC3s of different chains, arrive as one RRset: one set per
// record, each with all the signatures (RFC 4035 §5.3.2). Other types come back as they are.
std::vector<dns::SignedRrSet> one_set_per_denial(const dns::SignedRrSet& set);

} // namespace validator
