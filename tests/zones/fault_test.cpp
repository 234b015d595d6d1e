// Each fault, judged by our validator over the recursive face: the state and the root cause that it must give; and the
// same question without the fault, which is secure.
#include "zones/fault.h"

#include <catch2/catch_test_macros.hpp>

#include <set>

#include "resolver/dns/text.h"
#include "tests/zones/samples.h"
#include "validator/validation.h"

namespace {

using dns::RrType;
using samples::name;
using validator::ReasonCode;
using validator::Security;
using zones::Denial;
using zones::Fault;
using zones::FaultKind;
using zones::Recursion;

validator::Response ask(const zones::Hierarchy& hierarchy, const dns::Question& question, Recursion recursion) {
    const auto reply = zones::reply_recursively(hierarchy, dns::make_query(question, 1), recursion, 65535);
    if (!reply) return validator::NoAnswer{validator::NoAnswerCause::timeout, {}};
    auto message = dns::Message::parse(*reply);
    if (!message) return validator::NoAnswer{validator::NoAnswerCause::malformed, {}};
    if (message->rcode == dns::Rcode::SERVFAIL) return validator::NoAnswer{validator::NoAnswerCause::servfail, {}};
    if (message->rcode == dns::Rcode::REFUSED) return validator::NoAnswer{validator::NoAnswerCause::refused, {}};
    return validator::Answered{*message, {"127.0.0.2 (priority 0)"}, {}};
}

validator::Verdict
judge(const zones::Hierarchy& hierarchy, const dns::Question& question, Recursion recursion = Recursion::dnssec,
      const validator::Policy& policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904)) {
    validator::TrustAnchors anchors;
    validator::TrustAnchor root;
    for (const auto& record : hierarchy.root_anchors()) root.ds.push_back(*dns::Ds::parse(record.rdata));
    anchors.add(root);
    validator::Validation validation(question, anchors, policy, samples::now);
    for (;;) {
        auto step = validation.advance();
        if (auto* verdict = std::get_if<validator::Verdict>(&step)) return std::move(*verdict);
        for (const auto& needed : std::get<validator::Needs>(step).questions)
            validation.supply(needed, ask(hierarchy, needed, recursion));
    }
}

std::string explain(const validator::Verdict& verdict) {
    std::string text(validator::to_text(verdict.security));
    for (const auto& reason : verdict.reasons)
        text += "\n  " + std::string(validator::info(reason.code).id) + ": " + validator::to_text(reason, samples::now);
    return text;
}

struct Row {
    Fault fault;
    dns::Question question;
    Security security;
    ReasonCode reason; // the root cause
    Denial denial = Denial::nsec;
    std::optional<ReasonCode> also{}; // must be among the reasons, perhaps in front
};

Fault fault(FaultKind kind, std::string_view owner, std::optional<RrType> type = std::nullopt,
            zones::FaultDetails details = {}) {
    return {kind, name(owner), type, details};
}

const dns::Question& mx_of_domain() {
    static const dns::Question question(name("mail.example."), RrType::MX);
    return question;
}
const dns::Question& address_of_host() {
    static const dns::Question question(name("mx.mail.example."), RrType::A);
    return question;
}
const dns::Question& no_ipv6_of_host() {
    static const dns::Question question(name("mx.mail.example."), RrType::AAAA);
    return question;
}
const dns::Question& tlsa_of_host() {
    static const dns::Question question(name("_25._tcp.mx.mail.example."), RrType::TLSA);
    return question;
}
const dns::Question& no_tlsa_of_mx2() {
    static const dns::Question question(name("_25._tcp.mx2.mail.example."), RrType::TLSA);
    return question;
}

