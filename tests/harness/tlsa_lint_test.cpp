// The publisher's lints: each rule obeyed, and broken in the one thing that it speaks of.
#include "harness/tlsa_tool/lint.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/tlsa/test_chain.h"

using namespace harness;

namespace {

struct Served {
    dns::Bytes leaf = test::make_certificate(test::leaf_spec());
    dns::Bytes issuer = test::make_certificate(test::issuer_spec());
    dns::Bytes root = test::make_certificate(test::root_spec());
    dns::Bytes leaf_key = test::Key("key of mx.example").spki();
    dns::Bytes other_key = test::Key("another key").spki();
    tlsa::CertificateChain chain = {leaf, issuer, root};
};

ServedChain established(const tlsa::CertificateChain& chain, const std::string& address = "192.0.2.25") {
    return ServedChain{address, ServedChain::Tls::established, "", chain};
}

// An hour, two weeks, and a small answer: nothing to find.
PublishedService service(std::vector<dns::Bytes> records, std::vector<ServedChain> connections) {
    PublishedService out;
    out.host = "mx.example";
    out.owner = "_25._tcp.mx.example.";
    out.records = std::move(records);
    out.ttl = 3600;
    out.signature_seconds = 14 * 86'400;
    out.answer_octets = 250;
    out.names = {dns::Name::literal("mx.example.")};
    out.connections = std::move(connections);
    return out;
}

std::vector<Finding> findings(std::vector<PublishedService> services,
                              std::optional<tlsa::CertificateChain> next = std::nullopt) {
    LintRequest request;
    request.services = std::move(services);
    request.next_chain = std::move(next);
    request.now = test::now;
    return lint(request);
}
std::vector<Finding> findings(const PublishedService& one) { return findings(std::vector{one}); }

bool has(const std::vector<Finding>& all, std::string_view id, std::string_view rule) {
    for (const auto& finding : all)
        if (finding.id == id) {
            CHECK(finding.rule == rule);
            CHECK(finding.source.starts_with("RFC "));
            CHECK_FALSE(finding.text.empty());
            return true;
        }
    return false;
}
bool quiet(const std::vector<Finding>& all) {
    for (const auto& finding : all) UNSCOPED_INFO(finding.id << ": " << finding.text);
    return all.empty();
}

} // namespace

TEST_CASE("D-143 the records match what is served under each usage, selector and matching type (RFC 7671 §8)") {
    const Served s;
    const auto key = test::record(3, 1, 1, s.leaf_key), anchor = test::record(2, 0, 1, s.issuer);
    SECTION("obeys: 3 1 1 and 2 0 1, both of this chain") {
        CHECK(quiet(findings(service({key, anchor}, {established(s.chain)}))));
    }
    SECTION("breaks: 2 0 1 is of another authority") {
        const auto all = findings(service({key, test::record(2, 0, 1, s.leaf)}, {established(s.chain)}));
        CHECK(has(all, "combination-unmatched", "D-143"));
        CHECK_FALSE(has(all, "chain-unmatched", "D-201"));
        CHECK(all.front().severity == Severity::error);
    }
    SECTION("breaks: one of two addresses serves another certificate") {
        auto spec = test::leaf_spec();
        spec.key = "another key";
        const auto other = test::make_certificate(spec);
        const auto all = findings(service({key}, {established(s.chain), established({other}, "192.0.2.26")}));
        REQUIRE(has(all, "chain-unmatched", "D-201"));
        for (const auto& finding : all) CHECK(finding.where == "mx.example at 192.0.2.26");
    }
}

TEST_CASE("D-144 the next key is published before it is used, and the old record goes after (RFC 7671 §8.1)") {
    const Served s;
    auto spec = test::leaf_spec();
    spec.key = "another key";
    const tlsa::CertificateChain next = {test::make_certificate(spec), s.issuer, s.root};
    const auto current = test::record(3, 1, 1, s.leaf_key), future = test::record(3, 1, 1, s.other_key);
    SECTION("obeys: both records stand there, and the next chain may be used two TTLs later") {
        const auto all = findings({service({current, future}, {established(s.chain)})}, next);
        CHECK(has(all, "next-published", "D-144"));
        CHECK_FALSE(has(all, "next-not-published", "D-144"));
        for (const auto& finding : all) CHECK(finding.severity == Severity::advice);
    }
    SECTION("breaks: the next chain has no record yet") {
        const auto all = findings({service({current}, {established(s.chain)})}, next);
        CHECK(has(all, "next-not-published", "D-144"));
        CHECK(all.front().severity == Severity::error);
    }
    SECTION("breaks: a record beside the one that matches fits nothing: to come, or left behind") {
        CHECK(has(findings(service({current, future}, {established(s.chain)})), "record-unmatched", "D-144"));
        CHECK(quiet(findings(service({current}, {established(s.chain)}))));
    }
}

