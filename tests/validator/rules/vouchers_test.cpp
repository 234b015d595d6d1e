// V-073 to V-091: from an anchor or a DS RRset to the keys of a zone.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"
#include "validator/crypto.h"

using namespace test;
using dns::Algorithm;
using dns::DigestType;
using validator::ReasonCode;

namespace {

// A zone with a KSK, which TestZone has, and a ZSK; its DNSKEY RRset is signed by either.
struct Keys {
    TestZone zone{"example."};
    zones::SigningKey zsk = zones::SigningKey::make(Algorithm::ED25519, 256, 42, "zsk");
    std::vector<dns::Dnskey> published{zone.key.dnskey(), zsk.dnskey()};

    dns::Ds ds(DigestType type = DigestType::SHA256) const {
        return zones::make_ds(zone.apex, zone.key.dnskey(), type);
    }
    dns::RrSet set() const {
        dns::RrSet result(zone.apex, RrType::DNSKEY, 3600, {});
        for (const auto& key : published) result.rdata.push_back(key.build());
        return result;
    }
    dns::SignedRrSet signed_by(const zones::SigningKey& key) const {
        dns::Rrsig fields = zone.fields(set());
        fields.key_tag = key.tag();
        return {set(), {zones::sign_rrset_as(set(), fields, key).rdata}, 3600};
    }
    // "" for a secure cut, else the first reason.
    std::string judge(const validator::Vouchers& vouchers, const dns::SignedRrSet& keys) {
        const auto outcome = validator::authenticate_keys(vouchers, keys, zone.work());
        const auto* broken = std::get_if<validator::BrokenCut>(&outcome);
        return broken == nullptr ? "" : first_reason(broken->reasons);
    }
    std::string judge_ds(std::vector<dns::Ds> records) {
        return judge({zone.apex, std::move(records), {}, false, validator::unlimited_life()}, signed_by(zone.key));
    }
    std::string judge_anchor(const dns::Dnskey& anchor, const zones::SigningKey& signer) {
        return judge(validator::Vouchers::of(validator::TrustAnchor{zone.apex, {}, {anchor}}), signed_by(signer));
    }
    // The reason of an insecure zone; "" where the keys are to be checked.
    std::string insecure(std::vector<dns::Ds> records) const {
        const auto why = validator::insecure_by_algorithm(
            {zone.apex, std::move(records), {}, false, validator::unlimited_life()}, zone.policy);
        return why ? std::string(validator::info(why->code).id) : "";
    }
};

dns::Ds altered(dns::Ds ds, const std::function<void(dns::Ds&)>& change) {
    change(ds);
    return ds;
}
dns::Ds with_algorithm(const dns::Ds& ds, int number) {
    return altered(ds, [&](auto& d) { d.algorithm = static_cast<Algorithm>(number); });
}

} // namespace

TEST_CASE("V-073 anchors: DS or DNSKEY, several for a name and for several names (RFC 4035 §4.4)", "[rules]") {
    Keys keys;
    const auto other = zones::SigningKey::make(Algorithm::ED25519, 257, 42, "other");
    SECTION("obeys: one good anchor among several is enough") {
        validator::TrustAnchors anchors;
        anchors.add({keys.zone.apex, {}, {other.dnskey()}});
        anchors.add({keys.zone.apex, {keys.ds()}, {}});
        anchors.add({name("elsewhere."), {keys.ds()}, {}});
        CHECK(anchors.all().size() == 2);
        CHECK(keys.judge(validator::Vouchers::of(*anchors.closest(name("www.example."))), keys.signed_by(keys.zone.key))
                  .empty());
    }
    SECTION("breaks: a configuration without any is refused") {
        CHECK_FALSE(validator::TrustAnchors::from_zone_file("; nothing but a remark\n"));
        CHECK_FALSE(validator::TrustAnchors::from_zone_file(". A 192.0.2.1\n"));
    }
}

