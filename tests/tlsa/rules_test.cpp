// Rules of DANE that mail scenarios cannot show: usages 0 and 1, and what a client does not ask.
#include <catch2/catch_test_macros.hpp>

#include "tests/tlsa/test_chain.h"
#include "tlsa/authenticate.h"

using namespace tlsa;
using Result = AuthenticationResult;

namespace {

struct World {
    dns::Bytes leaf = test::make_certificate(test::leaf_spec());
    dns::Bytes issuer = test::make_certificate(test::issuer_spec());
    dns::Bytes root = test::make_certificate(test::root_spec());
    dns::Bytes leaf_key = test::Key("key of mx.example").spki();
};

// A user of all four usages, such as a web client, with local roots.
Authentication judge(const CertificateChain& chain, const std::vector<dns::Bytes>& records,
                     const CertificateChain& roots, const char* name = "mx.example.") {
    AuthenticationRequest request;
    request.records = assess(records, UsagePolicy::generic);
    request.reference_names = {dns::Name::literal(name)};
    request.now = test::now;
    request.pkix_roots = roots;
    return authenticate(chain, request);
}

} // namespace

TEST_CASE("D-112 PKIX-EE outside mail: the leaf matches, and its path to a local root and its name hold "
          "(RFC 6698 §2.1.1)") {
    const World w;
    const CertificateChain chain = {w.leaf, w.issuer};
    const auto record = test::record(1, 1, 1, w.leaf_key);
    SECTION("obeys: all three hold") { CHECK(judge(chain, {record}, {w.root}).result == Result::match); }
    SECTION("breaks: no local root above the chain") {
        CHECK(judge(chain, {record}, {}).result == Result::untrusted);
        CHECK(judge({w.leaf}, {record}, {w.root}).result == Result::untrusted);
    }
    SECTION("breaks: another name") {
        CHECK(judge(chain, {record}, {w.root}, "www.example.").result == Result::name_mismatch);
    }
    SECTION("breaks: a path that holds, and a record of another key") {
        const auto other = test::record(1, 1, 1, test::Key("other").spki());
        CHECK(judge(chain, {other}, {w.root}).result == Result::no_match);
    }
    SECTION("breaks: the certificate has expired") {
        auto spec = test::leaf_spec();
        spec.not_after = "20260201000000Z";
        CHECK(judge({test::make_certificate(spec), w.issuer}, {record}, {w.root}).result == Result::expired);
    }
}

TEST_CASE("D-113 PKIX-TA outside mail: an authority of the path that holds matches, also one above a trusted "
          "intermediate (RFC 7671 §5.4)") {
    const World w;
    const CertificateChain chain = {w.leaf, w.issuer};
    SECTION("obeys: the issuing authority") {
        const auto outcome = judge(chain, {test::record(0, 0, 1, w.issuer)}, {w.root});
        CHECK(outcome.result == Result::match);
        CHECK(outcome.depth == 1);
    }
    SECTION("obeys: the root, though the authority below it is trusted too") {
        const auto outcome = judge(chain, {test::record(0, 0, 1, w.root)}, {w.issuer, w.root});
        CHECK(outcome.result == Result::match);
        CHECK(outcome.depth == 2);
    }
    SECTION("breaks: the authority matches, and no path leads to a local root") {
        CHECK(judge(chain, {test::record(0, 0, 1, w.issuer)}, {}).result == Result::untrusted);
    }
    SECTION("breaks: a path that holds, and a record of an authority outside it") {
        auto spec = test::root_spec();
        spec.subject = spec.issuer = "Other CA";
        const auto other = test::make_certificate(spec);
        CHECK(judge({w.leaf, w.issuer, other}, {test::record(0, 0, 1, other)}, {w.root, other}).result ==
              Result::no_match);
    }
    SECTION("breaks: a record of the server's own certificate") {
        CHECK(judge(chain, {test::record(0, 0, 1, w.leaf)}, {w.root}).result == Result::no_match);
    }
}

TEST_CASE("D-117 neither certificate logs nor revocation are asked about (RFC 7671 §4.2, RFC 7672 §4)") {
    const World w;
    SECTION("obeys: a certificate without a word about logs or revocation is good for usages 2 and 3") {
        for (const auto& record : {test::record(3, 1, 1, w.leaf_key), test::record(2, 0, 1, w.issuer)})
            CHECK(judge({w.leaf, w.issuer}, {record}, {}).result == Result::match);
    }
    // A precertificate, which logs alone may take, has a critical extension that a client must not pass over.
    SECTION("breaks: what must be understood to be used is refused under usage 2, and under usage 3 not looked at") {
        auto spec = test::leaf_spec();
        spec.unknown_critical = true;
        const auto leaf = test::make_certificate(spec);
        CHECK(judge({leaf, w.issuer}, {test::record(2, 0, 1, w.issuer)}, {}).result == Result::untrusted);
        CHECK(judge({leaf, w.issuer}, {test::record(3, 1, 1, w.leaf_key)}, {}).result == Result::match);
    }
}
