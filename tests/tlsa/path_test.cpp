#include "tlsa/path.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tests/tlsa/test_chain.h"
#include "tlsa/authenticate.h"

using namespace tlsa;
using Result = AuthenticationResult;
using test::CertificateSpec;

namespace {

// A chain of `depth` CAs above the leaf: leaf <- "CA 1" <- ... <- "CA n" (self-signed).
std::vector<CertificateSpec> chain_specs(unsigned depth) {
    const auto ca_name = [](unsigned i) { return "CA " + std::to_string(i); };
    std::vector<CertificateSpec> specs(depth + 1);
    specs[0] = test::leaf_spec();
    specs[0].issuer = ca_name(1);
    for (unsigned i = 1; i <= depth; ++i) {
        specs[i] = test::root_spec();
        specs[i].subject = ca_name(i);
        specs[i].issuer = ca_name(i < depth ? i + 1 : i);
    }
    return specs;
}
CertificateChain make(const std::vector<CertificateSpec>& specs) {
    CertificateChain chain;
    for (const auto& spec : specs) chain.push_back(test::make_certificate(spec));
    return chain;
}
Authentication judge(const CertificateChain& chain, const dns::Bytes& anchor) {
    AuthenticationRequest request;
    request.records = assess(std::vector<dns::Bytes>{test::record(2, 0, 1, anchor)}, UsagePolicy::smtp);
    request.reference_names = {dns::Name::literal("mx.example.")};
    request.now = test::now;
    return authenticate(chain, request);
}
bool has_reason(const Authentication& outcome, std::string_view id) {
    for (const auto& reason : outcome.reasons)
        if (reason.starts_with(id)) return true;
    return false;
}

} // namespace

TEST_CASE("path: trust anchors at depths 1 to 9, whatever is above them (RFC 7671 §5.2)") {
    for (unsigned depth = 1; depth <= 9; ++depth) {
        DYNAMIC_SECTION("depth " << depth) {
            auto specs = chain_specs(depth + 1);
            specs.back().not_after = "20260201000000Z"; // above the anchor: irrelevant
            const auto chain = make(specs);
            const auto outcome = judge(chain, chain[depth]);
            CHECK(outcome.result == Result::match);
            CHECK(outcome.depth == static_cast<int>(depth));
        }
    }
    const auto chain = make(chain_specs(12));
    const auto outcome = judge(chain, chain[12]);
    CHECK(outcome.result == Result::no_match);
    CHECK(has_reason(outcome, "path-search-limit"));
}

