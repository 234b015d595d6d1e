// Wildcards and NSEC: answers made from one, and its lack of data (RFC 4035 §5.3.4, §5.4).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const auto www_txt = ask("www.example.", RrType::TXT);

} // namespace

TEST_CASE("V-147 wildcard NODATA needs the NSEC at the wildcard without the type and CNAME (RFC 4035 §5.4)",
          "[rules]") {
    Desk desk;
    const auto cover = desk.nsec("a.example.", "z.example. A RRSIG NSEC");
    SECTION("obeys: neither bit is set") {
        const auto reply = desk.no_data({cover, desk.nsec("*.example.", "a.example. A RRSIG NSEC")});
        expect_secure(desk.judge(www_txt, reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-type-present") {
        for (const std::string bit : {"TXT", "CNAME"}) {
            const auto reply = desk.no_data({cover, desk.nsec("*.example.", "a.example. " + bit + " RRSIG NSEC")});
            expect_bogus(desk.judge(www_txt, reply), "nsec-type-present");
        }
    }
    SECTION("breaks: nsec-does-not-cover, no record of the wildcard") {
        expect_bogus(desk.judge(www_txt, desk.no_data({cover})), "nsec-does-not-cover");
    }
}

TEST_CASE("V-148 wildcard NODATA needs the name itself covered, with the same closest encloser (RFC 4035 §5.4)",
          "[rules]") {
    Desk desk;
    SECTION("obeys: one record does both") {
        const auto reply = desk.no_data({desk.nsec("*.example.", "z.example. A RRSIG NSEC")});
        expect_secure(desk.judge(www_txt, reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-does-not-cover, the name is not denied") {
        const auto reply = desk.no_data({desk.nsec("*.example.", "b.example. A RRSIG NSEC")});
        expect_bogus(desk.judge(www_txt, reply), "nsec-does-not-cover");
    }
    SECTION("breaks: nsec-does-not-cover, the wildcard of another closest encloser") {
        const auto question = ask("a.b.example.", RrType::TXT);
        const auto cover = desk.nsec("0.b.example.", "c.b.example. A RRSIG NSEC"); // b.example. exists
        const auto reply = desk.no_data({cover, desk.nsec("*.example.", "0.example. A RRSIG NSEC")});
        expect_bogus(desk.judge(question, reply), "nsec-does-not-cover");
    }
}

TEST_CASE("V-149 a wildcard that is an empty non-terminal has no data (RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    const auto cover = desk.nsec("a.example.", "z.example. A RRSIG NSEC");
    SECTION("obeys: the next name lies below the wildcard") {
        const auto reply = desk.no_data({cover, desk.nsec("example.", "b.*.example. SOA NS RRSIG NSEC")});
        expect_secure(desk.judge(www_txt, reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-does-not-cover, the next name lies beside it: no wildcard, so the name does not exist") {
        const auto reply = desk.no_data({cover, desk.nsec("example.", "a.example. SOA NS RRSIG NSEC")});
        expect_bogus(desk.judge(www_txt, reply), "nsec-does-not-cover");
    }
}

TEST_CASE("V-150 an answer from a wildcard needs the next closer name denied, not only its own (RFC 4035 §5.3.4)",
          "[rules]") {
    Desk desk;
    const auto question = ask("a.b.example.", RrType::A);
    const auto made = desk.expand("a.b.example.", RrType::A, {"192.0.2.1"}, 1); // from *.example.
    const auto judge = [&](const Sets& authority) { return desk.judge(question, desk.answer({made}, authority)); };
    SECTION("obeys: b.example. does not exist") {
        expect_secure(judge({desk.nsec("a.example.", "c.example. A RRSIG NSEC")}));
    }
    SECTION("breaks: wildcard-expansion-not-proven, no denial at all") {
        expect_bogus(judge({}), "wildcard-expansion-not-proven");
    }
    SECTION("breaks: wildcard-expansion-not-proven, only the name itself is denied") {
        expect_bogus(judge({desk.nsec("b.example.", "c.example. A RRSIG NSEC")}), "wildcard-expansion-not-proven");
        expect_bogus(judge({desk.nsec("0.b.example.", "c.example. A RRSIG NSEC")}), "wildcard-expansion-not-proven");
    }
    SECTION("breaks: wildcard-expansion-not-proven, the next closer name is an empty non-terminal") {
        expect_bogus(judge({desk.nsec("a.example.", "z.b.example. A RRSIG NSEC")}), "wildcard-expansion-not-proven");
    }
    SECTION("breaks: wildcard-expansion-not-proven comes first where the name's DS cannot be denied either") {
        desk.record(ask("b.example.", RrType::DS), desk.answer({}));
        desk.record(ask("a.b.example.", RrType::DS), desk.answer({}));
        expect_bogus(judge({}), "wildcard-expansion-not-proven");
    }
    SECTION("breaks: rrsig-expired is the cause where the denial came, but too old") {
        auto old = desk.zone().sign(rrset("a.example.", RrType::NSEC, {"c.example. A RRSIG NSEC"}), [](dns::Rrsig& r) {
            r.expiration = dns::SerialTime::of(dns::UnixTime{now.seconds - 60});
        });
        const auto verdict = judge({old});
        expect_bogus(verdict, "rrsig-expired");
        CHECK(verdict.has_reason(validator::ReasonCode::wildcard_expansion_not_proven));
    }
}

TEST_CASE("V-151 the name of a wildcard asked for literally is no expansion (RFC 4034 §3.1.3)", "[rules]") {
    Desk desk;
    const auto question = ask("*.foo.example.", RrType::A);
    SECTION("obeys: no denial is needed") {
        const auto set = desk.sign("*.foo.example.", RrType::A, {"192.0.2.1"});
        CHECK(dns::Rrsig::parse(set.signatures.front())->labels == 2);
        expect_secure(desk.judge(question, desk.answer({set})));
    }
    SECTION("breaks: wildcard-expansion-not-proven, it was made from a wildcard further up") {
        const auto set = desk.expand("*.foo.example.", RrType::A, {"192.0.2.1"}, 1);
        expect_bogus(desk.judge(question, desk.answer({set})), "wildcard-expansion-not-proven");
    }
}

TEST_CASE("V-152 an NSEC made from a wildcard counts under the name that was signed (RFC 4035 §5.3.2)", "[rules]") {
    Desk desk;
    // *.example. NSEC a.example., replayed as if it stood elsewhere (CVE-2017-15105).
    const auto replayed = [&](std::string_view owner) {
        return desk.expand(owner, RrType::NSEC, {"a.example. MX RRSIG NSEC"}, 1);
    };
    SECTION("obeys: it speaks of *.example.") {
        const auto reply = desk.no_data({replayed("www.example.")});
        expect_secure(desk.judge(ask("*.example.", RrType::A), reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-does-not-cover, NODATA at the name where it was put") {
        expect_bogus(desk.judge(www_txt, desk.no_data({replayed("www.example.")})), "nsec-does-not-cover");
    }
    SECTION("breaks: nsec-does-not-cover, NXDOMAIN behind the name where it was put") {
        const auto elsewhere = desk.expand("v.example.", RrType::NSEC, {"b.example. MX RRSIG NSEC"}, 1);
        const auto apex = desk.nsec("example.", "*.example. SOA NS RRSIG NSEC");
        expect_bogus(desk.judge(www_txt, desk.name_error({elsewhere, apex})), "nsec-does-not-cover");
    }
}
