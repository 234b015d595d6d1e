// What a validating resolver tells its client: pure, from the client's query and the validated lookup to a message
// (RFC 4035 §3.2, RFC 6840 §5.7, §5.8, RFC 8914).
#pragma once

#include "resolver/dns/message.h"
#include "resolver/dns/serial.h"
#include "validator/evidence.h"
#include "validator/trust_anchor.h"
#include "validator/verdict.h"

namespace resolver {

struct AnsweringPolicy {
    bool permissive = false;                           // bogus data is given out as if it were insecure
    bool extended_errors = true;                       // EDE options (RFC 8914 §2)
    const validator::TrustAnchors* sentinel = nullptr; // what is trusted: answers as RFC 8509 §2.2 says; nullptr: off
};

// The Extended DNS Errors of a verdict, root cause first, each code once, with a text: those of its reasons; 6 for what
// is bogus and 5 for what could not be told (RFC 8914 §4.6, §4.7); 9 where it was the DNSKEY RRset that could not be
// had, and 22 or 23 by cause (RFC 8914 §4.10, §4.23, §4.24). Codes of Secure verdicts: none.
std::vector<dns::ExtendedError> extended_errors_of(const validator::Verdict& verdict, dns::UnixTime now);

// SERVFAIL without data where the verdict is bogus, unless the client sets CD (RFC 4035 §5.5, §3.2.2), and where it is
// indeterminate. AD only where all is secure and the query has DO or AD (RFC 6840 §5.8). RRSIG, NSEC and NSEC3 only
// with DO, or where asked for (RFC 4035 §3.2.1). `evidence`, where not null, gives the AUTHORITY section of negative
// answers. The id, the question, RD and CD are the query's; EDNS comes back only where the query had it (RFC 6891 §6.1.1).
dns::Message answer_for(const dns::Message& query, const validator::Verdict& verdict,
                        const validator::Evidence* evidence, const AnsweringPolicy& policy, dns::UnixTime now);

} // namespace resolver
