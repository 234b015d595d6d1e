// A validating resolver of others as data: how it is set up in front of a scenario's Internet. One JSON file each in
// harness/sut/resolvers, or a user's own (schema: harness/schemas/resolver.schema.json).
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario_error.h"
#include "harness/sut/sut.h"

namespace harness {

struct ResolverProgram {
    Sut installation;                              // name, about, programs, packages, version: how to tell and get it
    std::map<std::string, std::string> files;      // made in ${folder} before each start, ${...} filled in
    std::vector<std::vector<std::string>> prepare; // commands, before each start
    std::vector<std::string> command;              // the resolver itself; it stays in the foreground
    std::chrono::milliseconds patience{10'000};    // until it answers

    const std::string& name() const { return installation.name; }
};

inline constexpr const char* builtin_resolver = "builtin"; // ours, harness/validating_face.h

// By name, or by path of a file. Throws ScenarioError ("resolver: FILE:LINE: /pointer: what").
ResolverProgram load_resolver(const std::string& name_or_file);
// Of a file's text. Throws ScenarioError.
ResolverProgram parse_resolver(std::string_view json, const std::string& file_for_messages);
std::vector<std::string> known_resolvers(); // sorted, without our own

} // namespace harness
