#include "validator/trust_point_time.h"

#include <algorithm>

namespace validator {
namespace {

constexpr std::int64_t day = 86400;
constexpr std::int64_t longest_interval = 15 * day; // RFC 5011 §2.3

std::vector<dns::Rrsig> readable_signatures(const dns::SignedRrSet& dnskeys) {
    std::vector<dns::Rrsig> readable;
    for (const dns::Bytes& rdata : dnskeys.signatures) {
        const auto rrsig = dns::Rrsig::parse(rdata);
        if (rrsig && rrsig->type_covered == dns::RrType::DNSKEY) readable.push_back(*rrsig);
    }
    return readable;
}

} // namespace

bool is_due(const TrustPointState& state, dns::UnixTime now) {
    if (state.gone || !state.automatic) return false;
    return now >= state.next_probe || now < state.last_queried ||
           state.next_probe.seconds - now.seconds > longest_interval;
}

void begin_probe(TrustPointState& state, const TrustPointPolicy& policy, dns::UnixTime now, const Random& random) {
    state.next_probe = spread(now, state.retry_time, policy, random);
}

void note_no_answer(TrustPointState& state, const TrustPointPolicy& policy, dns::UnixTime now) {
    state.last_queried = now;
    if (policy.counts_silence) ++state.failures;
}

// A tenth is left to chance, so that not all ask at one time.
dns::UnixTime spread(dns::UnixTime now, std::int64_t interval, const TrustPointPolicy& policy, const Random& random) {
    const std::int64_t wait = std::max(interval, policy.shortest_interval);
    const std::int64_t tenth = std::max<std::int64_t>(1, wait / 10);
    return {now.seconds + wait - wait / 10 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(tenth))};
}

std::int64_t original_ttl(const dns::SignedRrSet& dnskeys) {
    std::optional<std::int64_t> ttl;
    for (const dns::Rrsig& rrsig : readable_signatures(dnskeys))
        ttl = std::min<std::int64_t>(ttl.value_or(rrsig.original_ttl), rrsig.original_ttl);
    return ttl.value_or(dnskeys.set.ttl);
}

// The expiration interval counts from now; of several signatures the first to expire counts.
void set_intervals(TrustPointState& state, const dns::SignedRrSet& dnskeys, const TrustPointPolicy& policy,
                   dns::UnixTime now) {
    std::int64_t ttl = original_ttl(dnskeys), left = longest_interval;
    for (const dns::Rrsig& rrsig : readable_signatures(dnskeys)) {
        const std::int64_t time = dns::expand(rrsig.expiration, now).seconds - now.seconds;
        if (time > 0) left = std::min(left, time);
    }
    if (policy.ttl_as_received) ttl = std::min<std::int64_t>(ttl, dnskeys.set.ttl);
    if (policy.longest_ttl) ttl = std::min<std::int64_t>(ttl, *policy.longest_ttl);
    state.query_interval = std::max(policy.shortest_interval, std::min({longest_interval, ttl / 2, left / 2}));
    state.retry_time = std::max(policy.shortest_interval, std::min({day, ttl / 10, left / 10}));
}

} // namespace validator
