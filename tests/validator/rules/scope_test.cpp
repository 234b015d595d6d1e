// V-070 to V-072, V-107 to V-115: what is judged at all, and under which anchor.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"

using namespace test;
using validator::NegativeAnchor;
using validator::ReasonCode;

namespace {

zones::Hierarchy tree_with(const std::vector<zones::Fault>& faults = {}) {
    auto island = zone("island.example.", "mail A 192.0.2.3\n");
    island.parent_ds = zones::ZoneSpec::ParentDs::omit;
    return build({zone("example.", "www A 192.0.2.1\n"), zone("sub.example.", "mail A 192.0.2.2\n"), island,
                  zone("plain.example.", "mail A 192.0.2.4\n", std::nullopt)},
                 faults);
}

validator::TrustAnchor anchor_at(const zones::Hierarchy& tree, std::string_view apex) {
    return {name(apex), tree.find(name(apex))->ds(), {}};
}
validator::TrustAnchor wrong_anchor_at(const zones::Hierarchy& tree, std::string_view apex) {
    auto anchor = anchor_at(tree, apex);
    for (auto& ds : anchor.ds) ++ds.key_tag;
    return anchor;
}

validator::Verdict under(const zones::Hierarchy& tree, const std::vector<validator::TrustAnchor>& list,
                         const dns::Question& question, const validator::Policy& policy = default_policy(),
                         Edits edits = {}) {
    validator::TrustAnchors anchors;
    for (const auto& anchor : list) anchors.add(anchor);
    return drive(validator::Validation(question, anchors, policy, now), edited(tree, std::move(edits))).verdict;
}

validator::Policy exempting(std::vector<NegativeAnchor> negative) {
    auto policy = default_policy();
    policy.negative_anchors = std::move(negative);
    return policy;
}

const auto mail = ask("mail.sub.example.", RrType::A);

} // namespace

TEST_CASE("V-070 every response is validated, whatever its flags say (RFC 4035 §4.2)", "[rules]") {
    SECTION("obeys") { CHECK(verdict_of(tree_with(), mail).security == Security::secure); }
    SECTION("breaks: rrsig-bad-signature, also under AD and CD") {
        const auto tree = tree_with({fault(zones::FaultKind::rdata_altered, "mail.sub.example.", RrType::A)});
        const auto verdict = verdict_of(tree, mail, {{mail, [](dns::Message& m) {
                                                          m.header.authentic_data = true;
                                                          m.header.checking_disabled = true;
                                                      }}});
        CHECK(root_cause(verdict) == "rrsig-bad-signature");
    }
}

TEST_CASE("V-071 a verdict is secure, insecure, bogus or indeterminate (RFC 4035 §4.3)", "[rules]") {
    SECTION("obeys: secure, and insecure where that is proven") {
        CHECK(verdict_of(tree_with(), mail).security == Security::secure);
        CHECK(verdict_of(tree_with(), ask("mail.plain.example.", RrType::A)).security == Security::insecure);
    }
    SECTION("breaks: bogus where a signature lacks, indeterminate where no answer can be had (servfail)") {
        const auto bare = tree_with({fault(zones::FaultKind::rrsig_missing, "mail.sub.example.", RrType::A)});
        CHECK(verdict_of(bare, mail).security == Security::bogus);
        const auto failing = tree_with({fault(zones::FaultKind::answer_servfail, "mail.sub.example.", RrType::A)});
        const auto verdict = verdict_of(failing, mail);
        CHECK(verdict.security == Security::indeterminate);
        CHECK(root_cause(verdict) == "servfail");
        CHECK(verdict.has_reason(ReasonCode::not_determined));
    }
}

TEST_CASE("V-072 no anchor above the name: insecure, told apart from what could not be had (RFC 4033 §5)", "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys: an anchor above") {
        CHECK(under(tree, {anchor_at(tree, "example.")}, mail).security == Security::secure);
    }
    SECTION("breaks: no-trust-anchor where there is none") {
        const auto verdict = under(tree, {anchor_at(tree, "island.example.")}, mail);
        CHECK(verdict.security == Security::insecure);
        CHECK(root_cause(verdict) == "no-trust-anchor");
    }
    SECTION("breaks: servfail is never shown as insecure") {
        const auto failing = tree_with({fault(zones::FaultKind::answer_servfail, "mail.plain.example.", RrType::A)});
        CHECK(verdict_of(failing, ask("mail.plain.example.", RrType::A)).security == Security::indeterminate);
    }
}

