// V-015: hash labels in any letters.
#include <catch2/catch_test_macros.hpp>

#include "tests/validator/rules/rules.h"
#include "validator/crypto.h"

using namespace test;
using validator::Denial;

namespace {

std::vector<validator::ProvenRrSet> proven(TestZone& zone, const std::vector<dns::RrSet>& sets) {
    std::vector<validator::ProvenRrSet> result;
    for (const dns::RrSet& set : sets) result.push_back(zone.proven(set));
    return result;
}

} // namespace

TEST_CASE("V-015 hash labels of NSEC3 owners are compared without regard to letter case (RFC 5155 §3.3)", "[rules]") {
    TestZone zone("example.");
    const auto question = ask("b.example.", RrType::TXT);
    const auto outcome = [&](const dns::Name& hashed, bool upper) {
        std::string label = dns::base32hex(validator::nsec3_hash(hashed, {}, 0));
        for (char& c : label)
            c = static_cast<char>(upper ? std::toupper(static_cast<unsigned char>(c))
                                        : std::tolower(static_cast<unsigned char>(c)));
        const auto set = rrset(label + ".example.", RrType::NSEC3, {"1 0 0 - " + label + " A RRSIG"});
        const auto records = proven(zone, {set});
        return validator::prove_no_data(zone.apex, records, question, zone.work()).outcome;
    };
    SECTION("obeys") {
        CHECK(outcome(question.name, true) == Denial::Outcome::no_data);
        CHECK(outcome(question.name, false) == Denial::Outcome::no_data);
    }
    SECTION("breaks: another name's hash, in any letters, matches nothing") {
        CHECK(outcome(name("c.example."), true) == Denial::Outcome::not_proven);
    }
}
