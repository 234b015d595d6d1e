// Answers queries out of a Hierarchy, as pure functions from query to response: an authoritative face (one zone's view,
// referrals and all) and a recursive face (what a recursive resolver would hand to a stub).
#pragma once

#include <optional>
#include <string_view>

#include "resolver/dns/message.h"
#include "zones/hierarchy.h"

namespace zones {

// How the recursive face behaves towards DNSSEC. `silent` gives no answer at all.
enum class Recursion {
    dnssec,          // EDNS, DO honoured, RRSIG and denial records included
    unvalidated,     // the same; it never validates, also where `dnssec` does (harness/fake_internet.h)
    no_edns,         // answers without OPT and without any DNSSEC record, as if EDNS were unknown
    formerr_on_edns, // FORMERR to every query with OPT
    ignores_do,      // EDNS, but DO ignored: no DNSSEC records, OPT without DO
    strips_rrsig,    // DO echoed, NSEC and DS and DNSKEY there, RRSIG removed
    forges_ad,       // no DNSSEC records, and AD in every answer
    alias_only,      // an answer with an alias ends there, without the target's data (RFC 7672 §2.1.3)
    unasked_records, // unsigned TLSA records for port 25 beside every address, in the additional section
    servfail,        // SERVFAIL to everything
    refuses,         // REFUSED to everything
    silent,          // nothing
    garbage,         // octets that are no DNS message
};
std::string_view to_text(Recursion recursion); // "no-edns"
std::optional<Recursion> recursion_from_text(std::string_view text);

// Authoritative answer from the deepest zone that holds the name (DS: from the parent). REFUSED where no zone does.
// Referrals arise only for cuts whose child zone is not in the hierarchy.
dns::Message answer_authoritatively(const Hierarchy& hierarchy, const dns::Message& query);

// The view of one zone alone, as from a server that has no other: referrals with glue and DS or its denial
// (RFC 4035 §3.1.4). REFUSED where the name is not in that zone or the zone does not exist.
dns::Message answer_from_zone(const Hierarchy& hierarchy, const dns::Name& apex, const dns::Message& query);

// Recursive answer: follows CNAME and DNAME across zones (at most 16 links), RA set, AD never (but `forges_ad`); the
// whole proof that a DO=1 client needs. Questions under an answer-* fault get that behaviour instead. `silent` and
// `garbage` (and FaultKind::answer_silent) are no messages: here they give SERVFAIL; servers call reply_recursively.
dns::Message answer_recursively(const Hierarchy& hierarchy, const dns::Message& query, Recursion recursion);

// What goes onto the wire: at most `limit` octets (TC set where it does not fit); nullopt: nothing is sent.
std::optional<dns::Bytes> reply_recursively(const Hierarchy& hierarchy, const dns::Message& query, Recursion recursion,
                                            std::size_t limit);

} // namespace zones
