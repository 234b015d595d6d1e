#include "harness/tlsa_tool/pem.h"

#include <fmt/format.h>

#include "resolver/dns/text.h"

namespace harness {

namespace {

constexpr std::size_t most_blocks = 1000; // a system's whole CA bundle has some 150

[[noreturn]] void fail(const std::string& file, std::size_t line, std::string_view what) {
    throw PemError(fmt::format("{}: line {}: {}", file, line, what));
}

std::string_view without_end(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    return line;
}

// Between "-----BEGIN " and "-----"; "" where the line is no such boundary.
std::string_view label_of(std::string_view line, std::string_view begin) {
    constexpr std::string_view dashes = "-----";
    if (!line.starts_with(begin) || !line.ends_with(dashes) || line.size() <= begin.size() + dashes.size()) return {};
    return line.substr(begin.size(), line.size() - begin.size() - dashes.size());
}

} // namespace

std::vector<PemBlock> read_pem(std::string_view text, const std::string& file) {
    std::vector<PemBlock> blocks;
    std::string base64;
    bool inside = false;
    std::size_t number = 0;
    while (!text.empty()) { // one line each time round
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = without_end(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (!inside) {
            const auto label = label_of(line, "-----BEGIN ");
            if (label.empty()) continue;
            if (blocks.size() == most_blocks) fail(file, number, fmt::format("more than {} PEM blocks", most_blocks));
            blocks.push_back({std::string(label), {}, std::string(line) + "\n", number});
            base64.clear();
            inside = true;
            continue;
        }
        blocks.back().text += std::string(line) + "\n";
        if (const auto label = label_of(line, "-----END "); !label.empty()) {
            if (label != blocks.back().label)
                fail(file, number, fmt::format("END {} closes BEGIN {}", label, blocks.back().label));
            inside = false;
            if (blocks.back().text.find("\nProc-Type:") != std::string::npos) continue; // RFC 1421: an encrypted key
            auto der = dns::from_base64(base64);
            if (!der || der->empty()) fail(file, blocks.back().line, "the block's content is not base64");
            blocks.back().der = *std::move(der);
        } else if (line.find(':') == std::string_view::npos) {
            base64 += line;
        }
    }
    if (inside) fail(file, blocks.back().line, fmt::format("BEGIN {} has no END line", blocks.back().label));
    if (blocks.empty())
        fail(file, number == 0 ? 1 : number, "no PEM block: a line -----BEGIN CERTIFICATE----- is expected");
    return blocks;
}

std::vector<dns::Bytes> certificates_in(const std::vector<PemBlock>& blocks, const std::string& file) {
    std::vector<dns::Bytes> certificates;
    for (const PemBlock& block : blocks)
        if (block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE") certificates.push_back(block.der);
    if (certificates.empty())
        fail(file, blocks.front().line, fmt::format("no CERTIFICATE block, only {}", blocks.front().label));
    return certificates;
}

} // namespace harness
