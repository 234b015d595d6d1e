#include "tlsa/authenticate.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "tests/tlsa/test_chain.h"

using namespace tlsa;
using Result = AuthenticationResult;

namespace {

struct Chain {
    dns::Bytes leaf = test::make_certificate(test::leaf_spec());
    dns::Bytes issuer = test::make_certificate(test::issuer_spec());
    dns::Bytes root = test::make_certificate(test::root_spec());
    dns::Bytes leaf_key = test::Key("key of mx.example").spki();
    dns::Bytes issuer_key = test::Key("key of Issuing CA").spki();
    dns::Bytes root_key = test::Key("key of Root CA").spki();
};

AuthenticationRequest request(const std::vector<dns::Bytes>& records, UsagePolicy policy = UsagePolicy::smtp) {
    AuthenticationRequest out;
    out.records = assess(records, policy);
    out.reference_names = {dns::Name::literal("mx.example.")};
    out.now = test::now;
    return out;
}
Authentication judge(const CertificateChain& chain, const std::vector<dns::Bytes>& records) {
    return authenticate(chain, request(records));
}
bool has_reason(const Authentication& outcome, std::string_view id) {
    for (const auto& reason : outcome.reasons)
        if (reason.starts_with(id)) return true;
    return false;
}

} // namespace

TEST_CASE("authenticate: DANE-EE and DANE-TA, every selector and matching type (RFC 6698 §2.1)") {
    const Chain c;
    const CertificateChain chain = {c.leaf, c.issuer, c.root};
    for (unsigned type = 0; type < 3; ++type) {
        DYNAMIC_SECTION("matching type " << type) {
            struct Case {
                dns::Bytes rdata;
                int depth;
            };
            for (const auto& row :
                 {Case{test::record(3, 0, type, c.leaf), 0}, Case{test::record(3, 1, type, c.leaf_key), 0},
                  Case{test::record(2, 0, type, c.issuer), 1}, Case{test::record(2, 1, type, c.issuer_key), 1},
                  Case{test::record(2, 0, type, c.root), 2}, Case{test::record(2, 1, type, c.root_key), 2}}) {
                const auto outcome = judge(chain, {row.rdata});
                CHECK(outcome.result == Result::match);
                CHECK(outcome.depth == row.depth);
                CHECK(outcome.record == 0);
            }
            // The same data under the other usage must not match: DANE-EE is the leaf alone, DANE-TA is above it.
            for (const auto& rdata : {test::record(3, 0, type, c.issuer), test::record(3, 1, type, c.root_key),
                                      test::record(2, 0, type, c.leaf)}) {
                const auto outcome = judge(chain, {rdata});
                CHECK(outcome.result == Result::no_match);
                CHECK(outcome.depth == -1);
                CHECK(has_reason(outcome, "certificate-no-match"));
            }
        }
    }
}

TEST_CASE("authenticate: DANE-EE ignores names, dates, chain and extensions (RFC 7671 §5.1, RFC 7672 §3.1.1)") {
    auto spec = test::leaf_spec();
    spec.subject = "";
    spec.key = "odd";
    spec.dns_ids = {"other.example"};
    spec.not_before = "20300101000000Z";
    spec.not_after = "20290101000000Z";
    spec.unknown_critical = true;
    spec.server_auth = false;
    spec.ca = true;
    const auto leaf = test::make_certificate(spec);
    for (const auto& rdata : {test::record(3, 0, 1, leaf), test::record(3, 1, 1, test::Key("odd").spki())}) {
        CHECK(judge({leaf}, {rdata}).result == Result::match);
        auto with_names = request({rdata});
        with_names.ee_name_checks = true;
        CHECK(authenticate({leaf}, with_names).result == Result::name_mismatch);
    }
}

TEST_CASE("authenticate: 3 0 x hashes the octets received even if they are no certificate that we can read (RFC 6698 "
          "§2.1.3)") {
    const dns::Bytes strange = {0x30, 0x03, 0x02, 0x01, 0x00};
    CHECK(judge({strange}, {test::record(3, 0, 1, strange)}).result == Result::match);
    CHECK(judge({strange}, {test::record(3, 1, 1, strange)}).result == Result::no_match);
    CHECK(judge({strange}, {test::record(2, 0, 1, strange)}).result == Result::no_match);
    CHECK(judge({}, {test::record(3, 0, 1, strange)}).result == Result::no_match);
}

