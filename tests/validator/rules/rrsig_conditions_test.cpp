// V-016 to V-024, V-057 to V-059: which RRSIG may be used for which RRset at all.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;
using validator::ReasonCode;

namespace {

const dns::RrSet address = rrset("www.example.", RrType::A, {"192.0.2.1"});
const auto www = ask("www.example.", RrType::A);

zones::Hierarchy small_tree() {
    return build({zone("example.", "www A 192.0.2.1\nbeside A 192.0.2.2\n*.wild TXT w\nalias CNAME x.wild\n"),
                  zone("sub.example.", "mail A 192.0.2.1\n")});
}

// The answer with the signature that another RRset has.
Edit with_signature_of(const zones::Hierarchy& tree, const dns::Question& other, std::string_view owner) {
    return [&tree, other, owner = name(owner)](dns::Message& message) {
        drop(message.answer, RrType::RRSIG);
        const auto response = recursive(tree)(other);
        for (dns::Record record : std::get<validator::Answered>(response).message.answer) {
            if (record.type != RrType::RRSIG) continue;
            record.owner = owner;
            message.answer.push_back(record);
        }
    };
}

} // namespace

TEST_CASE("V-016 an RRSIG of another owner name or class is not used (RFC 4035 §5.3.1)", "[rules]") {
    const auto tree = small_tree();
    SECTION("obeys") { CHECK(verdict_of(tree, www).security == Security::secure); }
    SECTION("breaks: rrsig-missing where the signature stands at another name") {
        const auto verdict = verdict_of(tree, www, {{www, [](dns::Message& m) {
                                                         for (auto& r : m.answer)
                                                             if (r.type == RrType::RRSIG) r.owner = name("a.example.");
                                                     }}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-missing");
    }
    SECTION("breaks: rrsig-missing where it is of another class") {
        const auto verdict = verdict_of(tree, www, {{www, [](dns::Message& m) {
                                                         for (auto& r : m.answer)
                                                             if (r.type == RrType::RRSIG) r.rr_class = dns::RrClass::CH;
                                                     }}});
        CHECK(root_cause(verdict) == "rrsig-missing");
    }
    SECTION("breaks: rrsig-bad-signature where the signature of another name was moved here") {
        const Edits edits{{www, with_signature_of(tree, ask("beside.example.", RrType::A), "www.example.")}};
        CHECK(root_cause(verdict_of(tree, www, edits)) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-017 an RRSIG whose Type Covered is another is not used (RFC 4035 §5.3.1)", "[rules]") {
    const auto tree = small_tree();
    SECTION("obeys") { CHECK(verdict_of(tree, www).security == Security::secure); }
    SECTION("breaks: rrsig-missing, the RRSIG belongs to no RRset here") {
        const Edit other_type = [](dns::Message& m) {
            for (auto& r : m.answer)
                if (r.type == RrType::RRSIG) r.rdata[1] = static_cast<std::uint8_t>(RrType::AAAA);
        };
        CHECK(root_cause(verdict_of(tree, www, {{www, other_type}})) == "rrsig-missing");
    }
    SECTION("breaks: rrsig-malformed where it is pressed upon the RRset all the same") {
        TestZone zone("example.");
        CHECK(why_not(zone, zone.sign(address, [](auto& r) { r.type_covered = RrType::AAAA; })) == "rrsig-malformed");
    }
}

TEST_CASE("V-018 the signer's name is the zone that holds the RRset (RFC 4035 §5.3.1)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys") { CHECK(why_not(zone, zone.sign(address)).empty()); }
    SECTION("breaks: rrsig-signer-not-zone for a sibling, a child name and a look-alike") {
        for (const auto* signer : {"elsewhere.", "www.example.", "badexample.", "."})
            CHECK(why_not(zone, zone.sign(address, [&](auto& r) { r.signer = name(signer); })) ==
                  "rrsig-signer-not-zone");
    }
}

TEST_CASE("V-019 the zone above a cut signs nothing at or below it (RFC 4035 §5.3.1, §2.2)", "[rules]") {
    const auto tree = small_tree();
    const auto mail = ask("mail.sub.example.", RrType::A);
    const Edit by_parent = [&](dns::Message& m) {
        drop(m.answer, RrType::RRSIG);
        m.answer.push_back(signature_by(tree, "example.", rrset("mail.sub.example.", RrType::A, {"192.0.2.1"})));
    };
    auto seeking = default_policy();
    seeking.seek_hidden_cuts = true;
    SECTION("obeys") {
        CHECK(verdict_of(tree, mail, {}, seeking).security == Security::secure);
        const Trial trial = look_up(tree, mail, recursive(tree), seeking);
        CHECK(trial.rounds == 2); // the DS of the owner is asked for together with the rest of the chain
        CHECK(verdict_of(tree, ask("x.wild.example.", RrType::TXT), {}, seeking).security == Security::secure);
    }
    SECTION("breaks: rrsig-signer-above-cut where the policy has the labels between looked at") {
        const auto verdict = verdict_of(tree, mail, {{mail, by_parent}}, seeking);
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::rrsig_signer_above_cut));
    }
    SECTION("breaks: rrsig-signer-not-zone, always, for the types that stand at an apex alone") {
        TestZone zone("example.");
        const std::pair<RrType, std::string> apex_types[] = {{RrType::SOA, "ns.example. host.example. 1 2 3 4 5"},
                                                             {RrType::NS, "ns.example."},
                                                             {RrType::DNSKEY, "256 3 15 AAAA"},
                                                             {RrType::NSEC3PARAM, "1 0 0 -"}};
        for (const auto& [type, text] : apex_types)
            CHECK(why_not(zone, zone.sign(rrset("sub.example.", type, {text}))) == "rrsig-signer-not-zone");
    }
    SECTION("breaks: nsec-from-parent-side for the NSEC of the child's apex") {
        const auto question = ask("sub.example.", RrType::NSEC);
        const auto set = rrset("sub.example.", RrType::NSEC, {"mail.sub.example. NS SOA RRSIG NSEC DNSKEY"});
        const Edit nsec = [&](dns::Message& m) {
            m.answer = set.records();
            m.answer.push_back(signature_by(tree, "example.", set));
        };
        const auto verdict = verdict_of(tree, question, {{question, nsec}});
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::nsec_from_parent_side));
    }
}

