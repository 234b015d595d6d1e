// The walk from a trust anchor down to a name (RFC 4035 §5): at each label, is there a zone cut, and is it secure? Asks
// for the DS and DNSKEY of all labels at once, so that a cold walk takes one round trip.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "validator/session.h"

namespace validator {

// What the walk found at the end of its way.
struct Walk {
    enum class End {
        pending,  // questions were noted
        secure,   // `keys` are of the deepest zone at or above the target
        insecure, // proven; `reasons` say by what
        broken,   // `reasons` say why; `security` is bogus or indeterminate
    };
    End end = End::pending;
    Security security = Security::indeterminate;
    std::shared_ptr<const ZoneKeys> keys;
    std::vector<Reason> reasons;
    CutLife life = unlimited_life();
    dns::Ttl ttl = 0x7fffffff; // of an insecure end: seconds until what it rests on is to be asked for again
};

class Chain {
  public:
    explicit Chain(Session& session)
        : session_(session) {}

    // To the deepest zone at or above `target`, or to the first cut that is not secure. A zone cut at `target` itself
    // is
    // taken: for DS, which is parent data, call with the parent name (RFC 4035 §2.4).
    Walk walk(const dns::Name& target);
    // The end of every walk to a name that no anchor covers, or a negative one does (RFC 7646 §2.1): insecure.
    std::optional<Walk> exempt(const dns::Name& target) const;
    // Signatures over data of that zone, for people.
    void note(const dns::Name& zone, const std::vector<ChainSignature>& signatures);
    std::vector<ChainLink> take_links() && { return std::move(links_); }

  private:
    std::size_t first_label(const dns::Name& target, const TrustAnchor& anchor);
    const CutOutcome* settle(const dns::Name& name, const TrustAnchor& anchor, const ZoneKeys* parent);
    std::optional<CutOutcome> settle_anchor(const TrustAnchor& anchor);
    std::optional<CutOutcome> settle_below(const dns::Name& name, const ZoneKeys& parent);
    std::optional<CutOutcome> settle_delegation(const ProvenRrSet& ds, std::vector<ChainSignature> tried);
    std::optional<CutOutcome> settle_keys(const Vouchers& vouchers);
    CutOutcome settle_alias(const dns::Name& name, const dns::SignedRrSet* cname, const ZoneKeys& parent, Work work);
    CutOutcome settle_denial(const dns::Name& name, const Sections& sections, const ZoneKeys& parent, Work work);
    CutOutcome broken(const dns::Name& name, Security security, std::vector<Reason> reasons) const;
    void remember(const dns::Name& name, const CutOutcome& outcome);
    void ask_ahead(const dns::Name& name, const TrustAnchor& anchor);
    Walk ended_insecure(Walk walk, const Reason& why) const;
    bool add_missing_proofs(const dns::Name& target, std::size_t labels, std::vector<Reason>& reasons);
    void show(const ChainLink& link);

    Session& session_;
    std::vector<ChainLink> links_;
};

} // namespace validator
