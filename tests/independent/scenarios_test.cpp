// Every verdict on which a decision rests, judged by validators of other houses too: delv (BIND), unbound-host
// (libunbound) and drill (ldns) are asked about the same zones, through the same resolver, with the same anchor.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "harness/catalogue.h"
#include "tests/independent/disagreements.h"
#include "tests/independent/judge.h"

namespace {

using namespace independent;
using validator::Security;

std::vector<Tool> installed_tools() {
    std::vector<Tool> tools;
    for (const auto tool : all_tools)
        if (is_installed(std::string(to_text(tool)))) tools.push_back(tool);
    return tools;
}

// Where we could not tell, the others have no verdict either.
std::string in_their_words(Security ours) {
    return ours == Security::indeterminate ? "none" : std::string(validator::to_text(ours));
}

struct Counts {
    std::size_t inquiries = 0, agreed = 0, explained = 0;
};

void check_ours(const Inquiry& inquiry) {
    INFO(inquiry.scenario << ": " << inquiry.question.to_text() << " through " << inquiry.resolver);
    REQUIRE(inquiry.problem == "");
    if (!inquiry.expected) return;
    CHECK(validator::to_text(inquiry.ours) == validator::to_text(*inquiry.expected));
    for (const auto& reason : inquiry.expected_reasons) {
        INFO("reasons given: " << Catch::StringMaker<std::vector<std::string>>::convert(inquiry.our_reasons));
        CHECK(std::find(inquiry.our_reasons.begin(), inquiry.our_reasons.end(), reason) != inquiry.our_reasons.end());
    }
}

Counts check(const std::vector<Inquiry>& inquiries, Disagreements& known) {
    Counts counts;
    for (const auto& inquiry : inquiries) {
        check_ours(inquiry);
        ++counts.inquiries;
        const auto ours = in_their_words(inquiry.ours);
        for (const auto& [tool, saying] : inquiry.sayings) {
            if (saying.verdict == ours) {
                ++counts.agreed;
            } else if (known.explains(to_text(tool), inquiry.scenario, inquiry.question.to_text(), saying.verdict,
                                      ours)) {
                ++counts.explained;
            } else {
                FAIL_CHECK("unexplained disagreement: " << describe(inquiry, tool, saying));
            }
        }
    }
    return counts;
}

} // namespace

TEST_CASE("independent: delv, unbound-host and drill judge the questions of every table row and scenario file as we do "
          "(RFC 4035 §4.3)") {
    const auto tools = installed_tools();
    if (tools.size() < std::size(all_tools)) SKIP("delv, unbound-host and drill are needed: ./dev test installs them");
    std::map<std::string, std::string> versions;
    for (const auto tool : tools) versions.emplace(to_text(tool), version_of(tool));
    Disagreements known(DANELAB_DISAGREEMENTS, versions);
    auto scenarios = harness::table_scenarios(harness::Breadth::each_once, 1);
    // How much work is too much is each validator's own affair (RFC 4035 §5.4), and attacked tools take their time.
    for (auto& scenario : harness::file_scenarios())
        if (!scenario.id.starts_with("dnssec/attacks/")) scenarios.push_back(std::move(scenario));

    const auto inquiries = judge(scenarios, tools);
    const auto counts = check(inquiries, known);

    // Three tools each: a table that explains everything away would be none.
    CHECK(counts.inquiries >= 100);
    CHECK(counts.agreed >= 2 * counts.inquiries);
    const auto unused = known.unused();
    CHECK(unused == std::vector<std::string>{});
    WARN(counts.inquiries << " questions: " << counts.agreed << " sayings agree, " << counts.explained
                          << " differ as explained");
}

TEST_CASE("independent: who trusts another root calls nothing secure: the tools do validate (RFC 4035 §5)") {
    const auto tools = installed_tools();
    if (tools.empty()) SKIP("delv, unbound-host and drill are needed: ./dev test installs them");
    const auto scenario = harness::find_scenario("dnssec/secure/p256", 1);
    for (const auto& saying : sayings_with_other_anchor(scenario, tools)) {
        INFO(saying.command << "\n" << saying.output);
        CHECK(saying.verdict != "secure");
        CHECK(saying.verdict != "insecure");
    }
}
