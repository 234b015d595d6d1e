// The zones that we sign, judged by programs that are not ours: ldns-verify-zone (ldnsutils) and dnssec-verify
// (bind9-utils). dnssec-verify cannot be told the time, so these zones are signed around the machine's clock.
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"
#include "tests/zones/samples.h"

namespace {

namespace fs = std::filesystem;
using dns::Algorithm;
using zones::Denial;
using zones::FaultKind;

dns::UnixTime machine_clock() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::seconds>(now).count()};
}

struct Outcome {
    bool accepted = false;
    std::string output;
};

Outcome run(const std::string& command) {
    Outcome outcome;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> buffer{};
    while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe))
        outcome.output.append(buffer.data(), got);
    const int status = ::pclose(pipe);
    outcome.accepted = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    outcome.output = "$ " + command + "\n" + outcome.output;
    return outcome;
}

bool installed(const std::string& program) { return run("command -v " + program).accepted; }

// A folder of its own for one test, removed afterwards.
class Folder {
  public:
    Folder() {
        auto pattern = (fs::temp_directory_path() / "danelab-zones-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    fs::path path_;
};

Outcome ldns_verify(const Folder& folder, const std::string& zone) {
    return run(
        fmt::format("ldns-verify-zone -k {} {}", folder.file("ds/" + zone + ".ds"), folder.file(zone + ".zone")));
}

// -x: the DNSKEY RRset is signed by the KSK alone; -z: a combined key may sign everything.
Outcome dnssec_verify(const Folder& folder, const std::string& zone, bool csk) {
    return run(fmt::format("dnssec-verify -q {} -o {}. {}", csk ? "-z" : "-x", zone, folder.file(zone + ".zone")));
}

zones::Hierarchy build(const zones::SigningPolicy& policy, const std::vector<zones::Fault>& faults = {}) {
    auto tld = policy; // what the root and example. are signed with is not under test
    tld.algorithm = Algorithm::ECDSAP256SHA256;
    return zones::Hierarchy::build(samples::specs(policy), tld, faults, samples::seed);
}

} // namespace

TEST_CASE("verifiers: ldns-verify-zone and dnssec-verify accept every unbroken zone") {
    if (!installed("ldns-verify-zone") || !installed("dnssec-verify"))
        SKIP("ldnsutils or bind9-utils is not installed");
    constexpr std::pair<Denial, const char*> denials[] = {
        {Denial::nsec, "NSEC"}, {Denial::nsec3, "NSEC3"}, {Denial::nsec3_opt_out, "opt-out"}};
    for (const auto algorithm : {Algorithm::RSASHA256, Algorithm::RSASHA512, Algorithm::ECDSAP256SHA256,
                                 Algorithm::ECDSAP384SHA384, Algorithm::ED25519, Algorithm::ED448}) {
        for (const auto& [denial, denial_text] : denials) {
            for (const bool csk : {false, true}) {
                DYNAMIC_SECTION(dns::to_text(algorithm) << ", " << denial_text << (csk ? ", CSK" : ", KSK and ZSK")) {
                    const Folder folder;
                    build(samples::policy(machine_clock(), denial, algorithm, csk)).write(folder.file(""));
                    for (const auto* zone : {"mail.example", "other.example", "island.example"}) {
                        const auto ldns = ldns_verify(folder, zone);
                        INFO(ldns.output);
                        CHECK(ldns.accepted);
                        const auto bind = dnssec_verify(folder, zone, csk);
                        INFO(bind.output);
                        CHECK(bind.accepted);
                    }
                }
            }
        }
    }
}

TEST_CASE("verifiers: ldns-verify-zone rejects a zone under another zone's DS, so the DS that we write counts") {
    if (!installed("ldns-verify-zone")) SKIP("ldnsutils is not installed");
    const Folder folder;
    build(samples::policy(machine_clock())).write(folder.file(""));
    const auto own = ldns_verify(folder, "mail.example");
    INFO(own.output);
    CHECK(own.accepted);
    fs::copy_file(folder.file("ds/other.example.ds"), folder.file("ds/mail.example.ds"),
                  fs::copy_options::overwrite_existing);
    const auto other = ldns_verify(folder, "mail.example");
    INFO(other.output);
    CHECK_FALSE(other.accepted);
}

namespace {

struct BrokenRow {
    const char* about;
    zones::Fault fault;
    Denial denial;
    const char* ldns; // "" where ldns-verify-zone rejects it; else why it cannot judge
    const char* bind; // the same of dnssec-verify; nullptr where it depends on the build
};

zones::Fault fault(FaultKind kind, std::string_view owner, std::optional<dns::RrType> type = std::nullopt) {
    return {kind, samples::name(owner), type};
}

std::vector<BrokenRow> broken_table() {
    using enum FaultKind;
    using dns::RrType;
    std::vector<BrokenRow> rows;
    for (const auto kind : {rrsig_missing, rrsig_expired, rrsig_not_yet_valid, rrsig_wrong_octets, rrsig_wrong_key_tag,
                            rrsig_expires_before_inception})
        rows.push_back({"address record", fault(kind, "mx.mail.example.", RrType::A), Denial::nsec, "", ""});
    rows.push_back({"address record", fault(rrsig_wrong_signer, "mx.mail.example.", RrType::A), Denial::nsec,
                    "ldns looks for the key by tag and does not compare the signer's name with the zone's", ""});
    rows.push_back({"address record", fault(rrsig_wrong_labels, "mx.mail.example.", RrType::A), Denial::nsec,
                    "ldns uses Labels only where it is below the owner's count, to restore a wildcard",
                    nullptr}); // BIND looks at it since the security updates of 2026
    rows.push_back({"keys gone", fault(dnskey_missing, "mail.example."), Denial::nsec, "", ""});
    rows.push_back({"keys unsigned", fault(dnskey_unsigned, "mail.example."), Denial::nsec, "", ""});
    for (const auto denial : {Denial::nsec, Denial::nsec3}) {
        for (const auto kind : {denial_missing, denial_wrong, denial_bad_signature}) {
            rows.push_back({"denial of a name", fault(kind, "absent.mail.example.", RrType::A), denial, "", ""});
            rows.push_back({"denial of a type", fault(kind, "mx.mail.example.", RrType::AAAA), denial, "", ""});
        }
        rows.push_back({"bitmap", fault(denial_type_present, "mx.mail.example.", RrType::AAAA), denial,
                        "ldns looks whether present types are listed, not whether listed types are present", ""});
    }
    rows.push_back({"data", fault(rdata_altered, "mail.example.", RrType::MX), Denial::nsec, "", ""});
    return rows;
}

} // namespace

TEST_CASE("verifiers: they reject the broken zones that they can judge") {
    if (!installed("ldns-verify-zone") || !installed("dnssec-verify"))
        SKIP("ldnsutils or bind9-utils is not installed");
    for (const auto& row : broken_table()) {
        DYNAMIC_SECTION(row.about << ": " << zones::to_text(row.fault)
                                  << (row.denial == Denial::nsec ? " NSEC" : " NSEC3")) {
            const Folder folder;
            build(samples::policy(machine_clock(), row.denial), {row.fault}).write(folder.file(""));
            const auto ldns = ldns_verify(folder, "mail.example");
            INFO(ldns.output);
            CHECK(ldns.accepted == (*row.ldns != '\0'));
            const auto bind = dnssec_verify(folder, "mail.example", false);
            INFO(bind.output);
            if (row.bind != nullptr) CHECK(bind.accepted == (*row.bind != '\0'));
        }
    }
}
