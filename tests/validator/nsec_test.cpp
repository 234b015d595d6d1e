#include <catch2/catch_test_macros.hpp>

#include "tests/validator/test_zone.h"
#include "validator/denial.h"

using namespace test;
using Outcome = validator::Denial::Outcome;
using CutOutcome = validator::CutDenial::Outcome;

namespace {

// "owner next types..." each.
std::vector<validator::ProvenRrSet> nsecs(TestZone& zone,
                                          const std::vector<std::pair<std::string, std::string>>& records) {
    std::vector<validator::ProvenRrSet> proven;
    for (const auto& [owner, rdata] : records) proven.push_back(zone.proven(rrset(owner, RrType::NSEC, {rdata})));
    return proven;
}

struct Row {
    std::string about;
    std::vector<std::pair<std::string, std::string>> records;
    dns::Question question;
    Outcome outcome;
    std::string reason; // of not_proven
};

template <class Claim>
void check_all(const std::vector<Row>& rows, Claim claim) {
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.about) {
            TestZone zone("example.");
            const auto records = nsecs(zone, row.records);
            const validator::Denial denial = claim(zone, records, row.question);
            CHECK(denial.outcome == row.outcome);
            CHECK(first_reason(denial.reasons) == row.reason);
        }
    }
}

} // namespace

