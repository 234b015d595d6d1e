// V-092 to V-106: what shows that a delegation is insecure, or that there is no cut.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;
using validator::ReasonCode;

namespace {

const auto mail = ask("mail.plain.example.", RrType::A);
const auto ds = ask("plain.example.", RrType::DS);

zones::Hierarchy tree_with(zones::Denial denial = zones::Denial::nsec) {
    return build({zone("example.", "www A 192.0.2.1\nalias CNAME www\n*.wild CNAME www\n", signing(denial)),
                  zone("plain.example.", "mail A 192.0.2.2\n", std::nullopt),
                  zone("far.empty.example.", "mail A 192.0.2.3\n", signing(denial))},
                 {}, signing(denial));
}

// The DS question of plain.example. answered with this NSEC record alone, signed by that zone.
Edit claim(const zones::Hierarchy& tree, const std::string& nsec, std::string_view signer = "example.",
           const TestZone::Mutation& before = {}) {
    return [&tree, nsec, signer, before](dns::Message& m) {
        const auto set = rrset("plain.example.", RrType::NSEC, {nsec});
        m.authority = set.records();
        m.authority.push_back(signature_by(tree, signer, set, before));
    };
}

// An unsigned address below a name of the zone example., so that the walk goes through that name.
Edits unsigned_below(const dns::Question& question) {
    return {{question, [question](dns::Message& m) {
                 m = dns::Message();
                 m.answer = {dns::Record(question.name, RrType::A, 60, {192, 0, 2, 1})};
             }}};
}

} // namespace

TEST_CASE("V-092 an insecure delegation: the DS bit is clear at the cut (RFC 4035 §5.2)", "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys") {
        const auto verdict = verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS RRSIG NSEC")}});
        CHECK(verdict.security == Security::insecure);
        CHECK(root_cause(verdict) == "delegation-insecure");
    }
    SECTION("breaks: nsec-type-present") {
        const auto verdict = verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS DS RRSIG NSEC")}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "nsec-type-present");
    }
}

TEST_CASE("V-093 an insecure delegation: the record is the parent's, its SOA bit is clear (RFC 4035 §5.2)", "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys") {
        CHECK(verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS RRSIG NSEC")}}).security == Security::insecure);
    }
    SECTION("breaks: nsec-from-parent-side") {
        const auto verdict = verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS SOA RRSIG NSEC")}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "nsec-from-parent-side");
    }
}

TEST_CASE("V-094 an insecure delegation: the NS bit is set, or the span is opt-out (RFC 6840 §4.4)", "[rules]") {
    SECTION("obeys: NS, and opt-out") {
        const auto tree = tree_with();
        CHECK(root_cause(verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS RRSIG NSEC")}})) ==
              "delegation-insecure");
        const auto opt_out = tree_with(zones::Denial::nsec3_opt_out);
        CHECK(root_cause(verdict_of(opt_out, mail)) == "delegation-insecure-opt-out");
    }
    SECTION("breaks: rrsig-missing, for without NS there is no cut and the answer lacks its signature") {
        const auto tree = tree_with();
        const auto verdict = verdict_of(tree, mail, {{ds, claim(tree, "www.example. A RRSIG NSEC")}});
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::rrsig_missing));
    }
}