std::vector<Row> rows_on_signatures() {
    using enum FaultKind;
    const std::pair<FaultKind, ReasonCode> kinds[] = {
        {rrsig_missing, ReasonCode::rrsig_missing},
        {rrsig_expired, ReasonCode::rrsig_expired},
        {rrsig_not_yet_valid, ReasonCode::rrsig_not_yet_valid},
        {rrsig_wrong_octets, ReasonCode::rrsig_bad_signature},
        {rrsig_wrong_signer, ReasonCode::rrsig_signer_not_zone},
        {rrsig_wrong_labels, ReasonCode::rrsig_labels_exceed_owner},
        {rrsig_wrong_key_tag, ReasonCode::rrsig_no_matching_key},
        {rrsig_expires_before_inception, ReasonCode::rrsig_expires_before_inception},
        {rrsig_labels_too_few, ReasonCode::rrsig_labels_below_signer},
        {rrsig_wrong_algorithm, ReasonCode::rrsig_algorithm_unsupported},
        {rdata_altered, ReasonCode::rrsig_bad_signature},
    };
    std::vector<Row> rows;
    for (const auto& [kind, reason] : kinds) {
        for (const auto* question : {&mx_of_domain(), &address_of_host(), &tlsa_of_host()})
            rows.push_back({{kind, question->name, question->type}, *question, Security::bogus, reason});
    }
    return rows;
}

std::vector<Row> rows_on_delegation() {
    using enum FaultKind;
    const std::tuple<FaultKind, Security, ReasonCode> kinds[] = {
        {dnskey_missing, Security::bogus, ReasonCode::dnskey_missing},
        {dnskey_unsigned, Security::bogus, ReasonCode::rrsig_missing},
        {dnskey_flags_zero, Security::bogus, ReasonCode::dnskey_no_zone_flag},
        {dnskey_bad_protocol, Security::bogus, ReasonCode::dnskey_bad_protocol},
        {dnskey_revoked, Security::bogus, ReasonCode::dnskey_revoked},
        {ds_digest_wrong, Security::bogus, ReasonCode::ds_digest_mismatch},
        {ds_key_tag_wrong, Security::bogus, ReasonCode::ds_no_matching_key},
        {ds_algorithm_wrong, Security::bogus, ReasonCode::ds_algorithm_not_in_dnskey},
        {ds_digest_cut_short, Security::bogus, ReasonCode::ds_malformed},
        {dnskey_wrong_octets, Security::bogus, ReasonCode::ds_no_matching_key},
        {dnskey_wrong_algorithm, Security::bogus, ReasonCode::ds_algorithm_not_in_dnskey},
        {dnskey_cut_short, Security::bogus, ReasonCode::dnskey_malformed},
        {ds_denial_missing, Security::bogus, ReasonCode::delegation_proof_missing},
        {ds_algorithm_unknown, Security::insecure, ReasonCode::zone_algorithms_unsupported},
        {ds_digest_unknown, Security::insecure, ReasonCode::zone_digests_unsupported},
        {zone_unsigned_under_ds, Security::bogus, ReasonCode::dnskey_missing},
        {zone_algorithm_unsupported, Security::insecure, ReasonCode::zone_algorithms_unsupported},
        {zone_refuses, Security::indeterminate, ReasonCode::servfail},
    };
    std::vector<Row> rows;
    for (const auto denial : {Denial::nsec, Denial::nsec3}) {
        for (const auto& [kind, security, reason] : kinds)
            rows.push_back({fault(kind, "mail.example."), address_of_host(), security, reason, denial});
    }
    return rows;
}

