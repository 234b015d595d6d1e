// Unbound's auto-trust-anchor-file (root.key): one trust point, its keys with their RFC 5011 states in comments.
#pragma once

#include <string>
#include <string_view>

#include "harness/scenario_error.h"
#include "validator/trust_point.h"

namespace harness {

// A file of anchors that cannot be used. what(): "FILE:LINE: what is wrong and what was expected".
struct AnchorFileError : ScenarioError {
    using ScenarioError::ScenarioError;
};

enum class Reading {
    strict,    // whatever cannot be read is an error
    forgiving, // it is left out, as Unbound does with records; the lines of the head stay strict
};

// A file that Unbound wrote, or one that it starts from: DS and DNSKEY records, with or without states. A key without a
// state is VALID, a record without a TTL has 3600 s. The order of the keys is turned round, as Unbound's reader does,
// so that write_unbound_file(read_unbound_file(x)) has them the other way round. Throws AnchorFileError.
validator::TrustPointState read_unbound_file(std::string_view text, const std::string& file,
                                             Reading reading = Reading::strict);
// Octet for octet what Unbound writes. DS records, keys at START and removed ones are not in it.
std::string write_unbound_file(const validator::TrustPointState& state);

// "Mon Aug 24 07:46:40 2009", UTC, as ctime(3) has it.
std::string ctime_text(dns::UnixTime time);

} // namespace harness
