#include "harness/chain_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "harness/scenario_error.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

using validator::AuthenticationChain;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string in_lines(const std::string& text, std::size_t width) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += width) out += text.substr(at, width) + "\n";
    return out;
}

} // namespace

std::string chain_file(const AuthenticationChain& chain, ChainEncoding encoding) {
    const auto octets = chain.build();
    if (!octets) throw std::length_error("the chain needs more than the 65535 octets of the extension");
    switch (encoding) {
    case ChainEncoding::wire: return std::string(octets->begin(), octets->end());
    case ChainEncoding::hex: return in_lines(dns::base16(*octets), 32);
    case ChainEncoding::base64: return in_lines(dns::base64(*octets), 64);
    }
    return "";
}

bool looks_like_recording(std::string_view content) {
    const auto first = std::find_if_not(content.begin(), content.end(), is_blank);
    if (first == content.end() || *first != '{') return false;
    // 31488 hours and more of support begin like this as well: a whole chain settles it.
    const dns::Bytes octets(content.begin(), content.end());
    return !AuthenticationChain::parse(octets);
}

AuthenticationChain parse_chain_file(std::string_view content, const std::string& file) {
    const auto refuse = [&](const std::string& what) { throw ScenarioError(fmt::format("chain: {}: {}", file, what)); };
    const dns::Bytes octets(content.begin(), content.end());
    auto chain = AuthenticationChain::parse(octets);
    if (chain) return *std::move(chain);
    std::string text;
    std::copy_if(content.begin(), content.end(), std::back_inserter(text), [](char c) { return !is_blank(c); });
    if (text.empty()) refuse("empty: expected a recording or the octets of a chain");
    auto decoded = dns::from_base16(text);
    if (!decoded) decoded = dns::from_base64(text);
    const bool is_text = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!decoded && is_text) refuse("neither a recording (JSON) nor a chain (octets, hex or base64)");
    if (decoded) chain = AuthenticationChain::parse(*decoded);
    if (!chain)
        refuse(fmt::format("octet {}: {}: expected uncompressed records behind two octets of ExtSupportLifetime",
                           chain.error().offset, dns::describe(chain.error().code)));
    return *std::move(chain);
}

} // namespace harness