std::vector<Row> rows_on_denial() {
    using enum FaultKind;
    struct Kind {
        FaultKind kind;
        ReasonCode nsec, nsec3;
    };
    const Kind kinds[] = {
        {denial_wrong, ReasonCode::nsec_does_not_cover, ReasonCode::nsec3_does_not_cover},
        {denial_bad_signature, ReasonCode::rrsig_bad_signature, ReasonCode::rrsig_bad_signature},
        {denial_type_present, ReasonCode::nsec_type_present, ReasonCode::nsec3_type_present},
    };
    std::vector<Row> rows;
    for (const auto& [kind, nsec, nsec3] : kinds) {
        for (const auto* question : {&no_ipv6_of_host(), &no_tlsa_of_mx2()}) {
            if (kind == denial_type_present && question->type == RrType::TLSA) continue; // no NSEC of its own
            const Fault breaks{kind, question->name, question->type};
            rows.push_back({breaks, *question, Security::bogus, nsec, Denial::nsec});
            rows.push_back({breaks, *question, Security::bogus, nsec3, Denial::nsec3});
        }
    }
    // Nothing signed is left of these responses, so an unsigned zone might begin there: that the DS is not denied
    // either is the root cause. The same record would have denied it.
    const auto unproven = ReasonCode::delegation_proof_missing;
    for (const auto denial : {Denial::nsec, Denial::nsec3})
        rows.push_back({fault(denial_missing, "mx.mail.example.", RrType::AAAA), no_ipv6_of_host(), Security::bogus,
                        unproven, denial, ReasonCode::nsec_missing});
    const auto no_tlsa = fault(denial_missing, "_25._tcp.mx2.mail.example.", RrType::TLSA);
    rows.push_back({no_tlsa, no_tlsa_of_mx2(), Security::bogus, unproven, Denial::nsec, ReasonCode::nsec_missing});
    // With NSEC3 the closest encloser's record is still there.
    rows.push_back({no_tlsa, no_tlsa_of_mx2(), Security::bogus, ReasonCode::nsec3_does_not_cover, Denial::nsec3});
    return rows;
}

// One key of two, or the finished zone edited: what is left of the rest decides.
std::vector<Row> rows_on_details() {
    using enum FaultKind;
    using zones::FaultDetails;
    using zones::KeyRole;
    const FaultDetails ksk{.key = KeyRole::ksk}, zsk{.key = KeyRole::zsk};
    const FaultDetails zsk_edited{.key = KeyRole::zsk, .edited = true}, edited{.edited = true};
    const auto bogus = Security::bogus;
    const auto row = [&](FaultKind kind, const FaultDetails& details, ReasonCode reason) {
        return Row{fault(kind, "mail.example.", std::nullopt, details), address_of_host(), bogus, reason};
    };
    std::vector<Row> rows{
        row(dnskey_missing, ksk, ReasonCode::ds_no_matching_key),
        row(dnskey_missing, zsk, ReasonCode::rrsig_no_matching_key),
        row(dnskey_missing, zsk_edited, ReasonCode::rrsig_bad_signature),
        row(dnskey_wrong_octets, zsk, ReasonCode::rrsig_no_matching_key),
        row(dnskey_wrong_octets, zsk_edited, ReasonCode::rrsig_bad_signature),
        row(dnskey_flags_zero, zsk, ReasonCode::dnskey_no_zone_flag),
        row(dnskey_flags_zero, zsk_edited, ReasonCode::dnskey_no_zone_flag),
        row(dnskey_flags_zero, edited, ReasonCode::dnskey_no_zone_flag),
        row(dnskey_revoked, edited, ReasonCode::dnskey_revoked),
        row(dnskey_bad_protocol, edited, ReasonCode::dnskey_bad_protocol),
    };
    const auto address = [&](FaultKind kind, const FaultDetails& details, ReasonCode reason) {
        rows.push_back({fault(kind, "mx.mail.example.", RrType::A, details), address_of_host(), bogus, reason});
    };
    address(rrsig_expired, edited, ReasonCode::rrsig_expired);
    address(rrsig_wrong_octets, zsk, ReasonCode::rrsig_bad_signature);
    rows.push_back({fault(rrsig_missing, "mail.example.", std::nullopt, {.everywhere = true}), address_of_host(), bogus,
                    ReasonCode::rrsig_missing});
    rows.push_back({fault(rrsig_missing, "mail.example.", RrType::NSEC3, {.everywhere = true}), no_ipv6_of_host(),
                    bogus, ReasonCode::rrsig_missing, Denial::nsec3});
    return rows;
}

