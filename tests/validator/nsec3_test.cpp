#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "tests/validator/test_zone.h"
#include "validator/crypto.h"
#include "validator/denial.h"

using namespace test;
using Outcome = validator::Denial::Outcome;
using CutOutcome = validator::CutDenial::Outcome;
using Hash = std::array<std::uint8_t, 20>;

namespace {

const dns::Bytes salt{0xab, 0xcd};

Hash moved(Hash hash, int by) { // the hash next to it, in canonical order
    for (std::size_t i = hash.size(); i-- > 0;) {
        const auto before = hash[i];
        hash[i] = static_cast<std::uint8_t>(hash[i] + by);
        if (by > 0 ? hash[i] > before : hash[i] < before) break;
    }
    return hash;
}

// One NSEC3 record: it matches a name, or covers it as narrowly as can be.
struct Spec {
    enum class Does { match, cover } does;
    std::string of;
    std::vector<RrType> types;
    bool opt_out = false;
    std::uint16_t iterations = 5;
};
Spec match(std::string of, std::vector<RrType> types, bool opt_out = false) {
    return {Spec::Does::match, std::move(of), std::move(types), opt_out};
}
Spec cover(std::string of, bool opt_out = false) { return {Spec::Does::cover, std::move(of), {RrType::A}, opt_out}; }

dns::RrSet record_of(const Spec& spec, const dns::Name& apex) {
    const Hash hash = validator::nsec3_hash(name(spec.of), salt, spec.iterations);
    dns::Nsec3 nsec3;
    nsec3.flags = spec.opt_out ? 1 : 0;
    nsec3.iterations = spec.iterations;
    nsec3.salt = salt;
    const Hash owner = spec.does == Spec::Does::match ? hash : moved(hash, -1);
    const Hash next = moved(hash, 1);
    nsec3.next_hashed_owner.assign(next.begin(), next.end());
    nsec3.types = dns::TypeBitmap(spec.types);
    return dns::RrSet(*apex.prepend(dns::base32hex(owner)), RrType::NSEC3, 3600, {nsec3.build()});
}

std::vector<validator::ProvenRrSet> nsec3s(TestZone& zone, const std::vector<Spec>& specs) {
    std::vector<validator::ProvenRrSet> proven;
    for (const Spec& spec : specs) proven.push_back(zone.proven(record_of(spec, zone.apex)));
    return proven;
}

struct Row {
    std::string about;
    std::vector<Spec> records;
    dns::Question question;
    Outcome outcome;
    std::string reason;
};

template <class Claim>
void check_all(const std::vector<Row>& rows, Claim claim) {
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.about) {
            TestZone zone("example.");
            const auto records = nsec3s(zone, row.records);
            const validator::Denial denial = claim(zone, records, row.question);
            CHECK(denial.outcome == row.outcome);
            CHECK(first_reason(denial.reasons) == row.reason);
        }
    }
}

const std::vector<RrType> apex_types{RrType::NS, RrType::SOA, RrType::DNSKEY};

} // namespace

TEST_CASE("nsec3: name error (RFC 5155 §8.4)") {
    const auto q = ask("a.b.example.", RrType::A);
    const auto ce = match("example.", apex_types);
    const std::vector<Row> rows = {
        {"closest encloser, next closer, wildcard",
         {ce, cover("b.example."), cover("*.example.")},
         q,
         Outcome::name_error,
         ""},
        {"no closest encloser",
         {cover("b.example."), cover("*.example.")},
         q,
         Outcome::not_proven,
         "nsec3-no-closest-encloser"},
        {"next closer not covered", {ce, cover("*.example.")}, q, Outcome::not_proven, "nsec3-does-not-cover"},
        {"wildcard not covered", {ce, cover("b.example.")}, q, Outcome::not_proven, "nsec3-wildcard-not-denied"},
        {"the name covered instead of the next closer",
         {ce, cover("a.b.example."), cover("*.example.")},
         q,
         Outcome::not_proven,
         "nsec3-does-not-cover"},
        {"closest encloser is a delegation",
         {ce, match("b.example.", {RrType::NS}), cover("a.b.example."), cover("*.b.example.")},
         q,
         Outcome::not_proven,
         "nsec-from-parent-side"},
        {"closest encloser is a DNAME",
         {ce, match("b.example.", {RrType::DNAME}), cover("a.b.example."), cover("*.b.example.")},
         q,
         Outcome::not_proven,
         "nsec-from-parent-side"},
        {"opt-out over the next closer name is insecure (RFC 5155 §9.2)",
         {ce, cover("b.example.", true), cover("*.example.")},
         q,
         Outcome::insecure,
         "nsec3-opt-out-span"},
        {"the name exists", {ce, match("a.b.example.", {RrType::TXT})}, q, Outcome::not_proven, "nsec3-does-not-cover"},
        {"the name exists without types", {match("a.b.example.", {})}, q, Outcome::no_data, ""},
        {"none", {}, q, Outcome::not_proven, "nsec-missing"},
    };
    check_all(rows, [](TestZone& zone, const auto& records, const dns::Question& question) {
        return validator::prove_name_error(zone.apex, records, question, zone.work());
    });
}

