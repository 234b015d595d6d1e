// A sample of the random worlds of tests/properties, put to delv (BIND) and unbound-host (libunbound) as well. Seeds as
// there: DANELAB_PROPERTY_SEED (1), DANELAB_JUDGED_WORLDS (12).
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <map>

#include "tests/independent/disagreements.h"
#include "tests/independent/judge.h"
#include "tests/properties/properties.h"

namespace {

using namespace independent;
using validator::Security;

constexpr std::size_t questions_each = 3; // every one costs two programs' start

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// The same world as a scenario; each question with the verdict that the validator gives without any network.
harness::Scenario scenario_of(std::uint64_t seed) {
    const properties::World world = properties::make_world(seed);
    properties::Prover prover(world);
    harness::Scenario scenario;
    scenario.id = "properties/" + std::to_string(seed);
    scenario.now = properties::now;
    scenario.seed = seed;
    scenario.signing = world.rest;
    scenario.zones = world.specs;
    scenario.faults = world.faults;
    for (const auto& question : world.questions) {
        const Security security = prover.security_of(question);
        const bool told = security != Security::indeterminate; // loops and silence say nothing about validation
        if (told && scenario.judged.size() < questions_each) scenario.judged.push_back({question, security, {}, {}});
    }
    return scenario;
}

} // namespace

TEST_CASE("independent: delv and unbound-host judge random worlds as we do (RFC 4035 §4.3)") {
    std::vector<Tool> tools;
    std::map<std::string, std::string> versions;
    for (const Tool tool : {Tool::delv, Tool::unbound_host})
        if (is_installed(std::string(to_text(tool)))) tools.push_back(tool);
    if (tools.size() < 2) SKIP("delv and unbound-host are needed: ./dev test installs them");
    for (const auto tool : tools) versions.emplace(to_text(tool), version_of(tool));
    Disagreements known(DANELAB_RANDOM_DISAGREEMENTS, versions);
    const std::uint64_t first = from_environment("DANELAB_PROPERTY_SEED", 1);
    const std::uint64_t worlds = from_environment("DANELAB_JUDGED_WORLDS", 12);
    std::vector<harness::Scenario> scenarios;
    for (std::uint64_t seed = first; seed < first + worlds; ++seed) scenarios.push_back(scenario_of(seed));

    std::size_t agreed = 0, explained = 0;
    for (const auto& inquiry : judge(scenarios, tools)) {
        INFO(inquiry.scenario << ": " << inquiry.question.to_text());
        REQUIRE(inquiry.problem == "");
        CHECK(inquiry.ours == inquiry.expected); // over the network as without
        const std::string ours(validator::to_text(inquiry.ours));
        const std::string cause = inquiry.our_reasons.empty() ? "" : " (" + inquiry.our_reasons.front() + ")";
        const std::string question = inquiry.question.to_text();
        for (const auto& [tool, saying] : inquiry.sayings) {
            if (saying.verdict == ours)
                ++agreed;
            else if (known.explains(to_text(tool), inquiry.scenario + cause, question, saying.verdict, ours))
                ++explained;
            else
                FAIL_CHECK("unexplained disagreement: " << describe(inquiry, tool, saying));
        }
    }
    CHECK(agreed >= 4 * explained);
    if (worlds >= 12) CHECK(known.unused() == std::vector<std::string>{});
    CHECK(agreed >= worlds);
    WARN(worlds << " worlds from seed " << first << ": " << agreed << " sayings agree, " << explained
                << " differ as explained");
}
