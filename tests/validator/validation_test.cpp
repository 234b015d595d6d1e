#include "validator/validation.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

#include "tests/validator/support.h"

using namespace test;
using dns::RrType;
using validator::AnswerKind;
using validator::ReasonCode;
using validator::Security;
using zones::FaultKind;

namespace {

const std::string records = "mail A 192.0.2.1\n"
                            "mail AAAA 2001:db8::1\n"
                            "@ MX 10 mail\n"
                            "_25._tcp.mail TLSA 3 1 1 "
                            "0000000000000000000000000000000000000000000000000000000000000000\n"
                            "_24._tcp.mail TXT \"neighbour\"\n"
                            "*.wild TXT \"from a wildcard\"\n"
                            "alias CNAME mail\n"
                            "wide CNAME mail.far.test-zone.example.\n"
                            "gone CNAME nowhere\n"
                            "old DNAME new\n"
                            "www.new A 192.0.2.7\n"
                            "deep.down.below TXT \"under empty non-terminals\"\n"
                            "zzz TXT \"last\"\n";

std::vector<zones::ZoneSpec> specs(zones::Denial denial = zones::Denial::nsec) {
    return {zone("example.", "apex-neighbour TXT \"x\"\n", signing(denial)),
            zone("sub.example.", records, signing(denial)),
            zone("far.test-zone.example.", "mail A 192.0.2.9\n", signing()),
            zone("plain.example.", records, std::nullopt), zone("island.example.", records, signing(denial))};
}

zones::Hierarchy tree_with(const std::vector<zones::Fault>& faults, zones::Denial denial = zones::Denial::nsec) {
    auto all = specs(denial);
    all.back().parent_ds = zones::ZoneSpec::ParentDs::omit;
    return build(all, faults, signing(denial));
}

struct Row {
    std::string about;
    dns::Question question;
    std::vector<zones::Fault> faults;
    Security security;
    std::string root_cause; // "" for secure
    AnswerKind kind = AnswerKind::positive;
};

void check(const Row& row, const zones::Hierarchy& tree) {
    const Trial trial = look_up(tree, row.question);
    INFO(row.question.to_text() << ": " << words(trial.verdict));
    CHECK(trial.verdict.security == row.security);
    CHECK(root_cause(trial.verdict) == row.root_cause);
    CHECK(trial.verdict.kind == row.kind);
    CHECK(trial.rounds <= 3);
}

} // namespace

