// What became of a message, in one word.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "tlsa/walker.h"

namespace tlsa {

enum class Outcome {
    verified,             // delivered, the server authenticated by TLSA records below a secure MX (or SRV) RRset
    verified_insecure_mx, // ... below an insecure one: not a secure delivery to the domain (RFC 7672 §2.2.1)
    unauthenticated_tls,  // delivered inside TLS; no TLSA record vouches for the server, public authorities may
    cleartext,            // delivered without TLS
    deferred,             // not delivered; it waits for the next attempt
    bounced,              // cannot be delivered, and goes back
};
std::string_view to_text(Outcome outcome); // "verified" "verified-insecure-mx" "unauthenticated-tls" ...
std::optional<Outcome> outcome_from_text(std::string_view text);
bool is_delivered(Outcome outcome);

// Of a walk with an envelope.
Outcome outcome_of(const WalkResult& result);
// Of a walk without one: what a delivery would come to as far as MX, address, TLSA and TLS are concerned; two where it
// falls back, which a check does not try out.
std::vector<Outcome> outcomes_of_check(const WalkResult& result);

} // namespace tlsa
