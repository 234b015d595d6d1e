#include "validator/rrsig.h"

#include <algorithm>
#include <array>

#include "validator/canonical.h"
#include "validator/delegation.h"

namespace validator {

// One RRset's attempt to find a good signature. Gathers what is wrong on the way.
class RrsigCheck {
  public:
    RrsigCheck(const dns::SignedRrSet& signed_set, const dns::Name& zone, std::span<const ZoneKey> keys, Work work)
        : signed_(signed_set)
        , zone_(zone)
        , keys_(keys)
        , work_(work) {}
    template <class Keys> // ZoneKeys or EntryPoints
    RrsigCheck(const dns::SignedRrSet& signed_set, const Keys& keys, Work work)
        : RrsigCheck(signed_set, keys.zone(), keys.keys(), work) {
        still_required_.assign(keys.required().begin(), keys.required().end());
    }
    RrsigCheck& by_revoked_keys() { // RFC 5011 §2.1
        revoked_may_sign_ = true;
        return *this;
    }
    Proof run() &&;

  private:
    enum class Next { another_signature, stop };
    Next try_signature(const dns::Rrsig& rrsig);
    Next try_keys(const dns::Rrsig& rrsig, const std::vector<const ZoneKey*>& keys, const dns::Bytes& data);
    bool refuse(const dns::Rrsig& rrsig); // what needs no key: RFC 4035 §5.3.1
    bool is_signed_elsewhere(const dns::Rrsig& rrsig) const;
    bool refuse_by_time(const dns::Rrsig& rrsig);
    std::vector<const ZoneKey*> matching_keys(const dns::Rrsig& rrsig);
    void explain_missing_key(const dns::Rrsig& rrsig);
    bool skip_malformed(const ZoneKey& key, const dns::Rrsig& rrsig);
    std::optional<dns::Bytes> data_under(const dns::Rrsig& rrsig);
    void accept(const dns::Rrsig& rrsig);
    void explain_failure();
    Reason reason(ReasonCode code) const;
    Reason reason(ReasonCode code, const dns::Rrsig& rrsig) const;
    void blame(Reason reason);

