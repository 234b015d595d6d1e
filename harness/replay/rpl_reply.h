// Messages out of entries: which entry fits a question, and what a resolver makes of a server's reply.
#pragma once

#include <span>

#include "harness/replay/rpl_scenario.h"

namespace harness::replay {

// Does the entry answer this question, asked with EDNS and DO over UDP or TCP?
bool matches(const Entry& entry, const dns::Question& question, bool tcp);
// The entry as the reply to the question: no AA, RA set, the question copied (RFC 1035 §4.1.1).
dns::Message reply_from(const Entry& entry, const dns::Question& question);
// NOERROR, NXDOMAIN, YXDOMAIN: a server that knows; anything else sends a resolver to the next one.
bool is_answer(dns::Rcode rcode);
bool has_type(std::span<const dns::Record> records, dns::RrType type);
// NOERROR without any data, SOA, NSEC or NSEC3.
bool is_bare(const dns::Message& message);
// Takes out of ANSWER and AUTHORITY what does not lie in the zone that was asked (RFC 2181 §5.4.1).
void scrub(dns::Message& message, const dns::Name& zone);
// Drops from ANSWER what is not on the way from the question along CNAMEs, in the order in which the records stand.
void keep_chain(dns::Message& message, const dns::Question& question);
// Leaves the first `most` RRsets of ANSWER with their signatures: a subset is an answer to ANY (RFC 8482 §4.1).
void keep_first_sets(dns::Message& message, std::size_t most);
// Adds the CNAMEs that DNAMEs of the ANSWER section yield and that the server left out (RFC 6672 §3.4.1).
void add_missing_cnames(dns::Message& message, const dns::Question& question);
// A parent's referral as the answer to the question for DS at the cut (RFC 4035 §3.1.4.1).
dns::Message ds_from_referral(const dns::Message& referral, const dns::Name& cut);
// Seconds that the message may be kept: the smallest TTL of ANSWER and AUTHORITY; 0 where there are none.
dns::Ttl lifetime(const dns::Message& message);

} // namespace harness::replay
