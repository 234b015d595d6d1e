// Reasons, anchors, policy, evidence, key cache: the parts that others build on.
#include <catch2/catch_test_macros.hpp>

#include <set>

#include "resolver/dns/text.h"
#include "tests/validator/test_zone.h"
#include "validator/key_cache.h"

using namespace test;
using validator::ReasonCode;

TEST_CASE("reason: every row has an id, a sentence, a section and blanks that can be filled in") {
    std::set<std::string_view> ids;
    for (const auto& row : validator::all_reasons()) {
        INFO(row.id);
        CHECK(ids.insert(row.id).second);
        CHECK(row.id.find('_') == std::string_view::npos);
        CHECK(row.rfc.starts_with("RFC "));
        CHECK(validator::reason_from_id(row.id) == row.code);
        CHECK(validator::info(row.code).id == row.id);
        validator::Reason reason(row.code, name("a.example."), RrType::A);
        reason.zone = name("example.");
        reason.detail = "detail";
        reason.resolver = "192.0.2.53";
        const std::string text = validator::to_text(reason, now);
        CHECK_FALSE(text.empty());
        CHECK(text.find_first_of("{}") == std::string::npos);
    }
    CHECK(ids.size() == static_cast<std::size_t>(ReasonCode::clock_suspect) + 1);
    CHECK_FALSE(validator::reason_from_id("no-such-reason"));
}

TEST_CASE("reason: the sentence names place, key and dates") {
    validator::Reason reason(ReasonCode::rrsig_expired, name("mx.example."), RrType::A);
    reason.key_tag = 4711;
    reason.algorithm = dns::Algorithm::ED25519;
    reason.window = validator::SignatureWindow{dns::SerialTime::of(*dns::from_rfc3339("2026-01-01T00:00:00Z")),
                                               dns::SerialTime::of(*dns::from_rfc3339("2026-02-01T00:00:00Z"))};
    CHECK(validator::to_text(reason, now) ==
          "mx.example. A: the signature by 4711/ED25519 expired at 2026-02-01T00:00:00Z; it is 2026-06-15T12:00:00Z");
    CHECK(validator::info(reason.code).ede == dns::EdeCode::signature_expired);
}

TEST_CASE("anchors: the built-in ones are KSK-2017 and KSK-2024 of the root") {
    const auto anchors = validator::TrustAnchors::built_in();
    const auto* root = anchors.closest(name("mail.example."));
    REQUIRE(root != nullptr);
    CHECK(root->zone.is_root());
    REQUIRE(root->ds.size() == 2);
    CHECK(root->ds[0].key_tag == 20326);
    CHECK(root->ds[1].key_tag == 38696);
    for (const auto& ds : root->ds) CHECK(ds.digest.size() == 32);
}

TEST_CASE("anchors: zone files of DS and DNSKEY lines; the closest one counts (RFC 4035 §4.4)") {
    const auto anchors = validator::TrustAnchors::from_zone_file(
        "; comment\n. 172800 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= ; as unbound writes it\n"
        "example. IN DS 1 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
        "example. DS 2 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n");
    REQUIRE(anchors);
    CHECK(anchors->all().size() == 2);
    CHECK(anchors->closest(name("a.b.example."))->ds.size() == 2);
    CHECK(anchors->closest(name("example."))->zone == name("example."));
    CHECK(anchors->closest(name("badexample."))->zone.is_root());
    CHECK(validator::TrustAnchors{}.closest(name("example.")) == nullptr);
    const auto line_of = [](std::string_view text) {
        const auto bad = validator::TrustAnchors::from_zone_file(text);
        return bad ? -1 : static_cast<int>(bad.error().line);
    };
    CHECK(line_of(". IN DS 1 8 2 00\n. IN DS what\n") == 2);
    CHECK(line_of(". IN A 192.0.2.1\n") == 0);
    CHECK(line_of("") == 0);
}

TEST_CASE("policy: what each profile supports") {
    using validator::AlgorithmProfile;
    using validator::Policy;
    const Policy normal = Policy::of(AlgorithmProfile::rfc9904), strict = Policy::of(AlgorithmProfile::strict);
    for (const int algorithm : {5, 7, 8, 10, 13, 14, 15, 16}) {
        CHECK(normal.supports(static_cast<dns::Algorithm>(algorithm)));
        CHECK(strict.supports(static_cast<dns::Algorithm>(algorithm)) == (algorithm > 7));
    }
    for (const int algorithm : {0, 1, 3, 6, 12, 17, 23, 253, 254})
        CHECK_FALSE(normal.supports(static_cast<dns::Algorithm>(algorithm)));
    CHECK(normal.supports(dns::DigestType::SHA1));
    CHECK_FALSE(strict.supports(dns::DigestType::SHA1));
    CHECK_FALSE(normal.supports(dns::DigestType::GOST94));
}