TEST_CASE("V-107 DS is parent data: secure only under an anchor strictly above (RFC 4035 §2.4)", "[rules]") {
    const auto tree = tree_with();
    const auto ds = ask("sub.example.", RrType::DS);
    SECTION("obeys") {
        CHECK(under(tree, {anchor_at(tree, "example.")}, ds).security == Security::secure);
        CHECK(under(tree, {anchor_at(tree, "example."), anchor_at(tree, "sub.example.")}, ds).security ==
              Security::secure);
        CHECK(under(tree, {anchor_at(tree, "example."), wrong_anchor_at(tree, "sub.example.")}, ds).security ==
              Security::secure);
    }
    SECTION("breaks: no-trust-anchor where the only anchor is at the name itself") {
        const auto verdict = under(tree, {anchor_at(tree, "sub.example.")}, ds);
        CHECK(verdict.security == Security::insecure);
        CHECK(root_cause(verdict) == "no-trust-anchor");
    }
}

TEST_CASE("V-108 of several anchors above a name the closest one counts (RFC 6840 §5.10)", "[rules]") {
    const auto tree = tree_with();
    SECTION("obeys: a good one below a wrong one") {
        CHECK(under(tree, {wrong_anchor_at(tree, "."), anchor_at(tree, "sub.example.")}, mail).security ==
              Security::secure);
    }
    SECTION("breaks: anchor-no-matching-key where the closest one is wrong") {
        const auto verdict = under(tree, {anchor_at(tree, "."), wrong_anchor_at(tree, "sub.example.")}, mail);
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "anchor-no-matching-key");
    }
}

TEST_CASE("V-109 an anchor whose zone is denied is no crash; an unsigned denial is bogus (RFC 4035 §5.5)", "[rules]") {
    const auto tree = tree_with();
    validator::TrustAnchor ghost = anchor_at(tree, "sub.example.");
    ghost.zone = name("ghost.example.");
    const auto below = ask("x.ghost.example.", RrType::A);
    SECTION("obeys: the zone above proves that there is no such name; names elsewhere are not touched") {
        const auto verdict = under(tree, {anchor_at(tree, "."), ghost}, below);
        CHECK(verdict.security == Security::secure);
        CHECK(verdict.kind == validator::AnswerKind::name_error);
        CHECK(under(tree, {anchor_at(tree, "."), ghost}, mail).security == Security::secure);
    }
    SECTION("breaks: dnskey-missing where the denials are not signed") {
        const Edit bare = [](dns::Message& m) { drop(m.authority, RrType::RRSIG); };
        const Edits unsigned_denial{{below, bare}, {ask("ghost.example.", RrType::DNSKEY), bare}};
        const auto verdict = under(tree, {anchor_at(tree, "."), ghost}, below, default_policy(), unsigned_denial);
        INFO(words(verdict));
        CHECK(verdict.security == Security::bogus);
        CHECK(verdict.has_reason(ReasonCode::dnskey_missing));
    }
}

TEST_CASE("V-110 an anchor below an insecure delegation starts a chain of its own (RFC 4035 §5.1)", "[rules]") {
    const auto question = ask("mail.island.example.", RrType::A);
    SECTION("obeys") {
        const auto tree = tree_with();
        CHECK(under(tree, {anchor_at(tree, "."), anchor_at(tree, "island.example.")}, question).security ==
              Security::secure);
    }
    SECTION("breaks: rrsig-expired: all rules apply inside") {
        const auto tree = tree_with({fault(zones::FaultKind::rrsig_expired, "mail.island.example.", RrType::A)});
        const auto verdict = under(tree, {anchor_at(tree, "."), anchor_at(tree, "island.example.")}, question);
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "rrsig-expired");
    }
}