TEST_CASE("validation: unbroken zones are secure or provably insecure, whatever the kind of answer (RFC 4035 §4.3)") {
    const std::vector<Row> rows = {
        {"an address", ask("mail.sub.example.", RrType::A), {}, Security::secure, ""},
        {"apex data", ask("sub.example.", RrType::MX), {}, Security::secure, ""},
        {"letters of either case", ask("MAIL.Sub.EXAMPLE.", RrType::A), {}, Security::secure, ""},
        {"no such type", ask("mail.sub.example.", RrType::TXT), {}, Security::secure, "", AnswerKind::no_data},
        {"no such name", ask("nothing.sub.example.", RrType::A), {}, Security::secure, "", AnswerKind::name_error},
        {"no such name far below",
         ask("a.b.c.sub.example.", RrType::A),
         {},
         Security::secure,
         "",
         AnswerKind::name_error},
        {"empty non-terminal",
         ask("down.below.sub.example.", RrType::A),
         {},
         Security::secure,
         "",
         AnswerKind::no_data},
        {"wildcard answer", ask("x.wild.sub.example.", RrType::TXT), {}, Security::secure, ""},
        {"wildcard answer, two labels", ask("x.y.wild.sub.example.", RrType::TXT), {}, Security::secure, ""},
        {"wildcard without the type",
         ask("x.wild.sub.example.", RrType::A),
         {},
         Security::secure,
         "",
         AnswerKind::no_data},
        {"the wildcard itself", ask("*.wild.sub.example.", RrType::TXT), {}, Security::secure, ""},
        {"alias", ask("alias.sub.example.", RrType::A), {}, Security::secure, ""},
        {"alias without the type",
         ask("alias.sub.example.", RrType::MX),
         {},
         Security::secure,
         "",
         AnswerKind::no_data},
        {"alias to nothing", ask("gone.sub.example.", RrType::A), {}, Security::secure, "", AnswerKind::name_error},
        {"alias into another zone", ask("wide.sub.example.", RrType::A), {}, Security::secure, ""},
        {"alias asked for", ask("alias.sub.example.", RrType::CNAME), {}, Security::secure, ""},
        {"DNAME", ask("www.old.sub.example.", RrType::A), {}, Security::secure, ""},
        {"DNAME, CNAME asked for", ask("www.old.sub.example.", RrType::CNAME), {}, Security::secure, ""},
        {"DNAME asked for", ask("old.sub.example.", RrType::DNAME), {}, Security::secure, ""},
        {"DNAME owner's other types",
         ask("old.sub.example.", RrType::A),
         {},
         Security::secure,
         "",
         AnswerKind::no_data},
        {"DNSKEY", ask("sub.example.", RrType::DNSKEY), {}, Security::secure, ""},
        {"DS", ask("sub.example.", RrType::DS), {}, Security::secure, ""},
        {"DS of an unsigned zone", ask("plain.example.", RrType::DS), {}, Security::secure, "", AnswerKind::no_data},
        {"DS of a name that is no cut",
         ask("mail.sub.example.", RrType::DS),
         {},
         Security::secure,
         "",
         AnswerKind::no_data},
        {"DS of the root", ask(".", RrType::DS), {}, Security::secure, "", AnswerKind::no_data},
        {"keys of the root", ask(".", RrType::DNSKEY), {}, Security::secure, ""},
        {"ANY", ask("mail.sub.example.", RrType::ANY), {}, Security::secure, ""},
        {"ANY at no name", ask("nothing.sub.example.", RrType::ANY), {}, Security::secure, "", AnswerKind::name_error},
        {"RRSIG", ask("mail.sub.example.", RrType::RRSIG), {}, Security::insecure, "answer-not-signable"},
        {"unsigned zone", ask("mail.plain.example.", RrType::A), {}, Security::insecure, "delegation-insecure"},
        {"unsigned zone, no data",
         ask("mail.plain.example.", RrType::TXT),
         {},
         Security::insecure,
         "delegation-insecure",
         AnswerKind::no_data},
        {"unsigned zone, no name",
         ask("x.plain.example.", RrType::A),
         {},
         Security::insecure,
         "delegation-insecure",
         AnswerKind::name_error},
        {"signed, but no DS above",
         ask("mail.island.example.", RrType::A),
         {},
         Security::insecure,
         "delegation-insecure"},
    };
    for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3}) {
        const auto tree = tree_with({}, denial);
        for (const Row& row : rows) {
            DYNAMIC_SECTION(row.about << (denial == zones::Denial::nsec ? ", NSEC" : ", NSEC3")) { check(row, tree); }
        }
    }
}

