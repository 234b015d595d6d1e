// Chain files in their three encodings, and files that are none.
#include "harness/chain_file.h"

#include <catch2/catch_test_macros.hpp>

#include "harness/scenario_error.h"

using namespace harness;
using validator::AuthenticationChain;

namespace {

AuthenticationChain chain(std::uint16_t lifetime) {
    const auto octet = [](int i) { return static_cast<std::uint8_t>(i); };
    AuthenticationChain made{lifetime, {}};
    for (int i = 0; i < 20; ++i)
        made.records.emplace_back(dns::Name::literal("_25._tcp.mx.example."), dns::RrType::TLSA, 300,
                                  dns::Bytes{3, 1, 1, octet(i)});
    return made;
}

std::string complaint(std::string_view content) {
    try {
        (void)parse_chain_file(content, "a.chain");
        return "";
    } catch (const ScenarioError& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("chain file: each encoding is read back, and told from a recording (RFC 9102 §2.3)") {
    for (const auto encoding : {ChainEncoding::wire, ChainEncoding::hex, ChainEncoding::base64}) {
        for (const std::uint16_t lifetime : {0, 24, 0x7B22, 0xFFFF}) { // 7B22 is {"
            const std::string content = chain_file(chain(lifetime), encoding);
            CHECK_FALSE(looks_like_recording(content));
            const auto read = parse_chain_file(content, "a.chain");
            CHECK(read.support_lifetime == lifetime);
            CHECK(read.records == chain(lifetime).records);
        }
    }
    CHECK(looks_like_recording(" \n{\"danelab_recording\": 1"));
    CHECK(looks_like_recording("{"));
    CHECK_FALSE(looks_like_recording(""));
}

TEST_CASE("chain file: what is none is refused in one line") {
    CHECK(complaint("").find("a.chain: empty") != std::string::npos);
    CHECK(complaint(" \n\t").find("empty") != std::string::npos);
    CHECK(complaint("what is this?").find("neither") != std::string::npos);
    CHECK(complaint("0000 c000").find("octet 2") != std::string::npos);
    CHECK(complaint(std::string("\0\0\5\1", 4)).find("octet ") != std::string::npos);
    const std::string hex = chain_file(chain(0), ChainEncoding::hex);
    CHECK(complaint(hex).empty());
    CHECK(complaint(hex.substr(0, hex.size() - 3)).find("octet ") != std::string::npos);
}

TEST_CASE("chain file: a chain that does not fit into the extension is not written") {
    AuthenticationChain big = chain(0);
    const dns::Record record = big.records.front();
    big.records.assign(1000, record);
    CHECK(chain_file(big, ChainEncoding::wire).size() == 2 + 1000 * (21 + 10 + 4));
    big.records.assign(2000, record);
    CHECK_THROWS_AS(chain_file(big, ChainEncoding::wire), std::length_error);
}
