// V-227..V-236: keys that come back, are revoked and go; trust points that end (RFC 5011 §2.1, §4, §5, §8.1).
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/trust_point_world.h"

using namespace test;

namespace {

RollingZone following(const std::vector<std::string>& labels) {
    RollingZone zone("example.");
    zone.trust(labels);
    zone.probe(labels, {labels.front()});
    zone.pass(day);
    return zone;
}

} // namespace

TEST_CASE("V-227 a missing key that is seen again is valid (RFC 5011 §4)", "[rules][anchors]") {
    RollingZone zone = following({"b", "a"});
    zone.probe({"b"}, {"b"});
    REQUIRE(zone.state_of("a") == "MISSING");
    zone.pass(day);
    SECTION("obeys: KeyPres, without any hold-down") {
        const auto seen = zone.probe({"a", "b"}, {"b"});
        REQUIRE(seen.changes.size() == 1);
        CHECK(seen.changes[0].event == KeyEvent::key_pres);
        CHECK(zone.state_of("a") == "VALID");
    }
    SECTION("breaks: an RRset that does not validate brings nothing back") {
        zone.probe({"a", "b"}, {"b"}, spoil_signature(0));
        CHECK(zone.state_of("a") == "MISSING");
    }
}

TEST_CASE("V-228 REVOKE with the key's own signature revokes at once and for good (RFC 5011 §2.1, §3)",
          "[rules][anchors]") {
    RollingZone zone = following({"a", "b"});
    SECTION("obeys") {
        const auto seen = zone.probe({"a!", "b"}, {"a!", "b"});
        REQUIRE(seen.changes.size() == 1);
        CHECK(seen.changes[0].event == KeyEvent::rev_bit);
        CHECK(seen.changes[0].dnskey.is_revoked());
        CHECK_FALSE(zone.trusts("a"));
        zone.pass(day);
        zone.probe({"a", "b"}, {"a", "b"}); // without the flag again: too late
        CHECK(zone.state_of("a") == "REVOKED");
    }
    SECTION("obeys: also where nobody else has signed, as the key itself wants it") {
        const auto seen = zone.probe({"a!", "b"}, {"a!"});
        CHECK_FALSE(seen.validated);
        CHECK(zone.state_of("a") == "REVOKED");
        CHECK(zone.state_of("b") == "VALID");
    }
    SECTION("obeys: a missing key, and one that was configured as DS") {
        zone.probe({"b"}, {"b"});
        zone.pass(day);
        zone.probe({"a!", "b"}, {"a!", "b"});
        CHECK(zone.state_of("a") == "REVOKED");
        RollingZone fresh("example.");
        fresh.trust_ds({"a", "b"});
        fresh.probe({"a!", "b"}, {"a!", "b"});
        CHECK(fresh.state_of("a") == "REVOKED");
        CHECK(fresh.trusts("b"));
        CHECK(fresh.state.ds.empty());
    }
    SECTION("breaks: a pending key is not revoked but back at Start, its timer gone") {
        zone.probe({"a", "b", "c"}, {"a"});
        zone.pass(day);
        zone.probe({"a", "b", "c!"}, {"a", "c!"});
        CHECK(zone.state_of("c").empty());
    }
}

TEST_CASE("V-229 REVOKE without the key's own good signature revokes nothing (RFC 5011 §2.1, §4.1)",
          "[rules][anchors]") {
    RollingZone zone = following({"a", "b"});
    SECTION("obeys: with the signature it is revoked") {
        zone.probe({"a!", "b"}, {"a!", "b"});
        CHECK(zone.state_of("a") == "REVOKED");
    }
    SECTION("breaks: another anchor's signature is not enough; the key counts as missing") {
        zone.probe({"a!", "b"}, {"b"});
        CHECK(zone.state_of("a") == "MISSING");
        CHECK(zone.trusts("a"));
    }
    SECTION("breaks: nor is a bad one of its own") {
        zone.probe({"a!", "b"}, {"a!", "b"}, spoil_signature(0));
        CHECK(zone.state_of("a") == "MISSING");
    }
    SECTION("breaks: nor one that has expired") {
        auto set = zone.dnskeys({"a!", "b"}, {"a!", "b"});
        set.signatures[0] =
            zone.dnskeys({"a!", "b"}, {"a!"},
                         [&](dns::Rrsig& rrsig) { rrsig.expiration = dns::SerialTime::of({zone.clock.seconds - 1}); })
                .signatures[0];
        zone.take(set);
        CHECK(zone.state_of("a") == "MISSING");
    }
}

TEST_CASE("V-230 a revoked key is good only for the signature that proves it (RFC 5011 §2.1)", "[rules][anchors]") {
    RollingZone zone = following({"a", "b"});
    SECTION("obeys: the signature counts for the revocation") {
        zone.probe({"a!", "b"}, {"a!", "b"});
        CHECK(zone.state_of("a") == "REVOKED");
        CHECK(zone.state.failures == 0);
    }
    SECTION("breaks: dnskey-not-signed-by-ds-key, it authenticates nothing else in the RRset") {
        const auto seen = zone.probe({"a!", "b", "c"}, {"a!"});
        CHECK(first_reason(seen.reasons) == "dnskey-not-signed-by-ds-key");
        CHECK(zone.state_of("c").empty());
    }
    SECTION("breaks: not with the flag taken away again either") {
        zone.probe({"a!", "b"}, {"a!", "b"});
        zone.pass(day);
        const auto seen = zone.probe({"a", "b", "c"}, {"a"});
        CHECK_FALSE(seen.validated);
        CHECK(zone.state_of("c").empty());
    }
}