TEST_CASE("path: one fault in one certificate below the anchor, each with its reason (RFC 5280 §6.1.3, §6.1.4)") {
    struct Case {
        const char* about;
        std::function<void(std::vector<CertificateSpec>&)> fault; // leaf, CA 1, CA 2, CA 3 = anchor
        Result result;
        const char* reason;
    };
    const std::vector<Case> cases = {
        {"none", [](auto&) {}, Result::match, ""},
        {"leaf expired", [](auto& s) { s[0].not_after = "20260531235959Z"; }, Result::expired, "certificate-expired"},
        {"leaf not valid yet", [](auto& s) { s[0].not_before = "20260601000001Z"; }, Result::expired,
         "certificate-not-yet-valid"},
        {"leaf in its last second", [](auto& s) { s[0].not_after = "20260601000000Z"; }, Result::match, ""},
        {"leaf in its first second", [](auto& s) { s[0].not_before = "20260601000000Z"; }, Result::match, ""},
        {"CA 1 expired", [](auto& s) { s[1].not_after = "20260531235959Z"; }, Result::expired, "certificate-expired"},
        {"anchor expired: local policy, told", [](auto& s) { s[3].not_after = "20260531235959Z"; }, Result::match,
         "trust-anchor-dates-ignored"},
        {"CA 1 is no CA", [](auto& s) { s[1].ca = false; }, Result::untrusted, "issuer-not-ca"},
        {"CA 1 without basicConstraints", [](auto& s) { s[1].ca.reset(); }, Result::untrusted, "issuer-not-ca"},
        {"CA 1 of version 1", [](auto& s) { s[1].version = 1; }, Result::untrusted, "issuer-not-ca"},
        {"anchor of version 1", [](auto& s) { s[3].version = 1; }, Result::match, ""},
        {"anchor is no CA", [](auto& s) { s[3].ca = false; }, Result::untrusted, "issuer-not-ca"},
        {"CA 2 must not sign", [](auto& s) { s[2].key_usage = std::uint8_t{0x80}; }, Result::untrusted,
         "issuer-must-not-sign"},
        {"CA 2 may sign", [](auto& s) { s[2].key_usage = std::uint8_t{0x04}; }, Result::match, ""},
        {"CA 1 with path length 0", [](auto& s) { s[1].path_length = 0; }, Result::match, ""},
        {"CA 2 with path length 0", [](auto& s) { s[2].path_length = 0; }, Result::untrusted, "path-length-exceeded"},
        {"CA 2 with path length 1", [](auto& s) { s[2].path_length = 1; }, Result::match, ""},
        {"anchor with path length 1", [](auto& s) { s[3].path_length = 1; }, Result::untrusted, "path-length-exceeded"},
        {"anchor with path length 2", [](auto& s) { s[3].path_length = 2; }, Result::match, ""},
        {"permitted name", [](auto& s) { s[2].permitted_dns = {"example"}; }, Result::match, ""},
        {"permitted name, exact",
         [](auto& s) {
             s[2].permitted_dns = {"other.example", "MX.example"};
         },
         Result::match, ""},
        {"name not permitted", [](auto& s) { s[2].permitted_dns = {"other.example"}; }, Result::untrusted,
         "name-constraint-violated"},
        {"permitted name that merely ends alike", [](auto& s) { s[2].permitted_dns = {"xample"}; }, Result::untrusted,
         "name-constraint-violated"},
        {"excluded name", [](auto& s) { s[2].excluded_dns = {"example"}; }, Result::untrusted,
         "name-constraint-violated"},
        {"excluded name elsewhere", [](auto& s) { s[2].excluded_dns = {"a.mx.example"}; }, Result::match, ""},
        {"excluded by the anchor", [](auto& s) { s[3].excluded_dns = {"mx.example"}; }, Result::untrusted,
         "name-constraint-violated"},
        {"wildcard that may become an excluded name",
         [](auto& s) {
             s[0].dns_ids = {"mx.example", "*.b.example"};
             s[2].excluded_dns = {"a.b.example"};
         },
         Result::untrusted, "name-constraint-violated"},
        {"CN in place of a DNS-ID not permitted",
         [](auto& s) {
             s[0].dns_ids.clear();
             s[2].permitted_dns = {"other.example"};
         },
         Result::untrusted, "name-constraint-violated"},
        {"leaf with an unknown critical extension", [](auto& s) { s[0].unknown_critical = true; }, Result::untrusted,
         "extension-critical-unknown"},
        {"CA 1 with an unknown critical extension", [](auto& s) { s[1].unknown_critical = true; }, Result::untrusted,
         "extension-critical-unknown"},
        {"leaf for clients only", [](auto& s) { s[0].server_auth = false; }, Result::untrusted, "purpose-not-server"},
        {"leaf for servers", [](auto& s) { s[0].server_auth = true; }, Result::match, ""},
        {"leaf signed by another key", [](auto& s) { s[0].issuer_key = "forger"; }, Result::no_match,
         "certificate-no-match"},
        {"CA 2 signed by another key", [](auto& s) { s[2].issuer_key = "forger"; }, Result::no_match,
         "certificate-no-match"},
        {"leaf names another issuer", [](auto& s) { s[0].issuer = "CA 9", s[0].issuer_key = "key of CA 1"; },
         Result::no_match, "certificate-no-match"},
        {"leaf's AKID is wrong: a hint alone", [](auto& s) { s[0].wrong_authority_key_id = "other"; }, Result::match,
         ""},
        {"no key identifiers anywhere",
         [](auto& s) {
             for (auto& spec : s) spec.key_ids = false;
         },
         Result::match, ""},
    };
    for (const auto& row : cases) {
        DYNAMIC_SECTION(row.about) {
            auto specs = chain_specs(3);
            row.fault(specs);
            const auto chain = make(specs);
            const auto outcome = judge(chain, chain[3]);
            CHECK(to_text(outcome.result) == to_text(row.result));
            if (*row.reason != '\0')
                CHECK(has_reason(outcome, row.reason));
            else
                CHECK(outcome.reasons.empty());
        }
    }
}

