// Which NSEC3 records count (RFC 5155 §3, §5, §8.1, §8.2).
#include <algorithm>

#include "tests/validator/rules/desk.h"
#include "validator/nsec3.h"

using namespace test;
using validator::ReasonCode;

namespace {

const auto question = ask("www.example.", RrType::TXT);
const std::vector<RrType> apex_types{RrType::NS, RrType::SOA, RrType::DNSKEY};

dns::SignedRrSet altered(Desk& desk, const dns::SignedRrSet& original, const std::function<void(dns::Nsec3&)>& alter) {
    dns::RrSet set = original.set;
    dns::Nsec3 nsec3 = *dns::Nsec3::parse(set.rdata.front());
    alter(nsec3);
    set.rdata.front() = nsec3.build();
    return desk.zone().sign(set);
}

void expect_unusable(const validator::Verdict& verdict, std::string_view root, ReasonCode why) {
    expect_bogus(verdict, root);
    CHECK(verdict.has_reason(why));
}

} // namespace

TEST_CASE("V-162 NSEC3 records with an unknown hash algorithm are ignored (RFC 5155 §8.1)", "[rules]") {
    Desk desk;
    const auto good = desk.nsec3_match("www.example.", {RrType::A});
    const auto unknown = altered(desk, good, [](dns::Nsec3& n) { n.hash_algorithm = 2; });
    SECTION("obeys: beside a good one they do no harm") {
        expect_secure(desk.judge(question, desk.no_data({unknown, good})), AnswerKind::no_data);
    }
    SECTION("breaks: nsec3-missing, there are no others") {
        expect_unusable(desk.judge(question, desk.no_data({unknown})), "nsec3-missing",
                        ReasonCode::nsec3_parameters_unknown);
    }
}

TEST_CASE("V-163 NSEC3 records with Flags other than 0 or 1 are ignored (RFC 5155 §8.2)", "[rules]") {
    Desk desk;
    const auto good = desk.nsec3_match("www.example.", {RrType::A});
    SECTION("obeys: 0 and 1") {
        for (const std::uint8_t flags : dns::Bytes{0, 1}) {
            const auto record = altered(desk, good, [&](dns::Nsec3& n) { n.flags = flags; });
            expect_secure(desk.judge(question, desk.no_data({record})), AnswerKind::no_data);
        }
    }
    SECTION("breaks: nsec3-missing") {
        for (const std::uint8_t flags : dns::Bytes{2, 3, 128}) {
            const auto record = altered(desk, good, [&](dns::Nsec3& n) { n.flags = flags; });
            expect_unusable(desk.judge(question, desk.no_data({record})), "nsec3-missing",
                            ReasonCode::nsec3_parameters_unknown);
        }
    }
}

TEST_CASE("V-164 records with different parameters are never combined in one proof (RFC 5155 §8.2)", "[rules]") {
    Desk desk;
    const auto other = GENERATE(Nsec3Fields{1, false, {0xab, 0xcd}}, Nsec3Fields{0, false, {0xab}});
    const auto encloser = desk.nsec3_match("example.", apex_types);
    const auto cover = desk.nsec3_cover("www.example."), wildcard = desk.nsec3_cover("*.example.");
    SECTION("obeys: two whole chains side by side, as while a zone changes its salt") {
        const auto reply = desk.name_error({desk.nsec3_match("example.", apex_types, other),
                                            desk.nsec3_cover("www.example.", other), encloser, cover, wildcard});
        expect_secure(desk.judge(question, reply), AnswerKind::name_error);
    }
    SECTION("breaks: nsec3-does-not-cover or nsec3-wildcard-not-denied, each record alone is good") {
        const auto mixed_cover = desk.name_error({encloser, desk.nsec3_cover("www.example.", other), wildcard});
        expect_bogus(desk.judge(question, mixed_cover), "nsec3-does-not-cover");
        const auto mixed_wildcard = desk.name_error({encloser, cover, desk.nsec3_cover("*.example.", other)});
        expect_bogus(desk.judge(question, mixed_wildcard), "nsec3-wildcard-not-denied");
    }
}

TEST_CASE("V-165 the owner of an NSEC3 is one hash directly under the apex of the zone that signed it (RFC 5155 §3, "
          "§8.3)",
          "[rules]") {
    Desk desk;
    const auto good = desk.nsec3_match("www.example.", {RrType::A});
    const auto at = [&](const dns::Name& owner) {
        dns::RrSet set = good.set;
        set.owner = owner;
        return desk.zone().sign(set);
    };
    SECTION("obeys: there, in letters of either case") {
        expect_secure(desk.judge(question, desk.no_data({good})), AnswerKind::no_data);
    }
    SECTION("breaks: nsec3-missing, one label further down, at the apex, or no hash") {
        const auto hash = good.set.owner.label(0);
        for (const dns::Name& owner : {*name("sub.example.").prepend_label(hash), name("example."),
                                       name("short.example."), *good.set.owner.prepend("x")}) {
            expect_unusable(desk.judge(question, desk.no_data({at(owner)})), "nsec3-missing",
                            ReasonCode::nsec3_owner_not_under_zone);
        }
    }
    SECTION("breaks: nsec3-missing, the parent impersonates the child with a record under the child's name") {
        Desk two({"example.", "sub.example."});
        const auto below = ask("www.sub.example.", RrType::TXT);
        auto record = two.nsec3_match("www.sub.example.", {RrType::A});
        expect_secure(two.judge(below, two.answer({}, {record, two.soa(1)})), AnswerKind::no_data);
        record = two.zone(0).sign(record.set); // the same record, signed by example.
        const auto verdict = two.judge(below, two.answer({}, {record, two.soa(1)}));
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::nsec3_owner_not_under_zone));
    }
}

