#include <algorithm>

#include "validator/crypto.h"
#include "validator/delegation.h"
#include "validator/trust_point.h"
#include "validator/trust_point_time.h"

namespace validator {
namespace {

bool vouches(const dns::Ds& ds, const dns::Name& zone, const dns::Dnskey& key, const Policy& policy) {
    return ds.algorithm == key.algorithm && ds.key_tag == key.key_tag() && policy.supports(ds.digest_type) &&
           ds_digest(ds.digest_type, zone, key.build()) == ds.digest;
}

// One DNSKEY RRset's effect on a trust point, in the order of RFC 5011 §2: revocations, which prove themselves; then
// whether an anchor that is left authenticates the RRset; then the state table (§4).
class Observing {
  public:
    Observing(TrustPointState& state, const dns::SignedRrSet& dnskeys, const TrustPointPolicy& policy, Work work)
        : state_(state)
        , dnskeys_(dnskeys)
        , policy_(policy)
        , work_(work) {}
    Observation run(const Random& random) &&;

  private:
    void read_keys();
    void accept_by_time();
    void take_revocations();
    FollowedKey* key_of_ds(const dns::Dnskey& unrevoked);
    bool authenticated(const TrustAnchor& anchor, std::vector<Reason>* reasons);
    bool all_gone();
    void count_time();
    void note_presence();
    void add(const dns::Dnskey& key);
    void move(FollowedKey& key, KeyState to, KeyEvent event);
    void make_pending(FollowedKey& key);
    void update(FollowedKey& key);
    void update_pending(FollowedKey& key);
    bool vouchers_are_revoked(const FollowedKey& key) const;
    bool is_over(const FollowedKey& key, std::int64_t time) const;
    const std::vector<dns::Bytes>& vouchers();
    void hand_over_from_zsk();
    void give_up();
    void tidy();

    bool is_present(const FollowedKey& key) const { return contains(key.unrevoked()); }
    bool contains(const dns::Dnskey& key) const { return std::find(keys_.begin(), keys_.end(), key) != keys_.end(); }
    FollowedKey* find(const dns::Dnskey& unrevoked);
    std::size_t count_valid_sep() const;

