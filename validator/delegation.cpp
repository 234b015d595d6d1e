#include "validator/delegation.h"

#include <algorithm>
#include <limits>

#include "validator/crypto.h"

namespace validator {
namespace {

std::size_t digest_octets(dns::DigestType type) {
    switch (type) {
    case dns::DigestType::SHA1: return 20;
    case dns::DigestType::SHA256: return 32;
    case dns::DigestType::SHA384: return 48;
    default: return 0;
    }
}

bool supported(const dns::Ds& ds, const Policy& policy) {
    return policy.supports(ds.algorithm) && policy.supports(ds.digest_type);
}

template <class T>
std::string listed(const std::vector<T>& items) {
    std::string text;
    for (const T& item : items) {
        const std::string one = dns::to_text(item);
        if (text.find(one) == std::string::npos) text += (text.empty() ? "" : ", ") + one;
    }
    return text;
}

// RFC 6840 §5.2 leaves the supported ones; RFC 4509 §3 then drops SHA-1 beside a stronger digest, matching or not.
std::vector<dns::Ds> usable_ds(const std::vector<dns::Ds>& all, const Policy& policy) {
    std::vector<dns::Ds> usable;
    std::copy_if(all.begin(), all.end(), std::back_inserter(usable),
                 [&](const dns::Ds& d) { return supported(d, policy); });
    const auto is_sha1 = [](const dns::Ds& d) { return d.digest_type == dns::DigestType::SHA1; };
    if (policy.strongest_digest_only && !std::all_of(usable.begin(), usable.end(), is_sha1))
        std::erase_if(usable, is_sha1);
    return usable;
}

ChainLink link_of(const Vouchers& vouchers) {
    ChainLink link;
    link.zone = vouchers.zone;
    link.ds = vouchers.ds;
    link.signatures = vouchers.ds_signatures;
    link.outcome = Security::secure;
    return link;
}

} // namespace

// Finds the keys that are vouched for, then the signature that they made.
class KeyCheck {
  public:
    KeyCheck(const Vouchers& vouchers, const dns::SignedRrSet& dnskeys, Work work)
        : vouchers_(vouchers)
        , dnskeys_(dnskeys)
        , work_(work)
        , entries_(vouchers.zone) {}
    CutOutcome run() &&;

  private:
    void read_keys();
    void match_ds(const dns::Ds& ds);
    void match_anchor_key(const dns::Dnskey& anchor);
    bool may_sign(const ZoneKey& key); // flags and protocol
    void add_entry(const ZoneKey& key);
    void explain_no_entry();
    static ZoneKey mended(const ZoneKey& key);
    bool is_wanted(const ZoneKey& key) const;
    void explain_no_signature(std::vector<Reason> found);
    Reason reason(ReasonCode code) const;
    Reason reason(ReasonCode code, const ZoneKey& key) const;
    void blame(Reason why);
    CutOutcome broken() &&;
    void describe_keys(ChainLink& link) const;

