// Every zone that the scenarios write, judged as a file: ldns-verify-zone and dnssec-verify accept what is whole and
// reject what is broken, as far as each of them looks.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "harness/catalogue.h"
#include "harness/clock_shift.h"
#include "harness/fake_internet.h"
#include "harness/system.h"
#include "tests/independent/judge.h"
#include "tests/independent/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using zones::FaultKind;

enum Judge : unsigned { nobody = 0, ldns = 1, bind = 2, both = 3, bind_perhaps = 4 };

// Who notices a fault in the file of the zone that holds it. What a zone's file does not show (a DS in another zone, an
// answer withheld) nobody can notice; keys without the Zone Key flag or with another protocol both take for keys;
// ldns-verify-zone looks at neither signer's names, Labels fields, type bitmaps nor the REVOKE flag.
unsigned noticed_by_kind(FaultKind kind) {
    switch (kind) {
    case FaultKind::rrsig_missing:
    case FaultKind::rrsig_expired:
    case FaultKind::rrsig_not_yet_valid:
    case FaultKind::rrsig_wrong_octets:
    case FaultKind::rrsig_wrong_key_tag:
    case FaultKind::rrsig_expires_before_inception:
    case FaultKind::rdata_altered:
    case FaultKind::rrsig_wrong_algorithm:
    case FaultKind::dnskey_missing:
    case FaultKind::dnskey_unsigned:
    case FaultKind::dnskey_wrong_octets:
    case FaultKind::dnskey_wrong_algorithm:
    case FaultKind::dnskey_cut_short:
    case FaultKind::wildcard_denial_missing:
    case FaultKind::nsec_next_outside_zone:
    case FaultKind::nsec3_wrong_owner:
    case FaultKind::nsec3_wrong_next:
    case FaultKind::nsec3_unknown_hash:
    case FaultKind::denial_missing:
    case FaultKind::denial_wrong:
    case FaultKind::denial_bad_signature:
    case FaultKind::ds_denial_missing:
    case FaultKind::zone_unsigned_under_ds: return both;
    case FaultKind::rrsig_wrong_labels:
    case FaultKind::rrsig_labels_too_few: return bind_perhaps; // since the security updates of 2026
    case FaultKind::ds_digest_cut_short:                       // does not load the file
    case FaultKind::nsec3param_missing:
    case FaultKind::nsec3param_wrong_salt:
    case FaultKind::zone_algorithm_unsupported:
    case FaultKind::rrsig_wrong_signer:
    case FaultKind::denial_type_present:
    case FaultKind::dnskey_revoked:
    case FaultKind::nsec3_iterations_high: return bind;
    case FaultKind::dnskey_flags_zero:
    case FaultKind::dnskey_bad_protocol:
    case FaultKind::ds_digest_wrong:
    case FaultKind::ds_key_tag_wrong:
    case FaultKind::ds_algorithm_wrong:
    case FaultKind::zone_refuses:
    case FaultKind::attack_colliding_keys:
    case FaultKind::attack_dnskeys:
    case FaultKind::attack_ds_records:
    case FaultKind::attack_wrong_signatures:
    case FaultKind::attack_unsolicited_denial:
    case FaultKind::ds_algorithm_unknown:
    case FaultKind::ds_digest_unknown:
    case FaultKind::answer_servfail:
    case FaultKind::answer_silent: return nobody;
    }
    return nobody;
}

bool is_of_keys(FaultKind kind) { return to_text(kind).starts_with("dnskey-"); }

unsigned noticed_by(const zones::Fault& fault, const zones::SignedZone& zone) {
    if (fault.details.edited && is_of_keys(fault.kind)) return both; // the signatures over the DNSKEY RRset fail
    // What concerns the KSK alone leaves the ZSK's signature over the DNSKEY RRset, with which ldns-verify-zone is
    // content.
    const bool zsk_signed = zone.policy && zone.policy->zsk_signs_dnskey;
    if (fault.details.key == zones::KeyRole::ksk && zsk_signed) return noticed_by_kind(fault.kind) & ~ldns;
    const unsigned number = fault.details.number.value_or(100);
    const bool ldns_knows = number == 1 || number == 3 || number == 6; // RSAMD5, DSA: it tries to verify them
    if (fault.kind == FaultKind::zone_algorithm_unsupported && ldns_knows) return both;
    return noticed_by_kind(fault.kind);
}

// The zone in whose file the fault is: on the parent's side for DS and its denial (RFC 4035 §3.1.4.1).
const zones::SignedZone* holder(const zones::Hierarchy& hierarchy, const zones::Fault& fault) {
    const bool above = to_text(fault.kind).starts_with("ds-") || fault.type == dns::RrType::DS;
    return hierarchy.zone_of(above && !fault.owner.is_root() ? fault.owner.parent() : fault.owner);
}