TEST_CASE("V-095 an insecure delegation: the denial is authenticated first (RFC 4035 §5.4)", "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys") { CHECK(verdict_of(tree, mail).security == Security::insecure); }
    SECTION("breaks: rrsig-bad-signature") {
        const auto verdict = verdict_of(tree, mail, {{ds, [&](dns::Message& m) {
                                                          claim(tree, "www.example. NS RRSIG NSEC")(m);
                                                          m.authority.back().rdata.back() ^= 1;
                                                      }}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-096 a wildcard's NSEC with the NS bit proves no insecure delegation (RFC 6840 §4.1)", "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys: the delegation's own") {
        CHECK(verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS RRSIG NSEC")}}).security == Security::insecure);
    }
    SECTION("breaks: the same octets signed as *.example.") {
        const auto one_label = [](dns::Rrsig& r) { r.labels = 1; };
        const auto verdict =
            verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS RRSIG NSEC", "example.", one_label)}});
        INFO(words(verdict));
        CHECK(verdict.security == Security::bogus);
    }
}

TEST_CASE("V-097 a claim signed by a zone above a secure cut is rejected, and the walk stops there (RFC 6840 §4.1)",
          "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys") {
        CHECK(verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS RRSIG NSEC")}}).security == Security::insecure);
    }
    SECTION("breaks: rrsig-signer-not-zone where the grandparent signed") {
        const auto verdict = verdict_of(tree, mail, {{ds, claim(tree, "www.example. NS RRSIG NSEC", ".")}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-signer-not-zone");
        CHECK(verdict.chain.back().zone == name("plain.example."));
    }
}

TEST_CASE("V-098 an opt-out NSEC3 that is not validated proves nothing (RFC 4035 §5.4)", "[rules]") {
    const auto tree = tree_with(zones::Denial::nsec3_opt_out);
    SECTION("obeys") { CHECK(verdict_of(tree, mail).security == Security::insecure); }
    SECTION("breaks: rrsig-missing") {
        const Edit bare = [](dns::Message& m) { drop_signatures(m.authority, RrType::NSEC3); };
        const auto verdict = verdict_of(tree, mail, {{ds, bare}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-missing");
    }
    SECTION("breaks: rrsig-bad-signature where the flag was set afterwards") {
        const auto plain = tree_with(zones::Denial::nsec3);
        const Edit flagged = [](dns::Message& m) {
            for (auto& r : m.authority)
                if (r.type == RrType::NSEC3) r.rdata[1] = 1;
        };
        CHECK(root_cause(verdict_of(plain, mail, {{ds, flagged}})) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-099 good proofs of an insecure delegation: NSEC, NSEC3, opt-out (RFC 4035 §5.2, RFC 5155 §8.9)",
          "[rules]") {
    for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3, zones::Denial::nsec3_opt_out}) {
        const auto tree = tree_with(denial);
        const std::string about = std::to_string(static_cast<int>(denial));
        SECTION("obeys: " + about) { CHECK(verdict_of(tree, mail).security == Security::insecure); }
        SECTION("breaks: delegation-proof-missing: " + about) {
            const auto verdict = verdict_of(tree, mail, {{ds, [](dns::Message& m) { m.authority.clear(); }}});
            CHECK(verdict.security == Security::bogus);
            CHECK(root_cause(verdict) == "delegation-proof-missing");
        }
    }
}

TEST_CASE("V-100 where neither DS nor a denial of it came, the DS RRset is asked for (RFC 4035 §5.2)", "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys") {
        const Trial trial = look_up(tree, mail);
        CHECK(trial.verdict.security == Security::insecure);
        CHECK(std::find(trial.asked.begin(), trial.asked.end(), ds) != trial.asked.end());
    }
    SECTION("breaks: delegation-proof-missing where that has neither as well") {
        const auto verdict = verdict_of(tree, mail, {{ds, [](dns::Message& m) { m.authority.clear(); }}});
        CHECK(root_cause(verdict) == "delegation-proof-missing");
        CHECK(verdict.security == Security::bogus);
    }
}

TEST_CASE("V-101 DS answered by an authentic CNAME at that name: no DS and no cut, walk on (RFC 6840 §4.3)",
          "[rules]") {
    const auto tree = tree_with();
    const auto question = ask("x.alias.example.", RrType::A);
    SECTION("obeys: it goes on to the name itself") {
        auto edits = unsigned_below(question);
        const auto verdict = verdict_of(tree, question, edits);
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-missing");
        CHECK_FALSE(verdict.has_reason(ReasonCode::ds_answered_by_alias));
    }
    SECTION("breaks: ds-answered-by-alias where the CNAME's signature fails; insecure it never is") {
        auto edits = unsigned_below(question);
        edits.emplace_back(ask("alias.example.", RrType::DS), [](dns::Message& m) {
            for (auto& r : m.answer)
                if (r.type == RrType::RRSIG) r.rdata.back() ^= 1;
        });
        const auto verdict = verdict_of(tree, question, edits);
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::ds_answered_by_alias));
    }
}

TEST_CASE("V-102 DS answered by an unsigned CNAME or a DNAME: bogus, and at once (RFC 4035 §5.5)", "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys: the same question honestly answered") {
        CHECK(verdict_of(tree, mail).security == Security::insecure);
    }
    SECTION("breaks: ds-answered-by-alias") {
        const std::pair<RrType, std::string> aliases[] = {{RrType::CNAME, "plain.example."},
                                                          {RrType::DNAME, "example."}};
        for (const auto& [type, owner] : aliases) {
            const Edit alias = [type = type, owner = owner](dns::Message& m) {
                m = dns::Message();
                m.answer = {record(owner, type, "elsewhere.example.")};
            };
            const Trial trial = look_up(tree, mail, edited(tree, {{ds, alias}}));
            CHECK(trial.verdict.security == Security::bogus);
            CHECK(root_cause(trial.verdict) == "ds-answered-by-alias");
            CHECK(trial.rounds <= 3);
        }
    }
}

TEST_CASE("V-103 DS answered by a CNAME made from a wildcard: bogus (RFC 4035 §5.3.4)", "[rules]") {
    const auto tree = tree_with();
    const auto question = ask("x.y.wild.example.", RrType::A);
    SECTION("obeys: the expansion itself is a fine answer to its own question") {
        CHECK(verdict_of(tree, ask("y.wild.example.", RrType::A)).security == Security::secure);
    }
    SECTION("breaks: ds-answered-by-alias") {
        const auto verdict = verdict_of(tree, question, unsigned_below(question));
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::ds_answered_by_alias));
    }
}

