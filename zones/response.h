// Putting findings into the sections of a response. For the sources of this folder.
#pragma once

#include "resolver/dns/message.h"
#include "zones/lookup.h"

namespace zones {

// A response to this query: id, question, opcode, RD and CD copied; EDNS echoed where the query has it, with DO
// (RFC 3225 §3). No sections.
dns::Message start_response(const dns::Message& query);
// The error that the query itself earns: FORMERR (not one question), NOTIMP (not QUERY), BADVERS (RFC 6891 §6.1.3),
// REFUSED (not class IN); nullopt for a good one.
std::optional<dns::Rcode> query_error(const dns::Message& query);
bool wants_dnssec(const dns::Message& query); // DO

// Adds the RRset, with its RRSIGs where `dnssec`, unless the section has it already.
void add(std::vector<dns::Record>& section, const dns::SignedRrSet& set, bool dnssec);
void add_proof(std::vector<dns::Record>& section, const Proof& proof);
// The SOA of a negative answer, TTL lowered to MINIMUM (RFC 2308 §3).
void add_soa(std::vector<dns::Record>& section, const ZoneIndex& index, bool dnssec);
// Everything that a finding adds save referrals: answer, proof, SOA, RCODE.
void add_finding(dns::Message& response, const ZoneIndex& index, const Finding& finding, bool dnssec);

} // namespace zones