TEST_CASE("nsec3: NODATA (RFC 5155 §8.5, §8.6, §8.7, RFC 6840 §4.1, §4.3)") {
    const auto q = ask("b.example.", RrType::TXT);
    const auto ds = ask("b.example.", RrType::DS);
    const auto ce = match("example.", apex_types);
    const std::vector<Row> rows = {
        {"match without the type", {match("b.example.", {RrType::A})}, q, Outcome::no_data, ""},
        {"match with an empty bit map", {match("b.example.", {})}, q, Outcome::no_data, ""},
        {"match with the type", {match("b.example.", {RrType::TXT})}, q, Outcome::not_proven, "nsec3-type-present"},
        {"match with CNAME", {match("b.example.", {RrType::CNAME})}, q, Outcome::not_proven, "nsec3-type-present"},
        {"match of a delegation", {match("b.example.", {RrType::NS})}, q, Outcome::not_proven, "nsec-from-parent-side"},
        {"DS at a delegation", {match("b.example.", {RrType::NS})}, ds, Outcome::no_data, ""},
        {"DS, from the child", {match("b.example.", apex_types)}, ds, Outcome::not_proven, "nsec-from-parent-side"},
        {"DS, opt-out", {ce, cover("b.example.", true)}, ds, Outcome::insecure, "nsec3-opt-out-span"},
        {"DS, covered without opt-out", {ce, cover("b.example.")}, ds, Outcome::not_proven, "nsec3-does-not-cover"},
        {"wildcard without the type",
         {ce, cover("b.example."), match("*.example.", {RrType::A})},
         q,
         Outcome::no_data,
         ""},
        {"wildcard with the type",
         {ce, cover("b.example."), match("*.example.", {RrType::TXT})},
         q,
         Outcome::not_proven,
         "nsec3-type-present"},
        {"wildcard with CNAME",
         {ce, cover("b.example."), match("*.example.", {RrType::CNAME})},
         q,
         Outcome::not_proven,
         "nsec3-type-present"},
        {"wildcard missing", {ce, cover("b.example.")}, q, Outcome::not_proven, "nsec3-does-not-cover"},
        {"wildcard, no closest encloser",
         {cover("b.example."), match("*.example.", {RrType::A})},
         q,
         Outcome::not_proven,
         "nsec3-no-closest-encloser"},
        {"wildcard, no next closer",
         {ce, match("*.example.", {RrType::A})},
         q,
         Outcome::not_proven,
         "nsec3-does-not-cover"},
        {"wildcard under opt-out",
         {ce, cover("b.example.", true), match("*.example.", {RrType::A})},
         q,
         Outcome::insecure,
         "nsec3-opt-out-span"},
    };
    check_all(rows, [](TestZone& zone, const auto& records, const dns::Question& question) {
        return validator::prove_no_data(zone.apex, records, question, zone.work());
    });
}

TEST_CASE("nsec3: wildcard answers need the next closer name covered, nothing else (RFC 5155 §8.8)") {
    TestZone zone("example.");
    const auto answer =
        zone.proven(rrset("a.b.example.", RrType::A, {"192.0.2.1"}), [](dns::Rrsig& r) { r.labels = 1; });
    const auto judge = [&](const std::vector<Spec>& specs) {
        return validator::prove_wildcard_expansion(answer, nsec3s(zone, specs), zone.work());
    };
    CHECK(judge({cover("b.example.")}).outcome == Outcome::name_error);
    CHECK(judge({cover("b.example.", true)}).outcome == Outcome::insecure);
    CHECK(first_reason(judge({cover("a.b.example.")}).reasons) == "wildcard-expansion-not-proven");
    CHECK(first_reason(judge({}).reasons) == "wildcard-expansion-not-proven");
}

TEST_CASE("nsec3: what is at a possible cut (RFC 5155 §8.9, RFC 6840 §4.4)") {
    const auto ce = match("example.", apex_types);
    struct CutRow {
        std::string about;
        std::vector<Spec> records;
        CutOutcome outcome;
        std::string reason;
    };
    const std::vector<CutRow> rows = {
        {"NS without DS", {match("b.example.", {RrType::NS})}, CutOutcome::insecure_delegation, "delegation-insecure"},
        {"NS and DS", {match("b.example.", {RrType::NS, RrType::DS})}, CutOutcome::not_proven, "nsec3-type-present"},
        {"the child's own", {match("b.example.", apex_types)}, CutOutcome::not_proven, "nsec-from-parent-side"},
        {"no NS", {match("b.example.", {RrType::A})}, CutOutcome::no_cut, ""},
        {"empty non-terminal", {match("b.example.", {})}, CutOutcome::no_cut, ""},
        {"opt-out span",
         {ce, cover("b.example.", true)},
         CutOutcome::insecure_delegation,
         "delegation-insecure-opt-out"},
        {"covered without opt-out: no such name", {ce, cover("b.example.")}, CutOutcome::no_cut, ""},
        {"opt-out without closest encloser",
         {cover("b.example.", true)},
         CutOutcome::not_proven,
         "nsec3-no-closest-encloser"},
        {"closest encloser without cover", {ce}, CutOutcome::not_proven, "nsec3-does-not-cover"},
    };
    for (const CutRow& row : rows) {
        DYNAMIC_SECTION(row.about) {
            TestZone zone("example.");
            const auto cut =
                validator::prove_no_ds(zone.apex, nsec3s(zone, row.records), name("b.example."), zone.work());
            CHECK(cut.outcome == row.outcome);
            CHECK(first_reason(cut.reasons) == row.reason);
        }
    }
}

