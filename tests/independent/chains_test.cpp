// Generated certificate chains and TLSA records, judged by us and by others.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <set>

#include "tests/independent/chain_judges.h"
#include "tests/independent/disagreements.h"
#include "tests/independent/temporary_folder.h"

using namespace independent;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::vector<ChainCase> all_cases() {
    std::vector<ChainCase> cases;
    auto worlds = single_deviations();
    const auto drawn = drawn_deviations(number_from("DANELAB_CHAIN_SEED", 1), number_from("DANELAB_CHAIN_COUNT", 20));
    worlds.insert(worlds.end(), drawn.begin(), drawn.end());
    const bool whole = number_from("DANELAB_CHAIN_SOME", 0) == 0;
    for (const auto& world : worlds)
        for (auto& one : whole ? cases_of(world) : some_cases_of(world)) cases.push_back(std::move(one));
    return cases;
}

std::string told(const ChainCase& one, const ChainSayings& sayings, const std::string& tool) {
    return fmt::format("{} | {}: {} says {}; ours {}", one.chain, one.records, tool, sayings.others.at(tool),
                       sayings.ours);
}

} // namespace

TEST_CASE("independent: generated chains and records are judged as by others (RFC 6698 §2.1, RFC 7671 §5)") {
    const TemporaryFolder folder;
    const auto cases = all_cases();
    REQUIRE(cases.size() >= 300);
    const auto verdicts = judge_chains(cases, folder.path());
    if (verdicts.versions.empty()) SKIP("neither libssl, libgnutls-dane nor ldns-dane is installed");
    for (const char* tool : {"openssl", "gnutls", "ldns-dane"})
        if (!verdicts.versions.contains(tool)) WARN(tool << " is not installed and was not asked");

    Disagreements known(DANELAB_CHAIN_DISAGREEMENTS, verdicts.versions);
    std::string unknown;
    std::size_t compared = 0, different = 0, matches = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto& sayings = verdicts.sayings[i];
        matches += sayings.ours.starts_with("match") ? 1 : 0;
        for (const auto& [tool, saying] : sayings.others) {
            const bool depth = tool == "openssl";
            const auto theirs = verdict_alone(saying, depth), ours = verdict_alone(sayings.ours, depth);
            ++compared;
            if (theirs == ours) continue;
            ++different;
            if (!known.explains(tool, cases[i].chain, cases[i].records, theirs, ours))
                unknown += told(cases[i], sayings, tool) + "\n";
        }
    }
    if (!unknown.empty()) UNSCOPED_INFO(unknown);
    CHECK(unknown.empty());
    std::string unused;
    for (const auto& line : known.unused()) unused += line + "\n";
    INFO("lines of the table that explain nothing: " << unused);
    // Lines about tools that are not here explain nothing for that reason, nor do those about cases that are left out.
    if (verdicts.versions.size() == 3 && number_from("DANELAB_CHAIN_SOME", 0) == 0) CHECK(unused.empty());
    WARN(fmt::format("{} cases, {} of them a match; {} verdicts of others, {} differences", cases.size(), matches,
                     compared, different));
    CHECK(matches > cases.size() / 5);
    CHECK(matches < cases.size() * 4 / 5);
}

TEST_CASE("independent: the generated chains are the same for the same seed and differ for another") {
    const auto first = drawn_deviations(7, 12), again = drawn_deviations(7, 12), other = drawn_deviations(8, 12);
    std::set<std::string> names, others;
    for (std::size_t i = 0; i < first.size(); ++i) {
        CHECK(first[i].name == again[i].name);
        const auto cases = cases_of(first[i]), same = cases_of(again[i]);
        REQUIRE(cases.size() == same.size());
        for (std::size_t k = 0; k < cases.size(); ++k) {
            CHECK(cases[k].presented == same[k].presented);
            CHECK(cases[k].tlsa == same[k].tlsa);
        }
        names.insert(first[i].name);
        others.insert(other[i].name);
    }
    CHECK(names != others);
}