TEST_CASE("validation: one fault in a signed zone gives the verdict and the root cause that the RFCs name") {
    const auto mail = ask("mail.sub.example.", RrType::A);
    const auto nothing = ask("mail.sub.example.", RrType::TXT);
    const auto tlsa = ask("_25._tcp.mail.sub.example.", RrType::TLSA);
    const auto at_mail = [](FaultKind kind, RrType type = RrType::A) {
        return std::vector{fault(kind, "mail.sub.example.", type)};
    };
    const auto at_zone = [](FaultKind kind) { return std::vector{fault(kind, "sub.example.")}; };
    const std::vector<Row> rows = {
        // RFC 4035 §5.3.1
        {"RRSIG missing", mail, at_mail(FaultKind::rrsig_missing), Security::bogus, "rrsig-missing"},
        {"RRSIG expired", mail, at_mail(FaultKind::rrsig_expired), Security::bogus, "rrsig-expired"},
        {"RRSIG not yet valid", mail, at_mail(FaultKind::rrsig_not_yet_valid), Security::bogus, "rrsig-not-yet-valid"},
        {"RRSIG ends before it begins", mail, at_mail(FaultKind::rrsig_expires_before_inception), Security::bogus,
         "rrsig-expires-before-inception"},
        {"signature altered", mail, at_mail(FaultKind::rrsig_wrong_octets), Security::bogus, "rrsig-bad-signature"},
        {"signer's name of a sibling", mail, at_mail(FaultKind::rrsig_wrong_signer), Security::bogus,
         "rrsig-signer-not-zone"},
        {"one label too many", mail, at_mail(FaultKind::rrsig_wrong_labels), Security::bogus,
         "rrsig-labels-exceed-owner"},
        {"key tag of no key", mail, at_mail(FaultKind::rrsig_wrong_key_tag), Security::bogus, "rrsig-no-matching-key"},
        {"data altered", mail, at_mail(FaultKind::rdata_altered), Security::bogus, "rrsig-bad-signature"},
        {"the neighbour's fault does no harm", ask("zzz.sub.example.", RrType::TXT), at_mail(FaultKind::rrsig_missing),
         Security::secure, ""},
        // RFC 4035 §5.2
        {"no DNSKEY", mail, at_zone(FaultKind::dnskey_missing), Security::bogus, "dnskey-missing"},
        {"DNSKEY unsigned", mail, at_zone(FaultKind::dnskey_unsigned), Security::bogus, "rrsig-missing"},
        {"no Zone Key flag", mail, at_zone(FaultKind::dnskey_flags_zero), Security::bogus, "dnskey-no-zone-flag"},
        {"protocol 4", mail, at_zone(FaultKind::dnskey_bad_protocol), Security::bogus, "dnskey-bad-protocol"},
        {"KSK revoked", mail, at_zone(FaultKind::dnskey_revoked), Security::bogus, "dnskey-revoked"},
        {"DS digest altered", mail, at_zone(FaultKind::ds_digest_wrong), Security::bogus, "ds-digest-mismatch"},
        {"DS key tag of no key", mail, at_zone(FaultKind::ds_key_tag_wrong), Security::bogus, "ds-no-matching-key"},
        {"DS algorithm of no key", mail, at_zone(FaultKind::ds_algorithm_wrong), Security::bogus,
         "ds-algorithm-not-in-dnskey"},
        {"zone unsigned below a DS", mail, at_zone(FaultKind::zone_unsigned_under_ds), Security::bogus,
         "dnskey-missing"},
        {"DS algorithm unknown", mail, at_zone(FaultKind::ds_algorithm_unknown), Security::insecure,
         "zone-algorithms-unsupported"},
        {"DS digest type unknown", mail, at_zone(FaultKind::ds_digest_unknown), Security::insecure,
         "zone-digests-unsupported"},
        {"insecure delegation without proof",
         ask("mail.plain.example.", RrType::A),
         {fault(FaultKind::ds_denial_missing, "plain.example.")},
         Security::bogus,
         "delegation-proof-missing"},
        // RFC 4035 §5.4
        {"denial missing", nothing, at_mail(FaultKind::denial_missing, RrType::TXT), Security::bogus, "nsec-missing",
         AnswerKind::no_data},
        {"denial with a bad signature", nothing, at_mail(FaultKind::denial_bad_signature, RrType::TXT), Security::bogus,
         "rrsig-bad-signature", AnswerKind::no_data},
        {"denial says the type exists", nothing, at_mail(FaultKind::denial_type_present, RrType::TXT), Security::bogus,
         "nsec-type-present", AnswerKind::no_data},
        {"a positive answer needs no denial", mail, at_mail(FaultKind::denial_missing, RrType::TXT), Security::secure,
         ""},
        {"TLSA bogus",
         tlsa,
         {fault(FaultKind::rrsig_wrong_octets, "_25._tcp.mail.sub.example.", RrType::TLSA)},
         Security::bogus,
         "rrsig-bad-signature"},
        // RFC 4035 §4.3: could not tell
        {"SERVFAIL for the answer",
         mail,
         {fault(FaultKind::answer_servfail, "mail.sub.example.", RrType::A)},
         Security::indeterminate,
         "servfail",
         AnswerKind::failure},
        {"SERVFAIL for the keys",
         mail,
         {fault(FaultKind::answer_servfail, "sub.example.", RrType::DNSKEY)},
         Security::indeterminate,
         "servfail"},
        {"SERVFAIL for the DS",
         mail,
         {fault(FaultKind::answer_servfail, "sub.example.", RrType::DS)},
         Security::indeterminate,
         "servfail"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.about) { check(row, tree_with(row.faults)); }
    }
    const std::vector<Row> nsec3_rows = {
        {"denial missing", nothing, at_mail(FaultKind::denial_missing, RrType::TXT), Security::bogus, "nsec-missing",
         AnswerKind::no_data},
        {"denial says the type exists", nothing, at_mail(FaultKind::denial_type_present, RrType::TXT), Security::bogus,
         "nsec3-type-present", AnswerKind::no_data},
        {"denial with a bad signature", nothing, at_mail(FaultKind::denial_bad_signature, RrType::TXT), Security::bogus,
         "rrsig-bad-signature", AnswerKind::no_data},
        {"too many iterations", nothing, at_zone(FaultKind::nsec3_iterations_high), Security::insecure,
         "nsec3-iterations-too-high", AnswerKind::no_data},
        {"too many iterations do not matter to a positive answer", mail, at_zone(FaultKind::nsec3_iterations_high),
         Security::secure, ""},
        {"insecure delegation without proof",
         ask("mail.plain.example.", RrType::A),
         {fault(FaultKind::ds_denial_missing, "plain.example.")},
         Security::bogus,
         "delegation-proof-missing"},
    };
    for (const Row& row : nsec3_rows) {
        DYNAMIC_SECTION(row.about << ", NSEC3") { check(row, tree_with(row.faults, zones::Denial::nsec3)); }
    }
}

