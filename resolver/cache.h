// Caches of the stub: messages as received, and finished lookups. Bounded memory, and no clock of their own: `now` is
// an argument. (Proven keys are cached by validator::KeyCache.)
#pragma once

#include <optional>

#include "resolver/dns/serial.h"
#include "resolver/lru.h"
#include "validator/evidence.h"
#include "validator/verdict.h"

namespace resolver {

inline constexpr dns::Ttl max_positive_life = 604'800; // seconds; the cap recommended by RFC 8767 §4
inline constexpr dns::Ttl max_negative_life = 10'800;  // seconds, 3 hours (RFC 9077 §3.4)

// How many seconds this response may be kept; 0: not at all. The smallest TTL of ANSWER and AUTHORITY (the message is
// kept and expires as one, RFC 4035 §4.5), no longer than any RRSIG's original TTL and the time until it expires
// (RFC 4035 §5.3.3). Without an answer for the type asked: also min(SOA TTL, SOA MINIMUM), and nothing without a SOA
// (RFC 2308 §5). RCODEs other than NOERROR and NXDOMAIN, and truncated messages, are not kept.
dns::Ttl life_of(const dns::Message& message, const dns::Question& question, dns::UnixTime now);

// Question -> the message that answered it.
class MessageCache {
  public:
    MessageCache(std::size_t max_entries, std::size_t max_octets)
        : entries_(max_entries, max_octets) {}

    void store(const dns::Question& question, const validator::Answered& answered, dns::UnixTime now);
    // With every TTL less its age. `attempts` is empty: what failed belonged to the earlier question.
    std::optional<validator::Answered> find(const dns::Question& question, dns::UnixTime now);
    void erase(const dns::Question& question) { entries_.erase(question); }
    void forget_below(const dns::Name& name); // and at it
    std::size_t size() const { return entries_.size(); }
    std::size_t octets() const { return entries_.octets(); }

  private:
    struct Entry {
        validator::Answered answered;
        dns::UnixTime stored, expires;
    };
    LruMap<dns::Question, Entry> entries_;
};

// Question -> verdict. Only secure and insecure ones are kept: what is bogus or could not be told may be mended at any
// moment, and is asked for again; FailureCache remembers what fails again and again.
class LookupCache {
  public:
    LookupCache(std::size_t max_entries, std::size_t max_octets)
        : entries_(max_entries, max_octets) {}

    void store(const validator::Lookup& lookup, dns::UnixTime now); // for verdict.ttl seconds
    // With TTLs less their age, and with the work of this lookup: no question, no verification, no hash, no attempts.
    std::optional<validator::Lookup> find(const dns::Question& question, dns::UnixTime now);
    void forget_below(const dns::Name& name); // and at it
    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        validator::Lookup lookup;
        dns::UnixTime stored, expires;
    };
    LruMap<dns::Question, Entry> entries_;
};

// Question -> what was bogus again and again, so that a broken zone does not cost its whole chain each time
// (RFC 4035 §4.7, RFC 6840 §3.1). The first failures are asked afresh, so that what is mended is seen at once; then the
// verdict is repeated for a short while. No RRset of it is handed out (Lookup::rdata()).
class FailureCache {
  public:
    static constexpr unsigned threshold = 3; // failures, each within `life` of the one before it
    static constexpr std::int64_t life = 30; // seconds
    explicit FailureCache(std::size_t max_entries, std::size_t max_octets)
        : entries_(max_entries, max_octets) {}

    void note(const validator::Lookup& lookup, dns::UnixTime now); // bogus: one more; any other verdict: forgotten
    // The last verdict once there were so many, with failure_remembered as its last reason; no work is counted.
    std::optional<validator::Lookup> find(const dns::Question& question, dns::UnixTime now);
    void forget_below(const dns::Name& name); // and at it
    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        validator::Lookup lookup;
        dns::UnixTime last;
        unsigned count = 0;
    };
    LruMap<dns::Question, Entry> entries_;
};

} // namespace resolver
