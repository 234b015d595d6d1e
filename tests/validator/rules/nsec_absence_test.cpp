// Denial with NSEC: absence of a type, of a name, and of what lies between (RFC 4035 §5.4, RFC 6840 §4).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const auto www_txt = ask("www.example.", RrType::TXT);
const auto www = ask("www.example.", RrType::A);
const auto below = ask("a.www.example.", RrType::A);

} // namespace

TEST_CASE("V-131 NODATA by a matching NSEC needs the bit of the type clear (RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    SECTION("obeys: the bit is clear") {
        const auto reply = desk.no_data({desk.nsec("www.example.", "x.example. A RRSIG NSEC")});
        expect_secure(desk.judge(www_txt, reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-type-present") {
        const auto reply = desk.no_data({desk.nsec("www.example.", "x.example. A TXT RRSIG NSEC")});
        expect_bogus(desk.judge(www_txt, reply), "nsec-type-present");
    }
}

TEST_CASE("V-132 NODATA by a matching NSEC needs the CNAME bit clear too (RFC 6840 §4.3)", "[rules]") {
    Desk desk;
    SECTION("obeys: asked for the CNAME itself, its bit clear") {
        const auto reply = desk.no_data({desk.nsec("www.example.", "x.example. A RRSIG NSEC")});
        expect_secure(desk.judge(ask("www.example.", RrType::CNAME), reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-type-present, an alias should have answered") {
        const auto reply = desk.no_data({desk.nsec("www.example.", "x.example. CNAME RRSIG NSEC")});
        expect_bogus(desk.judge(www_txt, reply), "nsec-type-present");
    }
}

TEST_CASE("V-133 the NSEC and RRSIG bits of an NSEC say nothing (RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    SECTION("obeys: ANY where nothing but the NSEC itself is, and a record without these bits") {
        for (const std::string bits : {"RRSIG NSEC", "A"}) {
            const auto type = bits == "A" ? RrType::TXT : RrType::ANY;
            const auto reply = desk.no_data({desk.nsec("www.example.", "x.example. " + bits)});
            expect_secure(desk.judge(ask("www.example.", type), reply), AnswerKind::no_data);
        }
    }
    SECTION("breaks: nsec-type-present, absence of NSEC is shown by an NSEC that lacks its own bit") {
        const auto reply = desk.no_data({desk.nsec("www.example.", "x.example. A")});
        expect_bogus(desk.judge(ask("www.example.", RrType::NSEC), reply), "nsec-type-present");
    }
}

TEST_CASE("V-134 bits of pseudo-types and of type 0 are ignored (RFC 4034 §4.1.2)", "[rules]") {
    Desk desk;
    // Window 0, six octets: types 0, 1 (A), 41 (OPT), 46 (RRSIG), 47 (NSEC).
    const dns::Bytes bits{0, 6, 0xc0, 0, 0, 0, 0, 0x43};
    const auto record = [&](dns::Bytes windows) {
        dns::RrSet set = rrset("www.example.", RrType::NSEC, {"x.example. A"});
        set.rdata.front().resize(name("x.example.").wire_size());
        set.rdata.front().insert(set.rdata.front().end(), windows.begin(), windows.end());
        return desk.zone().sign(set);
    };
    SECTION("obeys: type 0 and OPT do not stand in the way of a proof, nor count as data") {
        CHECK(dns::TypeBitmap::parse(bits)->types() == std::vector{RrType::A, RrType::RRSIG, RrType::NSEC});
        expect_secure(desk.judge(www_txt, desk.no_data({record(bits)})), AnswerKind::no_data);
        const auto nothing = desk.no_data({record({0, 6, 0x80, 0, 0, 0, 0, 0x43})});
        expect_secure(desk.judge(ask("www.example.", RrType::ANY), nothing), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-type-present, a bit of a real type beside them counts") {
        expect_bogus(desk.judge(www, desk.no_data({record(bits)})), "nsec-type-present");
    }
}

TEST_CASE("V-135 an NSEC whose signature fails proves nothing (RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    auto nsec = desk.nsec("www.example.", "x.example. A RRSIG NSEC");
    SECTION("obeys: signed well") { expect_secure(desk.judge(www_txt, desk.no_data({nsec})), AnswerKind::no_data); }
    SECTION("breaks: rrsig-bad-signature") {
        nsec.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(www_txt, desk.no_data({nsec})), "rrsig-bad-signature");
    }
    SECTION("breaks: rrsig-malformed, an RRSIG with an empty signature") {
        nsec.signatures.front().resize(18 + name("example.").wire_size());
        const auto verdict = desk.judge(www_txt, desk.no_data({nsec}));
        CHECK(verdict.security == Security::bogus);
        CHECK(validator::info(verdict.reasons.at(0).code).ede == dns::EdeCode::dnssec_bogus);
    }
}

TEST_CASE("V-136 a matching NSEC leaves no room for a wildcard: it suffices (RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    SECTION("obeys: one record, nothing about *.example.") {
        const auto reply = desk.no_data({desk.nsec("www.example.", "x.example. A RRSIG NSEC")});
        expect_secure(desk.judge(www_txt, reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-does-not-cover, the same record made from a wildcard does not match") {
        auto replayed = desk.expand("www.example.", RrType::NSEC, {"a.example. A RRSIG NSEC"}, 1);
        const auto verdict = desk.judge(www_txt, desk.no_data({replayed}));
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(validator::ReasonCode::nsec_does_not_cover));
    }
}

TEST_CASE("V-137 the parent's NSEC at a delegation proves nothing there but the absence of DS (RFC 6840 §4.1)",
          "[rules]") {
    Desk desk;
    const auto reply = desk.no_data({desk.nsec("www.example.", "x.example. NS RRSIG NSEC")});
    SECTION("obeys: DS") { expect_secure(desk.judge(ask("www.example.", RrType::DS), reply), AnswerKind::no_data); }
    SECTION("breaks: nsec-from-parent-side") { expect_bogus(desk.judge(www_txt, reply), "nsec-from-parent-side"); }
}

TEST_CASE("V-138 the parent's NSEC at a delegation denies nothing below it (RFC 6840 §4.1)", "[rules]") {
    Desk desk;
    SECTION("obeys: without NS, or with SOA, it denies what follows") {
        const auto reply = desk.name_error({desk.nsec("www.example.", "x.example. A RRSIG NSEC")});
        expect_secure(desk.judge(below, reply), AnswerKind::name_error);
    }
    SECTION("breaks: nsec-does-not-cover") {
        const auto reply = desk.name_error({desk.nsec("www.example.", "x.example. NS DS RRSIG NSEC"),
                                            desk.nsec("example.", "a.example. SOA NS RRSIG NSEC")});
        expect_bogus(desk.judge(below, reply), "nsec-does-not-cover");
    }
}

TEST_CASE("V-139 an NSEC with the DNAME bit denies nothing below its owner (RFC 6840 §4.1, RFC 6672 §5.3.4.1)",
          "[rules]") {
    Desk desk;
    SECTION("obeys: without the bit it does") {
        const auto reply = desk.name_error({desk.nsec("www.example.", "x.example. TXT RRSIG NSEC")});
        expect_secure(desk.judge(below, reply), AnswerKind::name_error);
    }
    SECTION("breaks: nsec-does-not-cover") {
        const auto reply = desk.name_error({desk.nsec("www.example.", "x.example. DNAME RRSIG NSEC")});
        expect_bogus(desk.judge(below, reply), "nsec-does-not-cover");
    }
}

TEST_CASE("V-140 beside its owner's subtree an NSEC with the DNAME bit is as good as any (RFC 6672 §5.3.4.2)",
          "[rules]") {
    Desk desk;
    const auto apex = desk.nsec("example.", "a.example. SOA NS RRSIG NSEC");
    SECTION("obeys: it covers a sibling, and denies types at its owner") {
        const auto reply = desk.name_error({desk.nsec("v.example.", "x.example. DNAME RRSIG NSEC"), apex});
        expect_secure(desk.judge(www, reply), AnswerKind::name_error);
        const auto at_owner = desk.no_data({desk.nsec("v.example.", "x.example. DNAME RRSIG NSEC")});
        expect_secure(desk.judge(ask("v.example.", RrType::A), at_owner), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-does-not-cover, one that ends before the name") {
        const auto reply = desk.name_error({desk.nsec("v.example.", "w.example. DNAME RRSIG NSEC"), apex});
        expect_bogus(desk.judge(www, reply), "nsec-does-not-cover");
    }
}

TEST_CASE("V-141 a covering NSEC whose next name lies below the name makes it an empty non-terminal (RFC 4035 "
          "§3.1.3.2, RFC 8020 §3.1)",
          "[rules]") {
    Desk desk;
    SECTION("obeys: NODATA, NOERROR") {
        const auto verdict = desk.judge(www, desk.no_data({desk.nsec("a.example.", "b.www.example. A RRSIG NSEC")}));
        expect_secure(verdict, AnswerKind::no_data);
        CHECK(verdict.rcode == dns::Rcode::NOERROR);
    }
    SECTION("breaks: nsec-does-not-cover, next is beside the name and no wildcard is shown") {
        const auto reply = desk.no_data({desk.nsec("a.example.", "b.wwwx.example. A RRSIG NSEC")});
        expect_bogus(desk.judge(www, reply), "nsec-does-not-cover");
    }
}

TEST_CASE("V-142 NXDOMAIN whose proof shows that the name exists is NODATA, NOERROR (RFC 8020 §3.1)", "[rules]") {
    Desk desk;
    SECTION("obeys: an empty non-terminal, and a name without the type") {
        for (const auto& nsec : {desk.nsec("a.example.", "b.www.example. A RRSIG NSEC"),
                                 desk.nsec("www.example.", "x.example. TXT RRSIG NSEC")}) {
            const auto verdict = desk.judge(www, desk.name_error({nsec}));
            expect_secure(verdict, AnswerKind::no_data);
            CHECK(verdict.rcode == dns::Rcode::NOERROR);
        }
    }
    SECTION("breaks: nsec-does-not-cover, the proof shows that the type exists") {
        const auto reply = desk.name_error({desk.nsec("www.example.", "x.example. A RRSIG NSEC")});
        expect_bogus(desk.judge(www, reply), "nsec-does-not-cover");
    }
}

TEST_CASE("V-143 NXDOMAIN needs an NSEC that covers the name (RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    const auto apex = desk.nsec("example.", "a.example. SOA NS RRSIG NSEC");
    SECTION("obeys: covered") {
        const auto verdict =
            desk.judge(www, desk.name_error({desk.nsec("v.example.", "x.example. A RRSIG NSEC"), apex}));
        expect_secure(verdict, AnswerKind::name_error);
        CHECK(verdict.rcode == dns::Rcode::NXDOMAIN);
    }
    SECTION("breaks: nsec-does-not-cover") {
        expect_bogus(desk.judge(www, desk.name_error({apex})), "nsec-does-not-cover");
        const auto up_to = desk.name_error({desk.nsec("v.example.", "www.example. A RRSIG NSEC"), apex});
        expect_bogus(desk.judge(www, up_to), "nsec-does-not-cover");
    }
    SECTION("breaks: nsec-missing, no record at all") {
        expect_bogus(desk.judge(www, desk.name_error({})), "nsec-missing");
    }
}

TEST_CASE("V-144 NXDOMAIN needs an NSEC that covers the wildcard at the closest encloser (RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    const auto cover = desk.nsec("v.example.", "x.example. A RRSIG NSEC");
    SECTION("obeys: covered") {
        const auto reply = desk.name_error({cover, desk.nsec("example.", "a.example. SOA NS RRSIG NSEC")});
        expect_secure(desk.judge(www, reply), AnswerKind::name_error);
    }
    SECTION("breaks: nsec-wildcard-not-denied") {
        expect_bogus(desk.judge(www, desk.name_error({cover})), "nsec-wildcard-not-denied");
    }
    SECTION("obeys: a wildcard below which a name exists does itself exist, and has no data") {
        const auto exists = desk.name_error({cover, desk.nsec("example.", "b.*.example. SOA NS RRSIG NSEC")});
        const auto verdict = desk.judge(www, exists);
        expect_secure(verdict, AnswerKind::no_data);
        CHECK(verdict.rcode == dns::Rcode::NOERROR);
    }
}

TEST_CASE("V-145 the closest encloser is the longest ancestor that either end of the covering NSEC shows (RFC 7129 "
          "§5.5)",
          "[rules]") {
    Desk desk;
    const auto question = ask("a.b.c.example.", RrType::A);
    const auto apex = desk.nsec("example.", "a.example. SOA NS RRSIG NSEC"); // covers *.example.
    SECTION("obeys: shown by the owner, and by the next name") {
        const auto by_owner = desk.name_error({desk.nsec("c.example.", "d.example. A RRSIG NSEC")});
        expect_secure(desk.judge(question, by_owner), AnswerKind::name_error); // covers *.c.example. too
        const auto by_next = desk.name_error({desk.nsec(
            "b.example.", "z.c.example. A RRSIG NSEC")}); // c.example. exists: so *.c.example. is to be denied
        expect_secure(desk.judge(question, by_next), AnswerKind::name_error);
    }
    SECTION("breaks: nsec-wildcard-not-denied, the wildcard of a shorter ancestor is") {
        const auto reply = desk.name_error({desk.nsec("a.c.example.", "z.c.example. A RRSIG NSEC"), apex});
        expect_bogus(desk.judge(question, reply), "nsec-wildcard-not-denied");
    }
}

TEST_CASE("V-146 one NSEC may prove two points, and may come twice (RFC 4035 §3.1.3.2)", "[rules]") {
    Desk desk;
    const auto whole = desk.nsec("example.", "z.example. SOA NS RRSIG NSEC");
    SECTION("obeys: name and wildcard in one, and the record repeated") {
        expect_secure(desk.judge(www, desk.name_error({whole})), AnswerKind::name_error);
        expect_secure(desk.judge(www, desk.name_error({whole, whole})), AnswerKind::name_error);
    }
    SECTION("breaks: nsec-wildcard-not-denied, coming twice does not make it prove more") {
        const auto half = desk.nsec("v.example.", "z.example. A RRSIG NSEC");
        expect_bogus(desk.judge(www, desk.name_error({half, half})), "nsec-wildcard-not-denied");
    }
}
