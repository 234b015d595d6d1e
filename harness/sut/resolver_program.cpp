#include "harness/sut/resolver_program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "harness/data_dir.h"
#include "harness/sut/child_process.h"
#include "harness/sut/driver_values.h"

namespace harness {

namespace {

namespace fs = std::filesystem;

constexpr const char* sort = "resolver";
constexpr const char* folder = "harness/sut/resolvers";

void read_installation(JsonObject& object, Sut& installation) {
    const auto& name = object.required("name");
    installation.name = text_of(name);
    if (installation.name.empty() || installation.name == builtin_resolver)
        name.fail("expected a name of its own, not \"builtin\"");
    if (const auto* value = object.optional("about")) installation.about = text_of(*value);
    if (const auto* value = object.optional("programs")) installation.programs = texts_of(*value);
    if (const auto* value = object.optional("packages")) installation.packages = texts_of(*value);
    if (const auto* value = object.optional("version")) installation.version = texts_of(*value);
}

ResolverProgram resolver_of(const JsonNode& root) {
    JsonObject object(root);
    object.optional("$schema");
    ResolverProgram resolver;
    read_installation(object, resolver.installation);
    if (const auto* value = object.optional("files")) {
        if (value->kind != JsonNode::Kind::object) value->fail("expected an object: name -> text, or lines");
        for (const auto& [name, content] : value->members) {
            if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
                content.fail("expected a file name without folders: it is made in ${folder}");
            resolver.files[name] = lines_of(content);
        }
    }
    if (const auto* value = object.optional("prepare")) resolver.prepare = commands_of(*value);
    const auto& command = object.required("command");
    resolver.command = texts_of(command);
    if (resolver.command.empty()) command.fail("expected a program and its arguments");
    if (const auto* value = object.optional("ready_ms"))
        resolver.patience = std::chrono::milliseconds(whole_number_of(*value, 100, 600'000));
    object.finish();
    return resolver;
}

} // namespace

std::vector<std::string> known_resolvers() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(data_file(folder)))
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

ResolverProgram parse_resolver(std::string_view json, const std::string& file_for_messages) {
    return resolver_of(parse_json(json, sort, file_for_messages));
}

ResolverProgram load_resolver(const std::string& name_or_file) {
    std::string file = name_or_file;
    if (name_or_file.find_first_of("/.") == std::string::npos) {
        file = (fs::path(data_file(folder)) / (name_or_file + ".json")).string();
        if (!fs::exists(file))
            throw ScenarioError(fmt::format("resolver: \"{}\" is not known: expected one of {}, {}, or a file",
                                            name_or_file, builtin_resolver, fmt::join(known_resolvers(), ", ")));
    }
    return resolver_of(read_json(sort, file));
}

} // namespace harness
