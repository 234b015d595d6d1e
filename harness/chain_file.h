// Files with an RFC 9102 authentication chain: the extension_data as octets, or as text in hex or base64.
#pragma once

#include <string>
#include <string_view>

#include "validator/authentication_chain.h"

namespace harness {

enum class ChainEncoding { wire, hex, base64 };

// hex: 16 octets a line, as RFC 9102 §A.1 prints them. Throws std::length_error where the chain does not fit into the
// 65535 octets of the extension.
std::string chain_file(const validator::AuthenticationChain& chain, ChainEncoding encoding);

// Does this content begin like a recording (JSON), not like a chain?
bool looks_like_recording(std::string_view content);

// In any of the encodings; which one is told by the content. Throws ScenarioError "chain: FILE: what".
validator::AuthenticationChain parse_chain_file(std::string_view content, const std::string& file);

} // namespace harness
