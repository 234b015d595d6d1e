// The files of resolvers that others wrote.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "harness/sut/resolver_program.h"

using Catch::Matchers::ContainsSubstring;
using harness::parse_resolver;
using harness::ScenarioError;

TEST_CASE("resolver programs: those that come along can be read, and say how to get them") {
    const auto names = harness::known_resolvers();
    REQUIRE(names.size() >= 4);
    for (const auto& name : names) {
        INFO(name);
        const auto resolver = harness::load_resolver(name);
        CHECK(resolver.name() == name);
        CHECK_FALSE(resolver.installation.programs.empty());
        CHECK_FALSE(resolver.installation.packages.empty());
        CHECK_FALSE(resolver.installation.version.empty());
        CHECK(resolver.command.front() == resolver.installation.programs.front());
    }
}

TEST_CASE("resolver programs: a file is read with its files, commands and patience") {
    const auto resolver = parse_resolver(R"({"name": "mine", "files": {"a.conf": ["one", "two"], "b": "three"},
        "prepare": [["true", "${folder}"]], "command": ["mine", "${address}"], "ready_ms": 500})",
                                         "mine.json");
    CHECK(resolver.files.at("a.conf") == "one\ntwo\n");
    CHECK(resolver.files.at("b") == "three");
    CHECK(resolver.prepare.front().back() == "${folder}");
    CHECK(resolver.command.back() == "${address}");
    CHECK(resolver.patience == std::chrono::milliseconds(500));
}

TEST_CASE("resolver programs: what is wrong in a file is said with its place") {
    const auto refused = [](const char* json, const char* words) {
        INFO(json);
        CHECK_THROWS_WITH(parse_resolver(json, "mine.json"),
                          ContainsSubstring("resolver: mine.json:1: ") && ContainsSubstring(words));
    };
    refused(R"({"name": "mine"})", "command");
    refused(R"({"command": ["mine"]})", "name");
    refused(R"({"name": "builtin", "command": ["mine"]})", "/name: expected a name of its own");
    refused(R"({"name": "mine", "command": []})", "/command: expected a program");
    refused(R"({"name": "mine", "command": ["mine"], "files": {"../etc/passwd": ""}})", "without folders");
    refused(R"({"name": "mine", "command": ["mine"], "files": []})", "/files: expected an object");
    refused(R"({"name": "mine", "command": ["mine"], "prepare": [[]]})", "/prepare/0: expected a command");
    refused(R"({"name": "mine", "command": ["mine"], "ready_ms": 1})", "/ready_ms");
    refused(R"({"name": "mine", "command": ["mine"], "comand": []})", "comand");
    CHECK_THROWS_WITH(harness::load_resolver("unbuond"),
                      ContainsSubstring("\"unbuond\" is not known") && ContainsSubstring("builtin, bind"));
    CHECK_THROWS_AS(harness::load_resolver("./no-such-file.json"), ScenarioError);
}
