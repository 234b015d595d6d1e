// PEM files as people have them (RFC 7468): text around the blocks is skipped, each block is one DER object.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/bytes.h"

namespace harness {

// "FILE: line N: what: what to do".
struct PemError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct PemBlock {
    std::string label;    // "CERTIFICATE", "PRIVATE KEY", ...
    dns::Bytes der;       // base64 decoded
    std::string text;     // the block itself, BEGIN and END lines included
    std::size_t line = 0; // of its BEGIN line, from 1
};

// All blocks of a text, in their order. Throws PemError (with `file` in front) for a block that does not end, one whose
// content is not base64, more than 1000 blocks, and a text without any block.
std::vector<PemBlock> read_pem(std::string_view text, const std::string& file);

// The DER of the CERTIFICATE blocks in their order, duplicates kept. Throws PemError where there is none.
std::vector<dns::Bytes> certificates_in(const std::vector<PemBlock>& blocks, const std::string& file);

} // namespace harness