TEST_CASE("V-111 an island of security without an anchor counts as unsigned (RFC 4035 §5.1)", "[rules]") {
    const auto question = ask("mail.island.example.", RrType::A);
    const auto tree = tree_with({fault(zones::FaultKind::rrsig_expired, "mail.island.example.", RrType::A)});
    SECTION("obeys: even where its signatures are bad") {
        const auto verdict = under(tree, {anchor_at(tree, ".")}, question);
        CHECK(verdict.security == Security::insecure);
        CHECK(root_cause(verdict) == "delegation-insecure");
    }
    SECTION("breaks: rrsig-expired as soon as there is an anchor") {
        CHECK(root_cause(under(tree, {anchor_at(tree, "."), anchor_at(tree, "island.example.")}, question)) ==
              "rrsig-expired");
    }
}

TEST_CASE("V-112 a negative anchor exempts its name and all below, nothing else (RFC 7646 §2.1)", "[rules]") {
    const auto tree = tree_with({fault(zones::FaultKind::rrsig_expired, "mail.sub.example.", RrType::A),
                                 fault(zones::FaultKind::rrsig_expired, "www.example.", RrType::A)});
    const auto policy = exempting({name("sub.example.")});
    SECTION("obeys") {
        const auto verdict = verdict_of(tree, mail, {}, policy);
        CHECK(verdict.security == Security::insecure);
        CHECK(root_cause(verdict) == "negative-trust-anchor");
    }
    SECTION("breaks: rrsig-expired above and beside it") {
        CHECK(root_cause(verdict_of(tree, ask("www.example.", RrType::A), {}, policy)) == "rrsig-expired");
        CHECK(verdict_of(tree, ask("sub.example.", RrType::DS), {}, policy).security == Security::secure);
    }
}

TEST_CASE("V-113 at the node of a positive anchor the negative one wins (RFC 7646 §3)", "[rules]") {
    const auto tree = tree_with();
    const std::vector anchors{anchor_at(tree, "."), anchor_at(tree, "sub.example.")};
    SECTION("obeys") {
        const auto verdict = under(tree, anchors, mail, exempting({name("sub.example.")}));
        CHECK(verdict.security == Security::insecure);
        CHECK(root_cause(verdict) == "negative-trust-anchor");
    }
    SECTION("breaks: without it the positive one counts") {
        CHECK(under(tree, anchors, mail).security == Security::secure);
    }
}

TEST_CASE("V-114 at a positive anchor below a negative one validation resumes (RFC 7646 §2.1)", "[rules]") {
    const auto tree = tree_with();
    const auto policy = exempting({name("example.")});
    SECTION("obeys") {
        CHECK(under(tree, {anchor_at(tree, "."), anchor_at(tree, "sub.example.")}, mail, policy).security ==
              Security::secure);
    }
    SECTION("breaks: negative-trust-anchor where none stands below") {
        CHECK(root_cause(under(tree, {anchor_at(tree, ".")}, mail, policy)) == "negative-trust-anchor");
    }
}

TEST_CASE("V-115 a negative anchor ends by itself, after a week at most (RFC 7646 §2.1)", "[rules]") {
    const auto tree = tree_with();
    const auto at = [&](const NegativeAnchor& negative) { return verdict_of(tree, mail, {}, exempting({negative})); };
    SECTION("obeys: while it lasts, and what is kept because of it ends with it") {
        const auto verdict = at(NegativeAnchor::lasting(name("sub.example."), now, 60));
        CHECK(root_cause(verdict) == "negative-trust-anchor");
        CHECK(verdict.ttl == 60);
    }
    SECTION("breaks: a minute later the zone is validated again") {
        CHECK(at(NegativeAnchor::lasting(name("sub.example."), dns::UnixTime{now.seconds - 60}, 60)).security ==
              Security::secure);
    }
    SECTION("breaks: a month is cut to a week") {
        const auto month = NegativeAnchor::lasting(name("sub.example."), now, 30 * 86400);
        CHECK(month.counts_at(dns::UnixTime{now.seconds + 7 * 86400 - 1}));
        CHECK_FALSE(month.counts_at(dns::UnixTime{now.seconds + 7 * 86400}));
    }
}
