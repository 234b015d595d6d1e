// RFC 8509: the names with which somebody behind a resolver asks which keys of the root it trusts. Off by default.
#pragma once

#include <optional>

#include "resolver/dns/message.h"
#include "validator/trust_anchor.h"
#include "validator/verdict.h"

namespace resolver {

// What the leftmost label of a name asks.
struct SentinelQuestion {
    bool is_ta; // false: "root-key-sentinel-not-ta-"
    dns::KeyTag tag;
};
// "root-key-sentinel-is-ta-20326", exactly five digits (RFC 8509 §2.1); nullopt for every other label.
std::optional<SentinelQuestion> sentinel_question(const dns::Name& name);

// Must the answer to this query become SERVFAIL with an empty ANSWER section (RFC 8509 §2.2)? Only where all
// preconditions of §2.1 hold: secure, A or AAAA, opcode QUERY, CD clear. `anchors` are what is trusted now (not
// what is pending or revoked); those of the root count.
bool sentinel_fails(const dns::Message& query, validator::Security security, const validator::TrustAnchors& anchors);

} // namespace resolver
