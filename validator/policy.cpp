#include "validator/policy.h"

#include <algorithm>

#include "validator/crypto.h"

namespace validator {

// Algorithms 1, 3, 6 and 12 are in no profile: RFC 8624 §3.1 says MUST NOT, or nobody verifies them any more.
Policy Policy::of(AlgorithmProfile profile) {
    using dns::Algorithm;
    using dns::DigestType;
    Policy policy;
    policy.algorithms = {Algorithm::RSASHA256,       Algorithm::RSASHA512, Algorithm::ECDSAP256SHA256,
                         Algorithm::ECDSAP384SHA384, Algorithm::ED25519,   Algorithm::ED448};
    policy.digests = {DigestType::SHA256, DigestType::SHA384};
    if (profile != AlgorithmProfile::strict) {
        policy.algorithms.insert(policy.algorithms.end(), {Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1});
        policy.digests.push_back(DigestType::SHA1);
    }
    if (profile == AlgorithmProfile::legacy) {
        policy.limits.nsec3_iterations = 150;   // what validators accepted before RFC 9276
        policy.limits.nsec3_hash_blocks = 8192; // so that a proof with that many iterations fits
    }
    if (crypto_supports(Algorithm::MLDSA44)) policy.algorithms.push_back(Algorithm::MLDSA44);
    return policy;
}

void Policy::add_historic_algorithms() {
    algorithms.insert(algorithms.end(), {dns::Algorithm::DSA, dns::Algorithm::DSA_NSEC3_SHA1});
}

NegativeAnchor NegativeAnchor::lasting(dns::Name zone, dns::UnixTime now, std::int64_t seconds) {
    return {zone, dns::UnixTime{now.seconds + std::clamp<std::int64_t>(seconds, 0, longest_life)}};
}

bool Policy::supports(dns::Algorithm algorithm) const {
    return std::find(algorithms.begin(), algorithms.end(), algorithm) != algorithms.end() && crypto_supports(algorithm);
}

bool Policy::supports(dns::DigestType digest) const {
    return std::find(digests.begin(), digests.end(), digest) != digests.end();
}

} // namespace validator
