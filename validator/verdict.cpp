#include "validator/verdict.h"

#include <algorithm>

namespace validator {

bool Verdict::has_reason(ReasonCode code) const {
    return std::any_of(reasons.begin(), reasons.end(), [&](const Reason& r) { return r.code == code; });
}

std::vector<dns::Bytes> Lookup::rdata() const {
    if (is_error()) return {}; // RFC 4035 §5.5: no data that failed validation
    for (const dns::SignedRrSet& signed_set : verdict.answer) {
        const dns::RrSet& set = signed_set.set;
        if (set.type == question.type && set.owner == verdict.final_name) return set.rdata;
    }
    return {};
}

bool Lookup::is_error() const {
    return verdict.security == Security::bogus || verdict.security == Security::indeterminate;
}

} // namespace validator