TEST_CASE("V-166 the hash is SHA-1 over the lowercase name and salt, iterated (RFC 5155 §5)", "[rules]") {
    SECTION("obeys: the examples of the RFC, and any case of letters") {
        const dns::Bytes salt{0xaa, 0xbb, 0xcc, 0xdd};
        CHECK(dns::base32hex(validator::nsec3_hash(name("example."), salt, 12)) == "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom");
        CHECK(validator::nsec3_hash(name("A.EXAMPLE."), salt, 12) ==
              validator::nsec3_hash(name("a.example."), salt, 12));
        Desk desk;
        const auto record = desk.nsec3_match("www.example.", {RrType::A}, {10, false, {1, 2, 3, 4, 5, 6, 7, 8}});
        expect_secure(desk.judge(ask("WWW.Example.", RrType::TXT), desk.no_data({record})), AnswerKind::no_data);
    }
    SECTION("breaks: nsec3-no-closest-encloser, one iteration more in the record than was hashed") {
        Desk desk;
        const auto record = altered(desk, desk.nsec3_match("www.example.", {RrType::A}, {10}),
                                    [](dns::Nsec3& n) { n.iterations = 11; });
        expect_bogus(desk.judge(question, desk.no_data({record})), "nsec3-no-closest-encloser");
    }
}

TEST_CASE("V-167 a hash of another length than 20 octets makes the record unusable (RFC 5155 §3.1.7, §5)", "[rules]") {
    Desk desk;
    const auto good = desk.nsec3_match("www.example.", {RrType::A});
    SECTION("obeys: 20 octets") { expect_secure(desk.judge(question, desk.no_data({good})), AnswerKind::no_data); }
    SECTION("breaks: nsec3-missing, 19 and 21 octets in the next hash, and an owner of 40 bits") {
        for (const std::size_t octets : {19u, 21u, 1u}) {
            const auto record = altered(desk, good, [&](dns::Nsec3& n) { n.next_hashed_owner.resize(octets, 0x55); });
            expect_unusable(desk.judge(question, desk.no_data({record})), "nsec3-missing",
                            ReasonCode::nsec3_parameters_unknown);
        }
        dns::RrSet set = good.set;
        set.owner = name("00000000.example.");
        expect_unusable(desk.judge(question, desk.no_data({desk.zone().sign(set)})), "nsec3-missing",
                        ReasonCode::nsec3_owner_not_under_zone);
    }
}

TEST_CASE("V-168 the last NSEC3 wraps to the first; a single one covers all but its own hash (RFC 5155 §3.1.7)",
          "[rules]") {
    Desk desk;
    const auto encloser = desk.nsec3_match("example.", apex_types);
    const auto with_next = [&](std::array<std::uint8_t, 20> next) {
        return altered(desk, encloser, [&](dns::Nsec3& n) { n.next_hashed_owner.assign(next.begin(), next.end()); });
    };
    const auto own = *validator::nsec3_owner_hash(encloser.set.owner, name("example."));
    SECTION("obeys: next is the owner itself, or before it") {
        expect_secure(desk.judge(question, desk.name_error({with_next(own)})), AnswerKind::name_error);
        expect_secure(desk.judge(question, desk.name_error({with_next(neighbour(own, -1))})), AnswerKind::name_error);
    }
    SECTION("breaks: nsec3-does-not-cover, next just behind the owner leaves no room") {
        expect_bogus(desk.judge(question, desk.name_error({with_next(neighbour(own, 1))})), "nsec3-does-not-cover");
    }
    SECTION("breaks: nsec3-does-not-cover, a single record does not cover its own hash: the apex exists") {
        expect_bogus(desk.judge(ask("example.", RrType::SOA), desk.name_error({with_next(own)})),
                     "nsec3-does-not-cover");
    }
}

TEST_CASE("V-169 a name that is the owner of an NSEC3 record is an ordinary name (RFC 5155 §7.2.8)", "[rules]") {
    const auto tree = build({zone("example.", "www A 192.0.2.1\n", signing(zones::Denial::nsec3))}, {},
                            signing(zones::Denial::nsec3));
    const auto response = recursive(tree)(ask("nothing.example.", RrType::A));
    const auto& authority = std::get<validator::Answered>(response).message.authority;
    const auto nsec3 =
        std::find_if(authority.begin(), authority.end(), [](const dns::Record& r) { return r.type == RrType::NSEC3; });
    REQUIRE(nsec3 != authority.end());
    SECTION("obeys: another NSEC3 denies it") {
        const dns::Question at_owner(nsec3->owner, RrType::A);
        expect_secure(look_up(tree, at_owner).verdict, AnswerKind::name_error);
    }
    SECTION("breaks: nsec3-no-closest-encloser, the record at that owner says nothing of the name") {
        Desk desk;
        const auto record = desk.nsec3_match("www.example.", {RrType::A});
        const dns::Question at_owner(record.set.owner, RrType::A);
        expect_bogus(desk.judge(at_owner, desk.no_data({record})), "nsec3-no-closest-encloser");
    }
}