TEST_CASE("V-074 an anchor that is a DNSKEY is in the DNSKEY RRset, with the Zone Key flag (RFC 4035 §5)", "[rules]") {
    Keys keys;
    SECTION("obeys") { CHECK(keys.judge_anchor(keys.zone.key.dnskey(), keys.zone.key).empty()); }
    SECTION("breaks: anchor-no-matching-key where it is not there") {
        const auto other = zones::SigningKey::make(Algorithm::ED25519, 257, 42, "other");
        CHECK(keys.judge_anchor(other.dnskey(), other) == "anchor-no-matching-key");
    }
    SECTION("breaks: dnskey-no-zone-flag where the flag lacks") {
        const auto plain = keys.zone.key.with_flags(1);
        keys.published = {plain.dnskey()};
        CHECK(keys.judge_anchor(plain.dnskey(), plain) == "dnskey-no-zone-flag");
    }
}

TEST_CASE("V-075 the DNSKEY RRset under an anchor is signed by the anchor's key (RFC 4035 §5)", "[rules]") {
    Keys keys;
    SECTION("obeys") { CHECK(keys.judge_anchor(keys.zone.key.dnskey(), keys.zone.key).empty()); }
    SECTION("breaks: dnskey-not-signed-by-ds-key where another key of the zone signed") {
        CHECK(keys.judge_anchor(keys.zone.key.dnskey(), keys.zsk) == "dnskey-not-signed-by-ds-key");
    }
}

TEST_CASE("V-076 the DNSKEY RRset under a DS is signed by a key that the DS matches (RFC 4035 §5.2)", "[rules]") {
    Keys keys;
    const validator::Vouchers vouchers{keys.zone.apex, {keys.ds()}, {}, false, validator::unlimited_life()};
    SECTION("obeys") { CHECK(keys.judge(vouchers, keys.signed_by(keys.zone.key)).empty()); }
    SECTION("breaks: dnskey-not-signed-by-ds-key where the ZSK alone signed") {
        CHECK(keys.judge(vouchers, keys.signed_by(keys.zsk)) == "dnskey-not-signed-by-ds-key");
    }
    SECTION("breaks: rrsig-missing where nobody signed (EDE 10 first)") {
        CHECK(keys.judge(vouchers, {keys.set(), {}, 0}) == "rrsig-missing");
    }
}

