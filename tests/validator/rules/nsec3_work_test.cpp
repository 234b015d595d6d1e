// What NSEC3 hashing costs, and where it ends (CVE-2023-50868; RFC 5155 §10.3).
#include "tests/validator/rules/desk.h"

using namespace test;

namespace {

const std::vector<RrType> apex_types{RrType::NS, RrType::SOA, RrType::DNSKEY};

dns::Name deep_name(std::size_t labels) {
    dns::Name deep = name("example.");
    for (std::size_t i = 0; i < labels; ++i) deep = *deep.prepend("x");
    return deep;
}

} // namespace

TEST_CASE("nsec3 work: a hash costs a block for each iteration, more with a long salt (RFC 5155 §5)") {
    Desk desk;
    const auto judge = [&](std::uint16_t iterations, std::size_t salt) {
        const Nsec3Fields fields{iterations, false, dns::Bytes(salt, 0x5a)};
        return desk.judge(ask("b.example.", RrType::TXT),
                          desk.no_data({desk.nsec3_match("b.example.", {RrType::A}, fields)}));
    };
    CHECK(judge(0, 0).nsec3_hash_blocks == 1);
    CHECK(judge(50, 0).nsec3_hash_blocks == 51);
    CHECK(judge(50, 35).nsec3_hash_blocks == 51);       // 20 + 35 octets and 9 of padding fill a block
    CHECK(judge(50, 36).nsec3_hash_blocks == 101);      // an octet more; the name's own block has room for it
    CHECK(judge(50, 255).nsec3_hash_blocks == 5 + 250); // (11 + 255 + 9) / 64 and 50 times (20 + 255 + 9) / 64
    CHECK(judge(50, 255).nsec3_hashes == 1);
}

TEST_CASE("nsec3 work: a name error costs the depth of what exists, not the length of the name (RFC 5155 §8.3)") {
    Desk desk;
    const Nsec3Fields fields{50};
    const dns::Name deep = deep_name(100);
    const auto reply =
        desk.name_error({desk.nsec3_match("example.", apex_types, fields), desk.nsec3_cover("x.example.", fields),
                         desk.nsec3_cover("*.example.", fields)});
    const auto verdict = desk.judge(dns::Question(deep, RrType::A), reply);
    expect_secure(verdict, AnswerKind::name_error);
    CHECK(verdict.nsec3_hashes == 4);                   // the name, example., x.example., *.example.
    CHECK(verdict.nsec3_hash_blocks == 4 * 50 + 4 + 3); // the long name takes four blocks by itself
}

TEST_CASE("nsec3 work: the closest-encloser attack ends at the limit with its own reason (CVE-2023-50868)") {
    Desk desk;
    const Nsec3Fields fields{50};
    const dns::Name deep = deep_name(120);
    // Every ancestor would have to be hashed, and none leads to a proof.
    const auto reply = desk.name_error({desk.nsec3_match("example.", apex_types, fields)});
    desk.record(dns::Question(deep, RrType::A), reply);
    const Trial trial = desk.try_it(dns::Question(deep, RrType::A));
    expect_bogus(trial.verdict, "budget-nsec3-hashes");
    CHECK(trial.verdict.nsec3_hash_blocks <= desk.policy.limits.nsec3_hash_blocks);
    CHECK(trial.verdict.nsec3_hash_blocks > desk.policy.limits.nsec3_hash_blocks - 55); // one hash more did not fit
    CHECK(trial.verdict.nsec3_hashes == 95);
    CHECK(trial.asked.size() == 2); // no walk to the name afterwards
    SECTION("the good twin: the same name, the same iterations, and a proof") {
        const auto good =
            desk.name_error({desk.nsec3_match("example.", apex_types, fields), desk.nsec3_cover("x.example.", fields),
                             desk.nsec3_cover("*.example.", fields)});
        expect_secure(desk.judge(dns::Question(deep, RrType::A), good), AnswerKind::name_error);
    }
}

TEST_CASE("nsec3 work: the limit holds over all responses to a question, delegations included (CVE-2023-50868)") {
    Desk desk;
    desk.policy.limits.nsec3_hash_blocks = 120;
    const Nsec3Fields fields{50};
    // Unsigned data six labels down; every DS question is answered with NSEC3 records that cost one hash.
    const auto question = ask("a.b.c.d.e.f.example.", RrType::A);
    for (std::size_t labels = 2; labels <= 7; ++labels) {
        const dns::Name cut = question.name.ancestor(labels);
        desk.record({cut, RrType::DS}, desk.no_data({desk.nsec3_match(cut.to_text(), {RrType::A}, fields)}));
    }
    const auto verdict =
        desk.judge(question, desk.answer({unsigned_set("a.b.c.d.e.f.example.", RrType::A, {"192.0.2.1"})}));
    CHECK(verdict.security == Security::bogus);
    CHECK(verdict.has_reason(validator::ReasonCode::budget_nsec3_hashes));
    CHECK(verdict.nsec3_hashes == 2);
    CHECK(verdict.nsec3_hash_blocks == 102);
}

TEST_CASE("nsec3 work: a flood of NSEC3 records in front of a good proof does not sink it (RFC 4035 §5.4)") {
    Desk desk;
    const auto question = ask("a.b.example.", RrType::A);
    const Sets good{desk.nsec3_match("example.", apex_types), desk.nsec3_cover("b.example."),
                    desk.nsec3_cover("*.example.")};
    Sets flood;
    for (int i = 0; i < 40; ++i) flood.push_back(desk.nsec3_match("n" + std::to_string(i) + ".example.", {RrType::A}));
    Sets all = flood;
    all.insert(all.end(), good.begin(), good.end());
    const auto verdict = desk.judge(question, desk.name_error(all));
    expect_secure(verdict, AnswerKind::name_error);
    CHECK(verdict.verifications == 1 + 8 + 1); // DNSKEY, NSEC3, SOA
    CHECK(verdict.nsec3_hashes == 4);
    const auto bad = desk.judge(question, desk.name_error(flood));
    expect_bogus(bad, "budget-denial-records");
}