TEST_CASE("validation: a resolver without DNSSEC makes everything bogus, and is named") {
    const auto tree = tree_with({});
    for (const auto behaviour :
         {zones::Recursion::no_edns, zones::Recursion::ignores_do, zones::Recursion::strips_rrsig}) {
        for (const auto& question : {ask("sub.example.", RrType::MX), ask("plain.example.", RrType::MX),
                                     ask("mail.sub.example.", RrType::TXT)}) {
            DYNAMIC_SECTION(zones::to_text(behaviour) << " " << question.to_text()) {
                const Trial trial = look_up(tree, question, recursive(tree, behaviour, "127.0.0.2:53 (priority 0)"));
                INFO(words(trial.verdict));
                CHECK(trial.verdict.security == Security::bogus);
                REQUIRE(trial.verdict.has_reason(ReasonCode::resolver_strips_dnssec));
                CHECK(trial.verdict.reasons.front().code != ReasonCode::resolver_strips_dnssec);
                for (const auto& reason : trial.verdict.reasons)
                    if (reason.code == ReasonCode::resolver_strips_dnssec)
                        CHECK(
                            validator::to_text(reason, now) ==
                            "resolver 127.0.0.2:53 (priority 0) strips RRSIG; put a validating-capable resolver first");
                if (question.type == RrType::MX) CHECK(root_cause(trial.verdict) == "rrsig-missing");
                CHECK(trial.rounds == 2);
            }
        }
    }
    SECTION("no denial of DS at all: also for a zone that really is unsigned") {
        const Trial trial =
            look_up(tree, ask("plain.example.", RrType::MX), recursive(tree, zones::Recursion::no_edns));
        CHECK(trial.verdict.has_reason(ReasonCode::delegation_proof_missing));
    }
    SECTION("one RRSIG missing at a capable resolver is the zone's fault, not the resolver's") {
        const auto broken = tree_with({fault(FaultKind::rrsig_missing, "sub.example.", RrType::MX)});
        const Trial trial = look_up(broken, ask("sub.example.", RrType::MX));
        CHECK(trial.verdict.security == Security::bogus);
        CHECK_FALSE(trial.verdict.has_reason(ReasonCode::resolver_strips_dnssec));
    }
}