TEST_CASE("D-145 a change from DANE-EE to DANE-TA begins with records for the chain in use (RFC 7671 §8.2)") {
    const Served s;
    const auto key = test::record(3, 1, 1, s.leaf_key);
    SECTION("obeys: the server sends the authority's chain already") {
        CHECK(quiet(findings(service({key, test::record(2, 0, 1, s.issuer)}, {established(s.chain)}))));
    }
    SECTION("breaks: the authority is published before the server serves its chain") {
        auto spec = test::leaf_spec();
        spec.issuer = spec.subject;
        const auto self_signed = test::make_certificate(spec);
        const auto all = findings(service({key, test::record(2, 0, 1, s.issuer)}, {established({self_signed})}));
        CHECK(has(all, "usage-ahead-of-chain", "D-145"));
    }
}

TEST_CASE("D-146 SHA2-512 never stands without SHA2-256 (RFC 7671 §8.3)") {
    const Served s;
    const auto sha256 = test::record(3, 1, 1, s.leaf_key), sha512 = test::record(3, 1, 2, s.leaf_key);
    SECTION("obeys: both") { CHECK(quiet(findings(service({sha256, sha512}, {established(s.chain)})))); }
    SECTION("breaks: SHA2-512 alone") {
        CHECK(has(findings(service({sha512}, {established(s.chain)})), "sha512-alone", "D-146"));
    }
}

TEST_CASE("D-147 no TLSA records for a service without TLS (RFC 7672 §2.2)") {
    const Served s;
    const auto key = test::record(3, 1, 1, s.leaf_key);
    SECTION("obeys: STARTTLS is offered") { CHECK(quiet(findings(service({key}, {established(s.chain)})))); }
    SECTION("breaks: STARTTLS is not offered") {
        const ServedChain plain{"192.0.2.25", ServedChain::Tls::not_offered, "starttls-not-offered", {}};
        CHECK(has(findings(service({key}, {plain, plain})), "no-tls", "D-147"));
    }
    SECTION("breaks: the handshake fails") {
        const ServedChain failed{"192.0.2.25", ServedChain::Tls::failed, "tls-failed", {}};
        CHECK(has(findings(service({key}, {failed})), "handshake-failed", "D-147"));
    }
    SECTION("obeys: without records a server without TLS is its own affair") {
        const ServedChain plain{"192.0.2.25", ServedChain::Tls::not_offered, "starttls-not-offered", {}};
        CHECK(quiet(findings(service({}, {plain}))));
    }
}

TEST_CASE("D-148 a server with records of usage 2 sends the authority's certificate, even a root (RFC 7672 §3.1.2)") {
    const Served s;
    const auto anchor = test::record(2, 0, 1, s.root);
    SECTION("obeys: the root is sent") { CHECK(quiet(findings(service({anchor}, {established(s.chain)})))); }
    SECTION("breaks: the chain ends below the root") {
        CHECK(has(findings(service({anchor}, {established({s.leaf, s.issuer})})), "anchor-not-sent", "D-148"));
    }
}

TEST_CASE("D-150 a renewal keeps the key, or its record comes first (RFC 7671 §5.1)") {
    const Served s;
    const auto key = test::record(3, 1, 1, s.leaf_key);
    auto renewed = test::leaf_spec();
    renewed.not_after = "20280101000000Z";
    SECTION("obeys: the renewed certificate has the same key") {
        const auto all = findings({service({key}, {established(s.chain)})},
                                  tlsa::CertificateChain{test::make_certificate(renewed), s.issuer});
        CHECK_FALSE(has(all, "renewal-new-key", "D-150"));
        CHECK(has(all, "next-published", "D-144"));
    }
    SECTION("breaks: the renewal made a new key") {
        renewed.key = "another key";
        const auto all = findings({service({key}, {established(s.chain)})},
                                  tlsa::CertificateChain{test::make_certificate(renewed), s.issuer});
        CHECK(has(all, "renewal-new-key", "D-150"));
    }
    SECTION("breaks: 3 0 1 changes with every renewal") {
        CHECK(has(findings(service({test::record(3, 0, 1, s.leaf)}, {established(s.chain)})), "whole-certificate",
                  "D-150"));
    }
}

