#include "validator/delegation.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/validator/test_zone.h"
#include "validator/crypto.h"

using namespace test;
using dns::DigestType;

namespace {

dns::SignedRrSet published(TestZone& zone, const std::vector<dns::Dnskey>& keys) {
    dns::RrSet set(zone.apex, RrType::DNSKEY, 3600, {});
    for (const auto& key : keys) set.rdata.push_back(key.build());
    return zone.sign(set);
}

validator::Vouchers vouched(TestZone& zone, std::vector<dns::Ds> ds) {
    return {zone.apex, std::move(ds), {}, false, validator::unlimited_life()};
}

std::string outcome_of(const validator::CutOutcome& outcome) {
    if (const auto* broken = std::get_if<validator::BrokenCut>(&outcome)) return first_reason(broken->reasons);
    return std::holds_alternative<validator::SecureCut>(outcome) ? "" : "not a key check's outcome";
}

} // namespace

TEST_CASE("delegation: a DS record vouches for a key of equal tag, algorithm and digest (RFC 4035 §5.2)") {
    TestZone zone("example.");
    const auto good = zones::make_ds(zone.apex, zone.key.dnskey(), DigestType::SHA256);
    const auto sha1 = zones::make_ds(zone.apex, zone.key.dnskey(), DigestType::SHA1);
    const auto sha384 = zones::make_ds(zone.apex, zone.key.dnskey(), DigestType::SHA384);
    const auto altered = [](dns::Ds ds, const std::function<void(dns::Ds&)>& change) {
        change(ds);
        return ds;
    };
    const auto wrong = altered(good, [](dns::Ds& ds) { ds.digest[0] ^= 1; });
    const auto other_tag = altered(good, [](dns::Ds& ds) { ++ds.key_tag; });
    const auto other_algorithm = altered(good, [](dns::Ds& ds) { ds.algorithm = dns::Algorithm::ED448; });
    const auto shorter = altered(good, [](dns::Ds& ds) { ds.digest.pop_back(); });
    const auto unknown_digest = altered(good, [](dns::Ds& ds) { ds.digest_type = static_cast<DigestType>(100); });
    const auto unknown_algorithm = altered(good, [](dns::Ds& ds) { ds.algorithm = dns::Algorithm::PRIVATEDNS; });
    struct Row {
        std::string about;
        std::vector<dns::Ds> ds;
        std::string reason;
    };
    const std::vector<Row> rows = {
        {"SHA-256", {good}, ""},
        {"SHA-1 alone", {sha1}, ""},
        {"SHA-384", {sha384}, ""},
        {"digest altered", {wrong}, "ds-digest-mismatch"},
        {"tag of no key", {other_tag}, "ds-no-matching-key"},
        {"algorithm of no key", {other_algorithm}, "ds-algorithm-not-in-dnskey"},
        {"digest too short", {shorter}, "ds-malformed"},
        {"one good among bad ones (RFC 6840 §5.11)", {wrong, other_tag, other_algorithm, good}, ""},
        {"unsupported ones are disregarded (RFC 6840 §5.2)", {unknown_digest, unknown_algorithm, good}, ""},
        {"SHA-1 is ignored beside SHA-256, even if only it matches (RFC 4509 §3)", {sha1, wrong}, "ds-digest-mismatch"},
        {"SHA-1 is ignored beside SHA-384",
         {sha1, altered(sha384, [](dns::Ds& ds) { ds.digest[0] ^= 1; })},
         "ds-digest-mismatch"},
        {"SHA-1 counts beside an unsupported SHA-256 one", {sha1, unknown_algorithm}, ""},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.about) {
            const auto vouchers = vouched(zone, row.ds);
            CHECK_FALSE(validator::insecure_by_algorithm(vouchers, zone.policy));
            CHECK(outcome_of(validator::authenticate_keys(vouchers, published(zone, {zone.key.dnskey()}),
                                                          zone.work())) == row.reason);
        }
    }
    SECTION("more DS records than the limit") {
        std::vector<dns::Ds> many(zone.policy.limits.ds_records, other_tag);
        many.push_back(good);
        const auto outcome =
            validator::authenticate_keys(vouched(zone, many), published(zone, {zone.key.dnskey()}), zone.work());
        const auto& reasons = std::get<validator::BrokenCut>(outcome).reasons;
        CHECK(reasons.back().code == validator::ReasonCode::budget_ds_records);
    }
}

TEST_CASE("delegation: only unsupported algorithms or digests make the zone insecure (RFC 4035 §5.2, RFC 6840 §5.2)") {
    TestZone zone("example.");
    const auto good = zones::make_ds(zone.apex, zone.key.dnskey(), DigestType::SHA256);
    auto unknown_digest = good, unknown_algorithm = good;
    unknown_digest.digest_type = DigestType::GOST94;
    unknown_algorithm.algorithm = dns::Algorithm::RSAMD5;
    const auto code = [&](std::vector<dns::Ds> ds) {
        const auto why = validator::insecure_by_algorithm(vouched(zone, std::move(ds)), zone.policy);
        return why ? std::string(validator::info(why->code).id) : std::string();
    };
    CHECK(code({unknown_algorithm}) == "zone-algorithms-unsupported");
    CHECK(code({unknown_digest}) == "zone-digests-unsupported");
    CHECK(code({unknown_algorithm, unknown_digest}) == "zone-digests-unsupported");
    CHECK(code({unknown_algorithm, good}).empty());
    CHECK(code({}).empty()); // DS records that cannot be read prove nothing
    for (const auto algorithm : {1, 3, 6, 12, 17, 23, 100, 253, 254}) {
        auto ds = good;
        ds.algorithm = static_cast<dns::Algorithm>(algorithm);
        CHECK(code({ds}) == (algorithm < 253 ? "zone-algorithms-unsupported" : "zone-algorithms-private"));
    }
}

