#include "validator/trust_point.h"

#include "validator/crypto.h"

namespace validator {

std::string_view to_text(KeyState state) {
    switch (state) {
    case KeyState::start: return "START";
    case KeyState::add_pend: return "ADDPEND";
    case KeyState::valid: return "VALID";
    case KeyState::missing: return "MISSING";
    case KeyState::revoked: return "REVOKED";
    case KeyState::removed: return "REMOVED";
    }
    return "";
}

std::string_view to_text(KeyEvent event) {
    switch (event) {
    case KeyEvent::new_key: return "NewKey";
    case KeyEvent::key_pres: return "KeyPres";
    case KeyEvent::key_rem: return "KeyRem";
    case KeyEvent::add_time: return "AddTime";
    case KeyEvent::rem_time: return "RemTime";
    case KeyEvent::rev_bit: return "RevBit";
    case KeyEvent::vouchers_revoked: return "VouchersRevoked";
    case KeyEvent::configured: return "Configured";
    case KeyEvent::given_up: return "GivenUp";
    }
    return "";
}

dns::Dnskey FollowedKey::unrevoked() const {
    dns::Dnskey key = dnskey;
    key.flags &= static_cast<std::uint16_t>(~dns::Dnskey::revoke_flag);
    return key;
}

TrustPointPolicy TrustPointPolicy::unbound() {
    TrustPointPolicy policy;
    policy.keep_missing = 366 * 86400;
    policy.longest_credit.reset();
    policy.longest_ttl = 86400;
    policy.hold_down_covers_ttl = false;
    policy.time_alone_accepts = true;
    policy.follows_unsupported = false;
    policy.follows_ds = false;
    policy.zsk_hands_over = true;
    policy.remembers_removed = false;
    policy.counts_silence = false;
    policy.remembers_vouchers = false;
    policy.ttl_as_received = true;
    return policy;
}

TrustPointState follow(const TrustAnchor& anchor) {
    TrustPointState state;
    state.zone = anchor.zone;
    state.ds = anchor.ds;
    for (const dns::Dnskey& key : anchor.dnskey) {
        FollowedKey followed;
        followed.dnskey = key;
        if (key.is_revoked()) followed.state = KeyState::revoked; // RFC 5011 §2.1: good for nothing
        state.keys.push_back(std::move(followed));
    }
    return state;
}

TrustAnchor anchor_of(const TrustPointState& state) {
    TrustAnchor anchor{state.zone, {}, {}};
    if (state.gone) return anchor;
    anchor.ds = state.ds;
    for (const FollowedKey& key : state.keys)
        if (key.state == KeyState::valid || key.state == KeyState::missing) anchor.dnskey.push_back(key.dnskey);
    return anchor;
}

dns::Bytes key_id(const dns::Name& zone, const dns::Dnskey& key) {
    FollowedKey known;
    known.dnskey = key;
    return *ds_digest(dns::DigestType::SHA256, zone, known.unrevoked().build());
}

} // namespace validator
