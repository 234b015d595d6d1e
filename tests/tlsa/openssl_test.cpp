// OpenSSL's DANE code judges the same chains and records as ours: s_client against s_server over a local socket file.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "resolver/dns/text.h"
#include "tests/tlsa/test_chain.h"
#include "tlsa/authenticate.h"

namespace {

using test::CertificateSpec;
using Specs = std::vector<CertificateSpec>;

struct Finding {
    bool match = false;
    int depth = -1;
    std::string text;
};

class Folder {
  public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "danelab-openssl-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(path_ / name) << content;
        return (path_ / name).string();
    }
    std::string name(const std::string& leaf) const { return (path_ / leaf).string(); }

  private:
    std::filesystem::path path_;
};

std::string output_of(const std::string& command) {
    std::string out;
    const auto close = [](FILE* pipe) { pclose(pipe); };
    const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
    char buffer[4096];
    while (const auto got = fread(buffer, 1, sizeof buffer, pipe.get())) out.append(buffer, got);
    return out;
}

std::string presentation(const dns::Bytes& rdata) {
    return std::to_string(rdata[0]) + " " + std::to_string(rdata[1]) + " " + std::to_string(rdata[2]) + " " +
           dns::base16(dns::ByteView(rdata).subspan(3));
}

Finding parse(const std::string& text) {
    Finding finding;
    finding.text = text;
    finding.match = text.find("Verification: OK") != std::string::npos && text.find("DANE TLSA") != std::string::npos;
    if (const auto at = text.find("at depth "); finding.match && at != std::string::npos)
        finding.depth = std::stoi(text.substr(at + 9));
    return finding;
}

// One server for the chain, one client for each set of records.
std::vector<Finding> ask_openssl(const tlsa::CertificateChain& chain, const std::string& key_pem,
                                 const std::vector<std::vector<dns::Bytes>>& record_sets, const dns::Bytes& root) {
    const Folder folder;
    std::string rest;
    for (std::size_t i = 1; i < chain.size(); ++i) rest += test::pem(chain[i]);
    const auto leaf = folder.file("leaf.pem", test::pem(chain.front()));
    const auto key = folder.file("key.pem", key_pem);
    const auto roots = folder.file("root.pem", test::pem(root));
    const auto socket = folder.name("s");
    std::string script = "openssl s_server -unix " + socket + " -www -cert " + leaf + " -key " + key +
                         (rest.empty() ? "" : " -cert_chain " + folder.file("rest.pem", rest)) + " -naccept " +
                         std::to_string(record_sets.size()) + " >/dev/null 2>&1 &\nserver=$!\n" +
                         "for i in $(seq 1500); do [ -S " + socket + " ] && break; sleep 0.02; done\n";
    for (const auto& records : record_sets) {
        script += "timeout 20 openssl s_client -unix " + socket + " -brief -no-CAfile -no-CApath -no-CAstore -attime " +
                  std::to_string(test::now.seconds) + " -CAfile " + roots +
                  " -dane_tlsa_domain mx.example -dane_ee_no_namechecks";
        for (const auto& rdata : records) script += " -dane_tlsa_rrdata '" + presentation(rdata) + "'";
        script += " </dev/null 2>&1\necho ==END==\n";
    }
    script += "kill $server 2>/dev/null; wait\n";
    const std::string all = output_of("bash " + folder.file("run.sh", script));
    std::vector<Finding> findings;
    for (std::size_t at = 0, end = 0; (end = all.find("==END==", at)) != std::string::npos; at = end + 7)
        findings.push_back(parse(all.substr(at, end - at)));
    return findings;
}

struct Chain {
    const char* about;
    std::function<void(Specs&)> change; // leaf, Issuing CA, Root CA
    std::vector<std::size_t> sent = {0, 1, 2};
    std::vector<std::size_t> other_result = {}; // sets of records for which OpenSSL refuses what we accept, and why
    const char* why = "";
};