TEST_CASE("V-077 a DNSKEY counts only once its own RRset is authentic (RFC 4035 §5.3.1)", "[rules]") {
    const auto tree = build({zone("example.", "www A 192.0.2.1\n")});
    const auto question = ask("www.example.", RrType::A);
    const auto keys = ask("example.", RrType::DNSKEY);
    SECTION("obeys") { CHECK(verdict_of(tree, question).security == Security::secure); }
    SECTION("breaks: rrsig-bad-signature where a key was slipped into the RRset, though it signed the answer well") {
        const auto forger = zones::SigningKey::make(Algorithm::ECDSAP256SHA256, 256, 7, "forger");
        const auto forged = rrset("www.example.", RrType::A, {"203.0.113.66"});
        const Edits edits{{keys,
                           [&](dns::Message& m) {
                               m.answer.emplace_back(name("example."), RrType::DNSKEY, 3600, forger.dnskey().build());
                           }},
                          {question, [&](dns::Message& m) {
                               m.answer = forged.records();
                               m.answer.push_back(zones::sign_rrset(forged, name("example."), forger,
                                                                    dns::UnixTime{now.seconds - 60},
                                                                    dns::UnixTime{now.seconds + 60}));
                           }}};
        const auto verdict = verdict_of(tree, question, edits);
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-078 a DS matches by tag, algorithm and digest (RFC 4035 §5.2)", "[rules]") {
    Keys keys;
    SECTION("obeys") { CHECK(keys.judge_ds({keys.ds()}).empty()); }
    SECTION("breaks: each of the three on its own") {
        CHECK(keys.judge_ds({altered(keys.ds(), [](auto& d) { ++d.key_tag; })}) == "ds-no-matching-key");
        CHECK(keys.judge_ds({with_algorithm(keys.ds(), 13)}) == "ds-algorithm-not-in-dnskey");
        CHECK(keys.judge_ds({altered(keys.ds(), [](auto& d) { d.digest[31] ^= 1; })}) == "ds-digest-mismatch");
    }
}

TEST_CASE("V-079 the DS digest is over the lowercase owner name and the DNSKEY RDATA (RFC 4034 §5.1.4)", "[rules]") {
    Keys keys;
    const auto rdata = keys.zone.key.dnskey().build();
    SECTION("obeys: the owner's letters do not matter") {
        CHECK(validator::ds_digest(DigestType::SHA256, name("EXAMPLE."), rdata) == keys.ds().digest);
        keys.zone.apex = name("EXAMPLE.");
        CHECK(keys.judge_ds({keys.ds()}).empty());
    }
    SECTION("breaks: ds-digest-mismatch for the digest with another owner") {
        const auto other = *validator::ds_digest(DigestType::SHA256, name("sub.example."), rdata);
        CHECK(keys.judge_ds({altered(keys.ds(), [&](auto& d) { d.digest = other; })}) == "ds-digest-mismatch");
    }
}

TEST_CASE("V-080 a DS that matches a key without the Zone Key flag is of no use (RFC 4034 §5.2)", "[rules]") {
    Keys keys;
    SECTION("obeys") { CHECK(keys.judge_ds({keys.ds()}).empty()); }
    SECTION("breaks: dnskey-no-zone-flag, then ds-no-matching-key (EDE 11, 9)") {
        keys.zone.key = keys.zone.key.with_flags(1);
        keys.published = {keys.zone.key.dnskey()};
        CHECK(keys.judge_ds({keys.ds()}) == "dnskey-no-zone-flag");
    }
}

TEST_CASE("V-081 a DS that matches a key of another Protocol is of no use (RFC 4034 §2.1.2)", "[rules]") {
    Keys keys;
    SECTION("obeys") { CHECK(keys.judge_ds({keys.ds()}).empty()); }
    SECTION("breaks: dnskey-bad-protocol") {
        keys.zone.key = keys.zone.key.with_protocol(2);
        keys.published = {keys.zone.key.dnskey()};
        CHECK(keys.judge_ds({keys.ds()}) == "dnskey-bad-protocol");
    }
}

TEST_CASE("V-082 a revoked key is no entry point; the zone's other keys are untouched (RFC 5011 §2.1)", "[rules]") {
    Keys keys;
    const auto unrevoked = keys.zone.key.dnskey();
    const auto revoked = keys.zone.key.with_flags(257 | dns::Dnskey::revoke_flag);
    SECTION("obeys: another key vouched for signs, and the revoked one stands beside it") {
        keys.published.push_back(zones::SigningKey::make(Algorithm::ED25519, 257, 42, "old")
                                     .with_flags(257 | dns::Dnskey::revoke_flag)
                                     .dnskey());
        CHECK(keys.judge_ds({keys.ds()}).empty());
    }
    SECTION("breaks: dnskey-revoked, under a DS and under an anchor for the key as it was") {
        keys.zone.key = revoked;
        keys.published = {revoked.dnskey()};
        CHECK(keys.judge_ds({keys.ds()}) == "dnskey-revoked");
        CHECK(keys.judge_anchor(unrevoked, revoked) == "dnskey-revoked");
    }
}

TEST_CASE("V-083 a digest that is too long or too short for its type is unusable (RFC 4509 §2, RFC 6605 §2)",
          "[rules]") {
    Keys keys;
    for (const auto type : {DigestType::SHA1, DigestType::SHA256, DigestType::SHA384}) {
        SECTION("obeys: " + dns::to_text(type)) { CHECK(keys.judge_ds({keys.ds(type)}).empty()); }
        SECTION("breaks: ds-malformed: " + dns::to_text(type)) {
            CHECK(keys.judge_ds({altered(keys.ds(type), [](auto& d) { d.digest.pop_back(); })}) == "ds-malformed");
            CHECK(keys.judge_ds({altered(keys.ds(type), [](auto& d) { d.digest.push_back(0); })}) == "ds-malformed");
        }
    }
}

TEST_CASE("V-084 digest types 1, 2 and 4 are computed (RFC 8624 §3.3)", "[rules]") {
    Keys keys;
    SECTION("obeys") {
        for (const auto type : {DigestType::SHA1, DigestType::SHA256, DigestType::SHA384})
            CHECK(keys.judge_ds({keys.ds(type)}).empty());
    }
    SECTION("breaks: zone-digests-unsupported for 3 and unknown ones") {
        for (const int type : {3, 5, 100})
            CHECK(keys.insecure({altered(keys.ds(), [&](auto& d) {
                d.digest_type = static_cast<DigestType>(type);
            })}) == "zone-digests-unsupported");
    }
}

TEST_CASE("V-085 SHA-1 is ignored beside SHA-256 or SHA-384, even where only it matches (RFC 4509 §3)", "[rules]") {
    Keys keys;
    const auto sha1 = keys.ds(DigestType::SHA1);
    SECTION("obeys: alone it counts, and beside a digest type that is not supported") {
        CHECK(keys.judge_ds({sha1}).empty());
        CHECK(keys.judge_ds({sha1, altered(keys.ds(), [](auto& d) { d.digest_type = DigestType::GOST94; })}).empty());
    }
    SECTION("breaks: ds-digest-mismatch of the stronger one") {
        for (const auto type : {DigestType::SHA256, DigestType::SHA384})
            CHECK(keys.judge_ds({sha1, altered(keys.ds(type), [](auto& d) { d.digest[0] ^= 1; })}) ==
                  "ds-digest-mismatch");
    }
}

TEST_CASE("V-086 DS records of unsupported algorithm or digest are disregarded (RFC 6840 §5.2)", "[rules]") {
    Keys keys;
    const auto foreign = with_algorithm(keys.ds(), 100);
    SECTION("obeys: the others count") {
        CHECK(keys.insecure({foreign, keys.ds()}).empty());
        CHECK(keys.judge_ds({foreign, keys.ds()}).empty());
    }
    SECTION("breaks: they do not save a zone whose supported DS fails (ds-digest-mismatch)") {
        const auto wrong = altered(keys.ds(), [](auto& d) { d.digest[0] ^= 1; });
        CHECK(keys.insecure({foreign, wrong}).empty());
        CHECK(keys.judge_ds({foreign, wrong}) == "ds-digest-mismatch");
    }
}

TEST_CASE("V-087 only unsupported algorithms in the DS RRset: the zone is insecure (RFC 4035 §5.2)", "[rules]") {
    Keys keys;
    SECTION("obeys") { CHECK(keys.insecure({keys.ds()}).empty()); }
    SECTION("breaks: zone-algorithms-unsupported (EDE 1)") {
        for (const int number : {1, 3, 6, 12, 100, 200})
            CHECK(keys.insecure({with_algorithm(keys.ds(), number)}) == "zone-algorithms-unsupported");
    }
}

TEST_CASE("V-088 only unsupported digest types in the DS RRset: the zone is insecure (RFC 6840 §5.2)", "[rules]") {
    Keys keys;
    const auto unknown = altered(keys.ds(), [](auto& d) { d.digest_type = static_cast<DigestType>(100); });
    SECTION("obeys") { CHECK(keys.insecure({unknown, keys.ds()}).empty()); }
    SECTION("breaks: zone-digests-unsupported (EDE 2)") {
        CHECK(keys.insecure({unknown}) == "zone-digests-unsupported");
    }
}

TEST_CASE("V-089 only private algorithms, of which none is supported: the zone is insecure (RFC 6840 §5.3)",
          "[rules]") {
    Keys keys;
    SECTION("obeys: another algorithm beside them counts") {
        CHECK(keys.insecure({with_algorithm(keys.ds(), 253), keys.ds()}).empty());
        CHECK(keys.judge_ds({with_algorithm(keys.ds(), 253), keys.ds()}).empty());
    }
    SECTION("breaks: zone-algorithms-private (EDE 1)") {
        CHECK(keys.insecure({with_algorithm(keys.ds(), 253), with_algorithm(keys.ds(), 254)}) ==
              "zone-algorithms-private");
    }
}

TEST_CASE("V-091 a DS of a known algorithm that no DNSKEY has: bogus (RFC 4035 §5.2)", "[rules]") {
    Keys keys;
    SECTION("obeys") { CHECK(keys.judge_ds({keys.ds()}).empty()); }
    SECTION("breaks: ds-algorithm-not-in-dnskey (EDE 9)") {
        CHECK(keys.insecure({with_algorithm(keys.ds(), 8)}).empty());
        CHECK(keys.judge_ds({with_algorithm(keys.ds(), 8)}) == "ds-algorithm-not-in-dnskey");
        CHECK(validator::info(ReasonCode::ds_algorithm_not_in_dnskey).ede == dns::EdeCode::dnskey_missing);
    }
}