TEST_CASE("V-104 a DNSKEY question answered by a CNAME: the chain is broken, without a stall (RFC 4035 §5.5)",
          "[rules]") {
    const auto tree = tree_with();
    const auto question = ask("www.example.", RrType::A);
    SECTION("obeys") { CHECK(verdict_of(tree, question).security == Security::secure); }
    SECTION("breaks: dnskey-missing") {
        const Edit alias = [](dns::Message& m) {
            m = dns::Message();
            m.answer = {record("example.", RrType::CNAME, "elsewhere.")};
        };
        const Trial trial = look_up(tree, question, edited(tree, {{ask("example.", RrType::DNSKEY), alias}}));
        CHECK(trial.verdict.security == Security::bogus);
        CHECK(root_cause(trial.verdict) == "dnskey-missing");
        CHECK(trial.rounds <= 3);
    }
}

TEST_CASE("V-105 a name between that is no cut: walk on", "[rules]") {
    const auto question = ask("mail.far.empty.example.", RrType::A);
    for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3}) {
        const auto tree = tree_with(denial);
        const std::string about = denial == zones::Denial::nsec ? "NSEC" : "NSEC3";
        SECTION("obeys: " + about) { CHECK(verdict_of(tree, question).security == Security::secure); }
        SECTION("breaks: rrsig-missing where the denial there is not signed: " + about) {
            const auto verdict = verdict_of(tree, question, {{ask("empty.example.", RrType::DS), [](dns::Message& m) {
                                                                  drop(m.authority, RrType::RRSIG);
                                                              }}});
            CHECK(verdict.security == Security::bogus);
            CHECK(root_cause(verdict) == "rrsig-missing");
        }
    }
}

TEST_CASE("V-106 DS of the root: NODATA from the root's own NSEC, SOA bit or not", "[rules]") {
    const auto tree = tree_with();
    const auto question = ask(".", RrType::DS);
    SECTION("obeys") {
        const auto verdict = verdict_of(tree, question);
        CHECK(verdict.security == Security::secure);
        CHECK(verdict.kind == validator::AnswerKind::no_data);
    }
    SECTION("breaks: nsec-type-present where that NSEC has the DS bit") {
        const auto verdict =
            verdict_of(tree, question, {{question, [&](dns::Message& m) {
                                             const auto set =
                                                 rrset(".", RrType::NSEC, {"example. NS SOA DS RRSIG NSEC DNSKEY"});
                                             m.authority = set.records();
                                             m.authority.push_back(signature_by(tree, ".", set));
                                         }}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "nsec-type-present");
    }
}
