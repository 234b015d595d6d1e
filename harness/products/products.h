// Scenarios that are products of a few properties, made by code instead of written one by one. What is expected of each
// follows from the RFCs alone, computed here without asking the code under test.
#pragma once

#include <vector>

#include "harness/scenario.h"

namespace harness {

// "records/product/3-1-1/match": 4 usages x 3 selectors x 4 matching types, known and unknown, x data that match, that
// are another certificate's, too short, too long, missing, or nonsense (RFC 6698 §2.1, RFC 7672 §2.2, §3.1).
std::vector<Scenario> record_product(zones::Seed seed);

// "aliases/product/secure-insecure/at-alias": an MX host that is an alias; the alias and its target secure, insecure,
// bogus; TLSA records at the target, at the alias, at both, nowhere (RFC 7672 §2.2.2, §2.2.3).
std::vector<Scenario> alias_product(zones::Seed seed);

// "time/product/tlsa/expired-1s": the signatures of one zone of three against the clock, to the second, also where
// their 32 bits wrap around (RFC 4034 §3.1.5, RFC 1982 §3.2).
std::vector<Scenario> time_product(zones::Seed seed);

// "delivery/product/required-verify/mandatory/05": each TLS support level with each DANE support level over the rows of
// the decision tables, by the delivery client. What is expected: the row's action, then what the level promises.
std::vector<Scenario> delivery_product(zones::Seed seed);

// "resolvers/product/opportunistic/healthy/strips-rrsig-then-good": resolvers alone and in pairs, in both orders
// (harness/products/resolver_rows.h).
std::vector<Scenario> resolver_product(zones::Seed seed);

// Those of harness/products/observations.h first, then these in this order.
std::vector<Scenario> product_scenarios(zones::Seed seed);

} // namespace harness