TEST_CASE("validation: a cold name takes two round trips, and no signature is verified twice") {
    auto csk = signing();
    csk.csk = true;
    const auto tree = build({zone("example.", "", csk), zone("sub.example.", records, csk)}, {}, csk);
    const Trial trial = look_up(tree, ask("mail.sub.example.", RrType::A));
    CHECK(trial.verdict.security == Security::secure);
    CHECK(trial.rounds == 2);
    CHECK(trial.asked.size() == 6);
    CHECK(trial.verdict.questions == 6);
    CHECK(trial.verdict.verifications == 6); // keys of three zones, two DS RRsets, the answer
    REQUIRE(trial.verdict.chain.size() == 3);
    CHECK(trial.verdict.chain[2].zone == name("sub.example."));
    CHECK(trial.verdict.chain[2].ds.size() == 1);
    CHECK(trial.verdict.chain[2].dnskey.size() == 1);
    CHECK(trial.verdict.chain[2].signatures.size() == 3); // over DS, DNSKEY and the answer
    CHECK(trial.verdict.window->from == csk.inception);
    CHECK(trial.verdict.window->until == csk.expiration);
    CHECK(trial.verdict.ttl == 3600);
    for (const auto& question : {ask("mail.sub.example.", RrType::TXT), ask("x.sub.example.", RrType::TXT),
                                 ask("x.wild.sub.example.", RrType::TXT), ask("alias.sub.example.", RrType::A),
                                 ask("www.old.sub.example.", RrType::A)}) {
        INFO(question.to_text());
        CHECK(look_up(tree, question).rounds == 2);
    }
}

TEST_CASE("validation: an alias whose end the response lacks is asked for, and each link keeps its own verdict (RFC "
          "6672 §5.3.3)") {
    const auto tree = build({zone("example.", "in CNAME www.plain.example.\nout CNAME www.sub.example.\n"),
                             zone("sub.example.", "www A 192.0.2.1\n"),
                             zone("plain.example.", "www A 192.0.2.2\nback CNAME www.sub.example.\n", std::nullopt)});
    // Gives the first link alone, as an authoritative server of one zone does.
    const auto first_link = [&](const dns::Question& question) -> validator::Response {
        auto response = recursive(tree)(question);
        auto& answer = std::get<validator::Answered>(response).message.answer;
        std::erase_if(answer, [&](const dns::Record& record) { return !(record.owner == question.name); });
        return response;
    };
    struct Case {
        std::string owner;
        Security security;
        std::vector<Security> links;
    };
    for (const Case& c : {Case{"out.example.", Security::secure, {Security::secure}},
                          Case{"in.example.", Security::insecure, {Security::secure}},
                          Case{"back.plain.example.", Security::insecure, {Security::insecure}}}) {
        for (const bool complete : {true, false}) {
            DYNAMIC_SECTION(c.owner << (complete ? " complete" : " in pieces")) {
                const Trial trial =
                    look_up(tree, ask(c.owner, RrType::A), complete ? recursive(tree) : Upstream(first_link));
                INFO(words(trial.verdict));
                CHECK(trial.verdict.security == c.security);
                REQUIRE(trial.verdict.aliases.size() == c.links.size());
                CHECK(trial.verdict.aliases[0].security == c.links[0]);
                CHECK(trial.verdict.aliases[0].owner == name(c.owner));
                CHECK(trial.verdict.final_name == trial.verdict.aliases[0].target);
                CHECK(trial.verdict.kind == AnswerKind::positive);
                const validator::Lookup lookup{ask(c.owner, RrType::A), trial.verdict, {}};
                CHECK(lookup.rdata().size() == 1);
            }
        }
    }
}

TEST_CASE("validation: loops and long chains of aliases end (RFC 6672 §2.2)") {
    std::string chain = "loop1 CNAME loop2\nloop2 CNAME loop1\nself CNAME self\n";
    for (int i = 0; i < 14; ++i) chain += "l" + std::to_string(i) + " CNAME l" + std::to_string(i + 1) + "\n";
    chain += "l14 A 192.0.2.1\n";
    const auto tree = build({zone("example.", chain)});
    CHECK(root_cause(look_up(tree, ask("loop1.example.", RrType::A)).verdict) == "alias-loop");
    CHECK(root_cause(look_up(tree, ask("self.example.", RrType::A)).verdict) == "alias-loop");
    CHECK(look_up(tree, ask("self.example.", RrType::A)).verdict.security == Security::indeterminate);
    CHECK(look_up(tree, ask("l3.example.", RrType::A)).verdict.security == Security::secure); // 11 links
    CHECK(root_cause(look_up(tree, ask("l2.example.", RrType::A)).verdict) == "alias-chain-too-long");
}