TEST_CASE("path: a forged signature is told (RFC 5280 §6.1.3)") {
    auto specs = chain_specs(2);
    specs[1].issuer_key = "forger";
    const auto chain = make(specs);
    CHECK(has_reason(judge(chain, chain[2]), "signature-invalid"));
}

TEST_CASE("path: order and extra certificates do not matter, save that the leaf comes first (RFC 8446 §4.4.2)") {
    const auto chain = make(chain_specs(3));
    auto stray = test::root_spec();
    stray.subject = stray.issuer = "Stray CA";
    auto namesake = chain_specs(3)[1]; // the same name as CA 1, another key
    namesake.key = "namesake";
    const auto extra1 = test::make_certificate(stray);
    const auto extra2 = test::make_certificate(namesake);
    for (const auto& order : std::vector<CertificateChain>{{chain[0], chain[3], chain[2], chain[1]},
                                                           {chain[0], extra1, chain[2], extra2, chain[1], chain[3]},
                                                           {chain[0], chain[1], chain[1], chain[2], chain[2], chain[3]},
                                                           {chain[0], extra2, chain[3], chain[1], chain[2]}}) {
        const auto outcome = judge(order, chain[3]);
        CHECK(outcome.result == Result::match);
        CHECK(outcome.depth == 3);
    }
    CHECK(judge({chain[1], chain[0], chain[2], chain[3]}, chain[3]).result == Result::name_mismatch);
}

TEST_CASE("path: of cross-signed certificates the one that leads to the anchor is used (RFC 6698 §2.1.1)") {
    auto specs = chain_specs(2);
    auto cross = specs[1]; // CA 1's key, certified by another root as well
    cross.issuer = "Other Root";
    auto other_root = test::root_spec();
    other_root.subject = other_root.issuer = "Other Root";
    const auto chain = make(specs);
    const auto crossed = test::make_certificate(cross);
    const auto other = test::make_certificate(other_root);
    for (const auto& order : {CertificateChain{chain[0], crossed, chain[1], chain[2], other},
                              CertificateChain{chain[0], chain[1], crossed, other, chain[2]}}) {
        CHECK(judge(order, chain[2]).depth == 2);
        CHECK(judge(order, other).depth == 2);
        CHECK(judge(order, chain[1]).depth == 1);
        CHECK(judge(order, crossed).depth == 1);
    }
    // A fault of one of the two does not spoil the other.
    cross.not_after = "20260201000000Z";
    const auto expired = test::make_certificate(cross);
    CHECK(judge({chain[0], expired, chain[1], chain[2], other}, chain[2]).result == Result::match);
    CHECK(judge({chain[0], expired, chain[1], chain[2], other}, other).result == Result::expired);
}

TEST_CASE("path: certificates that sign one another cost bounded work") {
    CertificateChain chain = {test::make_certificate(chain_specs(1)[0])};
    for (unsigned i = 1; i < 40; ++i) {
        auto spec = test::root_spec();
        spec.subject = spec.issuer = "CA 1";
        spec.serial = i;
        chain.push_back(test::make_certificate(spec));
    }
    std::vector<Certificate> certificates;
    for (const auto& der : chain) certificates.push_back(*Certificate::parse(der));
    PathSearch search(std::move(certificates));
    std::size_t visited = 0;
    CHECK_FALSE(search.search([&visited](const Path&) { return ++visited > PathSearch::max_steps; }));
    CHECK(visited <= PathSearch::max_steps);
    REQUIRE_FALSE(search.notes().empty());
}

TEST_CASE("path: a self-issued CA does not count against the path length (RFC 5280 §4.2.1.9)") {
    // CA 2 -> CA 1 (old key) -> CA 1 (new key, self-issued rollover) -> leaf; CA 2 allows one CA below it.
    auto specs = chain_specs(2);
    specs[2].path_length = 1;
    auto rollover = specs[1];
    rollover.issuer = "CA 1";
    rollover.key = "new key";
    rollover.issuer_key = "key of CA 1";
    specs[0].issuer_key = "new key";
    const auto chain = make(specs);
    const auto middle = test::make_certificate(rollover);
    const auto outcome = judge({chain[0], middle, chain[1], chain[2]}, chain[2]);
    CHECK(outcome.result == Result::match);
    CHECK(outcome.depth == 3);
}