    const Vouchers& vouchers_;
    const dns::SignedRrSet& dnskeys_;
    Work work_;
    std::vector<ZoneKey> keys_;
    EntryPoints entries_;
    std::vector<Reason> reasons_;
    std::vector<ChainSignature> tried_;
    std::vector<std::pair<dns::KeyTag, dns::Algorithm>> wanted_; // by the vouchers
};

Reason KeyCheck::reason(ReasonCode code) const {
    Reason why(code, vouchers_.zone, dns::RrType::DNSKEY);
    why.zone = vouchers_.zone;
    return why;
}

Reason KeyCheck::reason(ReasonCode code, const ZoneKey& key) const {
    Reason why = reason(code);
    why.key_tag = key.tag;
    why.algorithm = key.dnskey.algorithm;
    return why;
}

void KeyCheck::blame(Reason why) {
    constexpr std::size_t most = 8;
    if (reasons_.size() < most && std::find(reasons_.begin(), reasons_.end(), why) == reasons_.end())
        reasons_.push_back(std::move(why));
}

void KeyCheck::read_keys() {
    for (const dns::Bytes& rdata : dnskeys_.set.rdata) {
        if (const auto key = dns::Dnskey::parse(rdata))
            keys_.push_back({*key, key->key_tag()});
        else
            blame(reason(ReasonCode::dnskey_malformed));
    }
}

bool KeyCheck::may_sign(const ZoneKey& key) {
    if (!key.dnskey.is_zone_key())
        blame(reason(ReasonCode::dnskey_no_zone_flag, key)); // RFC 4034 §5.2
    else if (key.dnskey.protocol != 3) {
        Reason why = reason(ReasonCode::dnskey_bad_protocol, key); // RFC 4034 §2.1.2
        why.detail = std::to_string(key.dnskey.protocol);
        blame(std::move(why));
    } else if (key.dnskey.is_revoked())
        blame(reason(ReasonCode::dnskey_revoked, key)); // RFC 5011 §2.1
    else
        return true;
    return false;
}

void KeyCheck::add_entry(const ZoneKey& key) {
    const auto same = [&](const ZoneKey& known) { return known.dnskey == key.dnskey; };
    if (std::none_of(entries_.keys_.begin(), entries_.keys_.end(), same)) entries_.keys_.push_back(key);
}

// RFC 4035 §5.2: tag, algorithm and digest are equal, and the key is a zone key.
void KeyCheck::match_ds(const dns::Ds& ds) {
    wanted_.emplace_back(ds.key_tag, ds.algorithm);
    if (ds.digest.size() != digest_octets(ds.digest_type)) {
        Reason why = reason(ReasonCode::ds_malformed);
        why.key_tag = ds.key_tag;
        why.algorithm = ds.algorithm;
        blame(std::move(why));
        return;
    }
    unsigned compared = 0;
    for (const ZoneKey& key : keys_) {
        if (key.tag != ds.key_tag || key.dnskey.algorithm != ds.algorithm) continue;
        if (compared++ == work_.policy.limits.same_tag_keys) {
            Reason why = reason(ReasonCode::budget_same_tag_keys, key);
            why.detail = std::to_string(work_.policy.limits.same_tag_keys);
            blame(std::move(why));
            return;
        }
        if (!may_sign(key)) continue;
        if (ds_digest(ds.digest_type, vouchers_.zone, key.dnskey.build()) == ds.digest)
            add_entry(key);
        else
            blame(reason(ReasonCode::ds_digest_mismatch, key));
    }
}

void KeyCheck::match_anchor_key(const dns::Dnskey& anchor) {
    wanted_.emplace_back(anchor.key_tag(), anchor.algorithm);
    if (work_.policy.anchors_may_be_absent) add_entry({anchor, anchor.key_tag()});
    for (const ZoneKey& key : keys_) {
        dns::Dnskey unrevoked = key.dnskey;
        unrevoked.flags &= static_cast<std::uint16_t>(~dns::Dnskey::revoke_flag);
        if (unrevoked == anchor && may_sign(key)) add_entry(key);
    }
}

void KeyCheck::explain_no_entry() {
    std::string wanted;
    bool any_with_algorithm = false;
    for (const auto& [tag, algorithm] : wanted_) {
        wanted += (wanted.empty() ? "" : ", ") + std::to_string(tag) + "/" + dns::to_text(algorithm);
        any_with_algorithm |= std::any_of(keys_.begin(), keys_.end(),
                                          [a = algorithm](const ZoneKey& key) { return key.dnskey.algorithm == a; });
    }
    Reason why = reason(vouchers_.is_anchor ? ReasonCode::anchor_no_matching_key : ReasonCode::ds_no_matching_key);
    why.detail = "wanted " + wanted;
    if (!any_with_algorithm && !wanted_.empty()) {
        Reason algorithm = reason(ReasonCode::ds_algorithm_not_in_dnskey);
        algorithm.algorithm = wanted_.front().second;
        blame(std::move(algorithm));
    }
    for (const ZoneKey& key : keys_) {
        // A key whose Zone Key flag was cleared has another tag than the DS record.
        if (!key.dnskey.is_zone_key()) blame(reason(ReasonCode::dnskey_no_zone_flag, key));
        if (key.dnskey.is_zone_key() && is_wanted(mended(key))) may_sign(key);
    }
    blame(std::move(why));
}

// The key as it was before its REVOKE flag was set (the tag changes: RFC 5011 §3) or its Protocol altered.
ZoneKey KeyCheck::mended(const ZoneKey& key) {
    dns::Dnskey dnskey = key.dnskey;
    dnskey.flags &= static_cast<std::uint16_t>(~dns::Dnskey::revoke_flag);
    dnskey.protocol = 3;
    return {dnskey, dnskey.key_tag()};
}

bool KeyCheck::is_wanted(const ZoneKey& key) const {
    return std::any_of(wanted_.begin(), wanted_.end(),
                       [&](const auto& wanted) { return wanted == std::pair(key.tag, key.dnskey.algorithm); });
}

// What prove() found, plus "nobody whom the parent vouches for has signed" where that is what it comes to.
void KeyCheck::explain_no_signature(std::vector<Reason> found) {
    const bool absent = std::all_of(found.begin(), found.end(), [](const Reason& r) {
        return r.code == ReasonCode::rrsig_no_matching_key || r.code == ReasonCode::rrsig_signer_not_zone;
    });
    if (absent && !found.empty()) {
        Reason why = reason(ReasonCode::dnskey_not_signed_by_ds_key);
        for (const ZoneKey& key : entries_.keys_)
            why.detail +=
                (why.detail.empty() ? "" : ", ") + std::to_string(key.tag) + "/" + dns::to_text(key.dnskey.algorithm);
        reasons_.insert(reasons_.begin(), std::move(why));
        return;
    }
    reasons_.insert(reasons_.begin(), found.begin(), found.end());
    const auto altered = [](const Reason& r) { return r.code == ReasonCode::rrsig_bad_signature; };
    if (std::none_of(found.begin(), found.end(), altered)) return;
    // RFC 8914 §4.12: the RRset was altered after it was signed, and a key lacks a flag: that is what was altered.
    for (const ZoneKey& key : keys_)
        if (!key.dnskey.is_zone_key()) blame(reason(ReasonCode::dnskey_no_zone_flag, key));
    std::stable_partition(reasons_.begin(), reasons_.end(),
                          [](const Reason& r) { return r.code == ReasonCode::dnskey_no_zone_flag; });
}

void KeyCheck::describe_keys(ChainLink& link) const {
    for (const ZoneKey& key : keys_) {
        const auto same = [&](const ZoneKey& entry) { return entry.dnskey == key.dnskey; };
        link.dnskey.push_back({key.tag, key.dnskey.algorithm, key.dnskey.flags,
                               std::any_of(entries_.keys_.begin(), entries_.keys_.end(), same)});
    }
    link.signatures.insert(link.signatures.end(), tried_.begin(), tried_.end());
}

CutOutcome KeyCheck::broken() && {
    ChainLink link = link_of(vouchers_);
    describe_keys(link);
    link.outcome = Security::bogus;
    link.why = reasons_.empty() ? "" : to_text(reasons_.front(), work_.now);
    return BrokenCut{Security::bogus, std::move(reasons_), std::move(link)};
}

CutOutcome KeyCheck::run() && {
    read_keys();
    const auto usable = usable_ds(vouchers_.ds, work_.policy);
    const unsigned limit = work_.policy.limits.ds_records;
    for (std::size_t i = 0; i < usable.size() && i < limit; ++i) match_ds(usable[i]);
    for (const dns::Dnskey& anchor : vouchers_.dnskey)
        if (work_.policy.supports(anchor.algorithm)) match_anchor_key(anchor);
    if (work_.policy.require_all_algorithms)
        for (const auto& [tag, algorithm] : wanted_) entries_.required_.push_back(algorithm);
    if (entries_.keys_.empty()) {
        explain_no_entry();
        if (usable.size() > limit) {
            Reason why = reason(ReasonCode::budget_ds_records);
            why.detail = std::to_string(limit);
            blame(std::move(why));
        }
        return std::move(*this).broken();
    }
    Proof proof = prove_by_entry_point(dnskeys_, entries_, work_);
    tried_ = std::move(proof.tried);
    if (!proof.proven) {
        explain_no_signature(std::move(proof.reasons));
        return std::move(*this).broken();
    }
    ChainLink link = link_of(vouchers_);
    describe_keys(link);
    const CutLife life = shorter(vouchers_.life, life_of(*proof.proven, work_.now));
    const std::shared_ptr<const ZoneKeys> keys(
        new ZoneKeys(*std::move(proof.proven), std::move(keys_), std::move(entries_.required_)));
    return SecureCut{keys, std::move(link), life};
}

Vouchers Vouchers::of(const TrustAnchor& anchor) {
    return {anchor.zone, anchor.ds, anchor.dnskey, true, unlimited_life()};
}

Vouchers Vouchers::of(const ProvenRrSet& ds, dns::UnixTime now) {
    Vouchers vouchers{ds.set().owner, {}, {}, false, life_of(ds, now)};
    for (const dns::Bytes& rdata : ds.set().rdata)
        if (const auto record = dns::Ds::parse(rdata)) vouchers.ds.push_back(*record);
    return vouchers;
}

std::optional<Reason> insecure_by_algorithm(const Vouchers& vouchers, const Policy& policy) {
    std::vector<dns::Algorithm> algorithms;
    std::vector<dns::DigestType> digests;
    bool known_algorithm = false;
    if (vouchers.ds.empty() && vouchers.dnskey.empty()) return std::nullopt; // unreadable DS records prove nothing
    for (const dns::Ds& ds : vouchers.ds) {
        if (supported(ds, policy)) return std::nullopt;
        algorithms.push_back(ds.algorithm);
        digests.push_back(ds.digest_type);
        known_algorithm |= policy.supports(ds.algorithm);
    }
    for (const dns::Dnskey& key : vouchers.dnskey) {
        if (policy.supports(key.algorithm)) return std::nullopt;
        algorithms.push_back(key.algorithm);
    }
    // RFC 6840 §5.3 has the keys fetched where some private algorithm is supported; here none is.
    const bool all_private = std::all_of(algorithms.begin(), algorithms.end(), [](dns::Algorithm algorithm) {
        return algorithm == dns::Algorithm::PRIVATEDNS || algorithm == dns::Algorithm::PRIVATEOID;
    });
    const auto unsupported =
        all_private ? ReasonCode::zone_algorithms_private : ReasonCode::zone_algorithms_unsupported;
    Reason why(known_algorithm ? ReasonCode::zone_digests_unsupported : unsupported, vouchers.zone, dns::RrType::DS);
    why.zone = vouchers.zone;
    why.detail = known_algorithm ? listed(digests) : listed(algorithms);
    return why;
}

CutOutcome authenticate_keys(const Vouchers& vouchers, const dns::SignedRrSet& dnskeys, Work work) {
    return KeyCheck(vouchers, dnskeys, work).run();
}

CutLife life_of(const ProvenRrSet& set, dns::UnixTime now) {
    return {set.window(), dns::UnixTime{now.seconds + static_cast<std::int64_t>(set.ttl())}};
}

CutLife shorter(const CutLife& a, const CutLife& b) {
    return {{std::max(a.window.from, b.window.from), std::min(a.window.until, b.window.until)},
            std::min(a.expires, b.expires)};
}

CutLife unlimited_life() {
    constexpr auto never = std::numeric_limits<std::int64_t>::max();
    return {{dns::UnixTime{std::numeric_limits<std::int64_t>::min()}, dns::UnixTime{never}}, dns::UnixTime{never}};
}

} // namespace validator