// Names that are not there, and zones whose denial is wrong throughout.
std::vector<Row> rows_on_absence() {
    using enum FaultKind;
    const dns::Question absent(name("zebra.mail.example."), RrType::A); // not in the span that denies the wildcard
    const auto bogus = Security::bogus;
    const auto of_name = [&](FaultKind kind, Denial denial, ReasonCode reason, std::optional<ReasonCode> also = {}) {
        return Row{fault(kind, "zebra.mail.example.", RrType::A), absent, bogus, reason, denial, also};
    };
    const auto of_zone = [&](FaultKind kind, ReasonCode reason, std::optional<ReasonCode> also = {}) {
        return Row{fault(kind, "mail.example."), absent, bogus, reason, Denial::nsec3, also};
    };
    return {
        of_name(wildcard_denial_missing, Denial::nsec, ReasonCode::nsec_wildcard_not_denied),
        of_name(wildcard_denial_missing, Denial::nsec3, ReasonCode::nsec3_wildcard_not_denied),
        of_name(nsec_next_outside_zone, Denial::nsec, ReasonCode::nsec_next_outside_zone,
                ReasonCode::nsec_does_not_cover),
        of_zone(nsec3_wrong_owner, ReasonCode::nsec3_no_closest_encloser),
        of_zone(nsec3_wrong_next, ReasonCode::nsec3_does_not_cover),
        of_zone(nsec3_unknown_hash, ReasonCode::nsec3_parameters_unknown, ReasonCode::nsec3_missing),
        of_zone(nsec3param_missing, ReasonCode::rrsig_missing),
        {fault(nsec3param_wrong_salt, "mail.example."), absent, bogus, ReasonCode::delegation_proof_missing,
         Denial::nsec3, ReasonCode::nsec_missing},
    };
}

std::vector<Row> other_rows() {
    using enum FaultKind;
    return {
        {fault(nsec3_iterations_high, "mail.example."), no_ipv6_of_host(), Security::insecure,
         ReasonCode::nsec3_iterations_too_high, Denial::nsec3},
        {fault(answer_servfail, "_25._tcp.mx.mail.example.", RrType::TLSA), tlsa_of_host(), Security::indeterminate,
         ReasonCode::servfail},
        {fault(answer_silent, "_25._tcp.mx.mail.example."), tlsa_of_host(), Security::indeterminate,
         ReasonCode::no_answer},
        {fault(denial_missing, "any.wild.mail.example.", RrType::A),
         {name("any.wild.mail.example."), RrType::A},
         Security::bogus,
         ReasonCode::delegation_proof_missing,
         Denial::nsec,
         ReasonCode::wildcard_expansion_not_proven},
    };
}

void check_rows(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        DYNAMIC_SECTION(zones::to_text(row.fault)
                        << ", asked " << row.question.to_text() << (row.denial == Denial::nsec ? "" : " (NSEC3)")) {
            const auto broken = judge(samples::hierarchy({row.fault}, row.denial), row.question);
            INFO(explain(broken));
            CHECK(broken.security == row.security);
            REQUIRE_FALSE(broken.reasons.empty());
            const auto root_cause = broken.reasons.front().code;
            if (row.also && root_cause != row.reason) CHECK(root_cause == *row.also);
            if (row.also) CHECK(broken.has_reason(*row.also));
            if (!row.also) CHECK(validator::info(root_cause).id == validator::info(row.reason).id);

            const auto whole = judge(samples::hierarchy({}, row.denial), row.question);
            INFO(explain(whole));
            CHECK(whole.security == Security::secure);
        }
    }
}

} // namespace

TEST_CASE("fault: broken signatures are bogus for their reason, their twins secure (RFC 4035 §5.3)") {
    check_rows(rows_on_signatures());
}

TEST_CASE("fault: broken keys and delegations (RFC 4035 §5.2)") { check_rows(rows_on_delegation()); }

TEST_CASE("fault: broken denial (RFC 4035 §5.4, RFC 5155 §8)") { check_rows(rows_on_denial()); }

TEST_CASE("fault: limits, failures to answer, wildcard proofs") { check_rows(other_rows()); }

