#include "harness/sut/deviations.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace harness;

namespace {

Cell cell_of(const std::string& sut, const std::string& mode, const std::string& scenario, tlsa::Outcome outcome) {
    Cell cell;
    cell.sut = sut;
    cell.mode = mode;
    cell.scenario = scenario;
    cell.outcome = outcome;
    cell.states.mx = tlsa::State::secure;
    cell.states.tlsa = tlsa::State::unusable;
    return cell;
}

constexpr const char* entries = R"({"deviations": [
  {"suts": ["a", "b"], "modes": ["dane"], "scenarios": ["records/*"], "outcomes": ["verified"], "text": "first", "rfc": "RFC 1"},
  {"suts": ["a"], "version": "^A 1\\.", "states": {"tlsa": "unusable"}, "outcomes": ["deferred"], "contradicted": true, "text": "second", "rfc": "RFC 2"}
]})";

} // namespace

TEST_CASE("deviations: the first entry of which everything fits explains") {
    const auto known = KnownDeviations::parse(entries, "x.json");
    const auto good = cell_of("b", "dane", "records/one/two", tlsa::Outcome::verified);
    REQUIRE(known.explain(good, ""));
    CHECK(known.explain(good, "")->text == "first");
    CHECK(known.explain(good, "")->rfc == "RFC 1");
    CHECK_FALSE(known.explain(cell_of("c", "dane", "records/one", tlsa::Outcome::verified), ""));
    CHECK_FALSE(known.explain(cell_of("b", "may", "records/one", tlsa::Outcome::verified), ""));
    CHECK_FALSE(known.explain(cell_of("b", "dane", "mx/one", tlsa::Outcome::verified), ""));
    CHECK_FALSE(known.explain(cell_of("b", "dane", "records/one", tlsa::Outcome::deferred), ""));
}

TEST_CASE("deviations: versions and states narrow an entry") {
    const auto known = KnownDeviations::parse(entries, "x.json");
    auto cell = cell_of("a", "may", "mx/one", tlsa::Outcome::deferred);
    REQUIRE(known.explain(cell, "A 1.2"));
    CHECK(known.explain(cell, "A 1.2")->text == "second");
    CHECK_FALSE(known.explain(cell, "A 2.0"));
    cell.states.tlsa = tlsa::State::secure;
    CHECK_FALSE(known.explain(cell, "A 1.2"));
}

TEST_CASE(
    "deviations: what witnesses contradict is explained by the entry that says so alone, and trouble by its word") {
    const auto known = KnownDeviations::parse(entries, "x.json");
    auto cell = cell_of("b", "dane", "records/one", tlsa::Outcome::verified);
    cell.contradictions = {"no server received the message"};
    CHECK_FALSE(known.explain(cell, ""));
    auto other = cell_of("a", "may", "mx/one", tlsa::Outcome::deferred);
    other.contradictions = cell.contradictions;
    CHECK(known.explain(other, "A 1."));
    other.trouble = "address in use";
    CHECK_FALSE(known.explain(other, "A 1."));
}

TEST_CASE("deviations: a file that does not fit is one line with its place") {
    using Catch::Matchers::ContainsSubstring;
    const auto refused = [](const char* json, const char* words) {
        CHECK_THROWS_WITH(KnownDeviations::parse(json, "x.json"), ContainsSubstring(words));
    };
    refused(R"({"deviations": [{"suts": ["a"], "outcomes": ["deferred"], "text": "t"}]})", "rfc");
    refused(R"({"deviations": [{"suts": ["a"], "text": "t", "rfc": "r"}]})", "outcomes");
    refused(R"({"deviations": [{"suts": ["a"], "outcomes": ["deferred"], "text": "t", "rfc": "r", "mode": []}]})",
            "/deviations/0");
    refused(R"({"deviations": [{"suts": ["a"], "outcomes": ["deferred"], "text": "t", "rfc": "r", "version": "("}]})",
            "regular expression");
    refused(
        R"({"deviations": [{"suts": ["a"], "outcomes": ["deferred"], "text": "t", "rfc": "r", "states": {"mx": "fine"}}]})",
        "/states/mx");
}

TEST_CASE("deviations: our own file can be read, and each entry names its sections") {
    CHECK_NOTHROW(KnownDeviations::load());
}