TEST_CASE("nsec: NODATA (RFC 4035 §5.4, RFC 6840 §4.1, §4.3)") {
    const auto www = ask("www.example.", RrType::TXT);
    const std::vector<Row> rows = {
        {"a matching NSEC without the type", {{"www.example.", "x.example. A RRSIG NSEC"}}, www, Outcome::no_data, ""},
        {"with the type",
         {{"www.example.", "x.example. A TXT RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-type-present"},
        {"with CNAME",
         {{"www.example.", "x.example. CNAME RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-type-present"},
        {"of a delegation, from the parent",
         {{"www.example.", "x.example. NS DS RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-from-parent-side"},
        {"of the apex",
         {{"example.", "a.example. NS SOA RRSIG NSEC DNSKEY"}},
         ask("example.", RrType::TXT),
         Outcome::no_data,
         ""},
        {"no DS at a delegation",
         {{"www.example.", "x.example. NS RRSIG NSEC"}},
         ask("www.example.", RrType::DS),
         Outcome::no_data,
         ""},
        {"no DS, says the child itself",
         {{"www.example.", "x.example. NS SOA RRSIG NSEC"}},
         ask("www.example.", RrType::DS),
         Outcome::not_proven,
         "nsec-from-parent-side"},
        {"DNAME at the owner is no obstacle there (RFC 6672 §2.3)",
         {{"www.example.", "x.example. DNAME RRSIG NSEC"}},
         www,
         Outcome::no_data,
         ""},
        {"empty non-terminal: the next name lies below",
         {{"a.example.", "b.www.example. A RRSIG NSEC"}},
         www,
         Outcome::no_data,
         ""},
        {"a covering NSEC alone",
         {{"a.example.", "z.example. A RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"an NSEC elsewhere",
         {{"a.example.", "b.example. A RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"none", {}, www, Outcome::not_proven, "nsec-missing"},
        {"ANY where nothing but NSEC is",
         {{"www.example.", "x.example. RRSIG NSEC"}},
         ask("www.example.", RrType::ANY),
         Outcome::no_data,
         ""},
        {"ANY where data is (RFC 6840 §4.2)",
         {{"www.example.", "x.example. A RRSIG NSEC"}},
         ask("www.example.", RrType::ANY),
         Outcome::not_proven,
         "nsec-type-present"},
        {"compact denial: NXNAME says that the name is not there",
         {{"www.example.", "\\000.www.example. RRSIG NSEC TYPE128"}},
         www,
         Outcome::name_error,
         ""},
        {"white lies (RFC 4470 §3)", {{"www.example.", "\\000.www.example. A RRSIG NSEC"}}, www, Outcome::no_data, ""},
        // wildcard NODATA
        {"wildcard: denied name and wildcard without the type",
         {{"a.example.", "z.example. A RRSIG NSEC"}, {"*.example.", "a.example. A RRSIG NSEC"}},
         www,
         Outcome::no_data,
         ""},
        {"wildcard: one NSEC does both", {{"*.example.", "z.example. A RRSIG NSEC"}}, www, Outcome::no_data, ""},
        {"wildcard with the type",
         {{"*.example.", "z.example. TXT RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-type-present"},
        {"wildcard with CNAME",
         {{"*.example.", "z.example. CNAME RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-type-present"},
        {"wildcard of another closest encloser",
         {{"a.example.", "z.example. A RRSIG NSEC"}, {"*.b.example.", "c.example. A RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"wildcard without denial of the name",
         {{"*.example.", "b.example. A RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"the wildcard is an empty non-terminal",
         {{"a.example.", "z.example. A RRSIG NSEC"}, {"example.", "b.*.example. SOA NS RRSIG NSEC"}},
         www,
         Outcome::no_data,
         ""},
        {"wildcard with NS proves nothing",
         {{"*.example.", "z.example. NS RRSIG NSEC"}},
         ask("www.example.", RrType::DS),
         Outcome::not_proven,
         "nsec-from-parent-side"},
    };
    check_all(rows, [](TestZone& zone, const auto& records, const dns::Question& question) {
        return validator::prove_no_data(zone.apex, records, question, zone.work());
    });
}

TEST_CASE("nsec: name error (RFC 4035 §5.4, RFC 6840 §4.1)") {
    const auto www = ask("www.example.", RrType::A);
    const auto below = ask("a.www.example.", RrType::A);
    const std::vector<Row> rows = {
        {"name and wildcard covered",
         {{"v.example.", "x.example. A RRSIG NSEC"}, {"example.", "a.example. SOA NS RRSIG NSEC"}},
         www,
         Outcome::name_error,
         ""},
        {"one NSEC covers both", {{"example.", "z.example. SOA NS RRSIG NSEC"}}, www, Outcome::name_error, ""},
        {"the last NSEC: next is the apex",
         {{"v.example.", "example. A RRSIG NSEC"}, {"example.", "a.example. SOA NS RRSIG NSEC"}},
         www,
         Outcome::name_error,
         ""},
        {"the only NSEC: apex to apex", {{"example.", "example. SOA NS RRSIG NSEC"}}, www, Outcome::name_error, ""},
        {"wildcard not denied",
         {{"v.example.", "x.example. A RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-wildcard-not-denied"},
        {"name not covered",
         {{"example.", "a.example. SOA NS RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"the name exists",
         {{"www.example.", "x.example. TXT RRSIG NSEC"}, {"example.", "a.example. SOA NS RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"covered by the next name itself: no",
         {{"v.example.", "www.example. A RRSIG NSEC"}, {"example.", "a.example. SOA NS RRSIG NSEC"}},
         www,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"empty non-terminal is NODATA (RFC 8020 §3.1)",
         {{"example.", "b.www.example. SOA NS RRSIG NSEC"}},
         www,
         Outcome::no_data,
         ""},
        {"closest encloser www, its wildcard denied",
         {{"www.example.", "x.example. A RRSIG NSEC"}},
         below,
         Outcome::name_error,
         ""},
        {"below a delegation the parent has no say",
         {{"www.example.", "x.example. NS RRSIG NSEC"}},
         below,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"below a DNAME neither (RFC 6672 §5.3.4.1)",
         {{"www.example.", "x.example. DNAME RRSIG NSEC"}},
         below,
         Outcome::not_proven,
         "nsec-does-not-cover"},
        {"beside a DNAME it is good as any (RFC 6672 §5.3.4.2)",
         {{"v.example.", "x.example. DNAME RRSIG NSEC"}, {"example.", "a.example. SOA NS RRSIG NSEC"}},
         www,
         Outcome::name_error,
         ""},
        {"the child's own apex denies what is below it",
         {{"example.", "z.example. SOA NS RRSIG NSEC"}},
         below,
         Outcome::name_error,
         ""},
    };
    check_all(rows, [](TestZone& zone, const auto& records, const dns::Question& question) {
        return validator::prove_name_error(zone.apex, records, question, zone.work());
    });
}

TEST_CASE("nsec: a next name outside the signer's zone makes the record unusable (RFC 4034 §4.1.1)") {
    TestZone zone("example.");
    const auto records = nsecs(zone, {{"example.", "z.other. SOA NS RRSIG NSEC"}});
    const auto denial = validator::prove_name_error(zone.apex, records, ask("www.example.", RrType::A), zone.work());
    CHECK(denial.outcome == Outcome::not_proven);
    REQUIRE(denial.reasons.size() == 2);
    CHECK(denial.reasons[1].code == validator::ReasonCode::nsec_next_outside_zone);
}

TEST_CASE("nsec: an NSEC made from a wildcard counts under the name that was signed (RFC 4035 §5.3.2)") {
    TestZone zone("example.");
    // *.example. NSEC, replayed as if it stood at www.example.
    const auto replayed = zone.proven(rrset("www.example.", RrType::NSEC, {"a.example. A RRSIG NSEC"}),
                                      [](dns::Rrsig& r) { r.labels = 1; });
    REQUIRE(replayed.is_expanded());
    const std::vector<validator::ProvenRrSet> records = {replayed};
    CHECK(validator::prove_no_data(zone.apex, records, ask("www.example.", RrType::TXT), zone.work()).outcome ==
          Outcome::not_proven);
    CHECK(validator::prove_no_data(zone.apex, records, ask("*.example.", RrType::TXT), zone.work()).outcome ==
          Outcome::no_data);
}

TEST_CASE("nsec: wildcard answers need the next closer name denied (RFC 4035 §5.3.4)") {
    TestZone zone("example.");
    const auto answer =
        zone.proven(rrset("a.b.example.", RrType::A, {"192.0.2.1"}), [](dns::Rrsig& r) { r.labels = 1; });
    const auto judge = [&](const std::vector<std::pair<std::string, std::string>>& records) {
        return validator::prove_wildcard_expansion(answer, nsecs(zone, records), zone.work());
    };
    CHECK(judge({{"a.example.", "c.example. A RRSIG NSEC"}}).outcome == Outcome::name_error);
    CHECK(first_reason(judge({}).reasons) == "wildcard-expansion-not-proven");
    CHECK(first_reason(judge({{"c.example.", "d.example. A RRSIG NSEC"}}).reasons) == "wildcard-expansion-not-proven");
    // a.b.example. is denied, but b.example. exists, so *.example. may not answer.
    CHECK(first_reason(judge({{"b.example.", "c.example. A RRSIG NSEC"}}).reasons) == "wildcard-expansion-not-proven");
    CHECK(first_reason(judge({{"a.example.", "z.b.example. A RRSIG NSEC"}}).reasons) ==
          "wildcard-expansion-not-proven");
}

TEST_CASE("nsec: what is at a possible cut (RFC 4035 §5.2, RFC 6840 §4.4)") {
    struct CutRow {
        std::string about;
        std::vector<std::pair<std::string, std::string>> records;
        CutOutcome outcome;
        std::string reason;
    };
    const std::vector<CutRow> rows = {
        {"NS without DS",
         {{"sub.example.", "t.example. NS RRSIG NSEC"}},
         CutOutcome::insecure_delegation,
         "delegation-insecure"},
        {"NS and DS", {{"sub.example.", "t.example. NS DS RRSIG NSEC"}}, CutOutcome::not_proven, "nsec-type-present"},
        {"no NS: no cut, no proof of an insecure one",
         {{"sub.example.", "t.example. A RRSIG NSEC"}},
         CutOutcome::no_cut,
         ""},
        {"the child's own record",
         {{"sub.example.", "t.example. NS SOA RRSIG NSEC"}},
         CutOutcome::not_proven,
         "nsec-from-parent-side"},
        {"no such name", {{"a.example.", "z.example. A RRSIG NSEC"}}, CutOutcome::no_cut, ""},
        {"empty non-terminal", {{"a.example.", "b.sub.example. A RRSIG NSEC"}}, CutOutcome::no_cut, ""},
        {"a wildcard's NS bit",
         {{"*.example.", "a.example. NS RRSIG NSEC"}},
         CutOutcome::not_proven,
         "nsec-does-not-cover"},
        {"nothing about the name",
         {{"t.example.", "u.example. A RRSIG NSEC"}},
         CutOutcome::not_proven,
         "nsec-does-not-cover"},
        {"no records", {}, CutOutcome::not_proven, "nsec-missing"},
    };
    for (const CutRow& row : rows) {
        DYNAMIC_SECTION(row.about) {
            TestZone zone("example.");
            const auto cut =
                validator::prove_no_ds(zone.apex, nsecs(zone, row.records), name("sub.example."), zone.work());
            CHECK(cut.outcome == row.outcome);
            CHECK(first_reason(cut.reasons) == row.reason);
        }
    }
}