    const dns::RrSet& set() const { return signed_.set; }
    const dns::SignedRrSet& signed_;
    const dns::Name& zone_;
    std::span<const ZoneKey> keys_;
    std::vector<dns::Algorithm> still_required_; // Policy::require_all_algorithms
    Work work_;
    bool revoked_may_sign_ = false;
    unsigned failures_ = 0;
    bool malformed_key_seen_ = false;
    std::optional<dns::Result<std::vector<dns::Bytes>>> canonical_; // of the set, once for all signatures
    std::optional<dns::Rrsig> out_of_time_;                         // the first one refused for its dates alone
    Proof proof_;
};

namespace {

constexpr std::size_t most_reasons = 8; // of one RRset: more would only repeat themselves

// RFC 8914 §4.8, §4.9: dates are the narrowest explanation; then what cryptography says; then the rest.
int rank(ReasonCode code) {
    switch (code) {
    case ReasonCode::rdata_malformed:
    case ReasonCode::rrsig_expires_before_inception: return 0;
    case ReasonCode::rrsig_expired:
    case ReasonCode::rrsig_not_yet_valid: return 1;
    case ReasonCode::rrsig_bad_signature: return 2;
    case ReasonCode::budget_verifications:
    case ReasonCode::budget_failures_per_rrset:
    case ReasonCode::budget_signatures:
    case ReasonCode::budget_same_tag_keys: return 3;
    case ReasonCode::dnskey_revoked:
    case ReasonCode::dnskey_no_zone_flag:
    case ReasonCode::dnskey_bad_protocol:
    case ReasonCode::dnskey_malformed: return 4;
    case ReasonCode::rrsig_no_matching_key: return 5;
    case ReasonCode::rrsig_labels_exceed_owner:
    case ReasonCode::rrsig_labels_below_signer: return 6;
    default: return 7;
    }
}

// Types that a zone signs at its apex alone. (NS below it belongs to a delegation and is not signed: RFC 4035 §2.2.)
bool is_apex_type(dns::RrType type) {
    using dns::RrType;
    return type == RrType::SOA || type == RrType::NS || type == RrType::DNSKEY || type == RrType::NSEC3PARAM ||
           type == RrType::CDS || type == RrType::CDNSKEY;
}

dns::SerialTime later(dns::SerialTime time, std::int64_t seconds) {
    return {static_cast<std::uint32_t>(time.seconds + static_cast<std::uint32_t>(seconds))};
}

dns::Ttl trusted_ttl(const dns::SignedRrSet& signed_set, const dns::Rrsig& rrsig, ValidityWindow window,
                     dns::UnixTime now) {
    const auto left =
        static_cast<dns::Ttl>(std::clamp<std::int64_t>(window.until.seconds - now.seconds, 0, 0x7fffffff));
    return std::min({signed_set.set.ttl, signed_set.signature_ttl, rrsig.original_ttl, left});
}

} // namespace

dns::Name ProvenRrSet::original_owner() const {
    if (!is_expanded()) return set_.owner;
    const auto wildcard = set_.owner.ancestor(rrsig_.labels).wildcard_child();
    return wildcard ? *wildcard : set_.owner; // an ancestor has room for "*"
}

Reason RrsigCheck::reason(ReasonCode code) const {
    Reason result(code, set().owner, set().type);
    result.zone = zone_;
    return result;
}

Reason RrsigCheck::reason(ReasonCode code, const dns::Rrsig& rrsig) const {
    Reason result = reason(code);
    result.key_tag = rrsig.key_tag;
    result.algorithm = rrsig.algorithm;
    result.window = SignatureWindow{rrsig.inception, rrsig.expiration};
    return result;
}

void RrsigCheck::blame(Reason reason) {
    auto& reasons = proof_.reasons;
    if (reasons.size() < most_reasons && std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
        reasons.push_back(std::move(reason));
}

// RFC 4035 §5.3.1, §2.2: the zone above a cut signs nothing of what stands at the child's apex alone, and the child
// signs no DS.
bool RrsigCheck::is_signed_elsewhere(const dns::Rrsig& rrsig) const {
    if (!(rrsig.signer == zone_)) return true;
    const bool at_own_apex = rrsig.signer == set().owner;
    if (is_apex_type(set().type)) return !at_own_apex;
    return set().type == dns::RrType::DS && at_own_apex && !set().owner.is_root();
}

bool RrsigCheck::refuse(const dns::Rrsig& rrsig) {
    if (rrsig.type_covered != set().type) {
        blame(reason(ReasonCode::rrsig_malformed, rrsig));
    } else if (is_signed_elsewhere(rrsig)) {
        Reason why = reason(ReasonCode::rrsig_signer_not_zone, rrsig);
        why.detail = rrsig.signer.to_text();
        blame(std::move(why));
    } else if (rrsig.labels > set().owner.rrsig_label_count()) { // RFC 4034 §3.1.3: neither the root nor a leading "*"
        blame(reason(ReasonCode::rrsig_labels_exceed_owner, rrsig));
    } else if (rrsig.labels < rrsig.signer.label_count()) {
        blame(reason(ReasonCode::rrsig_labels_below_signer, rrsig));
    } else if (!refuse_by_time(rrsig)) {
        if (work_.policy.supports(rrsig.algorithm)) return false;
        blame(reason(ReasonCode::rrsig_algorithm_unsupported, rrsig));
    }
    return true;
}

// RFC 4034 §3.1.5: serial number arithmetic throughout.
bool RrsigCheck::refuse_by_time(const dns::Rrsig& rrsig) {
    if (work_.policy.ignore_signature_times) return false;
    const auto now = dns::SerialTime::of(work_.now);
    const std::int64_t skew = work_.policy.clock_skew;
    const bool reversed = dns::is_before(rrsig.expiration, rrsig.inception); // then no clock can be right
    if (reversed) blame(reason(ReasonCode::rrsig_expires_before_inception, rrsig));
    const bool expired = dns::is_before(later(rrsig.expiration, skew), now);
    const bool early = dns::is_before(now, later(rrsig.inception, -skew));
    if (expired) blame(reason(ReasonCode::rrsig_expired, rrsig));
    if (early && !expired) blame(reason(ReasonCode::rrsig_not_yet_valid, rrsig));
    if (!reversed && !expired && !early) return false;
    if (!out_of_time_) out_of_time_ = rrsig;
    return true;
}

// RFC 4035 §5.3.1: the DNSKEYs with the tag and algorithm of the RRSIG that may sign at all.
std::vector<const ZoneKey*> RrsigCheck::matching_keys(const dns::Rrsig& rrsig) {
    std::vector<const ZoneKey*> matching;
    for (const ZoneKey& key : keys_) {
        if (key.tag != rrsig.key_tag || key.dnskey.algorithm != rrsig.algorithm) continue;
        if (!key.dnskey.is_zone_key())
            blame(reason(ReasonCode::dnskey_no_zone_flag, rrsig));
        else if (key.dnskey.protocol != 3) {
            Reason why = reason(ReasonCode::dnskey_bad_protocol, rrsig);
            why.detail = std::to_string(key.dnskey.protocol);
            blame(why);
        } else if (key.dnskey.is_revoked() && !revoked_may_sign_)
            blame(reason(ReasonCode::dnskey_revoked, rrsig)); // RFC 5011 §2.1
        else
            matching.push_back(&key);
    }
    return matching;
}

// A key whose flags were altered has another tag: say so, it is the likely cause.
void RrsigCheck::explain_missing_key(const dns::Rrsig& rrsig) {
    blame(reason(ReasonCode::rrsig_no_matching_key, rrsig));
    for (const ZoneKey& key : keys_) {
        if (key.dnskey.is_zone_key() || key.dnskey.algorithm != rrsig.algorithm) continue;
        dns::Dnskey mended = key.dnskey;
        mended.flags |= dns::Dnskey::zone_key_flag;
        Reason why = reason(ReasonCode::dnskey_no_zone_flag, rrsig);
        why.key_tag = key.tag;
        why.window.reset();
        if (mended.key_tag() == rrsig.key_tag) blame(why);
    }
}

// The octets that this RRSIG signs; nullopt where the RRset has no canonical form.
std::optional<dns::Bytes> RrsigCheck::data_under(const dns::Rrsig& rrsig) {
    if (!canonical_) canonical_ = canonical_rdata_order(set());
    if (!*canonical_) return std::nullopt;
    auto data = signed_data(set(), **canonical_, rrsig);
    if (!data) return std::nullopt;
    return *std::move(data);
}

void RrsigCheck::accept(const dns::Rrsig& rrsig) {
    const ValidityWindow window{dns::expand(rrsig.inception, work_.now), dns::expand(rrsig.expiration, work_.now)};
    proof_.proven = ProvenRrSet(set(), rrsig, window, trusted_ttl(signed_, rrsig, window, work_.now));
    proof_.tried.back().verified = true;
}

// A key whose octets are no key (CVE-2025-8677): one failure for the zone, however many signatures name it.
bool RrsigCheck::skip_malformed(const ZoneKey& key, const dns::Rrsig& rrsig) {
    if (work_.memo.key(key.dnskey) != nullptr) return false;
    if (!malformed_key_seen_) ++failures_;
    malformed_key_seen_ = true;
    Reason why = reason(ReasonCode::dnskey_malformed, rrsig);
    why.window.reset();
    blame(std::move(why));
    return true;
}

RrsigCheck::Next RrsigCheck::try_keys(const dns::Rrsig& rrsig, const std::vector<const ZoneKey*>& keys,
                                      const dns::Bytes& data) {
    const Limits& limits = work_.policy.limits;
    unsigned tried = 0;
    for (const ZoneKey* key : keys) {
        const auto over = [&](ReasonCode code, unsigned limit) {
            Reason why = reason(code, rrsig);
            why.detail = std::to_string(limit);
            blame(why);
        };
        if (tried++ >= limits.same_tag_keys) {
            over(ReasonCode::budget_same_tag_keys, limits.same_tag_keys);
            return Next::another_signature;
        }
        if (failures_ >= limits.failures_per_rrset) {
            over(ReasonCode::budget_failures_per_rrset, limits.failures_per_rrset);
            return Next::stop;
        }
        if (skip_malformed(*key, rrsig)) continue;
        const auto good = work_.memo.verify(key->dnskey, data, rrsig.signature, work_.meter, limits);
        if (!good) {
            over(ReasonCode::budget_verifications, limits.verifications);
            return Next::stop;
        }
        if (*good) {
            accept(rrsig);
            std::erase(still_required_, rrsig.algorithm);
            return still_required_.empty() ? Next::stop : Next::another_signature;
        }
        ++failures_;
        blame(reason(ReasonCode::rrsig_bad_signature, rrsig));
        if (set().ttl > rrsig.original_ttl) { // legal by itself: resolvers cap it; here it hints at an altered field
            Reason why = reason(ReasonCode::rrsig_ttl_mismatch, rrsig);
            why.detail = std::to_string(set().ttl) + " > " + std::to_string(rrsig.original_ttl);
            blame(std::move(why));
        }
    }
    return Next::another_signature;
}

RrsigCheck::Next RrsigCheck::try_signature(const dns::Rrsig& rrsig) {
    proof_.tried.push_back({set().owner, set().type, rrsig.key_tag, rrsig.algorithm,
                            SignatureWindow{rrsig.inception, rrsig.expiration}, false});
    if (refuse(rrsig)) return Next::another_signature;
    const auto keys = matching_keys(rrsig);
    if (keys.empty()) {
        explain_missing_key(rrsig);
        return Next::another_signature;
    }
    const auto data = data_under(rrsig);
    if (!data) return Next::stop; // no canonical form, so no signer can have signed it; explain_failure() tells
    return try_keys(rrsig, keys, *data);
}

// What else is wrong with an RRset that no signature proves.
void RrsigCheck::explain_failure() {
    const auto unfit = [&](const dns::Bytes& rdata) { return !dns::check_rdata(set().type, rdata); };
    if (std::any_of(set().rdata.begin(), set().rdata.end(), unfit)) blame(reason(ReasonCode::rdata_malformed));
    if (!out_of_time_ || failures_ != 0) return;
    // Dates that were edited afterwards are not what was signed: one look tells them from a signature that aged.
    const auto keys = matching_keys(*out_of_time_);
    const auto data = data_under(*out_of_time_);
    if (keys.empty() || !data || !work_.policy.supports(out_of_time_->algorithm)) return;
    const auto good =
        work_.memo.verify(keys.front()->dnskey, *data, out_of_time_->signature, work_.meter, work_.policy.limits);
    if (good && !*good) blame(reason(ReasonCode::rrsig_bad_signature, *out_of_time_));
}

Proof RrsigCheck::run() && {
    if (set().type == dns::RrType::RRSIG || dns::is_meta_type(set().type)) { // RFC 4035 §2.2
        blame(reason(ReasonCode::answer_not_signable));
        return std::move(proof_);
    }
    if (signed_.signatures.empty()) blame(reason(ReasonCode::rrsig_missing));
    unsigned looked_at = 0;
    for (const dns::Bytes& rdata : signed_.signatures) {
        if (looked_at++ == work_.policy.limits.signatures_per_rrset) {
            Reason why = reason(ReasonCode::budget_signatures);
            why.detail = std::to_string(work_.policy.limits.signatures_per_rrset);
            blame(std::move(why));
            break;
        }
        const auto rrsig = dns::Rrsig::parse(rdata);
        if (!rrsig)
            blame(reason(ReasonCode::rrsig_malformed));
        else if (try_signature(*rrsig) == Next::stop)
            break;
    }
    if (proof_.proven && !still_required_.empty()) {
        Reason why = reason(ReasonCode::rrsig_algorithm_missing);
        why.algorithm = still_required_.front();
        proof_.proven.reset();
        blame(std::move(why));
    }
    if (proof_.proven)
        proof_.reasons.clear(); // RFC 6840 §5.4: one good signature suffices
    else
        explain_failure();
    std::stable_sort(proof_.reasons.begin(), proof_.reasons.end(),
                     [](const Reason& a, const Reason& b) { return rank(a.code) < rank(b.code); });
    return std::move(proof_);
}

Proof prove(const dns::SignedRrSet& set, const ZoneKeys& keys, Work work) { return RrsigCheck(set, keys, work).run(); }

Proof prove_by_entry_point(const dns::SignedRrSet& dnskeys, const EntryPoints& keys, Work work) {
    return RrsigCheck(dnskeys, keys, work).run();
}

bool proves_revocation(const dns::SignedRrSet& dnskeys, const dns::Dnskey& revoked, Work work) {
    const std::array<ZoneKey, 1> key{ZoneKey{revoked, revoked.key_tag()}};
    RrsigCheck check(dnskeys, dnskeys.set.owner, key, work);
    check.by_revoked_keys();
    return std::move(check).run().proven.has_value();
}

std::vector<dns::Name> plausible_signers(const dns::SignedRrSet& set) {
    constexpr std::size_t most = 4; // parent and child at a cut are two; more is noise
    std::vector<dns::Name> signers;
    for (const dns::Bytes& rdata : set.signatures) {
        const auto rrsig = dns::Rrsig::parse(rdata);
        if (!rrsig || rrsig->type_covered != set.set.type || !set.set.owner.is_at_or_below(rrsig->signer)) continue;
        const bool parent_data = set.set.type == dns::RrType::DS && !set.set.owner.is_root();
        if (parent_data && rrsig->signer == set.set.owner) continue;
        if (std::find(signers.begin(), signers.end(), rrsig->signer) == signers.end()) signers.push_back(rrsig->signer);
        if (signers.size() == most) break;
    }
    std::stable_sort(signers.begin(), signers.end(),
                     [](const dns::Name& a, const dns::Name& b) { return a.label_count() > b.label_count(); });
    return signers;
}

std::vector<dns::SignedRrSet> one_set_per_denial(const dns::SignedRrSet& set) {
    const bool denial = set.set.type == dns::RrType::NSEC || set.set.type == dns::RrType::NSEC3;
    constexpr std::size_t most = 8; // two sides of a cut, and some chains in transition
    if (!denial || set.set.rdata.size() < 2) return {set};
    std::vector<dns::SignedRrSet> sets;
    for (const dns::Bytes& rdata : set.set.rdata) {
        if (sets.size() == most) break;
        dns::SignedRrSet one = set;
        one.set.rdata = {rdata};
        sets.push_back(std::move(one));
    }
    return sets;
}

} // namespace validator
