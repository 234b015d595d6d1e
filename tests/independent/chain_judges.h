// Who judges certificate chains: `danelab tlsa match` as a user starts it, OpenSSL's and GnuTLS's DANE code, ldns-dane.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/independent/chain_world.h"

namespace independent {

struct ChainSayings {
    std::string ours;                          // "match at DEPTH", or "refused: RESULT, REASON"
    std::map<std::string, std::string> others; // by tool: "match", "match at DEPTH" or "refused: WHY"
};

struct ChainVerdicts {
    std::vector<ChainSayings> sayings;           // in the order of the cases
    std::map<std::string, std::string> versions; // of the tools that were asked: "openssl", "gnutls", "ldns-dane"
};

// Asks all that are installed; two programs at a time, files in `folder`.
ChainVerdicts judge_chains(const std::vector<ChainCase>& cases, const std::string& folder);

// "match at 1" or "refused": what is compared. A tool that tells no depth is compared without one.
std::string verdict_alone(const std::string& saying, bool with_depth);

} // namespace independent