TEST_CASE("fault: one key of two, one place of many, or the finished zone edited (RFC 4035 §5.2, §5.3)") {
    check_rows(rows_on_details());
}

TEST_CASE("fault: names that are not there (RFC 4035 §5.4, RFC 5155 §8.4)") { check_rows(rows_on_absence()); }

TEST_CASE("fault: every kind has a row") {
    std::set<FaultKind> kinds;
    for (const auto& rows :
         {rows_on_signatures(), rows_on_delegation(), rows_on_denial(), rows_on_absence(), other_rows()}) {
        for (const auto& row : rows) kinds.insert(row.fault.kind);
    }
    for (const auto kind : zones::all_fault_kinds()) {
        if (zones::to_text(kind).starts_with("attack-")) continue; // attack_test.cpp, zones/scenarios/dnssec/attacks
        INFO(zones::to_text(kind));
        CHECK(kinds.contains(kind));
    }
}

TEST_CASE("fault: a zone of any algorithm is secure to a validator that knows it, and insecure to one that does not") {
    using dns::Algorithm;
    for (const auto algorithm : {Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1, Algorithm::RSASHA256,
                                 Algorithm::RSASHA512, Algorithm::ECDSAP256SHA256, Algorithm::ECDSAP384SHA384,
                                 Algorithm::ED25519, Algorithm::ED448, Algorithm::MLDSA44}) {
        DYNAMIC_SECTION(dns::to_text(algorithm)) {
            auto signing = samples::policy(samples::now, Denial::nsec3, algorithm);
            signing.rsa_bits = 1024;
            const auto hierarchy =
                zones::Hierarchy::build(samples::specs(signing), samples::policy(), {}, samples::seed);
            auto knowing = validator::Policy::of(validator::AlgorithmProfile::legacy);
            if (!knowing.supports(algorithm)) knowing.algorithms.push_back(algorithm);
            auto ignorant = knowing;
            std::erase(ignorant.algorithms, algorithm);
            for (const auto* question : {&mx_of_domain(), &no_tlsa_of_mx2()}) {
                const auto verdict = judge(hierarchy, *question, Recursion::dnssec, knowing);
                INFO(explain(verdict));
                CHECK(verdict.security == Security::secure);
                if (algorithm == Algorithm::ECDSAP256SHA256) continue; // the root's: nothing would be left to trust
                CHECK(judge(hierarchy, *question, Recursion::dnssec, ignorant).security == Security::insecure);
            }
        }
    }
}

TEST_CASE("fault: what breaks TLSA leaves the host's addresses alone, and the other way round") {
    using enum FaultKind;
    const auto tlsa = tlsa_of_host();
    const auto address = address_of_host();
    for (const auto kind : {rrsig_missing, rrsig_expired, rrsig_not_yet_valid, rrsig_wrong_octets, rrsig_wrong_signer,
                            rrsig_wrong_labels, rrsig_wrong_key_tag, rdata_altered}) {
        DYNAMIC_SECTION(zones::to_text(kind)) {
            const auto by_tlsa = samples::hierarchy({{kind, tlsa.name, tlsa.type}});
            CHECK(judge(by_tlsa, tlsa).security == Security::bogus);
            CHECK(judge(by_tlsa, address).security == Security::secure);
            CHECK(judge(by_tlsa, no_ipv6_of_host()).security == Security::secure);
            const auto by_address = samples::hierarchy({{kind, address.name, address.type}});
            CHECK(judge(by_address, address).security == Security::bogus);
            CHECK(judge(by_address, tlsa).security == Security::secure);
        }
    }
}