TEST_CASE("V-020 DS and the parent-side NSEC are the parent's, at the delegated name only (RFC 4035 §2.4)", "[rules]") {
    const auto tree = small_tree();
    const auto question = ask("sub.example.", RrType::DS);
    SECTION("obeys") { CHECK(verdict_of(tree, question).security == Security::secure); }
    SECTION("breaks: rrsig-signer-not-zone where the child signed the DS") {
        const Edit by_child = [&](dns::Message& m) {
            dns::RrSet ds = dns::group(m.answer).front().set;
            drop(m.answer, RrType::RRSIG);
            m.answer.push_back(signature_by(tree, "sub.example.", ds));
        };
        const auto verdict = verdict_of(tree, question, {{question, by_child}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-signer-not-zone");
    }
    SECTION("breaks: delegation-proof-missing where the DS is of a sibling name") {
        const auto mail = ask("mail.sub.example.", RrType::A);
        const Edit sibling = [&](dns::Message& m) {
            for (auto& r : m.answer) r.owner = name("sib.example.");
        };
        const auto verdict = verdict_of(tree, mail, {{question, sibling}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "delegation-proof-missing");
    }
}

TEST_CASE("V-021 the NSEC of parent and child at one name are two RRsets (RFC 4035 §5.3.2)", "[rules]") {
    const auto tree = small_tree();
    const auto question = ask("sub.example.", RrType::NSEC);
    const auto answer = [&](std::string_view second_signer) {
        return Edits{{question, [&tree, second_signer](dns::Message& m) {
                          const auto parents = rrset("sub.example.", RrType::NSEC, {"www.example. NS DS RRSIG NSEC"});
                          const auto childs =
                              rrset("sub.example.", RrType::NSEC, {"mail.sub.example. NS SOA RRSIG NSEC DNSKEY"});
                          m.answer = {parents.records().front(), childs.records().front(),
                                      signature_by(tree, "example.", parents),
                                      signature_by(tree, second_signer, childs)};
                      }}};
    };
    SECTION("obeys") { CHECK(verdict_of(tree, question, answer("sub.example.")).security == Security::secure); }
    SECTION("breaks: nsec-from-parent-side where one zone signed both") {
        const auto verdict = verdict_of(tree, question, answer("example."));
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::nsec_from_parent_side));
    }
}

TEST_CASE("V-022 more labels than the owner has: not used (RFC 4035 §5.3.1)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys") { CHECK(why_not(zone, sign_octets(zone, address)).empty()); }
    SECTION("breaks: rrsig-labels-exceed-owner, though the octets are signed like that") {
        CHECK(why_not(zone, sign_octets(zone, address, [](auto& o) { o.head.labels = 3; })) ==
              "rrsig-labels-exceed-owner");
    }
}