TEST_CASE("validation: a DNAME that yields too long a name is proven by its signature (RFC 6672 §2.2)") {
    const std::string label(62, 'x');
    const std::string dname = "old DNAME " + label + "." + label + "." + label + ".example.\n";
    const auto question = ask(label + ".old.example.", RrType::A);
    const auto tree = build({zone("example.", dname)});
    const auto verdict = look_up(tree, question).verdict;
    INFO(words(verdict));
    CHECK(verdict.security == Security::secure);
    CHECK(verdict.rcode == dns::Rcode::YXDOMAIN);
    CHECK(verdict.kind == AnswerKind::failure);
    const auto broken =
        build({zone("example.", dname)}, {fault(FaultKind::rrsig_wrong_octets, "old.example.", RrType::DNAME)});
    CHECK(root_cause(look_up(broken, question).verdict) == "rrsig-bad-signature");
}

TEST_CASE("validation: a forged CNAME below a DNAME is bogus (RFC 6672 §5.3.1)") {
    const auto tree = tree_with({});
    const auto question = ask("www.old.sub.example.", RrType::A);
    const auto forged = [&](const dns::Question& q) -> validator::Response {
        auto response = recursive(tree)(q);
        for (dns::Record& record : std::get<validator::Answered>(response).message.answer)
            if (record.type == RrType::CNAME) record.rdata = dns::SingleName{name("mail.sub.example.")}.build();
        return response;
    };
    const Trial trial = look_up(tree, question, forged);
    INFO(words(trial.verdict));
    CHECK(trial.verdict.security == Security::bogus);
    CHECK(trial.verdict.has_reason(ReasonCode::alias_target_differs));
    SECTION("the DNAME alone suffices") {
        const auto alone = [&](const dns::Question& q) -> validator::Response {
            auto response = recursive(tree)(q);
            std::erase_if(std::get<validator::Answered>(response).message.answer,
                          [](const dns::Record& r) { return r.type == RrType::CNAME; });
            return response;
        };
        const Trial whole = look_up(tree, question, alone);
        INFO(words(whole.verdict));
        CHECK(whole.verdict.security == Security::secure);
        CHECK(whole.verdict.aliases.at(0).type == RrType::DNAME);
        CHECK(whole.verdict.final_name == name("www.new.sub.example."));
    }
}

TEST_CASE("validation: trust anchors: none, negative, an island's own, and DNSKEY instead of DS (RFC 4035 §5, RFC 7646 "
          "§2.1)") {
    const auto tree = tree_with({});
    const auto with = [&](const validator::TrustAnchors& anchors, const dns::Question& question,
                          const validator::Policy& policy = default_policy()) {
        return drive(validator::Validation(question, anchors, policy, now), recursive(tree)).verdict;
    };
    const auto root = anchors_of(tree.root_anchors());
    SECTION("DNSKEY anchor") {
        CHECK(with(anchors_of(tree.root_dnskeys()), ask("mail.sub.example.", RrType::A)).security == Security::secure);
    }
    SECTION("no anchor above: RFC 4035 §5.1 treats it as unsigned") {
        const auto verdict = with({}, ask("mail.sub.example.", RrType::A));
        CHECK(verdict.security == Security::insecure);
        CHECK(root_cause(verdict) == "no-trust-anchor");
        CHECK(verdict.questions == 1);
    }
    SECTION("an island with an anchor of its own") {
        auto anchors = root;
        anchors.add({name("island.example."), tree.find(name("island.example."))->ds(), {}});
        CHECK(with(anchors, ask("mail.island.example.", RrType::A)).security == Security::secure);
        CHECK(with(root, ask("mail.island.example.", RrType::A)).security == Security::insecure);
    }
    SECTION("an anchor that no key matches") {
        validator::TrustAnchors anchors;
        anchors.add({name("."), tree.find(name("sub.example."))->ds(), {}});
        const auto verdict = with(anchors, ask("mail.sub.example.", RrType::A));
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == "anchor-no-matching-key");
    }
    SECTION("a negative anchor turns validation off at and below its name, and nowhere else") {
        auto policy = default_policy();
        policy.negative_anchors = {name("sub.example.")};
        const auto verdict = with(root, ask("mail.sub.example.", RrType::A), policy);
        CHECK(verdict.security == Security::insecure);
        CHECK(root_cause(verdict) == "negative-trust-anchor");
        policy.negative_anchors = {name("mail.sub.example.")}; // no zone cut there
        CHECK(with(root, ask("mail.sub.example.", RrType::A), policy).security == Security::insecure);
        CHECK(with(root, ask("mail.sub.example.", RrType::TXT), policy).security == Security::insecure);
        CHECK(with(root, ask("zzz.sub.example.", RrType::TXT), policy).security == Security::secure);
        policy.negative_anchors = {name("sub.example.")};
        CHECK(with(root, ask("apex-neighbour.example.", RrType::TXT), policy).security == Security::secure);
    }
}

