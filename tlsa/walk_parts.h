// What the walk over MX hosts and the walk over the targets of an SRV service have in common. Private to walker*.cpp
// and srv_walk*.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tlsa/walker.h"

namespace tlsa {

// One address of a host, or the failed lookup that should have given addresses of that family.
struct Target {
    std::string address; // "" for a failed lookup
    bool ipv6 = false;
    const validator::Lookup* lookup = nullptr;
};

// The types to ask for, in the order in which their addresses are used.
std::vector<dns::RrType> address_types(AddressFamilies families);
// A lookup error (RFC 7672 §2.1.1): neither records nor a denial that counts.
bool failed(const validator::Lookup& lookup);
// One target for each address, one for a failed lookup, none where there is securely or insecurely nothing.
void append_targets(std::vector<Target>& targets, const validator::Lookup& lookup);

// `bogus` for a bogus lookup, `failed` for one without an answer.
EventKind failure_kind(const validator::Lookup& lookup, EventKind bogus, EventKind failed);
// Those of the lookup that are not there yet; nullptr has none.
void append_reasons(std::vector<validator::Reason>& to, const validator::Lookup* lookup);

WalkStatus status_of_lookup(const validator::Lookup* lookup); // of a lookup error
WalkStatus status_of_session(const SmtpOutcome& outcome);     // of a session that failed

// As transcripts print names: without the final dot.
std::string host_text(const dns::Name& name);
bool is_connect_failure(const SmtpOutcome& outcome);
// "starttls-not-offered: the server offers no STARTTLS"
std::string failure_text(const SmtpOutcome& outcome);

// Adds an event of that kind at the place where the walk is.
using Emit = std::function<Event&(EventKind)>;
// What became of the search for TLSA records: `state`, from `lookup` (nullptr: none was made).
void tell_tlsa(const Emit& emit, State state, const validator::Lookup* lookup,
               const std::vector<AssessedRecord>& records);
// What became of a session, in the transcript's order: `on_connection` comes after the line on the connection.
// Precondition: `attempt` has the certificate's state, where one was judged.
void tell_session(const Emit& emit, const SmtpOutcome& outcome, const std::string& local_address,
                  const Attempted& attempt, const std::function<void()>& on_connection);

} // namespace tlsa
