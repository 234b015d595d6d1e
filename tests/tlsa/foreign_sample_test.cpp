// A sample of OpenSSL's test/danetest.in, where it is at hand: named by DANELAB_SHARED, or in ../shared beside the
// tree.
#include <algorithm>
#include <botan/pem.h>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "resolver/dns/text.h"
#include "tests/tlsa/test_chain.h"
#include "tlsa/authenticate.h"

namespace {

std::filesystem::path shared_folder() {
    if (const char* named = std::getenv("DANELAB_SHARED")) return named;
    return std::filesystem::path(DANELAB_SOURCE_DIR).parent_path() / "shared";
}

struct Block {
    bool ee_name_checks = false;
    int wanted = 0, depth = 0;
    std::vector<dns::Bytes> records;
    tlsa::CertificateChain chain;
};

dns::Bytes from_pem(const std::string& text) {
    std::string label;
    const auto octets = Botan::PEM_Code::decode(text, label);
    return {octets.begin(), octets.end()};
}

std::string read_pem(std::istream& in) {
    std::string text, line;
    while (std::getline(in, line)) {
        if (text.empty() && !line.starts_with("-----BEGIN")) continue;
        text += line + "\n";
        if (line.starts_with("-----END")) break;
    }
    return text;
}

dns::Bytes read_record(std::istream& in) {
    std::string line;
    std::getline(in, line);
    std::istringstream fields(line);
    unsigned usage = 0, selector = 0, type = 0;
    std::string hex, all;
    fields >> usage >> selector >> type;
    while (fields >> hex) all += hex;
    dns::Bytes out = {static_cast<std::uint8_t>(usage), static_cast<std::uint8_t>(selector),
                      static_cast<std::uint8_t>(type)};
    const auto data = dns::from_base16(all);
    if (data) out.insert(out.end(), data->begin(), data->end());
    return out;
}

std::vector<Block> read_blocks(std::istream& in) {
    std::vector<Block> blocks;
    std::string line;
    while (std::getline(in, line)) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream head(line);
        int records = 0, certificates = 0, no_names = 0;
        Block block;
        head >> records >> certificates >> no_names >> block.wanted >> block.depth;
        block.ee_name_checks = no_names == 0;
        for (int i = 0; i < records; ++i) block.records.push_back(read_record(in));
        for (int i = 0; i < certificates; ++i) block.chain.push_back(from_pem(read_pem(in)));
        blocks.push_back(std::move(block));
    }
    return blocks;
}

// OpenSSL's verification results in our words.
std::vector<std::string> words(int wanted) {
    switch (wanted) {
    case 0: return {"match"};
    case 62: return {"name-mismatch"};
    case 65: return {"no-match"};
    case 20: return {"untrusted", "no-match"};
    default: return {};
    }
}

} // namespace

TEST_CASE("authenticate: OpenSSL's own DANE tests come out as there") {
    const auto folder = shared_folder() / "danetest";
    std::ifstream sample(folder / "sample.in"), root(folder / "root.pem");
    if (!sample || !root) SKIP("no sample of danetest.in; DANELAB_SHARED names the folder that holds danetest/");
    const auto blocks = read_blocks(sample);
    REQUIRE_FALSE(blocks.empty());
    const auto root_der = from_pem(read_pem(root));
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        DYNAMIC_SECTION("block " << i + 1) {
            const auto& block = blocks[i];
            tlsa::AuthenticationRequest request;
            request.records = tlsa::assess(block.records, tlsa::UsagePolicy::generic);
            request.reference_names = {dns::Name::literal("example.com.")};
            request.now = test::now;
            request.ee_name_checks = block.ee_name_checks;
            request.pkix_roots = {root_der};
            const auto outcome = tlsa::authenticate(block.chain, request);
            const auto good = words(block.wanted);
            INFO("result " << tlsa::to_text(outcome.result) << ", wanted " << block.wanted);
            CHECK(std::find(good.begin(), good.end(), tlsa::to_text(outcome.result)) != good.end());
            if (block.wanted == 0) CHECK(outcome.depth == block.depth);
        }
    }
}
