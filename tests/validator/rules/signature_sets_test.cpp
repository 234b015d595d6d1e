// V-053 to V-055, V-065 to V-069: several signatures, strayed ones, too many, and none.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;
using dns::Algorithm;
using validator::ReasonCode;

namespace {

const dns::RrSet address = rrset("www.example.", RrType::A, {"192.0.2.1"});
const auto www = ask("www.example.", RrType::A);

dns::Bytes bad_signature(const TestZone& zone, std::uint8_t bit) {
    return zone.rrsig(address, {}, [&](auto& r) { r.signature[8] ^= bit; });
}

zones::Hierarchy small_tree() { return build({zone("example.", "www A 192.0.2.1\nother A 192.0.2.2\n")}); }

} // namespace

TEST_CASE("V-053 one valid RRSIG suffices; bogus only when all fail (RFC 6840 §5.4)", "[rules]") {
    TestZone zone("example.");
    dns::SignedRrSet set{address, {bad_signature(zone, 1), bad_signature(zone, 2)}, 3600};
    SECTION("obeys") {
        set.signatures.push_back(zone.rrsig(address));
        CHECK(why_not(zone, set).empty());
    }
    SECTION("breaks: rrsig-bad-signature where all fail") { CHECK(why_not(zone, set) == "rrsig-bad-signature"); }
}

TEST_CASE("V-054 of several algorithms in the DS RRset one valid path suffices (RFC 6840 §5.11)", "[rules]") {
    TestZone zone("example.");
    const auto other = zones::SigningKey::make(Algorithm::ECDSAP256SHA256, 257, 42, "other");
    const auto good = zones::make_ds(zone.apex, zone.key.dnskey(), dns::DigestType::SHA256);
    const auto lost = zones::make_ds(zone.apex, other.dnskey(), dns::DigestType::SHA256);
    const auto judge = [&](std::vector<dns::Ds> ds) {
        const validator::Vouchers vouchers{zone.apex, std::move(ds), {}, false, validator::unlimited_life()};
        const auto keys = zone.sign(dns::RrSet(zone.apex, RrType::DNSKEY, 3600, {zone.key.dnskey().build()}));
        return validator::authenticate_keys(vouchers, keys, zone.work());
    };
    SECTION("obeys: the other algorithm has neither key nor signature") {
        CHECK(std::holds_alternative<validator::SecureCut>(judge({lost, good})));
        CHECK(std::holds_alternative<validator::SecureCut>(judge({good, lost})));
    }
    SECTION("breaks: ds-algorithm-not-in-dnskey where no path is left") {
        const auto outcome = judge({lost});
        CHECK(first_reason(std::get<validator::BrokenCut>(outcome).reasons) == "ds-algorithm-not-in-dnskey");
    }
}

TEST_CASE("V-055 of several algorithms in the DNSKEY RRset not all must have signed (RFC 6840 §5.11)", "[rules]") {
    TestZone zone("example.");
    const auto other = zones::SigningKey::make(Algorithm::ECDSAP256SHA256, 256, 42, "other");
    zone.authenticate({zone.key.dnskey(), other.dnskey()}); // signed by the first alone
    SECTION("obeys") { CHECK(why_not(zone, zone.sign(address)).empty()); }
    SECTION("breaks: rrsig-missing where none has") { CHECK(why_not(zone, {address, {}, 0}) == "rrsig-missing"); }
}

TEST_CASE("V-056 that all algorithms have signed is a question for troubleshooting only (RFC 6840 §5.11)", "[rules]") {
    TestZone zone("example.");
    const auto ds = zones::make_ds(zone.apex, zone.key.dnskey(), dns::DigestType::SHA256);
    auto second = ds;
    second.algorithm = Algorithm::ECDSAP256SHA256;
    const auto judge = [&] {
        const validator::Vouchers vouchers{zone.apex, {ds, second}, {}, false, validator::unlimited_life()};
        const auto keys = zone.sign(dns::RrSet(zone.apex, RrType::DNSKEY, 3600, {zone.key.dnskey().build()}));
        return validator::authenticate_keys(vouchers, keys, zone.work());
    };
    SECTION("obeys: off by default") {
        CHECK_FALSE(default_policy().require_all_algorithms);
        CHECK(std::holds_alternative<validator::SecureCut>(judge()));
    }
    SECTION("breaks: rrsig-algorithm-missing where the policy asks for it") {
        zone.policy.require_all_algorithms = true;
        const auto outcome = judge();
        REQUIRE(std::holds_alternative<validator::BrokenCut>(outcome));
        CHECK(first_reason(std::get<validator::BrokenCut>(outcome).reasons) == "rrsig-algorithm-missing");
    }
}

