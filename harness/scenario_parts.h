// The sections of a scenario file, one by one. Scenario files and realizations (harness/composition.h) share them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/scenario.h"
#include "harness/strict_json.h"

namespace harness {

// How zones are signed, as far as a file says; the rest comes from what the patch is applied to.
struct SigningPatch {
    std::optional<dns::Algorithm> algorithm;
    std::optional<bool> csk, zsk_signs_dnskey;
    std::optional<zones::Denial> denial;
    std::optional<std::uint16_t> nsec3_iterations;
    std::optional<dns::Bytes> nsec3_salt;
    std::optional<dns::UnixTime> inception, expiration;
    std::optional<dns::DigestType> ds_digest;
    std::optional<unsigned> rsa_bits;

    void apply(zones::SigningPolicy& policy) const;
};

struct ZonePart {
    dns::Name apex;
    std::vector<std::string> records; // zone-file lines, each with its owner; TLSA references unexpanded
    std::optional<bool> is_signed;    // nullopt: not said, which means signed
    SigningPatch signing;
    std::optional<zones::ZoneSpec::ParentDs> parent_ds;

    // Records of both; what `later` says about signing and DS goes before what this says.
    void merge(const ZonePart& later);
    zones::ZoneSpec build(const zones::SigningPolicy& default_signing) const;
};

// Window of the default policy: from a day before `now` to a fortnight after it.
zones::SigningPolicy default_signing(dns::UnixTime now);

SigningPatch signing_of(const JsonNode& node, dns::UnixTime now);
std::vector<ZonePart> zones_of(const JsonNode& node, dns::UnixTime now);
std::vector<zones::Fault> faults_of(const JsonNode& node);
std::vector<ResolverSpec> resolvers_of(const JsonNode& node);
std::vector<CertificateSpec> certificates_of(const JsonNode& node, dns::UnixTime now);
std::vector<ServerSpec> servers_of(const JsonNode& node);
ClientSpec client_of(const JsonNode& node);
std::vector<Judged> judged_of(const JsonNode& node);
Timeouts timeouts_of(const JsonNode& node);
Expectation expectation_of(const JsonNode& node);
std::vector<std::string> rules_of(const JsonNode& node); // "D-008", "V-025"

// The same; throws ScenarioError for a rule that is among `obeyed` too.
std::vector<std::string> breaks_of(const JsonNode& node, const std::vector<std::string>& obeyed);

// What a file that names certificates and profiles must get right as a whole; throws ScenarioError at `node`.
void check_references(const Scenario& scenario, const JsonNode& node, bool is_story = false);

} // namespace harness