const std::vector<Chain>& chains() {
    static const std::vector<Chain> all = {
        {"whole chain", [](Specs&) {}, {0, 1, 2}},
        {"without the root", [](Specs&) {}, {0, 1}},
        {"the leaf alone", [](Specs&) {}, {0}},
        {"unordered", [](Specs&) {}, {0, 2, 1}},
        {"leaf expired", [](Specs& s) { s[0].not_after = "20260201000000Z"; }},
        {"issuer expired",
         [](Specs& s) { s[1].not_after = "20260201000000Z"; },
         {0, 1, 2},
         {1, 2, 5},
         "the issuer is the trust anchor: OpenSSL checks its dates too, RFC 5280 §6.1.1 leaves them out"},
        {"other name", [](Specs& s) { s[0].dns_ids = {"other.example"}; }},
        {"wildcard name",
         [](Specs& s) {
             s[0].dns_ids = {"*.mail.example", "mx.example"};
         }},
        {"CN alone", [](Specs& s) { s[0].dns_ids.clear(); }},
        {"issuer is no CA",
         [](Specs& s) {
             s[1].ca = false;
             s[1].key_usage.reset();
         }},
        {"issuer must not sign", [](Specs& s) { s[1].key_usage = std::uint8_t{0x80}; }},
        {"root with path length 0", [](Specs& s) { s[2].path_length = 0; }},
        {"name not permitted by the issuer", [](Specs& s) { s[1].permitted_dns = {"net"}; }},
        {"name permitted by the issuer", [](Specs& s) { s[1].permitted_dns = {"example"}; }},
        {"leaf signed by another key", [](Specs& s) { s[0].issuer_key = "forger"; }},
        {"unknown critical extension", [](Specs& s) { s[0].unknown_critical = true; }},
        {"self-signed leaf", [](Specs& s) { s[0].issuer = s[0].subject; }, {0}},
    };
    return all;
}

} // namespace

TEST_CASE("authenticate: OpenSSL's s_client comes to the same result for the same chains and records") {
    if (std::system("openssl version >/dev/null 2>&1") != 0) SKIP("openssl is not installed");
    for (const auto& row : chains()) {
        DYNAMIC_SECTION(row.about) {
            Specs specs = {test::leaf_spec(), test::issuer_spec(), test::root_spec()};
            row.change(specs);
            std::vector<dns::Bytes> made;
            for (const auto& spec : specs) made.push_back(test::make_certificate(spec));
            tlsa::CertificateChain sent;
            for (const auto i : row.sent) sent.push_back(made[i]);
            const auto leaf_key = test::Key("key of mx.example").spki(),
                       issuer_key = test::Key("key of Issuing CA").spki();
            const std::vector<std::vector<dns::Bytes>> sets = {
                {test::record(3, 1, 1, leaf_key)},
                {test::record(2, 0, 1, made[1])},
                {test::record(2, 1, 2, issuer_key)},
                {test::record(2, 0, 1, made[2])},
                {test::record(2, 0, 0, made[2])},
                {test::record(2, 1, 0, issuer_key)},
                {test::record(2, 0, 1, made[0])},
                {test::record(3, 1, 1, issuer_key), test::record(2, 0, 1, made[2])},
                {test::record(3, 1, 1, leaf_key), test::record(3, 1, 2, issuer_key)},
                {test::record(1, 1, 1, leaf_key)},
                {test::record(0, 0, 1, made[1])},
            };
            const auto theirs = ask_openssl(sent, test::Key("key of mx.example").pem(), sets, made[2]);
            REQUIRE(theirs.size() == sets.size());
            for (std::size_t i = 0; i < sets.size(); ++i) {
                tlsa::AuthenticationRequest request;
                request.records = tlsa::assess(sets[i], tlsa::UsagePolicy::generic);
                request.reference_names = {dns::Name::literal("mx.example.")};
                request.now = test::now;
                request.pkix_roots = {made[2]};
                const auto ours = tlsa::authenticate(sent, request);
                const bool match = ours.result == tlsa::AuthenticationResult::match;
                INFO(presentation(sets[i].front()).substr(0, 12)
                     << ": ours " << tlsa::to_text(ours.result) << " at " << ours.depth
                     << (ours.reasons.empty() ? "" : ", " + ours.reasons.front()) << "; theirs:\n"
                     << theirs[i].text);
                const bool known_difference = std::ranges::find(row.other_result, i) != row.other_result.end();
                INFO(row.why);
                CHECK(match == (theirs[i].match || known_difference));
                if (match && theirs[i].match) CHECK(ours.depth == theirs[i].depth);
            }
        }
    }
}
