// Certificate chains and TLSA records that differ from a good one in what their names say; made from seeds, so that the
// same number gives the same octets. Dates are fixed ones far from today: the outside tools read the real clock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/tlsa/test_chain.h"

namespace independent {

inline constexpr const char* reference_name = "mx.mail.example";

// Leaf, then the authorities up to the root, each signed by the next; `sent` is what the server presents.
struct ChainWorld {
    std::string name; // "depth-2 ca-expired"
    std::vector<test::CertificateSpec> specs;
    std::vector<std::size_t> sent;            // indexes of specs, leaf first
    std::vector<test::CertificateSpec> extra; // presented after them
    bool extra_first = false;                 // presented right behind the leaf instead
};

// One chain with one set of records.
struct ChainCase {
    std::string chain, records;  // names, for the table of disagreements
    bool ee_name_checks = false; // names count for usage 3 too
    std::vector<dns::Bytes> presented;
    std::vector<dns::Bytes> tlsa; // RDATA
    dns::Bytes root;              // the authority that everybody trusts for usages 0 and 1
};

// Every deviation by itself, at the depths where it can be.
std::vector<ChainWorld> single_deviations();
// `count` chains with one to three deviations each, drawn from a seed.
std::vector<ChainWorld> drawn_deviations(std::uint64_t seed, std::size_t count);
// The chain with each set of records: leaf, authorities, stale ones, several at once.
std::vector<ChainCase> cases_of(const ChainWorld& world);
// About a third of them, another third for each chain.
std::vector<ChainCase> some_cases_of(const ChainWorld& world);

} // namespace independent
