#include "zones/signer.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"
#include "tests/zones/samples.h"
#include "validator/canonical.h"
#include "validator/crypto.h"

namespace {

using dns::RrType;
using samples::name;

zones::Zone rich_zone() {
    const auto records = dns::parse_zone_file(samples::rich_zone_text(), name("mail.example."));
    REQUIRE(records);
    return {name("mail.example."), *records};
}

zones::SignedZone signed_zone(zones::Denial denial = zones::Denial::nsec, bool csk = false) {
    return zones::sign(rich_zone(), samples::policy(samples::now, denial, dns::Algorithm::ECDSAP256SHA256, csk),
                       samples::seed);
}

std::set<std::string> signed_sets(const zones::SignedZone& zone) {
    std::set<std::string> result;
    for (const auto& record : zone.records) {
        if (record.type != RrType::RRSIG) continue;
        const auto rrsig = dns::Rrsig::parse(record.rdata);
        REQUIRE(rrsig);
        result.insert(record.owner.to_text() + " " + dns::to_text(rrsig->type_covered));
    }
    return result;
}

std::vector<std::string> types_of_nsec(const zones::SignedZone& zone, std::string_view owner) {
    for (const auto& record : zone.records) {
        if (record.type != RrType::NSEC || record.owner != name(owner)) continue;
        const auto nsec = dns::Nsec::parse(record.rdata);
        REQUIRE(nsec);
        std::vector<std::string> types;
        for (const auto type : nsec->types.types()) types.push_back(dns::to_text(type));
        return types;
    }
    return {};
}

} // namespace

TEST_CASE("signer: every signature verifies under the zone's keys, DNSKEY under the KSK (RFC 4035 §2.2)") {
    for (const bool csk : {false, true}) {
        DYNAMIC_SECTION((csk ? "one combined key" : "key-signing and zone-signing key")) {
            const auto zone = signed_zone(zones::Denial::nsec, csk);
            REQUIRE(zone.keys.size() == (csk ? 1u : 2u));
            unsigned verified = 0;
            for (const auto& set : dns::group(zone.records)) {
                for (const auto& octets : set.signatures) {
                    const auto rrsig = dns::Rrsig::parse(octets);
                    REQUIRE(rrsig);
                    const auto& key = zone.key_for(set.set.type);
                    CHECK(rrsig->key_tag == key.tag());
                    CHECK(rrsig->original_ttl == set.set.ttl);
                    const auto data = validator::signed_data(set.set, *rrsig);
                    REQUIRE(data);
                    CHECK(validator::verify(**validator::load_public_key(key.dnskey()), rrsig->algorithm, *data,
                                            rrsig->signature));
                    ++verified;
                }
            }
            CHECK(verified > 20);
        }
    }
}

TEST_CASE("signer: glue and the NS of a delegation stay unsigned, its DS does not (RFC 4035 §2.2)") {
    const auto sets = signed_sets(signed_zone());
    CHECK(sets.contains("mail.example. NS"));
    CHECK(sets.contains("mx.mail.example. A"));
    CHECK(sets.contains("secure.sub.mail.example. DS"));
    CHECK(sets.contains("insecure.sub.mail.example. NSEC"));
    CHECK_FALSE(sets.contains("secure.sub.mail.example. NS"));
    CHECK_FALSE(sets.contains("insecure.sub.mail.example. NS"));
    CHECK_FALSE(sets.contains("ns.secure.sub.mail.example. A"));
    CHECK_FALSE(sets.contains("ns.secure.sub.mail.example. NSEC"));
}

TEST_CASE("signer: an NSEC lists what its owner has, at a cut only what is the parent's (RFC 4035 §2.3)") {
    const auto zone = signed_zone();
    CHECK(types_of_nsec(zone, "mx.mail.example.") == std::vector<std::string>{"A", "RRSIG", "NSEC"});
    CHECK(types_of_nsec(zone, "secure.sub.mail.example.") == std::vector<std::string>{"NS", "DS", "RRSIG", "NSEC"});
    CHECK(types_of_nsec(zone, "insecure.sub.mail.example.") == std::vector<std::string>{"NS", "RRSIG", "NSEC"});
    CHECK(types_of_nsec(zone, "odd.mail.example.") == std::vector<std::string>{"RRSIG", "NSEC", "TYPE65280"});
    CHECK(types_of_nsec(zone, "below.mail.example.").empty()); // an empty non-terminal
}