TEST_CASE("nsec3: records that are ignored: algorithm, flags, hash length, owner (RFC 5155 §3, §8.1, §8.2)") {
    TestZone zone("example.");
    const auto question = ask("b.example.", RrType::TXT);
    const auto judge = [&](const std::function<void(dns::Nsec3&)>& alter,
                           const std::function<void(dns::Name&)>& move = {}) {
        auto set = record_of(match("b.example.", {RrType::A}), zone.apex);
        auto nsec3 = *dns::Nsec3::parse(set.rdata[0]);
        alter(nsec3);
        set.rdata[0] = nsec3.build();
        if (move) move(set.owner);
        const std::vector<validator::ProvenRrSet> records = {zone.proven(set)};
        const auto denial = validator::prove_no_data(zone.apex, records, question, zone.work());
        return denial.outcome == Outcome::no_data ? std::string()
                                                  : std::string(validator::info(denial.reasons.back().code).id);
    };
    CHECK(judge([](dns::Nsec3&) {}).empty());
    CHECK(judge([](dns::Nsec3& n) { n.flags = 1; }).empty());
    CHECK(judge([](dns::Nsec3&) {},
                [](dns::Name& owner) { // upper case, as BIND writes it
                    std::string text = owner.to_text();
                    std::transform(text.begin(), text.end(), text.begin(),
                                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
                    owner = name(text);
                })
              .empty());
    CHECK(judge([](dns::Nsec3& n) { n.hash_algorithm = 2; }) == "nsec3-parameters-unknown");
    CHECK(judge([](dns::Nsec3& n) { n.flags = 2; }) == "nsec3-parameters-unknown");
    CHECK(judge([](dns::Nsec3& n) { n.next_hashed_owner.pop_back(); }) == "nsec3-parameters-unknown");
    CHECK(judge([](dns::Nsec3&) {},
                [](dns::Name& owner) { owner = *owner.parent().prepend("x")->prepend_label(owner.label(0)); }) ==
          "nsec3-owner-not-under-zone");
    CHECK(judge([](dns::Nsec3&) {}, [](dns::Name& owner) { owner = *owner.parent().prepend("short"); }) ==
          "nsec3-owner-not-under-zone");
}

TEST_CASE("nsec3: records with different parameters are not combined in one proof (RFC 5155 §8.2)") {
    TestZone zone("example.");
    auto other = cover("b.example.");
    other.iterations = 6;
    const auto ce = match("example.", apex_types);
    const auto question = ask("b.example.", RrType::A);
    const auto mixed = nsec3s(zone, {ce, other, cover("*.example.")});
    CHECK(validator::prove_name_error(zone.apex, mixed, question, zone.work()).outcome == Outcome::not_proven);
    const auto whole = nsec3s(zone, {other, ce, cover("b.example."), cover("*.example.")});
    CHECK(validator::prove_name_error(zone.apex, whole, question, zone.work()).outcome == Outcome::name_error);
}

TEST_CASE("nsec3: iterations above the limit are insecure, in delegations too; work is bounded (RFC 9276 §3.2, RFC "
          "5155 §10.3)") {
    TestZone zone("example.");
    const auto question = ask("b.example.", RrType::TXT);
    auto spec = match("b.example.", {RrType::NS});
    const auto judge = [&](std::uint16_t iterations) {
        spec.iterations = iterations;
        return validator::prove_no_ds(zone.apex, nsec3s(zone, {spec}), question.name, zone.work());
    };
    CHECK(first_reason(judge(50).reasons) == "delegation-insecure");
    CHECK(judge(51).outcome == CutOutcome::insecure_delegation);
    CHECK(first_reason(judge(51).reasons) == "nsec3-iterations-too-high");
    CHECK(first_reason(judge(2500).reasons) == "nsec3-iterations-too-high");
    SECTION("the meter is full") {
        zone.policy.limits.nsec3_hash_blocks = 3;
        const auto denial = validator::prove_no_data(zone.apex, nsec3s(zone, {match("c.example.", {RrType::A})}),
                                                     question, zone.work());
        CHECK(denial.outcome == Outcome::not_proven);
        CHECK(first_reason(denial.reasons) == "budget-nsec3-hashes");
    }
}