unsigned rejected_by(const zones::Hierarchy& hierarchy, const zones::SignedZone& zone,
                     const std::vector<zones::Fault>& faults, dns::UnixTime now) {
    unsigned judges = nobody;
    for (const auto& fault : faults)
        if (holder(hierarchy, fault) == &zone) judges |= noticed_by(fault, zone);
    if (zone.policy && (zone.policy->expiration.seconds < now.seconds || now.seconds < zone.policy->inception.seconds))
        judges |= both;
    const bool hashed = zone.policy && zone.policy->denial != zones::Denial::nsec;
    const unsigned iterations = hashed ? zone.policy->nsec3_iterations : 0;
    if (iterations > 150) judges |= bind; // BIND 9.18's limit; later builds have a lower one (RFC 9276 §3.2)
    if (iterations > 50 && judges == nobody) judges = bind_perhaps;
    return judges;
}

std::string content_of(const fs::path& file) {
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct Counts {
    std::size_t accepted = 0, rejected = 0;
};

struct ZoneFile {
    fs::path path;
    std::string origin;
    bool one_key = false; // one key for everything (CSK), of which dnssec-verify must be told
};

void judge_file(const ZoneFile& file, unsigned rejected, const std::string& scenario, Counts& counts) {
    std::vector<std::string> dnssec_verify{"dnssec-verify", "-o", file.origin, file.path.string()};
    if (file.one_key) dnssec_verify.insert(dnssec_verify.begin() + 1, "-z");
    const std::map<Judge, std::vector<std::string>> commands{{ldns, {"ldns-verify-zone", file.path.string()}},
                                                             {bind, dnssec_verify}};
    for (const auto& [judge, command] : commands) {
        if (judge == bind && rejected == bind_perhaps) continue;
        const auto finished = independent::run_program(command, std::chrono::seconds(20));
        INFO(scenario << ": zone " << file.origin << ": " << command.front() << " exits with " << finished.status
                      << "\n"
                      << finished.output);
        const bool expected = (rejected & judge) == 0;
        CHECK((finished.status == 0) == expected);
        ++(expected ? counts.accepted : counts.rejected);
    }
}

// The scenario's zones, each file that no earlier scenario wrote.
void judge_zones(const harness::Scenario& scenario, std::set<std::string>& known, Counts& counts) {
    const auto hierarchy =
        zones::Hierarchy::build(harness::zones_with_tlsa(scenario), scenario.signing, scenario.faults, scenario.seed);
    const independent::TemporaryFolder folder;
    hierarchy.write(folder.path());
    for (const auto& [apex, zone] : hierarchy.zones()) {
        const unsigned rejected = rejected_by(hierarchy, zone, scenario.faults, scenario.now);
        if (!zone.is_signed() && rejected == nobody) continue;
        const std::string origin = apex.to_text();
        const ZoneFile file{fs::path(folder.path()) / (apex.is_root() ? "root.zone" : origin + "zone"), origin,
                            zone.policy && zone.policy->csk};
        const auto content = content_of(file.path);
        REQUIRE_FALSE(content.empty());
        if (known.insert(content).second) judge_file(file, rejected, scenario.id, counts);
    }
}

// Zones of which signatures end soon after the scenario's time: the tools read the machine's clock when they run.
bool lives_shortly(const harness::Scenario& scenario) {
    constexpr std::int64_t an_hour = 3600;
    return std::ranges::any_of(scenario.zones, [&](const auto& zone) {
        return zone.signing && zone.signing->expiration.seconds >= scenario.now.seconds &&
               zone.signing->expiration.seconds < scenario.now.seconds + an_hour;
    });
}

} // namespace

TEST_CASE("independent: ldns-verify-zone and dnssec-verify accept every whole zone of the scenarios and reject the "
          "broken ones (RFC 4035 §2)") {
    if (!independent::is_installed("ldns-verify-zone") || !independent::is_installed("dnssec-verify"))
        SKIP("ldns-verify-zone and dnssec-verify are needed: ./dev test installs them");
    auto scenarios = harness::table_scenarios(harness::Breadth::each_once, 1);
    for (auto& scenario : harness::file_scenarios()) // attackers' zones are neither whole nor broken
        // and BIND's tools read no TLSA record without data
        if (!scenario.id.starts_with("dnssec/attacks/") && !scenario.id.starts_with("records/malformed/empty"))
            scenarios.push_back(std::move(scenario));
    const auto now = harness::system_now(); // one clock for all: equal zones are equal files
    std::set<std::string> internets, files;
    Counts counts;
    for (auto& scenario : scenarios) {
        harness::move_to(scenario, lives_shortly(scenario) ? harness::system_now() : now);
        if (internets.insert(independent::fingerprint(scenario)).second) judge_zones(scenario, files, counts);
    }
    CHECK(counts.accepted >= 100);
    CHECK(counts.rejected >= 20);
    WARN(files.size() << " zone files: " << counts.accepted << " times accepted, " << counts.rejected
                      << " times rejected, as expected");
}
