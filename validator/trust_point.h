// RFC 5011: the keys of one trust point, followed as they are added, revoked and removed. A pure state machine: the
// DNSKEY answer, the clock and the randomness come from the caller, and the state is a value that can be stored.
//
//   if (is_due(state, now)) {
//       begin_probe(state, policy, now, random);   // when to ask again should nothing come back
//       auto dnskeys = ask(state.zone, DNSKEY);
//       if (dnskeys) observe(state, *dnskeys, policy, work, random); else note_no_answer(state, policy, now);
//   }
//
// Time. A hold-down is not the difference of two clock readings but time that observations vouch for: each validated
// DNSKEY RRset adds what has passed since the latest one, at most `longest_credit` (15 days, the longest query interval
// of RFC 5011 §2.3). A clock that went back adds nothing until it has caught up; one that leapt ahead by years adds
// nothing either, because the signatures are then outside their window and the RRset is not validated. So a wrong clock
// neither accepts a key nor drops one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "validator/budget.h"
#include "validator/reason.h"
#include "validator/trust_anchor.h"

namespace validator {

// RFC 5011 §4.2. The numbers are those of Unbound's files.
enum class KeyState { start = 0, add_pend = 1, valid = 2, missing = 3, revoked = 4, removed = 5 };
std::string_view to_text(KeyState state); // "ADDPEND"

// What moved a key (RFC 5011 §4.1), and what is not in the RFC's table.
enum class KeyEvent {
    new_key,          // a new SEP key in a validated RRset
    key_pres,         // a missing key is back
    key_rem,          // a validated RRset without the key
    add_time,         // the add hold-down is over, and the key is there
    rem_time,         // a revoked key has been gone for the remove hold-down
    rev_bit,          // REVOKE, with the key's own signature
    vouchers_revoked, // all keys that validated the pending key are revoked (RFC 5011 §2.2)
    configured,       // matched by a configured DS record, or seen first after having been configured
    given_up,         // missing for longer than `keep_missing`, or made superfluous by a newer key (Unbound's own)
};
std::string_view to_text(KeyEvent event); // "AddTime"

// One key of a trust point. A key configured by hand starts as `valid`.
struct FollowedKey {
    dns::Dnskey dnskey; // with the REVOKE flag once it is revoked
    dns::Ttl ttl = 0;   // of the record
    KeyState state = KeyState::valid;
    dns::UnixTime since;                  // when it came into this state; 0: configured, not seen yet
    std::int64_t held = 0;                // seconds in this state that observations vouch for
    std::int64_t hold_down = 0;           // add_pend: seconds to hold
    unsigned seen = 0;                    // add_pend: validated RRsets that had it
    std::vector<dns::Bytes> validated_by; // add_pend: key_id() of the anchors that validated the first of them

    dns::Dnskey unrevoked() const; // the key without the REVOKE flag: what it is known by
    friend bool operator==(const FollowedKey&, const FollowedKey&) = default;
};

struct TrustPointState {
    dns::Name zone;
    std::vector<dns::Ds> ds;                              // configured, no key for them seen yet
    std::vector<FollowedKey> keys;                        // the newest first
    dns::UnixTime last_queried, last_success, next_probe; // 0: never
    dns::UnixTime latest_success;                         // the highest clock reading of a validated RRset
    unsigned failures = 0;                                // since the last success
    std::int64_t query_interval = 0, retry_time = 0;      // seconds (RFC 5011 §2.3); 0: not known yet
    bool gone = false;     // all anchors revoked: as if it had never been configured (RFC 5011 §5)
    bool automatic = true; // RFC 5011 §8.1: may be switched off
    friend bool operator==(const TrustPointState&, const TrustPointState&) = default;
};

struct TrustPointPolicy {
    std::int64_t add_hold_down = 30 * 86400;                 // RFC 5011 §2.4.1
    std::int64_t remove_hold_down = 30 * 86400;              // RFC 5011 §2.4.2
    std::optional<std::int64_t> keep_missing;                // nullopt: until revoked (RFC 5011 §2.2)
    unsigned least_seen = 2;                                 // validated RRsets with the key before it is valid
    std::optional<std::int64_t> longest_credit = 15 * 86400; // see above; nullopt: the clock is believed
    std::optional<dns::Ttl> longest_ttl;                     // TTLs are cut to this
    std::int64_t shortest_interval = 3600;                   // between queries (RFC 5011 §2.3)
    std::size_t most_keys = 64;                              // followed at once (RFC 5011 §2.4.3 wants at least five)
    bool hold_down_covers_ttl = true; // the add hold-down is at least the Original TTL (RFC 5011 §2.4.1)
    bool time_alone_accepts = false; // a pending key becomes valid when the time is over, before the RRset is looked at
    bool follows_unsupported = true; // keys of algorithms that cannot be verified have states too
    bool follows_ds = true;          // a DS record stays an anchor until its key is seen
    bool zsk_hands_over = false;     // a configured key without SEP makes the SEP keys that it signs valid at once
    bool remembers_removed = true;   // a removed key is never an anchor again
    bool counts_silence = true;      // a probe without an answer counts as failed
    bool remembers_vouchers = true;  // a pending key falls with all that validated it (RFC 5011 §2.2)
    bool ttl_as_received = false;    // the TTL that came, not the Original TTL of the RRSIG, sets the intervals

    static TrustPointPolicy rfc5011() { return {}; }
    // What Unbound 1.17 to 1.22 do (validator/autotrust.c): 366 days of keep-missing, the clock believed, TTLs cut to a
    // day, and the other points above the other way round.
    static TrustPointPolicy unbound();
};

struct KeyChange {
    dns::Dnskey dnskey; // as it is now
    KeyState from, to;
    KeyEvent event;
};

struct Observation {
    bool validated = false;         // by an anchor that is valid or missing, or: all are revoked now
    std::vector<KeyChange> changes; // in the order in which they happened
    std::vector<Reason> reasons;    // why it is not validated; empty where it is
};

using Random = std::function<std::uint64_t()>;

// A trust point from configured records, never asked yet.
TrustPointState follow(const TrustAnchor& anchor);
// What to trust now: valid and missing keys, and DS records. No records where the trust point is gone.
TrustAnchor anchor_of(const TrustPointState& state);
// SHA-256 digest of the key without REVOKE, as a DS record of the zone has it.
dns::Bytes key_id(const dns::Name& zone, const dns::Dnskey& key);

// Is it time to ask? Also where the schedule cannot be real: set further ahead than any interval, or by a clock that
// was ahead of this one.
bool is_due(const TrustPointState& state, dns::UnixTime now);
// Sets next_probe to 90..100 % of the retry time from now (RFC 5011 §2.3).
void begin_probe(TrustPointState& state, const TrustPointPolicy& policy, dns::UnixTime now, const Random& random);
// The probe had no answer, or one without a DNSKEY RRset.
void note_no_answer(TrustPointState& state, const TrustPointPolicy& policy, dns::UnixTime now);
// Takes in a DNSKEY RRset of the zone's apex as it was received, checks it and moves the keys. Nothing is believed
// but what a current anchor authenticates, save that a key may revoke itself. `work.policy.anchors_may_be_absent`
// decides whether an anchor that is not in the RRset may have signed it.
Observation observe(TrustPointState& state, const dns::SignedRrSet& dnskeys, const TrustPointPolicy& policy, Work work,
                    const Random& random);

} // namespace validator
