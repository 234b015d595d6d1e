// One question against one zone's data: the algorithm of RFC 1034 §4.3.2 with wildcards (RFC 4592), DNAME (RFC 6672)
// and the denial that DNSSEC adds. Both answering faces are made of it.
#pragma once

#include <optional>
#include <vector>

#include "zones/index.h"
#include "zones/proof.h"

namespace zones {

struct Finding {
    enum class Kind {
        answer,     // `rrsets` answer the question
        alias,      // `rrsets` are a CNAME, or a DNAME and the CNAME made from it; `target` comes next
        no_data,    // the name is there, the type is not
        name_error, // the name is not there
        too_long,   // DNAME substitution gives a name of more than 255 octets (RFC 6672 §2.2)
        referral,   // `cut` is where another zone begins
    };
    Kind kind = Kind::answer;
    std::vector<dns::SignedRrSet> rrsets; // owners as asked, wildcards expanded
    std::optional<dns::Name> target;
    Proof proof; // denial that belongs to the response; for referrals, of the DS
    const dns::SignedRrSet* cut = nullptr;
};

// Precondition: the name is at or below the apex. Type ANY gives every RRset of the name (RFC 8482 §4.2 allows fewer);
// type RRSIG gives the signatures there.
Finding look_up(const ZoneIndex& index, const dns::Question& question);

} // namespace zones