TEST_CASE("delegation: the DNSKEY RRset must be signed by the key that is vouched for (RFC 4035 §5.2)") {
    TestZone zone("example.");
    const auto ds = zones::make_ds(zone.apex, zone.key.dnskey(), DigestType::SHA256);
    const auto zsk = zones::SigningKey::make(dns::Algorithm::ED25519, 256, 42, "zsk");
    const auto keys = published(zone, {zone.key.dnskey(), zsk.dnskey()});
    const auto by_zsk = [&] {
        auto set = keys;
        dns::Rrsig fields = zone.fields(set.set);
        fields.key_tag = zsk.tag();
        set.signatures = {zones::sign_rrset_as(set.set, fields, zsk).rdata};
        return set;
    }();
    const auto judge = [&](const dns::SignedRrSet& set) {
        return validator::authenticate_keys(vouched(zone, {ds}), set, zone.work());
    };
    SECTION("it is") {
        const auto outcome = judge(keys);
        REQUIRE(outcome_of(outcome).empty());
        const auto& cut = std::get<validator::SecureCut>(outcome);
        CHECK(cut.keys->keys().size() == 2);
        REQUIRE(cut.link.dnskey.size() == 2);
        CHECK(cut.link.dnskey[0].entry_point);
        CHECK_FALSE(cut.link.dnskey[1].entry_point);
    }
    SECTION("a ZSK's signature alone is not enough") {
        CHECK(outcome_of(judge(by_zsk)) == "dnskey-not-signed-by-ds-key");
    }
    SECTION("both signatures") {
        auto both = by_zsk;
        both.signatures.push_back(keys.signatures[0]);
        CHECK(outcome_of(judge(both)).empty());
    }
    SECTION("no signature") {
        auto none = keys;
        none.signatures.clear();
        CHECK(outcome_of(judge(none)) == "rrsig-missing");
    }
    SECTION("expired") {
        const auto late = zone.sign(
            keys.set, [](dns::Rrsig& r) { r.expiration = dns::SerialTime::of(dns::UnixTime{now.seconds - 1}); });
        CHECK(outcome_of(judge(late)) == "rrsig-expired");
    }
    SECTION("a key added after signing") {
        auto more = keys;
        more.set.rdata.push_back(zsk.with_flags(257).dnskey().build());
        CHECK(outcome_of(judge(more)) == "rrsig-bad-signature");
    }
}

TEST_CASE("delegation: keys that cannot vouch: no Zone Key flag, protocol, REVOKE, malformed (RFC 4034 §5.2, RFC 5011 "
          "§2.1)") {
    TestZone zone("example.");
    const auto judge = [&](const zones::SigningKey& key) {
        dns::RrSet set(zone.apex, RrType::DNSKEY, 3600, {key.dnskey().build()});
        dns::Rrsig fields = zone.fields(set);
        fields.key_tag = key.tag();
        dns::SignedRrSet signed_set;
        signed_set.set = set;
        signed_set.signature_ttl = 3600;
        signed_set.signatures = {zones::sign_rrset_as(set, fields, key).rdata};
        const auto ds = zones::make_ds(zone.apex, key.dnskey(), DigestType::SHA256);
        return outcome_of(validator::authenticate_keys(vouched(zone, {ds}), signed_set, zone.work()));
    };
    CHECK(judge(zone.key).empty());
    CHECK(judge(zone.key.with_flags(256)).empty()); // SEP has no say: RFC 6840 §6.2
    CHECK(judge(zone.key.with_flags(1)) == "dnskey-no-zone-flag");
    CHECK(judge(zone.key.with_protocol(2)) == "dnskey-bad-protocol");
    CHECK(judge(zone.key.with_flags(257 | 128)) == "dnskey-revoked");
    SECTION("octets that are no key") {
        dns::Dnskey broken = zone.key.dnskey();
        broken.public_key.pop_back();
        const auto keys = published(zone, {broken});
        auto signed_set = zone.sign(keys.set, [&](dns::Rrsig& r) { r.key_tag = broken.key_tag(); });
        const auto ds = zones::make_ds(zone.apex, broken, DigestType::SHA256);
        CHECK(outcome_of(validator::authenticate_keys(vouched(zone, {ds}), signed_set, zone.work())) ==
              "dnskey-malformed");
    }
}

TEST_CASE("delegation: anchors that are DNSKEYs (RFC 4035 §5)") {
    TestZone zone("example.");
    const auto judge = [&](const dns::Dnskey& anchor, const std::vector<dns::Dnskey>& keys) {
        const auto vouchers = validator::Vouchers::of(validator::TrustAnchor{zone.apex, {}, {anchor}});
        return outcome_of(validator::authenticate_keys(vouchers, published(zone, keys), zone.work()));
    };
    const auto other = zones::SigningKey::make(dns::Algorithm::ED25519, 257, 42, "other");
    CHECK(judge(zone.key.dnskey(), {zone.key.dnskey(), other.dnskey()}).empty());
    CHECK(judge(other.dnskey(), {zone.key.dnskey()}) == "anchor-no-matching-key");
    CHECK(judge(other.dnskey(), {zone.key.dnskey(), other.dnskey()}) == "dnskey-not-signed-by-ds-key");
    const auto revoked = other.with_flags(257 | 128);
    CHECK(judge(other.dnskey(), {zone.key.dnskey(), revoked.dnskey()}) == "dnskey-revoked");
}