TEST_CASE("D-201 the chain that is served matches a record (RFC 7672 §8.1)") {
    const Served s;
    SECTION("obeys: one that matches") {
        CHECK(quiet(findings(service({test::record(3, 1, 1, s.leaf_key)}, {established(s.chain)}))));
    }
    SECTION("breaks: none") {
        const auto all = findings(service({test::record(3, 1, 1, s.other_key)}, {established(s.chain)}));
        CHECK(has(all, "chain-unmatched", "D-201"));
    }
    SECTION("breaks: the digest of no octets, as a script without its input publishes it") {
        const auto all = findings(
            service({test::record(3, 1, 1, dns::Bytes{}), test::record(3, 1, 1, s.leaf_key)}, {established(s.chain)}));
        CHECK(has(all, "digest-of-nothing", "D-201"));
    }
    SECTION("breaks: a placeholder") {
        dns::Bytes zeros = {3, 1, 1};
        zeros.resize(35);
        CHECK(has(findings(service({zeros}, {established(s.chain)})), "placeholder", "D-201"));
    }
}

TEST_CASE("D-202 STARTTLS is offered to everyone where TLSA records stand (RFC 7672 §9.2)") {
    const Served s;
    const auto key = test::record(3, 1, 1, s.leaf_key);
    const ServedChain without{"192.0.2.25", ServedChain::Tls::not_offered, "starttls-not-offered", {}};
    SECTION("obeys: in both sessions") {
        CHECK(quiet(findings(service({key}, {established(s.chain), established(s.chain)}))));
    }
    SECTION("breaks: in the second session alone") {
        const auto all = findings(service({key}, {without, established(s.chain)}));
        CHECK(has(all, "starttls-selective", "D-202"));
        CHECK_FALSE(has(all, "no-tls", "D-147"));
    }
    SECTION("breaks: at one of two addresses alone") {
        CHECK(has(findings(service({key}, {without, established(s.chain, "192.0.2.26")})), "starttls-selective",
                  "D-202"));
    }
}

TEST_CASE("D-203 3 1 1 or 2 0 1, and no usages 0 and 1 for mail (RFC 7672 §3.1)") {
    const Served s;
    const auto key = test::record(3, 1, 1, s.leaf_key);
    SECTION("obeys: 3 1 1") { CHECK(quiet(findings(service({key}, {established(s.chain)})))); }
    SECTION("breaks: usage 1 on port 25") {
        CHECK(has(findings(service({key, test::record(1, 1, 1, s.leaf_key)}, {established(s.chain)})), "usage-pkix",
                  "D-203"));
    }
    SECTION("obeys: usage 1 on port 443") {
        auto web = service({key, test::record(3, 1, 1, s.leaf_key)}, {established(s.chain)});
        web.records = {key};
        web.port = 443;
        CHECK(quiet(findings(web)));
    }
    SECTION("breaks: only what few publish") {
        CHECK(has(findings(service({test::record(3, 0, 2, s.leaf)}, {established(s.chain)})), "not-recommended",
                  "D-203"));
    }
}

TEST_CASE("D-204 no full data, no answer that needs fragments (RFC 7671 §10.1)") {
    const Served s;
    auto good = service({test::record(3, 1, 1, s.leaf_key), test::record(2, 0, 1, s.issuer)}, {established(s.chain)});
    SECTION("obeys: digests, and an answer of 1232 octets") {
        good.answer_octets = 1232;
        CHECK(quiet(findings(good)));
    }
    SECTION("breaks: an answer of one octet more") {
        good.answer_octets = 1233;
        CHECK(has(findings(good), "answer-too-large", "D-204"));
    }
    SECTION("breaks: a whole certificate in DNS") {
        good.records.push_back(test::record(3, 0, 0, s.leaf));
        CHECK(has(findings(good), "full-data", "D-204"));
    }
    SECTION("breaks: usage 2 by key") {
        good.records[1] = test::record(2, 1, 1, test::Key("key of Issuing CA").spki());
        CHECK(has(findings(good), "anchor-by-key", "D-204"));
    }
}