TEST_CASE("V-065 an RRSIG in another section is joined by owner, class and type", "[rules]") {
    const auto tree = small_tree();
    const auto move_to = [](std::vector<dns::Record> dns::Message::*section, std::string_view owner) {
        return [=](dns::Message& m) {
            for (dns::Record record : m.answer) {
                if (record.type != RrType::RRSIG) continue;
                record.owner = name(owner);
                (m.*section).push_back(record);
            }
            drop(m.answer, RrType::RRSIG);
        };
    };
    SECTION("obeys") {
        for (const auto section : {&dns::Message::additional, &dns::Message::authority})
            CHECK(verdict_of(tree, www, {{www, move_to(section, "www.example.")}}).security == Security::secure);
    }
    SECTION("breaks: rrsig-missing where it strayed under another name as well") {
        const auto verdict = verdict_of(tree, www, {{www, move_to(&dns::Message::additional, "ww.example.")}});
        CHECK(root_cause(verdict) == "rrsig-missing");
    }
}

TEST_CASE("V-066 a record under a wrong owner in ANSWER is not used (RFC 4035 §5.3.1)", "[rules]") {
    const auto tree = small_tree();
    SECTION("obeys: beside the answer it does no harm, and is not given out") {
        const auto verdict = verdict_of(tree, www, {{www, [](dns::Message& m) {
                                                         m.answer.push_back(record("x.example.", RrType::A, "1.2.3.4"));
                                                     }}});
        CHECK(verdict.security == Security::secure);
        REQUIRE(verdict.answer.size() == 1);
        CHECK(verdict.answer[0].set.owner == www.name);
    }
    SECTION("breaks: nsec-missing where it is all that came") {
        const auto verdict = verdict_of(tree, www, {{www, [](dns::Message& m) {
                                                         for (auto& r : m.answer) r.owner = name("x.example.");
                                                     }}});
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::nsec_missing));
    }
}

TEST_CASE("V-067 more RRSIGs than the budget: the first are tried, the work is bounded (RFC 4035 §5.4)", "[rules]") {
    TestZone zone("example.");
    dns::SignedRrSet set{address, {}, 3600};
    const auto fill = [&](unsigned count, const TestZone::Mutation& alter) {
        for (unsigned i = 0; i < count; ++i)
            set.signatures.push_back(zone.rrsig(address, {}, [&](auto& r) {
                r.signature[i % 64] ^= static_cast<std::uint8_t>(1U << (i / 64 + 1));
                if (alter) alter(r);
            }));
    };
    const unsigned before = zone.memo.verifications();
    SECTION("obeys: the good one is among the first") {
        fill(3, {});
        set.signatures.push_back(zone.rrsig(address));
        fill(46, {});
        CHECK(why_not(zone, set).empty());
        CHECK(zone.memo.verifications() == before + 4);
    }
    SECTION("breaks: budget-failures-per-rrset after four failures") {
        fill(46, {});
        set.signatures.push_back(zone.rrsig(address));
        const auto proof = zone.prove(set);
        CHECK_FALSE(proof.proven);
        CHECK(says(proof.reasons, "budget-failures-per-rrset"));
        CHECK(zone.memo.verifications() == before + 4);
    }
    SECTION("breaks: budget-signatures where so many name no key") {
        fill(46, [](auto& r) { ++r.key_tag; });
        set.signatures.push_back(zone.rrsig(address));
        const auto proof = zone.prove(set);
        CHECK_FALSE(proof.proven);
        CHECK(says(proof.reasons, "budget-signatures"));
        CHECK(proof.tried.size() == zone.policy.limits.signatures_per_rrset);
        CHECK(zone.memo.verifications() == before);
    }
}

TEST_CASE("V-068 an RRset of which no RRSIG validates is bogus (RFC 4035 §5.5)", "[rules]") {
    const auto tree = small_tree();
    SECTION("obeys") { CHECK(verdict_of(tree, www).security == Security::secure); }
    SECTION("breaks: rrsig-bad-signature, and no data is handed out") {
        const auto altered = build({zone("example.", "www A 192.0.2.1\n")},
                                   {fault(zones::FaultKind::rdata_altered, "www.example.", RrType::A)});
        validator::Lookup lookup{www, verdict_of(altered, www), {}};
        CHECK(lookup.verdict.security == Security::bogus);
        CHECK(root_cause(lookup.verdict) == "rrsig-bad-signature");
        CHECK(lookup.rdata().empty());
    }
}

TEST_CASE("V-069 RRSIGs absent in a secure zone: bogus, never insecure (RFC 4035 §4.3)", "[rules]") {
    const auto tree = small_tree();
    const Edit bare = [](dns::Message& m) { drop(m.answer, RrType::RRSIG); };
    SECTION("obeys") { CHECK(verdict_of(tree, www).security == Security::secure); }
    SECTION("breaks: rrsig-missing (EDE 10)") {
        const auto verdict = verdict_of(tree, www, {{www, bare}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-missing");
        CHECK(validator::info(ReasonCode::rrsig_missing).ede == dns::EdeCode::rrsigs_missing);
    }
}
