// V-001 to V-012: the octets that a signature covers.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;

namespace {

dns::Bytes lower(dns::Bytes octets) {
    for (auto& octet : octets)
        if (octet >= 'A' && octet <= 'Z') octet = static_cast<std::uint8_t>(octet | 0x20);
    return octets;
}

const dns::RrSet addresses = rrset("www.example.", RrType::A, {"192.0.2.1", "192.0.2.2"});

} // namespace

TEST_CASE("V-001 the signed data is the RRSIG without its signature, then the RRs (RFC 4034 §3.1.8.1)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys") { CHECK(why_not(zone, sign_octets(zone, addresses)).empty()); }
    SECTION("breaks: rrsig-bad-signature where the RRSIG's own fields are left out") {
        CHECK(why_not(zone, sign_octets(zone, addresses, [](auto& o) { o.with_head = false; })) ==
              "rrsig-bad-signature");
    }
}

TEST_CASE("V-002 each RR has the Original TTL, not the received one (RFC 4034 §6.2)", "[rules]") {
    TestZone zone("example.");
    auto received = addresses;
    received.ttl = 17;
    const auto original = [](SignedOctets& o) { o.head.original_ttl = 3600; };
    SECTION("obeys") {
        CHECK(why_not(zone, sign_octets(zone, received, [&](auto& o) { original(o), o.ttl = 3600; })).empty());
    }
    SECTION("breaks: rrsig-bad-signature where the received TTL was hashed") {
        CHECK(why_not(zone, sign_octets(zone, received, original)) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-003 fewer labels than the owner's: the owner is \"*.\" and the rightmost ones (RFC 4035 §5.3.2)",
          "[rules]") {
    TestZone zone("example.");
    const auto set = rrset("a.b.example.", RrType::A, {"192.0.2.1"});
    const auto labels = [](SignedOctets& o) { o.head.labels = 1; };
    SECTION("obeys") {
        CHECK(why_not(zone, sign_octets(zone, set, [&](auto& o) { labels(o), o.owner = name("*.example."); })).empty());
    }
    SECTION("breaks: rrsig-bad-signature where the expanded name was hashed") {
        CHECK(why_not(zone, sign_octets(zone, set, labels)) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-004 the root and a leading \"*\" are not counted as labels (RFC 4034 §3.1.3)", "[rules]") {
    TestZone zone("example.");
    const auto set = rrset("*.example.", RrType::A, {"192.0.2.1"});
    SECTION("obeys") {
        CHECK(why_not(zone, sign_octets(zone, set, [](auto& o) { o.head.labels = 1; })).empty());
        CHECK_FALSE(zone.prove(sign_octets(zone, set)).proven->is_expanded());
    }
    SECTION("breaks: rrsig-labels-exceed-owner where \"*\" was counted") {
        CHECK(why_not(zone, sign_octets(zone, set, [](auto& o) { o.head.labels = 2; })) == "rrsig-labels-exceed-owner");
    }
}

TEST_CASE("V-005 names in the RDATA of the old types are lowercased (RFC 4034 §6.2, RFC 6840 §5.1)", "[rules]") {
    TestZone zone("example.");
    const std::pair<RrType, std::string> kinds[] = {
        {RrType::NS, "Ns.EXAMPLE."},          {RrType::CNAME, "Www.EXAMPLE."},
        {RrType::DNAME, "Www.EXAMPLE."},      {RrType::PTR, "Www.EXAMPLE."},
        {RrType::MX, "1 Mail.EXAMPLE."},      {RrType::RP, "A.EXAMPLE. B.EXAMPLE."},
        {RrType::AFSDB, "1 Afs.EXAMPLE."},    {RrType::RT, "1 Rt.EXAMPLE."},
        {RrType::KX, "1 Kx.EXAMPLE."},        {RrType::PX, "1 A.EXAMPLE. B.EXAMPLE."},
        {RrType::SRV, "1 1 25 Srv.EXAMPLE."}, {RrType::MINFO, "A.EXAMPLE. B.EXAMPLE."}};
    for (const auto& [type, text] : kinds) {
        auto set = rrset(type == RrType::NS ? "example." : "x.example.", type, {text});
        SECTION("obeys: " + dns::to_text(type)) {
            auto hashed = set;
            hashed.rdata[0] = lower(hashed.rdata[0]);
            CHECK(why_not(zone, sign_octets(zone, set, [&](auto& o) { o.rdata = hashed.rdata; })).empty());
        }
        SECTION("breaks: rrsig-bad-signature where the letters were kept: " + dns::to_text(type)) {
            CHECK(why_not(zone, sign_octets(zone, set)) == "rrsig-bad-signature");
        }
    }
}

TEST_CASE("V-006 the signer's name is lowercased in the signed data (RFC 6840 §5.1)", "[rules]") {
    TestZone zone("example.");
    const auto shout = [](auto& o) { o.signer = name("EXAMPLE."); };
    SECTION("obeys") { CHECK(why_not(zone, sign_octets(zone, addresses, {}, shout)).empty()); }
    SECTION("breaks: rrsig-bad-signature where it was hashed as it stands") {
        CHECK(why_not(zone, sign_octets(zone, addresses, [&](auto& o) { shout(o.head); })) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-007 the Next Domain Name of NSEC keeps its letters (RFC 6840 §5.1)", "[rules]") {
    TestZone zone("example.");
    const auto set = rrset("a.example.", RrType::NSEC, {"C.Example. A RRSIG NSEC"});
    SECTION("obeys") { CHECK(why_not(zone, sign_octets(zone, set)).empty()); }
    SECTION("breaks: rrsig-bad-signature where it was lowercased") {
        CHECK(why_not(zone, sign_octets(zone, set, [](auto& o) { o.rdata = {lower(o.rdata[0])}; })) ==
              "rrsig-bad-signature");
    }
}

TEST_CASE("V-008 RDATA of every other type is hashed as it is (RFC 3597 §7)", "[rules]") {
    TestZone zone("example.");
    const std::pair<RrType, std::string> kinds[] = {{RrType::SVCB, "1 Svc.EXAMPLE."},
                                                    {RrType::HTTPS, "1 Web.EXAMPLE."},
                                                    {RrType::CAA, "0 issue \"CA.Example\""},
                                                    {RrType::TXT, "\"Text\""},
                                                    {RrType::HINFO, "\"CPU\" \"OS\""},
                                                    {RrType::TLSA, "3 1 1 41424344"},
                                                    {static_cast<RrType>(65280), "\\# 4 41424344"}};
    for (const auto& [type, text] : kinds) {
        dns::RrSet set = type == RrType::SVCB || type == RrType::HTTPS
                             ? dns::RrSet(name("x.example."), type, 3600, {{0, 1, 3, 'S', 'v', 'c', 0}})
                             : rrset("x.example.", type, {text});
        SECTION("obeys: " + dns::to_text(type)) { CHECK(why_not(zone, sign_octets(zone, set)).empty()); }
        SECTION("breaks: rrsig-bad-signature where letters were lowered: " + dns::to_text(type)) {
            CHECK(why_not(zone, sign_octets(zone, set, [](auto& o) { o.rdata = {lower(o.rdata[0])}; })) ==
                  "rrsig-bad-signature");
        }
    }
}

TEST_CASE("V-009 RDATA shorter than its names makes that RRset unusable, and nothing else", "[rules]") {
    TestZone zone("example.");
    const dns::RrSet whole(name("px.example."), RrType::PX, 3600, {{0, 10, 0, 0}});
    const dns::RrSet cut(name("px.example."), RrType::PX, 3600, {{0, 10, 0}});
    SECTION("obeys") { CHECK(why_not(zone, sign_octets(zone, whole)).empty()); }
    SECTION("breaks: rdata-malformed, also where the signer signed the short one") {
        CHECK(why_not(zone, sign_octets(zone, cut)) == "rdata-malformed");
    }
    SECTION("breaks: a short record in the same message does not hurt its neighbours") {
        const auto tree = build({test::zone("example.", "www A 192.0.2.1\n")});
        const auto question = ask("www.example.", RrType::A);
        const auto verdict = verdict_of(tree, question, {{question, [&](dns::Message& m) {
                                                              m.additional.push_back(cut.records().front());
                                                              m = dns::Message::parse(m.build()).value();
                                                          }}});
        CHECK(verdict.security == Security::secure);
    }
}

TEST_CASE("V-010 RRs are hashed in the order of their canonical RDATA, an absent octet first (RFC 4034 §6.3)",
          "[rules]") {
    TestZone zone("example.");
    const dns::Bytes shorter{9, 9}, longer{9, 9, 0}, high{200};
    const dns::RrSet received(name("x.example."), static_cast<RrType>(65280), 3600, {high, longer, shorter});
    SECTION("obeys") {
        CHECK(why_not(zone, sign_octets(zone, received, [&](auto& o) { o.rdata = {shorter, longer, high}; })).empty());
    }
    SECTION("breaks: rrsig-bad-signature where the received order was hashed") {
        CHECK(why_not(zone, sign_octets(zone, received)) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-011 a record that comes twice is hashed once (RFC 4034 §6.3)", "[rules]") {
    TestZone zone("example.");
    const dns::Bytes one{192, 0, 2, 1};
    const dns::RrSet twice(name("www.example."), RrType::A, 3600, {one, one});
    SECTION("obeys") {
        CHECK(why_not(zone, sign_octets(zone, twice, [&](auto& o) { o.rdata = {one}; })).empty());
    }
    SECTION("breaks: rrsig-bad-signature where both were hashed") {
        CHECK(why_not(zone, sign_octets(zone, twice)) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-012 names are compared label by label from the right, letters as lowercase (RFC 4034 §6.1)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys") {
        const std::string_view order[] = {"example.",         "a.example.",      "yljkjljk.a.example.",
                                          "Z.a.example.",     "zABC.a.EXAMPLE.", "z.example.",
                                          "\\001.z.example.", "*.z.example.",    "\\200.z.example."};
        for (std::size_t i = 1; i < std::size(order); ++i) CHECK(name(order[i - 1]) < name(order[i]));
        CHECK(name("a\\000.example.") > name("a.example."));
    }
    SECTION("breaks: nsec-does-not-cover where only a comparison of raw octets would put the name into the gap") {
        const auto gap = zone.proven(rrset("a.example.", RrType::NSEC, {"yljkjljk.a.example. A RRSIG NSEC"}));
        const auto denial =
            validator::prove_name_error(zone.apex, std::vector{gap}, ask("Z.a.example.", RrType::A), zone.work());
        CHECK(denial.outcome == validator::Denial::Outcome::not_proven);
        CHECK(first_reason(denial.reasons) == "nsec-does-not-cover");
    }
}