TEST_CASE("D-205 a digest is published for every key or for none (RFC 7671 §8.3)") {
    const Served s;
    const auto one = test::record(3, 1, 1, s.leaf_key), two = test::record(3, 1, 1, s.other_key);
    SECTION("obeys: both digests of both keys") {
        const auto all = findings(service(
            {one, two, test::record(3, 1, 2, s.leaf_key), test::record(3, 1, 2, s.other_key)}, {established(s.chain)}));
        CHECK_FALSE(has(all, "digests-uneven", "D-205"));
    }
    SECTION("breaks: SHA2-512 of one key alone") {
        const auto all = findings(service({one, two, test::record(3, 1, 2, s.other_key)}, {established(s.chain)}));
        CHECK(has(all, "digests-uneven", "D-205"));
    }
}

TEST_CASE("D-206 short TTLs, and signatures of days to weeks (RFC 7671 §13)") {
    const Served s;
    auto good = service({test::record(3, 1, 1, s.leaf_key)}, {established(s.chain)});
    SECTION("obeys: a day and a month") {
        good.ttl = 86'400;
        good.signature_seconds = 31 * 86'400;
        CHECK(quiet(findings(good)));
    }
    SECTION("breaks: a TTL of more than a day") {
        good.ttl = 86'401;
        CHECK(has(findings(good), "ttl-long", "D-206"));
    }
    SECTION("breaks: a signature of more than a month") {
        good.signature_seconds = 31 * 86'400 + 1;
        CHECK(has(findings(good), "signature-long", "D-206"));
    }
}

TEST_CASE("D-207 no shared records of usage 3 by alias for unlike servers, whole wildcards (RFC 7672 §2.2.3)") {
    const Served s;
    auto spec = test::leaf_spec();
    spec.key = "another key";
    const auto other = test::make_certificate(spec);
    const std::vector<dns::Bytes> records = {test::record(3, 1, 1, s.leaf_key), test::record(3, 1, 1, s.other_key)};
    auto first = service(records, {established(s.chain)}),
         second = service(records, {established(s.chain, "192.0.2.26")});
    first.alias_target = second.alias_target = "tlsa.example.";
    SECTION("obeys: both servers have the same key") {
        CHECK_FALSE(has(findings({first, second}), "shared-by-unlike", "D-207"));
    }
    SECTION("breaks: each server has a key of its own") {
        second.connections = {established({other, s.issuer, s.root}, "192.0.2.26")};
        CHECK(has(findings({first, second}), "shared-by-unlike", "D-207"));
    }
    spec = test::leaf_spec();
    SECTION("obeys: a wildcard that is a whole label") {
        spec.dns_ids = {"mx.example", "*.mail.example"};
        const tlsa::CertificateChain chain = {test::make_certificate(spec), s.issuer};
        CHECK(quiet(findings(service({test::record(2, 0, 1, s.issuer)}, {established(chain)}))));
    }
    SECTION("breaks: a wildcard within a label") {
        spec.dns_ids = {"mx.example", "mx*.mail.example"};
        const tlsa::CertificateChain chain = {test::make_certificate(spec), s.issuer};
        CHECK(has(findings(service({test::record(2, 0, 1, s.issuer)}, {established(chain)})), "wildcard-partial",
                  "D-207"));
    }
}

TEST_CASE(
    "tlsa check: records that no client can use, duplicates, and records without DNSSEC are told (RFC 6698 §4.1)") {
    const Served s;
    const auto key = test::record(3, 1, 1, s.leaf_key);
    CHECK(has(findings(service({key, {3, 1, 1, 7}}, {established(s.chain)})), "record-unusable", ""));
    CHECK(has(findings(service({key, {3, 9, 1, 7, 8}}, {established(s.chain)})), "record-unusable", ""));
    CHECK(has(findings(service({key, key}, {established(s.chain)})), "record-duplicate", ""));
    auto open = service({key}, {established(s.chain)});
    open.security = validator::Security::insecure;
    CHECK(has(findings(open), "records-not-secure", ""));
    const ServedChain away{"192.0.2.26", ServedChain::Tls::unreachable, "connection-refused", {}};
    CHECK(has(findings(service({key}, {established(s.chain), away})), "unreachable", ""));
}