    TrustPointState& state_;
    const dns::SignedRrSet& dnskeys_;
    const TrustPointPolicy& policy_;
    Work work_;
    std::vector<dns::Dnskey> keys_; // readable ones of the RRset
    std::int64_t credit_ = 0;       // seconds since the latest validated RRset that this one vouches for
    std::optional<std::vector<dns::Bytes>> vouchers_;
    Observation result_;
};

Observation Observing::run(const Random& random) && {
    state_.last_queried = work_.now;
    read_keys();
    if (policy_.time_alone_accepts) accept_by_time();
    take_revocations();
    if (all_gone()) {
        state_.last_success = work_.now;
        result_.validated = true;
        return std::move(result_);
    }
    if (!authenticated(anchor_of(state_), &result_.reasons)) {
        if (policy_.counts_silence || state_.last_success.seconds != 0) ++state_.failures;
        return std::move(result_);
    }
    result_.validated = true;
    count_time();
    state_.last_success = work_.now;
    state_.failures = 0;
    note_presence();
    set_intervals(state_, dnskeys_, policy_, work_.now);
    for (FollowedKey& key : state_.keys)
        if (key.dnskey.is_sep()) update(key);
    give_up();
    tidy();
    state_.next_probe = spread(work_.now, state_.query_interval, policy_, random);
    all_gone();
    return std::move(result_);
}

void Observing::read_keys() {
    for (const dns::Bytes& rdata : dnskeys_.set.rdata)
        if (const auto key = dns::Dnskey::parse(rdata)) keys_.push_back(*key);
}

FollowedKey* Observing::find(const dns::Dnskey& unrevoked) {
    const auto known = std::find_if(state_.keys.begin(), state_.keys.end(),
                                    [&](const FollowedKey& key) { return key.unrevoked() == unrevoked; });
    return known == state_.keys.end() ? nullptr : &*known;
}

void Observing::move(FollowedKey& key, KeyState to, KeyEvent event) {
    result_.changes.push_back({key.dnskey, key.state, to, event});
    key.state = to;
    key.since = work_.now;
    key.held = 0;
    if (to != KeyState::add_pend) {
        key.seen = 0;
        key.hold_down = 0;
        key.validated_by.clear();
    }
}

bool Observing::is_over(const FollowedKey& key, std::int64_t time) const {
    if (policy_.longest_credit) return key.held >= time;
    return work_.now.seconds - key.since.seconds > time;
}

// Unbound's: the end of the hold-down is enough where the key was seen often enough before.
void Observing::accept_by_time() {
    for (FollowedKey& key : state_.keys)
        if (key.dnskey.is_sep() && key.state == KeyState::add_pend && is_over(key, key.hold_down) &&
            key.seen >= policy_.least_seen)
            move(key, KeyState::valid, KeyEvent::add_time);
}

// RFC 5011 §2.1: at once and for good, whoever else has signed the RRset.
void Observing::take_revocations() {
    for (const dns::Dnskey& revoked : keys_) {
        if (!revoked.is_sep() || !revoked.is_revoked()) continue;
        FollowedKey like;
        like.dnskey = revoked;
        const dns::Dnskey unrevoked = like.unrevoked();
        FollowedKey* key = find(unrevoked);
        const bool anchor = key != nullptr && (key->state == KeyState::valid || key->state == KeyState::missing);
        const bool by_ds = key == nullptr && policy_.follows_ds &&
                           std::any_of(state_.ds.begin(), state_.ds.end(), [&](const dns::Ds& ds) {
                               return vouches(ds, state_.zone, unrevoked, work_.policy);
                           });
        if ((!anchor && !by_ds) || !proves_revocation(dnskeys_, revoked, work_)) continue;
        if (by_ds) key = key_of_ds(unrevoked);
        key->dnskey = revoked;
        move(*key, KeyState::revoked, KeyEvent::rev_bit);
    }
}

// The key that a DS record stands for takes its place.
FollowedKey* Observing::key_of_ds(const dns::Dnskey& unrevoked) {
    std::erase_if(state_.ds, [&](const dns::Ds& ds) { return vouches(ds, state_.zone, unrevoked, work_.policy); });
    FollowedKey key;
    key.dnskey = unrevoked;
    key.ttl = dnskeys_.set.ttl;
    return &*state_.keys.insert(state_.keys.begin(), std::move(key));
}

// RFC 5011 §5. Missing keys are anchors; a point that was configured with nothing is not gone, but empty.
bool Observing::all_gone() {
    const TrustAnchor anchor = anchor_of(state_);
    if (!anchor.ds.empty() || !anchor.dnskey.empty() || state_.keys.empty()) return false;
    state_.gone = true;
    state_.next_probe = {};
    return true;
}

bool Observing::authenticated(const TrustAnchor& anchor, std::vector<Reason>* reasons) {
    const Vouchers vouchers = Vouchers::of(anchor);
    if (auto why = insecure_by_algorithm(vouchers, work_.policy)) {
        if (reasons != nullptr) reasons->push_back(*std::move(why));
        return false;
    }
    CutOutcome outcome = authenticate_keys(vouchers, dnskeys_, work_);
    if (auto* broken = std::get_if<BrokenCut>(&outcome)) {
        if (reasons != nullptr) *reasons = std::move(broken->reasons);
        return false;
    }
    return true;
}

void Observing::count_time() {
    if (state_.latest_success.seconds != 0 && work_.now > state_.latest_success) {
        credit_ = work_.now.seconds - state_.latest_success.seconds;
        if (policy_.longest_credit) credit_ = std::min(credit_, *policy_.longest_credit);
    }
    state_.latest_success = std::max(state_.latest_success, work_.now);
}

// Which keys were there; new ones come in at START.
void Observing::note_presence() {
    for (const dns::Dnskey& key : keys_) {
        if (!key.is_sep() || !key.is_zone_key() || key.protocol != 3 || key.is_revoked()) continue;
        if (!policy_.follows_unsupported && !work_.policy.supports(key.algorithm)) continue;
        if (find(key) == nullptr) add(key);
        FollowedKey* known = find(key);
        if (known != nullptr && known->seen < 250) ++known->seen;
    }
}

void Observing::add(const dns::Dnskey& key) {
    if (state_.keys.size() >= policy_.most_keys) return;
    FollowedKey followed;
    followed.dnskey = key;
    followed.ttl = dnskeys_.set.ttl;
    followed.state = KeyState::start;
    const auto vouching = [&](const dns::Ds& ds) { return vouches(ds, state_.zone, key, work_.policy); };
    if (std::any_of(state_.ds.begin(), state_.ds.end(), vouching)) {
        result_.changes.push_back({key, KeyState::start, KeyState::valid, KeyEvent::configured});
        followed.state = KeyState::valid;
    }
    state_.keys.insert(state_.keys.begin(), std::move(followed));
}

// The anchors that have each signed this RRset (RFC 5011 §2.2): those which vouch for the keys that are new in it.
const std::vector<dns::Bytes>& Observing::vouchers() {
    if (vouchers_) return *vouchers_;
    vouchers_.emplace();
    for (const FollowedKey& key : state_.keys) {
        if (key.state != KeyState::valid && key.state != KeyState::missing) continue;
        if (authenticated(TrustAnchor{state_.zone, {}, {key.dnskey}}, nullptr))
            vouchers_->push_back(key_id(state_.zone, key.dnskey));
    }
    return *vouchers_;
}

void Observing::make_pending(FollowedKey& key) {
    move(key, KeyState::add_pend, KeyEvent::new_key);
    key.seen = 1;
    key.hold_down = policy_.add_hold_down;
    if (policy_.hold_down_covers_ttl) key.hold_down = std::max(key.hold_down, original_ttl(dnskeys_));
    if (policy_.remembers_vouchers) key.validated_by = vouchers();
}

bool Observing::vouchers_are_revoked(const FollowedKey& pending) const {
    if (!policy_.remembers_vouchers || pending.validated_by.empty()) return false;
    return std::all_of(pending.validated_by.begin(), pending.validated_by.end(), [&](const dns::Bytes& id) {
        return std::any_of(state_.keys.begin(), state_.keys.end(), [&](const FollowedKey& key) {
            return key.dnskey.is_revoked() && key_id(state_.zone, key.dnskey) == id;
        });
    });
}

void Observing::update_pending(FollowedKey& key) {
    if (!is_present(key)) return move(key, KeyState::start, KeyEvent::key_rem);
    if (vouchers_are_revoked(key)) {
        move(key, KeyState::start, KeyEvent::vouchers_revoked);
        return make_pending(key);
    }
    key.held += credit_;
    if (is_over(key, key.hold_down) && key.seen >= policy_.least_seen) move(key, KeyState::valid, KeyEvent::add_time);
}

// The state table of RFC 5011 §4. RevBit has been dealt with.
void Observing::update(FollowedKey& key) {
    const bool present = is_present(key);
    switch (key.state) {
    case KeyState::start:
        if (present) make_pending(key);
        break;
    case KeyState::add_pend: update_pending(key); break;
    case KeyState::valid:
        if (!present)
            move(key, KeyState::missing, KeyEvent::key_rem);
        else if (key.since.seconds == 0)
            key.since = work_.now;
        break;
    case KeyState::missing:
        if (present)
            move(key, KeyState::valid, KeyEvent::key_pres);
        else
            key.held += credit_;
        break;
    case KeyState::revoked:
        if (present || (policy_.longest_credit && contains(key.dnskey))) { // it is still about
            key.held = 0;
            if (present) key.since = work_.now;
        } else {
            key.held += credit_;
            if (is_over(key, policy_.remove_hold_down)) move(key, KeyState::removed, KeyEvent::rem_time);
        }
        break;
    case KeyState::removed: break;
    }
}

std::size_t Observing::count_valid_sep() const {
    return static_cast<std::size_t>(std::count_if(state_.keys.begin(), state_.keys.end(), [](const FollowedKey& key) {
        return key.dnskey.is_sep() && key.state == KeyState::valid;
    }));
}

// Unbound's: whoever configured a ZSK meant to trust the zone.
void Observing::hand_over_from_zsk() {
    const bool configured_zsk = std::any_of(state_.keys.begin(), state_.keys.end(), [](const FollowedKey& key) {
        return !key.dnskey.is_sep() && key.since.seconds == 0 && key.state == KeyState::valid;
    });
    if (!configured_zsk) return;
    for (FollowedKey& key : state_.keys)
        if (key.dnskey.is_sep() && key.state == KeyState::add_pend) move(key, KeyState::valid, KeyEvent::configured);
}

// A key without SEP can be neither rolled nor revoked: it is given up once a key with SEP is valid. Missing ones after
// keep_missing, where the policy has one.
void Observing::give_up() {
    if (policy_.zsk_hands_over && count_valid_sep() == 0) hand_over_from_zsk();
    if (count_valid_sep() == 0) return;
    for (FollowedKey& key : state_.keys) {
        const bool superfluous = !key.dnskey.is_sep() && key.state != KeyState::start && key.state != KeyState::removed;
        const bool missed =
            key.state == KeyState::missing && policy_.keep_missing && is_over(key, *policy_.keep_missing);
        if (superfluous || missed) move(key, KeyState::removed, KeyEvent::given_up);
    }
}

void Observing::tidy() {
    std::erase_if(state_.keys, [&](const FollowedKey& key) {
        return key.state == KeyState::start || (key.state == KeyState::removed && !policy_.remembers_removed);
    });
    for (FollowedKey& key : state_.keys)
        if (key.state != KeyState::add_pend) key.seen = 0;
    std::erase_if(state_.ds, [&](const dns::Ds& ds) {
        return !policy_.follows_ds || std::any_of(state_.keys.begin(), state_.keys.end(), [&](const FollowedKey& key) {
            return vouches(ds, state_.zone, key.unrevoked(), work_.policy);
        });
    });
}

} // namespace

Observation observe(TrustPointState& state, const dns::SignedRrSet& dnskeys, const TrustPointPolicy& policy, Work work,
                    const Random& random) {
    return Observing(state, dnskeys, policy, work).run(random);
}

} // namespace validator