TEST_CASE("evidence: the first response to a question stays; letter case does not matter") {
    validator::Evidence evidence;
    const auto question = ask("www.example.", RrType::A);
    CHECK(evidence.find(question) == nullptr);
    evidence.supply(question, validator::NoAnswer{validator::NoAnswerCause::timeout, {}});
    evidence.supply(ask("WWW.example.", RrType::A), validator::NoAnswer{validator::NoAnswerCause::servfail, {}});
    REQUIRE(evidence.find(question) != nullptr);
    CHECK(std::get<validator::NoAnswer>(*evidence.find(question)).cause == validator::NoAnswerCause::timeout);
    CHECK(evidence.size() == 1);
}

TEST_CASE("key cache: bounded, least recently used goes first, nothing outlives its time") {
    validator::KeyCache cache(2);
    const validator::NoCut no_cut{validator::unlimited_life()};
    const auto later = dns::UnixTime{now.seconds + 60};
    cache.store(name("a."), no_cut, later);
    cache.store(name("b."), no_cut, later);
    CHECK(cache.find(name("A."), now) != nullptr);
    cache.store(name("c."), no_cut, later);
    CHECK(cache.size() == 2);
    CHECK(cache.find(name("b."), now) == nullptr);
    CHECK(cache.find(name("a."), now) != nullptr);
    CHECK(cache.find(name("a."), later) == nullptr);
    CHECK(cache.size() == 1);
    validator::KeyCache none(0);
    none.store(name("a."), no_cut, later);
    CHECK(none.size() == 0);
}

TEST_CASE("crypto: public keys out of shape are refused (RFC 3110 §2, RFC 5702 §2, RFC 6605 §4, RFC 8080 §3)") {
    using dns::Algorithm;
    const auto loads = [](Algorithm algorithm, dns::Bytes octets) {
        dns::Dnskey key;
        key.flags = 257;
        key.algorithm = algorithm;
        key.public_key = std::move(octets);
        return static_cast<bool>(validator::load_public_key(key));
    };
    const auto rsa = [](std::size_t modulus_octets, dns::Bytes exponent, std::uint8_t first = 0xc1) {
        dns::Bytes octets{static_cast<std::uint8_t>(exponent.size())};
        octets.insert(octets.end(), exponent.begin(), exponent.end());
        dns::Bytes modulus(modulus_octets, 0x5b);
        modulus.front() = first;
        modulus.back() |= 1;
        octets.insert(octets.end(), modulus.begin(), modulus.end());
        return octets;
    };
    CHECK(loads(Algorithm::RSASHA256, rsa(128, {1, 0, 1})));
    CHECK(loads(Algorithm::RSASHA256, rsa(64, {1, 0, 1})));
    CHECK(loads(Algorithm::RSASHA256, rsa(512, {3})));
    CHECK(loads(Algorithm::RSASHA256, rsa(256, {1, 0, 0, 0, 1})));       // 2^32 + 1
    CHECK_FALSE(loads(Algorithm::RSASHA256, rsa(256, {1, 0, 0, 0, 3}))); // above
    CHECK_FALSE(loads(Algorithm::RSASHA256, rsa(256, {1})));
    CHECK_FALSE(loads(Algorithm::RSASHA256, rsa(256, {1, 0, 0})));    // even
    CHECK_FALSE(loads(Algorithm::RSASHA256, rsa(256, {0, 1, 0, 1}))); // leading zero
    CHECK_FALSE(loads(Algorithm::RSASHA256, rsa(128, {1, 0, 1}, 0))); // leading zero
    CHECK_FALSE(loads(Algorithm::RSASHA256, rsa(63, {1, 0, 1})));
    CHECK_FALSE(loads(Algorithm::RSASHA256, rsa(513, {1, 0, 1})));
    CHECK_FALSE(loads(Algorithm::RSASHA512, rsa(64, {1, 0, 1})));
    for (const dns::Bytes& broken :
         {dns::Bytes{}, dns::Bytes{0}, dns::Bytes{0, 0}, dns::Bytes{3, 1, 0, 1}, dns::Bytes{0, 0xff, 0xff, 1}})
        CHECK_FALSE(loads(Algorithm::RSASHA256, broken));
    CHECK_FALSE(loads(Algorithm::ECDSAP256SHA256, dns::Bytes(64, 1))); // not on the curve
    CHECK_FALSE(loads(Algorithm::ECDSAP256SHA256, dns::Bytes(64, 0))); // the point at infinity has no such form
    CHECK_FALSE(loads(Algorithm::ECDSAP256SHA256, dns::Bytes(65, 4)));
    CHECK_FALSE(loads(Algorithm::ED25519, dns::Bytes(31, 1)));
    CHECK_FALSE(loads(Algorithm::ED448, dns::Bytes(56, 1)));
    CHECK_FALSE(loads(Algorithm::MLDSA44, dns::Bytes(1311, 1)));
    CHECK_FALSE(loads(Algorithm::RSAMD5, rsa(128, {1, 0, 1})));
}
