#include "harness/clock_shift.h"

namespace harness {

namespace {

void shift(dns::UnixTime& time, std::int64_t seconds) { time.seconds += seconds; }
void shift(std::optional<dns::UnixTime>& time, std::int64_t seconds) {
    if (time) shift(*time, seconds);
}
void shift(zones::SigningPolicy& policy, std::int64_t seconds) {
    shift(policy.inception, seconds);
    shift(policy.expiration, seconds);
}
void shift(Validity& validity, std::int64_t seconds) {
    shift(validity.not_before, seconds);
    shift(validity.not_after, seconds);
}

} // namespace

void move_to(Scenario& scenario, dns::UnixTime now) {
    const std::int64_t seconds = now.seconds - scenario.now.seconds;
    shift(scenario.now, seconds);
    shift(scenario.signing, seconds);
    for (auto& zone : scenario.zones)
        if (zone.signing) shift(*zone.signing, seconds);
    for (auto& certificate : scenario.certificates) {
        shift(certificate.plan.validity, seconds);
        shift(certificate.plan.authority_validity, seconds);
        for (auto& authority : certificate.plan.above) shift(authority.validity, seconds);
    }
}

} // namespace harness