TEST_CASE("validation: a clock that is wrong makes every signature fail by about as much, and is suspected") {
    const auto tree = tree_with({});
    const auto at = [&](std::int64_t days) {
        return look_up(tree, ask("mail.sub.example.", RrType::A), recursive(tree), default_policy(), nullptr,
                       dns::UnixTime{now.seconds + days * 86400})
            .verdict;
    };
    for (const std::int64_t days : {400, -400}) {
        const auto verdict = at(days);
        INFO(words(verdict));
        CHECK(verdict.security == Security::bogus);
        CHECK(root_cause(verdict) == (days > 0 ? "rrsig-expired" : "rrsig-not-yet-valid"));
        CHECK(verdict.has_reason(ReasonCode::clock_suspect));
    }
    CHECK(at(0).security == Security::secure);
    SECTION("one expired RRset among good ones does not throw suspicion on the clock") {
        const auto broken = tree_with({fault(FaultKind::rrsig_expired, "mail.sub.example.", RrType::A)});
        CHECK_FALSE(look_up(broken, ask("mail.sub.example.", RrType::A)).verdict.has_reason(ReasonCode::clock_suspect));
    }
    SECTION("tolerance only where it is configured") {
        auto policy = default_policy();
        policy.clock_skew = 3600;
        const auto end = signing().expiration.seconds;
        const auto verdict_at = [&](std::int64_t second, const validator::Policy& p) {
            return look_up(tree, ask("mail.sub.example.", RrType::A), recursive(tree), p, nullptr,
                           dns::UnixTime{second})
                .verdict.security;
        };
        CHECK(verdict_at(end, default_policy()) == Security::secure);
        CHECK(verdict_at(end + 1, default_policy()) == Security::bogus);
        CHECK(verdict_at(end + 3600, policy) == Security::secure);
        CHECK(verdict_at(end + 3601, policy) == Security::bogus);
    }
}

TEST_CASE("validation: no answer is indeterminate, with the resolver and the cause") {
    const auto tree = tree_with({});
    const auto silent_for = [&](RrType type) {
        return [&tree, type](const dns::Question& question) -> validator::Response {
            if (question.type != type) return recursive(tree)(question);
            return validator::NoAnswer{validator::NoAnswerCause::timeout,
                                       {{{"192.0.2.1:53 (priority 0)"}, validator::NoAnswerCause::timeout}}};
        };
    };
    for (const RrType type : {RrType::A, RrType::DNSKEY, RrType::DS}) {
        const auto verdict = look_up(tree, ask("mail.sub.example.", RrType::A), silent_for(type)).verdict;
        INFO(words(verdict));
        CHECK(verdict.security == Security::indeterminate);
        CHECK(root_cause(verdict) == "no-answer");
        CHECK(verdict.reasons.at(0).resolver == "192.0.2.1:53 (priority 0)");
        CHECK(verdict.ttl == 0);
    }
    SECTION("a recording that lacks a question") {
        const validator::Evidence nothing;
        const auto verdict = validator::validate(ask("mail.sub.example.", RrType::A), nothing,
                                                 anchors_of(tree.root_anchors()), default_policy(), now);
        CHECK(verdict.security == Security::indeterminate);
        CHECK(verdict.questions == 1);
    }
}