TEST_CASE("authenticate: DANE-TA checks names against every reference (RFC 7672 §3.2.2)") {
    const Chain c;
    auto wanted = request({test::record(2, 0, 1, c.issuer)});
    wanted.reference_names = {dns::Name::literal("base.example."), dns::Name::literal("MX.example.")};
    auto outcome = authenticate({c.leaf, c.issuer}, wanted);
    CHECK(outcome.result == Result::match);
    CHECK(outcome.matched_name == "mx.example");
    wanted.reference_names = {dns::Name::literal("other.example.")};
    outcome = authenticate({c.leaf, c.issuer}, wanted);
    CHECK(outcome.result == Result::name_mismatch);
    CHECK(outcome.depth == 1);
    CHECK(has_reason(outcome, "certificate-name-mismatch"));
}

TEST_CASE("authenticate: a TA that is only in DNS, whole or as a key (RFC 7671 §5.2.2, §5.2.3)") {
    const Chain c;
    struct Case {
        const char* about;
        CertificateChain chain;
        dns::Bytes rdata;
        Result result;
        int depth;
    };
    for (const auto& row : {
             Case{"2 0 0, issuer absent", {c.leaf}, test::record(2, 0, 0, c.issuer), Result::match, 1},
             Case{"2 0 0, root absent", {c.leaf, c.issuer}, test::record(2, 0, 0, c.root), Result::match, 2},
             Case{"2 1 0, issuer absent", {c.leaf}, test::record(2, 1, 0, c.issuer_key), Result::match, 0},
             Case{"2 1 0, root absent", {c.leaf, c.issuer}, test::record(2, 1, 0, c.root_key), Result::match, 1},
             Case{"2 1 0, a certificate of the key present",
                  {c.leaf, c.issuer},
                  test::record(2, 1, 0, c.issuer_key),
                  Result::match,
                  1},
             Case{"2 0 1, issuer absent", {c.leaf}, test::record(2, 0, 1, c.issuer), Result::no_match, -1},
             Case{"2 1 1, issuer absent", {c.leaf}, test::record(2, 1, 1, c.issuer_key), Result::no_match, -1},
             Case{"2 1 0, a key that signed nothing",
                  {c.leaf, c.issuer},
                  test::record(2, 1, 0, test::Key("x").spki()),
                  Result::no_match,
                  -1},
             Case{"2 0 0, a link missing", {c.leaf}, test::record(2, 0, 0, c.root), Result::no_match, -1},
         }) {
        DYNAMIC_SECTION(row.about) {
            const auto outcome = judge(row.chain, {row.rdata});
            CHECK(outcome.result == row.result);
            CHECK(outcome.depth == row.depth);
        }
    }
}

TEST_CASE(
    "authenticate: a record of usage 2 that matches the leaf counts only as a key that signed it (RFC 6698 §A.1)") {
    auto spec = test::leaf_spec();
    spec.issuer = spec.subject;
    const auto self_signed = test::make_certificate(spec);
    const auto key = test::Key("key of mx.example").spki();
    const auto refused = judge({self_signed}, {test::record(2, 0, 1, self_signed)});
    CHECK(refused.result == Result::no_match);
    CHECK(has_reason(refused, "trust-anchor-is-leaf"));
    CHECK(judge({self_signed}, {test::record(2, 1, 1, key)}).result == Result::no_match);
    const auto accepted = judge({self_signed}, {test::record(2, 1, 0, key)});
    CHECK(accepted.result == Result::match);
    CHECK(accepted.depth == 0);
}

TEST_CASE("authenticate: one record that matches suffices, whatever stands beside it (RFC 6698 §4.1, RFC 7671 §8)") {
    const Chain c;
    const CertificateChain chain = {c.leaf, c.issuer};
    const auto stale = test::record(3, 1, 1, c.root_key);
    auto outcome = judge(chain, {stale, test::record(2, 0, 1, c.issuer)});
    CHECK(outcome.result == Result::match);
    CHECK(outcome.record == 1);
    outcome = judge(chain, {test::record(2, 0, 1, c.root), stale, test::record(3, 1, 1, c.leaf_key)});
    CHECK(outcome.result == Result::match);
    CHECK(outcome.record == 2);
    CHECK(judge(chain, {stale, {3, 1, 9, 0}, test::record(2, 0, 1, c.issuer)}).result == Result::match);
    // RFC 7671 §9: the weaker digest matches, the stronger one of the same usage and selector does not.
    CHECK(judge(chain, {test::record(3, 1, 1, c.leaf_key), test::record(3, 1, 2, c.root_key)}).result ==
          Result::no_match);
    CHECK(judge(chain, {test::record(3, 1, 1, c.leaf_key), test::record(3, 0, 2, c.root)}).result == Result::match);
}

