// Misordered resolvers as scenarios: what our own client is to do behind them, and what other systems may do, written
// from the contract of resolver/README.md and from RFC 7672, without asking the code under test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tlsa/decision.h"
#include "tlsa/outcome.h"
#include "tlsa/walker.h"

namespace harness {

enum class ResolverKind {
    good,         // DNSSEC data whole; for clients that believe AD it validates
    strips_rrsig, // DO echoed, RRSIG taken out
    refuses_edns, // FORMERR to every query with EDNS
    passes_bogus, // DNSSEC data whole; it never validates
    down,         // nothing listens there
    silent,       // takes queries, gives nothing
};
std::string_view to_text(ResolverKind kind); // "strips-rrsig"

struct ResolverRow {
    std::vector<ResolverKind> resolvers; // in their order
    bool bogus = false;                  // the domain: its MX records' signatures have expired; else all is well
    tlsa::Mode mode = tlsa::Mode::opportunistic;
};

// "opportunistic/healthy/strips-rrsig-then-good"
std::string to_text(const ResolverRow& row);

// Each kind alone and every ordered pair of two kinds, for a healthy and a bogus domain, in both modes; those last in
// which somebody waits for a silent one.
std::vector<ResolverRow> resolver_rows();

// Does a silent resolver come before the first that answers?
bool waits(const ResolverRow& row);

struct ResolverExpectation {
    std::optional<std::size_t> decides;  // whose answers count, by place; nullopt: nobody answers
    std::optional<std::size_t> at_fault; // whom our client names
    tlsa::WalkStatus status{};
    tlsa::Outcome outcome{};           // our own client's
    std::vector<std::string> reasons;  // that it gives
    std::vector<tlsa::Outcome> others; // what systems may come to that have this list of resolvers
    std::string because;
};
ResolverExpectation expected_of(const ResolverRow& row);

} // namespace harness
