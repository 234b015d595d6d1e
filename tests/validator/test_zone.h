// One zone with one key, for tests of single steps: signs RRsets (with any field of the RRSIG altered) and has the
// zone's keys authenticated, so that proven types can be had in the only way there is.
#pragma once

#include <functional>
#include <stdexcept>
#include <string_view>

#include "resolver/dns/text.h"
#include "tests/validator/support.h"
#include "validator/delegation.h"
#include "zones/key.h"
#include "zones/signer.h"

namespace test {

inline dns::RrSet rrset(std::string_view owner, RrType type, const std::vector<std::string>& rdata,
                        dns::Ttl ttl = 3600) {
    dns::RrSet set(name(owner), type, ttl, {});
    for (const std::string& text : rdata) {
        const auto octets = dns::rdata_from_text(type, text, dns::Name());
        if (!octets) throw std::runtime_error("bad rdata in a test: " + text);
        set.rdata.push_back(*octets);
    }
    return set;
}

class TestZone {
  public:
    using Mutation = std::function<void(dns::Rrsig&)>;

    explicit TestZone(std::string_view zone, validator::Policy rules = default_policy(),
                      dns::Algorithm algorithm = dns::Algorithm::ED25519)
        : apex(name(zone))
        , policy(std::move(rules))
        , key(zones::SigningKey::make(algorithm, 257, 42, zone)) {
        authenticate({key.dnskey()});
    }

    // Publishes these keys, signed by `key`, under an anchor for `key`.
    void authenticate(const std::vector<dns::Dnskey>& published) {
        dns::RrSet set(apex, RrType::DNSKEY, 3600, {});
        for (const dns::Dnskey& one : published) set.rdata.push_back(one.build());
        validator::Vouchers vouchers = validator::Vouchers::of(validator::TrustAnchor{apex, {}, {key.dnskey()}});
        auto outcome = validator::authenticate_keys(vouchers, sign(set), work());
        keys = std::get<validator::SecureCut>(outcome).keys;
    }

    dns::Rrsig fields(const dns::RrSet& set) const {
        dns::Rrsig rrsig;
        rrsig.type_covered = set.type;
        rrsig.algorithm = key.dnskey().algorithm;
        rrsig.labels = static_cast<std::uint8_t>(set.owner.rrsig_label_count());
        rrsig.original_ttl = set.ttl;
        rrsig.inception = dns::SerialTime::of(dns::UnixTime{now.seconds - 86400});
        rrsig.expiration = dns::SerialTime::of(dns::UnixTime{now.seconds + 86400});
        rrsig.key_tag = key.tag();
        rrsig.signer = apex;
        return rrsig;
    }
    // `before` changes what is signed, `after` what was signed.
    dns::Bytes rrsig(const dns::RrSet& set, const Mutation& before = {}, const Mutation& after = {}) const {
        dns::Rrsig wanted = fields(set);
        if (before) before(wanted);
        dns::Rrsig made = *dns::Rrsig::parse(zones::sign_rrset_as(set, wanted, key).rdata);
        if (after) after(made);
        return made.build();
    }
    dns::SignedRrSet sign(const dns::RrSet& set, const Mutation& before = {}, const Mutation& after = {}) const {
        dns::SignedRrSet result;
        result.set = set;
        result.signatures = {rrsig(set, before, after)};
        result.signature_ttl = set.ttl;
        return result;
    }
    validator::Proof prove(const dns::SignedRrSet& set) { return validator::prove(set, *keys, work()); }
    validator::ProvenRrSet proven(const dns::RrSet& set, const Mutation& before = {}) {
        validator::Proof proof = prove(sign(set, before));
        if (!proof.proven) throw std::runtime_error("a test's own RRset is not proven");
        return *proof.proven;
    }
    validator::Work work() { return {policy, now, memo, meter}; }

    dns::Name apex;
    validator::Policy policy;
    zones::SigningKey key;
    std::shared_ptr<const validator::ZoneKeys> keys;
    validator::Memo memo;
    validator::Meter meter;
};

inline std::string first_reason(const std::vector<validator::Reason>& reasons) {
    return reasons.empty() ? "" : std::string(validator::info(reasons.front().code).id);
}

} // namespace test