TEST_CASE("signer: the NSEC chain visits every owner once and comes back to the apex (RFC 4035 §2.3)") {
    const auto zone = signed_zone();
    std::map<dns::Name, dns::Name> next;
    for (const auto& record : zone.records) {
        if (record.type == RrType::NSEC) next.emplace(record.owner, dns::Nsec::parse(record.rdata)->next);
    }
    auto here = zone.apex;
    for (std::size_t steps = 0; steps < next.size(); ++steps) {
        REQUIRE(next.contains(here));
        const auto there = next.at(here);
        CHECK((there == zone.apex || here < there));
        here = there;
    }
    CHECK(here == zone.apex);
}

TEST_CASE(
    "signer: the NSEC3 chain holds empty non-terminals, and under opt-out no insecure delegation (RFC 5155 §7.1)") {
    const auto hashes_of = [](const zones::SignedZone& zone) {
        std::set<std::string> hashes;
        for (const auto& record : zone.records) {
            if (record.type != RrType::NSEC3) continue;
            const auto label = record.owner.label(0);
            hashes.insert(std::string(label.begin(), label.end()));
        }
        return hashes;
    };
    const auto hash = [](std::string_view owner) {
        return dns::base32hex(validator::nsec3_hash(name(owner), dns::Bytes{0xab, 0xcd}, 0));
    };
    const auto all = hashes_of(signed_zone(zones::Denial::nsec3));
    const auto opted = hashes_of(signed_zone(zones::Denial::nsec3_opt_out));
    for (const auto* owner :
         {"mail.example.", "below.mail.example.", "ent.below.mail.example.", "_tcp.mx.mail.example.",
          "wild.mail.example.", "*.wild.mail.example.", "sub.mail.example.", "secure.sub.mail.example."}) {
        DYNAMIC_SECTION(owner) {
            CHECK(all.contains(hash(owner)));
            CHECK(opted.contains(hash(owner)));
        }
    }
    CHECK(all.contains(hash("insecure.sub.mail.example.")));
    CHECK_FALSE(opted.contains(hash("insecure.sub.mail.example.")));
    CHECK_FALSE(all.contains(hash("ns.secure.sub.mail.example.")));
}

TEST_CASE("signer: denial lives no longer than the SOA's TTL and MINIMUM allow (RFC 9077 §3)") {
    for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3}) {
        for (const auto& record : signed_zone(denial).records) {
            if (record.type == RrType::NSEC || record.type == RrType::NSEC3) CHECK(record.ttl == 300);
        }
    }
}

TEST_CASE("signer: the same seed gives the same bytes, another seed another zone") {
    const auto policy = samples::policy();
    const auto once = zones::sign(rich_zone(), policy, 1);
    const auto twice = zones::sign(rich_zone(), policy, 1);
    const auto other = zones::sign(rich_zone(), policy, 2);
    CHECK(once.records == twice.records);
    CHECK(once.records != other.records);
    auto next_generation = policy;
    next_generation.key_label = "2";
    CHECK(zones::sign(rich_zone(), next_generation, 1).ds() != once.ds());
}

TEST_CASE("signer: a zone that cannot be one is refused with its reason") {
    struct Row {
        const char* about;
        const char* text;
        const char* reason;
    };
    const Row table[] = {
        {"no SOA", "@ 60 NS ns\n", "SOA"},
        {"two SOA", "@ 60 SOA a b 1 1 1 1 1\n@ 60 SOA a b 2 1 1 1 1\n", "SOA"},
        {"SOA below", "@ 60 SOA a b 1 1 1 1 1\nx 60 SOA a b 1 1 1 1 1\n", "not its apex"},
        {"out of zone", "@ 60 SOA a b 1 1 1 1 1\nother.example. 60 A 192.0.2.1\n", "outside"},
        {"CNAME and more", "@ 60 SOA a b 1 1 1 1 1\nx 60 CNAME y\nx 60 A 192.0.2.1\n", "CNAME"},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) {
            const auto records = dns::parse_zone_file(row.text, name("zone.example."));
            REQUIRE(records);
            std::string complaint;
            try {
                zones::sign({name("zone.example."), *records}, samples::policy(), 1);
            } catch (const std::invalid_argument& error) {
                complaint = error.what();
            }
            CHECK(complaint.find(row.reason) != std::string::npos);
        }
    }
}
