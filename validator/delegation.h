// RFC 4035 §5.2: from an authenticated DS RRset (or an anchor) and a DNSKEY answer to the zone's keys.
#pragma once

#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "resolver/dns/record.h"
#include "validator/rrsig.h"
#include "validator/trust_anchor.h"

namespace validator {

struct ZoneKey {
    dns::Dnskey dnskey;
    dns::KeyTag tag;
};

// DNSKEYs that a DS record or an anchor vouches for: good to sign the DNSKEY RRset, nothing else.
class EntryPoints {
  public:
    const dns::Name& zone() const { return zone_; }
    std::span<const ZoneKey> keys() const { return keys_; }
    std::span<const dns::Algorithm> required() const { return required_; } // Policy::require_all_algorithms

  private:
    friend class KeyCheck;
    explicit EntryPoints(dns::Name zone)
        : zone_(zone) {}
    dns::Name zone_;
    std::vector<ZoneKey> keys_;
    std::vector<dns::Algorithm> required_;
};

// Keys of a zone, authenticated. Only delegation.cpp makes one (the constructor is private), so a function that takes
// ZoneKeys cannot be given unproven ones.
class ZoneKeys {
  public:
    const dns::Name& zone() const { return dnskeys_.set().owner; }
    std::span<const ZoneKey> keys() const { return keys_; }
    const ProvenRrSet& dnskey_set() const { return dnskeys_; }
    std::span<const dns::Algorithm> required() const { return required_; } // Policy::require_all_algorithms

  private:
    friend class KeyCheck;
    ZoneKeys(ProvenRrSet dnskeys, std::vector<ZoneKey> keys, std::vector<dns::Algorithm> required)
        : dnskeys_(std::move(dnskeys))
        , keys_(std::move(keys))
        , required_(std::move(required)) {}
    ProvenRrSet dnskeys_;
    std::vector<ZoneKey> keys_;
    std::vector<dns::Algorithm> required_;
};

// What is known of the name where a cut may be: the keys of a secure zone, a proven insecure cut, or a proven "no cut
// here". Each says how long it holds and with which signatures. These may be shared between sessions (KeyCache).
struct CutLife {
    ValidityWindow window;
    dns::UnixTime expires; // by TTL and by signatures
};
struct SecureCut {
    std::shared_ptr<const ZoneKeys> keys;
    ChainLink link;
    CutLife life;
};
struct InsecureCut {
    Reason why;
    ChainLink link;
    CutLife life;
};
struct NoCut {
    CutLife life;
};
using CutState = std::variant<SecureCut, InsecureCut, NoCut>;

// The same, or what keeps it from being known. Never shared between sessions.
struct BrokenCut {
    Security security; // bogus or indeterminate
    std::vector<Reason> reasons;
    ChainLink link;
};
using CutOutcome = std::variant<SecureCut, InsecureCut, NoCut, BrokenCut>;

// What vouches for a zone's keys.
struct Vouchers {
    dns::Name zone;
    std::vector<dns::Ds> ds;
    std::vector<dns::Dnskey> dnskey; // of an anchor only
    bool is_anchor = false;
    CutLife life;                                // of the DS RRset; without end for an anchor
    std::vector<ChainSignature> ds_signatures{}; // for people

    static Vouchers of(const TrustAnchor& anchor);
    // `ds` proven by the parent zone; records that cannot be read are left out.
    static Vouchers of(const ProvenRrSet& ds, dns::UnixTime now);
};

// RFC 4035 §5.2, RFC 6840 §5.2: why nothing that vouches can be used because algorithms or digest types are unsupported;
// nullopt where the DNSKEY RRset is to be checked.
std::optional<Reason> insecure_by_algorithm(const Vouchers& vouchers, const Policy& policy);
// The DNSKEY RRset of the zone checked. Gives SecureCut or BrokenCut.
CutOutcome authenticate_keys(const Vouchers& vouchers, const dns::SignedRrSet& dnskeys, Work work);

CutLife life_of(const ProvenRrSet& set, dns::UnixTime now);
CutLife shorter(const CutLife& a, const CutLife& b);
CutLife unlimited_life();

} // namespace validator
