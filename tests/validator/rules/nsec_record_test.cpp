// Which NSEC records count, and how many are looked at (RFC 4034 §4.1, RFC 4035 §5.4, RFC 4470, RFC 9824).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const auto www = ask("www.example.", RrType::A);
const auto www_txt = ask("www.example.", RrType::TXT);

// An NSEC with these octets behind its next name.
dns::SignedRrSet with_windows(Desk& desk, dns::Bytes windows) {
    const auto next = name("x.example.");
    dns::Bytes rdata(next.wire().begin(), next.wire().end());
    rdata.insert(rdata.end(), windows.begin(), windows.end());
    return desk.zone().sign(dns::RrSet(name("www.example."), RrType::NSEC, 3600, {rdata}));
}

} // namespace

TEST_CASE("V-013 minimally covering NSEC records are as good as others (RFC 4470 §3, §4)", "[rules]") {
    Desk desk;
    SECTION("obeys: epsilon names around the name and around the wildcard") {
        const auto reply = desk.name_error({desk.nsec("wwv\\255.example.", "www\\000.example. RRSIG NSEC"),
                                            desk.nsec("\\).example.", "+.example. RRSIG NSEC")});
        expect_secure(desk.judge(www, reply), AnswerKind::name_error);
        const auto no_data = desk.no_data({desk.nsec("www.example.", "\\000.www.example. A RRSIG NSEC")});
        expect_secure(desk.judge(www_txt, no_data), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-does-not-cover, an interval just beside the name") {
        const auto reply = desk.name_error({desk.nsec("www\\000.example.", "www\\001.example. RRSIG NSEC"),
                                            desk.nsec("\\).example.", "+.example. RRSIG NSEC")});
        expect_bogus(desk.judge(www, reply), "nsec-does-not-cover");
    }
}

TEST_CASE("V-014 compact denial: NXNAME alone at the name says that it does not exist (RFC 9824 §3.1)", "[rules]") {
    Desk desk;
    const auto judge = [&](const std::string& bits) {
        return desk.judge(www, desk.no_data({desk.nsec("www.example.", "\\000.www.example. " + bits)}));
    };
    SECTION("obeys: name error, whatever the RCODE in the header was") {
        const auto verdict = judge("RRSIG NSEC TYPE128");
        expect_secure(verdict, AnswerKind::name_error);
        CHECK(verdict.rcode == dns::Rcode::NXDOMAIN);
        const auto same = desk.name_error({desk.nsec("www.example.", "\\000.www.example. RRSIG NSEC TYPE128")});
        expect_secure(desk.judge(www, same), AnswerKind::name_error);
        expect_secure(judge("RRSIG NSEC"), AnswerKind::no_data); // an empty non-terminal
    }
    SECTION("breaks: beside other types NXNAME does not make a name error") {
        expect_secure(judge("TXT RRSIG NSEC TYPE128"), AnswerKind::no_data);
        expect_bogus(judge("A RRSIG NSEC TYPE128"), "nsec-type-present");
    }
}

TEST_CASE("V-153 an NSEC whose next name lies outside the signer's zone is not used (RFC 4034 §4.1.1)", "[rules]") {
    Desk desk;
    SECTION("obeys: inside") {
        const auto reply = desk.name_error({desk.nsec("example.", "z.example. SOA NS RRSIG NSEC")});
        expect_secure(desk.judge(www, reply), AnswerKind::name_error);
    }
    SECTION("breaks: nsec-next-outside-zone") {
        for (const std::string next : {"z.other.", "example0.", "."}) {
            const auto verdict = desk.judge(www, desk.name_error({desk.nsec("example.", next + " SOA NS RRSIG NSEC")}));
            CHECK(verdict.security == Security::bogus);
            CHECK(verdict.has_reason(validator::ReasonCode::nsec_next_outside_zone));
        }
    }
}

TEST_CASE("V-154 the last NSEC of a zone covers all names behind its owner (RFC 4034 §4.1.1)", "[rules]") {
    Desk desk;
    const auto apex = desk.nsec("example.", "a.example. SOA NS RRSIG NSEC");
    SECTION("obeys: next is the apex") {
        const auto reply = desk.name_error({desk.nsec("v.example.", "example. A RRSIG NSEC"), apex});
        expect_secure(desk.judge(www, reply), AnswerKind::name_error);
    }
    SECTION("breaks: nsec-does-not-cover, a name before the last one's owner; and next before the owner is no end") {
        const auto behind = desk.name_error({desk.nsec("x.example.", "example. A RRSIG NSEC"), apex});
        expect_bogus(desk.judge(www, behind), "nsec-does-not-cover");
        const auto backwards = desk.name_error({desk.nsec("v.example.", "a.example. A RRSIG NSEC"), apex});
        expect_bogus(desk.judge(www, backwards), "nsec-does-not-cover");
    }
}

TEST_CASE("V-155 a single NSEC from apex to apex covers every other name of its zone, and nothing outside (RFC 4034 "
          "§4.1.1)",
          "[rules]") {
    Desk desk({"example.", "other."});
    const auto loop = desk.nsec("example.", "example. SOA NS RRSIG NSEC");
    SECTION("obeys: inside") {
        for (const auto& question : {www, ask("a.b.c.example.", RrType::A), ask("\\000.example.", RrType::A)})
            expect_secure(desk.judge(question, desk.name_error({loop})), AnswerKind::name_error);
        expect_secure(desk.judge(ask("example.", RrType::A), desk.no_data({loop})), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-type-present at the apex, nothing at all outside") {
        expect_bogus(desk.judge(ask("example.", RrType::NS), desk.no_data({loop})), "nsec-type-present");
        const auto verdict = desk.judge(ask("www.other.", RrType::A), desk.name_error({loop}));
        expect_bogus(verdict, "denial-unsigned");
    }
}

TEST_CASE("V-156 a bit map whose windows are out of order, of a bad length, or cut short makes the record unusable "
          "(RFC 4034 §4.1.2)",
          "[rules]") {
    Desk desk;
    SECTION("obeys: two windows in order") {
        const auto reply = desk.no_data({with_windows(desk, {0, 1, 0x40, 1, 1, 0x40})});
        expect_secure(desk.judge(www_txt, reply), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-does-not-cover, with the record named as malformed") {
        dns::Bytes long_window{0, 33};
        long_window.resize(35);
        for (const dns::Bytes& windows : {dns::Bytes{1, 1, 0x40, 0, 1, 0x40}, dns::Bytes{0, 1, 0x40, 0, 1, 0x40},
                                          dns::Bytes{0, 0}, dns::Bytes{0, 2, 0x40}, dns::Bytes{0}, long_window}) {
            const auto verdict = desk.judge(www_txt, desk.no_data({with_windows(desk, windows)}));
            CHECK(verdict.security == Security::bogus);
            REQUIRE(verdict.reasons.size() == 2);
            CHECK(verdict.reasons[1].detail == "(malformed NSEC)");
        }
    }
}

TEST_CASE("V-157 bits beyond the octets of a window are zero (RFC 4034 §4.1.2)", "[rules]") {
    Desk desk;
    SECTION("obeys: one octet holds types 0 to 7; TXT is 16") {
        expect_secure(desk.judge(www_txt, desk.no_data({with_windows(desk, {0, 1, 0x40})})), AnswerKind::no_data);
    }
    SECTION("breaks: nsec-type-present, with the octet that holds it") {
        expect_bogus(desk.judge(www_txt, desk.no_data({with_windows(desk, {0, 3, 0x40, 0, 0x80})})),
                     "nsec-type-present");
    }
}

TEST_CASE("V-158 the NSEC is signed by the zone that owns the name (RFC 4035 §5.3.1, RFC 6840 §4.1)", "[rules]") {
    Desk desk({"example.", "sub.example."});
    const auto question = ask("www.sub.example.", RrType::TXT);
    const auto record = rrset("www.sub.example.", RrType::NSEC, {"x.sub.example. A RRSIG NSEC"});
    SECTION("obeys: signed by sub.example.") {
        auto reply = desk.answer({}, {desk.zone(1).sign(record), desk.soa(1)});
        expect_secure(desk.judge(question, reply), AnswerKind::no_data);
    }
    SECTION("breaks: rrsig-signer-not-zone, the names of the zone, the signature of a sibling") {
        Desk siblings({"example.", "sub.example.", "brother.example."});
        auto reply = siblings.answer({}, {siblings.zone(2).sign(record), siblings.soa(1)});
        expect_bogus(siblings.judge(question, reply), "rrsig-signer-not-zone");
    }
    SECTION("breaks: nsec-from-parent-side, the parent's own record at the cut") {
        const auto at_cut = desk.zone(0).sign(rrset("sub.example.", RrType::NSEC, {"t.example. NS DS RRSIG NSEC"}));
        auto reply = desk.answer({}, {at_cut, desk.soa(0)});
        expect_bogus(desk.judge(ask("sub.example.", RrType::TXT), reply), "nsec-from-parent-side");
    }
}

TEST_CASE("V-159 denial records that the proof does not need are ignored, but their number is bounded (RFC 4035 §5.4)",
          "[rules]") {
    Desk desk;
    Sets flood;
    for (char c = 'a'; c <= 'u'; ++c)
        flood.push_back(desk.nsec(std::string(2, c) + ".example.", std::string(3, c) + ".example. A RRSIG NSEC"));
    SECTION("obeys: twenty-one that nobody asked for, before those that count: eight are verified, and the SOA") {
        flood.push_back(desk.nsec("v.example.", "x.example. A RRSIG NSEC"));
        flood.push_back(desk.nsec("example.", "a.example. SOA NS RRSIG NSEC"));
        desk.record(www, desk.name_error(flood));
        const Trial trial = desk.try_it(www);
        expect_secure(trial.verdict, AnswerKind::name_error);
        CHECK(trial.verdict.verifications == 1 + 8 + 1); // DNSKEY, NSEC, SOA
    }
    SECTION("obeys: an answer from a wildcard among them") {
        flood.push_back(desk.nsec("v.example.", "x.example. A RRSIG NSEC"));
        const auto made = desk.expand("www.example.", RrType::A, {"192.0.2.1"}, 1);
        expect_secure(desk.judge(www, desk.answer({made}, flood)));
    }
    SECTION("breaks: budget-denial-records, none of them helps") {
        desk.record(www, desk.name_error(flood));
        const Trial trial = desk.try_it(www);
        expect_bogus(trial.verdict, "budget-denial-records");
        CHECK(trial.verdict.verifications == 1 + 8 + 1); // no use for the SOA; that there is no zone cut
    }
    SECTION("breaks: budget-verifications, forged ones cost no more than the limit either") {
        for (auto& set : flood) {
            set.signatures.push_back(set.signatures.front());
            for (auto& rrsig : set.signatures)
                rrsig.back() ^= static_cast<std::uint8_t>(1 + (&rrsig - &set.signatures[0]));
        }
        desk.record(www, desk.name_error(flood));
        const Trial trial = desk.try_it(www);
        CHECK(trial.verdict.security == Security::bogus);
        CHECK(trial.verdict.verifications == desk.policy.limits.verifications); // of the whole question
    }
}

TEST_CASE("V-160 each record counts with a valid RRSIG of its own (RFC 4035 §5.4)", "[rules]") {
    Desk desk;
    const auto good = desk.nsec("v.example.", "x.example. A RRSIG NSEC");
    auto apex = desk.nsec("example.", "a.example. SOA NS RRSIG NSEC");
    SECTION("obeys: both are signed") {
        expect_secure(desk.judge(www, desk.name_error({good, apex})), AnswerKind::name_error);
    }
    SECTION("breaks: rrsig-bad-signature, one is not: what verified beside it does not carry it") {
        apex.signatures.front().back() ^= 1;
        expect_bogus(desk.judge(www, desk.name_error({good, apex})), "rrsig-bad-signature");
    }
    SECTION("breaks: rrsig-missing, an unsigned NSEC3 beside a signed NSEC of one owner") {
        auto nsec3 = desk.nsec3_cover("*.example.");
        nsec3.signatures.clear();
        expect_bogus(desk.judge(www, desk.name_error({good, nsec3})), "rrsig-missing");
    }
}

TEST_CASE("V-161 an incomplete proof stays incomplete: bogus after a bounded number of questions (RFC 4035 §5.4)",
          "[rules]") {
    Desk desk;
    const auto apex = desk.nsec("example.", "a.example. SOA NS RRSIG NSEC");
    SECTION("obeys: the complete one takes two questions") {
        desk.record(www, desk.name_error({desk.nsec("v.example.", "x.example. A RRSIG NSEC"), apex}));
        const Trial trial = desk.try_it(www);
        expect_secure(trial.verdict, AnswerKind::name_error);
        CHECK(trial.asked.size() == 2);
    }
    SECTION("breaks: nsec-does-not-cover; no question is asked twice") {
        desk.record(www, desk.name_error({apex}));
        const Trial trial = desk.try_it(www);
        expect_bogus(trial.verdict, "nsec-does-not-cover");
        CHECK(trial.asked.size() == 4); // two more for a zone cut at the name: it might be unsigned
    }
}