TEST_CASE("V-023 fewer labels than the signer's name: a wildcard above the zone, not used (RFC 4034 §3.1.3)",
          "[rules]") {
    TestZone zone("sub.example.");
    const auto set = rrset("a.b.sub.example.", RrType::A, {"192.0.2.1"});
    const auto with_labels = [&](std::uint8_t labels, std::string_view wildcard) {
        return why_not(zone, sign_octets(zone, set, [&](auto& o) {
                           o.head.labels = labels;
                           o.owner = name(wildcard);
                       }));
    };
    SECTION("obeys") { CHECK(with_labels(2, "*.sub.example.").empty()); }
    SECTION("breaks: rrsig-labels-below-signer, though the octets are signed like that") {
        CHECK(with_labels(1, "*.example.") == "rrsig-labels-below-signer");
        CHECK(with_labels(0, "*.") == "rrsig-labels-below-signer");
    }
}

TEST_CASE("V-024 an expanded RRset is secure only with the denial of that very answer (RFC 4035 §5.3.4)", "[rules]") {
    const auto tree = small_tree();
    const auto question = ask("x.wild.example.", RrType::TXT);
    SECTION("obeys") { CHECK(verdict_of(tree, question).security == Security::secure); }
    SECTION("breaks: wildcard-expansion-not-proven where the proof went lost") {
        const auto verdict = verdict_of(tree, question, {{question, [](dns::Message& m) { m.authority.clear(); }}});
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "wildcard-expansion-not-proven");
    }
    SECTION("breaks: wildcard-expansion-not-proven where another name's denial came with it") {
        const Edit moved = [&](dns::Message& m) { // "w" is denied between sub and wild; below wild nothing is
            const auto other = recursive(tree)(ask("aaa.example.", RrType::TXT));
            m.authority = std::get<validator::Answered>(other).message.authority;
        };
        CHECK(verdict_of(tree, question, {{question, moved}}).has_reason(ReasonCode::wildcard_expansion_not_proven));
    }
}

TEST_CASE("V-057 an RRSIG that covers RRSIG is never used (RFC 4035 §2.2)", "[rules]") {
    TestZone zone("example.");
    SECTION("obeys") { CHECK(why_not(zone, zone.sign(address)).empty()); }
    SECTION("breaks: answer-not-signable") {
        const dns::RrSet set(name("www.example."), RrType::RRSIG, 3600, {zone.rrsig(address)});
        CHECK(why_not(zone, zone.sign(set)) == "answer-not-signable");
    }
}

TEST_CASE("V-058 an RRSIG that covers a meta-type is rejected", "[rules]") {
    TestZone zone("example.");
    const auto of_type = [&](int type) {
        return why_not(zone, zone.sign(dns::RrSet(name("www.example."), static_cast<RrType>(type), 3600, {{1, 2}})));
    };
    SECTION("obeys") { CHECK(of_type(65280).empty()); }
    SECTION("breaks: answer-not-signable") {
        for (const int type : {41, 249, 250, 251, 252, 255}) CHECK(of_type(type) == "answer-not-signable");
    }
}

TEST_CASE("V-059 a question for RRSIG is never answered as secure, and ends at once (RFC 4035 §2.2)", "[rules]") {
    const auto tree = small_tree();
    SECTION("obeys") {
        const Trial trial = look_up(tree, ask("www.example.", RrType::RRSIG));
        CHECK(trial.verdict.security == Security::insecure);
        CHECK(root_cause(trial.verdict) == "answer-not-signable");
        CHECK(trial.asked.size() == 1);
    }
    SECTION("breaks: its neighbour, the signed type itself, is judged") {
        CHECK(verdict_of(tree, www).security == Security::secure);
        const auto lone = ask("www.example.", RrType::RRSIG);
        const Trial alone = look_up(tree, lone, edited(tree, {{lone, [](dns::Message& m) {
                                                                   std::erase_if(m.answer, [](const auto& r) {
                                                                       return r.type != RrType::RRSIG;
                                                                   });
                                                               }}}));
        CHECK(alone.verdict.security == Security::insecure);
        CHECK(alone.asked.size() == 1);
    }
}