TEST_CASE("fault: a neighbour such as _24._tcp keeps the denial of _25._tcp apart from that of the host's AAAA") {
    const auto text = "@ MX 10 mx\nmx A 192.0.2.1\n_24._tcp.mx TXT \"a neighbour\"\n";
    const dns::Question tlsa(name("_25._tcp.mx.mail.example."), RrType::TLSA);
    for (const auto kind : {FaultKind::denial_missing, FaultKind::denial_wrong, FaultKind::denial_bad_signature}) {
        DYNAMIC_SECTION(zones::to_text(kind)) {
            const auto signing = samples::policy();
            const auto hierarchy = zones::Hierarchy::build({{name("mail.example."), text, signing}}, signing,
                                                           {{kind, tlsa.name, tlsa.type}}, samples::seed);
            CHECK(judge(hierarchy, tlsa).security == Security::bogus);
            CHECK(judge(hierarchy, no_ipv6_of_host()).security == Security::secure);
            CHECK(judge(hierarchy, address_of_host()).security == Security::secure);
        }
    }
}

TEST_CASE("fault: a resolver that hides DNSSEC makes signed names bogus") {
    const auto hierarchy = samples::hierarchy();
    for (const auto recursion : {Recursion::no_edns, Recursion::ignores_do, Recursion::strips_rrsig}) {
        DYNAMIC_SECTION(zones::to_text(recursion)) {
            CHECK(judge(hierarchy, mx_of_domain(), recursion).security == Security::bogus);
            CHECK(judge(hierarchy, mx_of_domain()).security == Security::secure);
        }
    }
}

TEST_CASE("fault: every kind has a name that reads back, a stage and a rule for its type") {
    for (const auto kind : zones::all_fault_kinds()) {
        CHECK(zones::fault_kind_from_text(zones::to_text(kind)) == kind);
        if (zones::type_rule(kind) == zones::TypeRule::optional)
            CHECK(zones::stage({kind, {}, {}, {}}) == zones::FaultStage::answering);
        if (zones::detail_allowed(kind, zones::FaultDetail::edited))
            CHECK(zones::stage({kind, {}, {}, {.edited = true}}) == zones::FaultStage::after_signing);
    }
    CHECK_FALSE(zones::fault_kind_from_text("everything"));
}

TEST_CASE("fault: unbroken names of every kind are secure, or insecure where the tree says so") {
    struct Whole {
        const char* owner;
        RrType type;
        Security security;
    };
    const Whole table[] = {
        {"mail.example.", RrType::MX, Security::secure},
        {"alias.mail.example.", RrType::A, Security::secure},
        {"mx.tree.mail.example.", RrType::A, Security::secure},
        {"_25._tcp.mx.tree.mail.example.", RrType::TLSA, Security::secure},
        {"any.wild.mail.example.", RrType::A, Security::secure},
        {"any.wild.mail.example.", RrType::AAAA, Security::secure},
        {"ent.below.mail.example.", RrType::A, Security::secure},
        {"absent.mail.example.", RrType::A, Security::secure},
        {"a.b.c.absent.mail.example.", RrType::A, Security::secure},
        {"nowhere.", RrType::A, Security::secure},
        {"away.mail.example.", RrType::A, Security::insecure},
        {"mx.plain.example.", RrType::A, Security::insecure},
        {"absent.plain.example.", RrType::A, Security::insecure},
        {"mx.island.example.", RrType::A, Security::insecure},
    };
    for (const auto denial : {Denial::nsec, Denial::nsec3, Denial::nsec3_opt_out}) {
        const auto hierarchy = samples::hierarchy({}, denial);
        for (const auto& row : table) {
            DYNAMIC_SECTION(row.owner << " " << dns::to_text(row.type) << ", denial " << static_cast<int>(denial)) {
                const auto verdict = judge(hierarchy, {name(row.owner), row.type});
                INFO(explain(verdict));
                // Opt-out does not deny names where an insecure delegation might stand (RFC 5155 §9.2, §12.2).
                const bool denies_name = verdict.kind == validator::AnswerKind::name_error ||
                                         std::string_view(row.owner).starts_with("any.wild.");
                const bool opted_out = denial == Denial::nsec3_opt_out && denies_name;
                CHECK(verdict.security == (opted_out ? Security::insecure : row.security));
            }
        }
    }
}
