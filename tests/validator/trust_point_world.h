// A zone whose keys come and go, and a resolver that follows them: what the tests of RFC 5011 share.
#pragma once

#include <map>
#include <string>

#include "tests/validator/test_zone.h"
#include "validator/trust_point.h"

namespace test {

using validator::KeyEvent;
using validator::KeyState;

constexpr std::int64_t day = 86400;

class RollingZone {
  public:
    explicit RollingZone(std::string_view zone, validator::TrustPointPolicy ways = {},
                         dns::Algorithm algorithm = dns::Algorithm::ED25519)
        : apex(name(zone))
        , policy(ways)
        , algorithm_(algorithm) {}

    // Keys by label: "a" is a KSK, "zsk" is one without SEP, "a!" is "a" with REVOKE.
    zones::SigningKey key(const std::string& label) const {
        const bool revoked = label.back() == '!';
        const std::string base = revoked ? label.substr(0, label.size() - 1) : label;
        const std::uint16_t flags = base == "zsk" ? 256 : 257;
        auto known = keys_.find(base);
        if (known == keys_.end())
            known = keys_.emplace(base, zones::SigningKey::make(algorithm_, flags, 42, base)).first;
        return revoked ? known->second.with_flags(static_cast<std::uint16_t>(flags | dns::Dnskey::revoke_flag))
                       : known->second;
    }
    dns::Ds ds(const std::string& label) const {
        return zones::make_ds(apex, key(label).dnskey(), dns::DigestType::SHA256);
    }

    // The DNSKEY RRset with these keys, signed by those.
    dns::SignedRrSet dnskeys(const std::vector<std::string>& published, const std::vector<std::string>& signers,
                             const std::function<void(dns::Rrsig&)>& before = {}) const {
        dns::SignedRrSet set;
        set.set = dns::RrSet(apex, RrType::DNSKEY, ttl, {});
        for (const std::string& label : published) set.set.rdata.push_back(key(label).dnskey().build());
        for (const std::string& label : signers) {
            const zones::SigningKey signer = key(label);
            dns::Rrsig rrsig;
            rrsig.type_covered = RrType::DNSKEY;
            rrsig.algorithm = signer.dnskey().algorithm;
            rrsig.labels = static_cast<std::uint8_t>(apex.rrsig_label_count());
            rrsig.original_ttl = ttl;
            rrsig.inception = dns::SerialTime::of({clock.seconds - day});
            rrsig.expiration = dns::SerialTime::of({clock.seconds + 20 * day});
            rrsig.key_tag = signer.tag();
            rrsig.signer = apex;
            if (before) before(rrsig);
            set.signatures.push_back(zones::sign_rrset_as(set.set, rrsig, signer).rdata);
        }
        set.signature_ttl = ttl;
        return set;
    }

    // Asks at `clock` and takes the answer in. `damage` may spoil it.
    validator::Observation probe(const std::vector<std::string>& published, const std::vector<std::string>& signers,
                                 const std::function<void(dns::SignedRrSet&)>& damage = {}) {
        dns::SignedRrSet set = dnskeys(published, signers);
        if (damage) damage(set);
        return take(set);
    }
    validator::Observation take(const dns::SignedRrSet& set) {
        validator::begin_probe(state, policy, clock, random);
        validator::Memo memo; // a probe is a question of its own, and the limits are a question's
        validator::Meter meter;
        return validator::observe(state, set, policy, {rules, clock, memo, meter}, random);
    }
    void pass(std::int64_t seconds) { clock.seconds += seconds; }
    // Probes every `step` seconds until `seconds` have passed.
    void keep_probing(std::int64_t seconds, std::int64_t step, const std::vector<std::string>& published,
                      const std::vector<std::string>& signers) {
        for (std::int64_t passed = 0; passed < seconds; passed += step) {
            pass(step);
            probe(published, signers);
        }
    }

    void trust(const std::vector<std::string>& labels) {
        validator::TrustAnchor anchor{apex, {}, {}};
        for (const std::string& label : labels) anchor.dnskey.push_back(key(label).dnskey());
        state = validator::follow(anchor);
    }
    void trust_ds(const std::vector<std::string>& labels) {
        validator::TrustAnchor anchor{apex, {}, {}};
        for (const std::string& label : labels) anchor.ds.push_back(ds(label));
        state = validator::follow(anchor);
    }

    const validator::FollowedKey* followed(const std::string& label) const {
        for (const auto& known : state.keys)
            if (known.unrevoked() == key(label).dnskey()) return &known;
        return nullptr;
    }
    // "" where the key is not followed.
    std::string state_of(const std::string& label) const {
        const auto* known = followed(label);
        return known == nullptr ? "" : std::string(validator::to_text(known->state));
    }
    bool trusts(const std::string& label) const {
        const auto anchor = validator::anchor_of(state);
        const auto wanted = key(label).dnskey();
        return std::find(anchor.dnskey.begin(), anchor.dnskey.end(), wanted) != anchor.dnskey.end();
    }

    dns::Name apex;
    validator::TrustPointPolicy policy;
    validator::Policy rules = default_policy();
    validator::TrustPointState state;
    dns::UnixTime clock = now;
    dns::Ttl ttl = 10800;
    validator::Random random = [last = std::uint64_t{7}]() mutable { return last += 0x9e3779b97f4a7c15; };

  private:
    dns::Algorithm algorithm_;
    mutable std::map<std::string, zones::SigningKey> keys_;
};

// Spoils the signature of one signer (0: the first).
inline std::function<void(dns::SignedRrSet&)> spoil_signature(std::size_t index) {
    return [index](dns::SignedRrSet& set) { set.signatures.at(index).back() ^= 1; };
}

} // namespace test
