// The full product of what can be observed of a mail domain, as scenarios: MX x address x TLSA x server x mode, each
// cell
// with zones, resolvers and a server in which it comes about, judged by RFC 7672's own text (tlsa/rfc7672_oracle.h).
#pragma once

#include <vector>

#include "harness/scenario.h"
#include "tlsa/rfc7672_oracle.h"

namespace harness {

// Can this cell come about in real zones? A host in a signed zone under an unsigned name space cannot, nor two DNSSEC
// states for two RRsets of one name.
bool comes_about(const tlsa::rfc7672::Facts& facts);

// "product/mandatory/mx=secure,a=secure,tlsa=usable,server=good": delivers by the profile `rfc7672`. Expected are the
// set of outcomes that the oracle allows, and the states that the zones were built to have.
Scenario observation_scenario(const tlsa::rfc7672::Facts& facts, zones::Seed seed);

// Every cell that comes about.
std::vector<Scenario> observation_product(zones::Seed seed);

} // namespace harness