TEST_CASE("V-231 a revoked key gone for 30 days is removed and never an anchor again (RFC 5011 §2.4.2, §4.1, §4.2)",
          "[rules][anchors]") {
    RollingZone zone = following({"a", "b"});
    zone.probe({"a!", "b"}, {"a!", "b"});
    SECTION("obeys") {
        zone.keep_probing(28 * day, 7 * day, {"b"}, {"b"});
        CHECK(zone.state_of("a") == "REVOKED");
        zone.keep_probing(7 * day, 7 * day, {"b"}, {"b"});
        CHECK(zone.state_of("a") == "REMOVED");
        zone.keep_probing(70 * day, 10 * day, {"a", "b"}, {"b"});
        CHECK(zone.state_of("a") == "REMOVED");
        CHECK_FALSE(zone.trusts("a"));
    }
    SECTION("breaks: as long as it is published the time does not run") {
        zone.keep_probing(70 * day, 7 * day, {"a!", "b"}, {"a!", "b"});
        CHECK(zone.state_of("a") == "REVOKED");
    }
}

TEST_CASE("V-232 five SEP keys and more are followed at one trust point (RFC 5011 §2.4.3)", "[rules][anchors]") {
    const std::vector<std::string> ten{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    SECTION("obeys: ten, valid together") {
        RollingZone zone = following({"a"});
        zone.keep_probing(44 * day, 11 * day, ten, {"a"});
        for (const auto& label : ten) CHECK(zone.state_of(label) == "VALID");
    }
    SECTION("breaks: there is a bound, and what was known before stays") {
        RollingZone zone = following({"a"});
        zone.policy.most_keys = 5;
        zone.probe(ten, {"a"});
        CHECK(zone.state.keys.size() == 5);
        CHECK(zone.state_of("a") == "VALID");
    }
}

TEST_CASE("V-233 a trust point with all anchors revoked is as if never configured (RFC 5011 §5)", "[rules][anchors]") {
    RollingZone zone = following({"a", "b"});
    SECTION("obeys: no anchor is left, and nobody asks any more") {
        const auto seen = zone.probe({"a!", "b!"}, {"a!", "b!"});
        CHECK(seen.validated);
        CHECK(zone.state.gone);
        CHECK(validator::anchor_of(zone.state).dnskey.empty());
        CHECK_FALSE(validator::is_due(zone.state, {zone.clock.seconds + 100 * day}));
    }
    SECTION("obeys: names below it are judged under the superior trust point") {
        zone.probe({"a!", "b!"}, {"a!", "b!"});
        validator::TrustAnchors anchors;
        anchors.add({name("."), {zone.ds("c")}, {}});
        const auto left = validator::anchor_of(zone.state);
        if (!left.ds.empty() || !left.dnskey.empty()) anchors.add(left);
        CHECK(anchors.closest(name("www.example."))->zone == name("."));
    }
    SECTION("breaks: missing is not revoked") {
        zone.probe({"a!", "b"}, {"a!", "b"});
        zone.pass(day);
        CHECK_FALSE(zone.state.gone);
        CHECK(zone.trusts("b"));
    }
}

TEST_CASE("V-235 the automatic update can be switched off for one trust point (RFC 5011 §8.1)", "[rules][anchors]") {
    RollingZone zone = following({"a"});
    zone.pass(100 * day);
    SECTION("obeys") {
        zone.state.automatic = false;
        CHECK_FALSE(validator::is_due(zone.state, zone.clock));
        CHECK(zone.trusts("a"));
    }
    SECTION("breaks: while it is on, the point is asked") { CHECK(validator::is_due(zone.state, zone.clock)); }
}

TEST_CASE("V-236 keys of an old and a new algorithm are followed together (RFC 5011 §4)", "[rules][anchors]") {
    RollingZone old_keys = following({"a"});
    RollingZone new_keys("example.", {}, dns::Algorithm::ECDSAP256SHA256);
    const auto rolled = [&](const std::vector<std::string>& signers) {
        auto set = old_keys.dnskeys({"a"}, {});
        set.set.rdata.push_back(new_keys.key("n").dnskey().build());
        for (const std::string& label : signers) {
            const auto signer = label == "n" ? new_keys.key("n") : old_keys.key(label);
            dns::Rrsig rrsig = *dns::Rrsig::parse(old_keys.dnskeys({"a"}, {"a"}).signatures[0]);
            rrsig.algorithm = signer.dnskey().algorithm;
            rrsig.key_tag = signer.tag();
            set.signatures.push_back(zones::sign_rrset_as(set.set, rrsig, signer).rdata);
        }
        return set;
    };
    const auto state_of_new = [&] {
        for (const auto& key : old_keys.state.keys)
            if (key.dnskey == new_keys.key("n").dnskey()) return std::string(validator::to_text(key.state));
        return std::string();
    };
    SECTION("obeys: the new one becomes valid, and then signs alone") {
        for (int i = 0; i < 5; ++i) {
            old_keys.take(rolled({"a", "n"}));
            old_keys.pass(10 * day);
        }
        CHECK(state_of_new() == "VALID");
        CHECK(old_keys.take(rolled({"n"})).validated);
    }
    SECTION("breaks: rrsig-algorithm-unsupported, it is carried along but nothing can be verified with it") {
        std::erase(old_keys.rules.algorithms, dns::Algorithm::ECDSAP256SHA256);
        for (int i = 0; i < 5; ++i) {
            old_keys.take(rolled({"a", "n"}));
            old_keys.pass(10 * day);
        }
        CHECK(state_of_new() == "VALID");
        const auto seen = old_keys.take(rolled({"n"}));
        CHECK_FALSE(seen.validated);
        CHECK(std::any_of(seen.reasons.begin(), seen.reasons.end(), [](const validator::Reason& why) {
            return validator::info(why.code).id == "rrsig-algorithm-unsupported";
        }));
    }
}