TEST_CASE("authenticate: without a usable record there is nothing to authenticate with (RFC 7672 §2.2)") {
    const Chain c;
    const auto outcome = judge({c.leaf}, {test::record(0, 0, 1, c.root), {3, 1, 1}, {9, 9, 9, 9}});
    CHECK(outcome.result == Result::unusable);
    CHECK(outcome.reasons.size() == 3);
    CHECK(judge({c.leaf}, {}).result == Result::unusable);
}

TEST_CASE("authenticate: PKIX usages need a path to a local root and a record that matches (RFC 6698 §2.1.1)") {
    const Chain c;
    struct Case {
        const char* about;
        CertificateChain chain;
        std::vector<dns::Bytes> records;
        bool with_root;
        Result result;
        int depth;
    };
    for (const auto& row : {
             Case{"PKIX-EE", {c.leaf, c.issuer}, {test::record(1, 1, 1, c.leaf_key)}, true, Result::match, 0},
             Case{"PKIX-EE, root not trusted",
                  {c.leaf, c.issuer, c.root},
                  {test::record(1, 1, 1, c.leaf_key)},
                  false,
                  Result::untrusted,
                  -1},
             Case{"PKIX-EE, other key and no root: that no record fits is the finding",
                  {c.leaf, c.issuer, c.root},
                  {test::record(1, 1, 1, c.root_key)},
                  false,
                  Result::no_match,
                  -1},
             Case{"PKIX-TA of another authority and no root",
                  {c.leaf, c.issuer},
                  {test::record(0, 0, 1, c.root)},
                  false,
                  Result::no_match,
                  -1},
             Case{"PKIX-TA in the chain, no root",
                  {c.leaf, c.issuer},
                  {test::record(0, 0, 1, c.issuer)},
                  false,
                  Result::untrusted,
                  -1},
             Case{"PKIX-EE, other key",
                  {c.leaf, c.issuer},
                  {test::record(1, 1, 1, c.root_key)},
                  true,
                  Result::no_match,
                  -1},
             Case{"PKIX-TA, issuer", {c.leaf, c.issuer}, {test::record(0, 0, 1, c.issuer)}, true, Result::match, 1},
             Case{"PKIX-TA, the root itself",
                  {c.leaf, c.issuer},
                  {test::record(0, 0, 1, c.root)},
                  true,
                  Result::match,
                  2},
             Case{"PKIX-TA does not match the leaf",
                  {c.leaf, c.issuer},
                  {test::record(0, 0, 1, c.leaf)},
                  true,
                  Result::no_match,
                  -1},
             Case{"PKIX-TA, issuer only in DNS", {c.leaf}, {test::record(0, 0, 0, c.issuer)}, true, Result::match, 1},
             Case{"PKIX-EE beside it",
                  {c.leaf},
                  {test::record(1, 1, 1, c.leaf_key), test::record(0, 0, 0, c.issuer)},
                  true,
                  Result::match,
                  0},
             Case{"PKIX-TA, untrusted, DANE-TA beside it",
                  {c.leaf, c.issuer},
                  {test::record(0, 0, 1, c.issuer), test::record(2, 0, 1, c.issuer)},
                  false,
                  Result::match,
                  1},
         }) {
        DYNAMIC_SECTION(row.about) {
            auto wanted = request(row.records, UsagePolicy::generic);
            if (row.with_root) wanted.pkix_roots = {c.root};
            const auto outcome = authenticate(row.chain, wanted);
            CHECK(outcome.result == row.result);
            CHECK(outcome.depth == row.depth);
        }
    }
    auto wanted = request({test::record(1, 1, 1, c.leaf_key)}, UsagePolicy::generic);
    wanted.pkix_roots = {c.root};
    wanted.reference_names = {dns::Name::literal("other.example.")};
    CHECK(authenticate({c.leaf, c.issuer}, wanted).result == Result::name_mismatch);
}

TEST_CASE("authenticate: a server's own certificate that is a local root must be inside its dates (RFC 5280 §6.1.3)") {
    auto spec = test::leaf_spec();
    spec.issuer = spec.subject;
    spec.not_before = "20200101000000Z";
    for (const bool expired : {false, true}) {
        spec.not_after = expired ? "20210101000000Z" : "20300101000000Z";
        const auto leaf = test::make_certificate(spec);
        auto wanted = request({test::record(1, 0, 1, leaf)}, UsagePolicy::generic);
        wanted.pkix_roots = {leaf};
        CHECK(authenticate({leaf}, wanted).result == (expired ? Result::expired : Result::match));
    }
}
