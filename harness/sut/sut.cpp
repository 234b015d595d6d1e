#include "harness/sut/sut.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "harness/data_dir.h"
#include "harness/strict_json.h"
#include "harness/sut/child_process.h"
#include "harness/sut/driver_values.h"

namespace harness {

namespace {

namespace fs = std::filesystem;

constexpr const char* sort = "sut";
constexpr const char* folder = "harness/sut/drivers";

// As it stands there, once it is known to be a pattern.
const std::string& pattern_of(const JsonNode& node) {
    pattern_in(node, filled_in(text_of(node), {}));
    return node.text;
}

// One, or several in an array.
std::vector<std::string> patterns_of(const JsonNode& node) {
    if (node.kind == JsonNode::Kind::string) return {pattern_of(node)};
    std::vector<std::string> patterns;
    for (const auto& item : items_of(node)) patterns.push_back(pattern_of(item));
    return patterns;
}

// A word of the kind that the program judges; nullopt for "delivered".
std::optional<Word> word_of(const JsonNode& node, bool judges_dnssec) {
    const auto word = word_from_text(text_of(node));
    if (node.text == "delivered" && !judges_dnssec) return std::nullopt;
    if (word && std::holds_alternative<validator::Security>(*word) == judges_dnssec) return *word;
    node.fail(judges_dnssec ? "expected secure, insecure, bogus or indeterminate"
                            : "expected verified, verified-insecure-mx, unauthenticated-tls, cleartext, delivered, "
                              "deferred or bounced");
}

ClaimRule claim_of(const JsonNode& node, bool judges_dnssec) {
    JsonObject object(node);
    ClaimRule rule;
    if (const auto* value = object.optional("pattern")) rule.patterns = patterns_of(*value);
    if (const auto* value = object.optional("without")) rule.without = patterns_of(*value);
    if (const auto* value = object.optional("exit")) rule.exit = static_cast<int>(whole_number_of(*value, 0, 255));
    if (rule.patterns.empty() && !rule.exit) node.fail("expected \"pattern\", \"exit\", or both");
    rule.outcome = word_of(object.required("outcome"), judges_dnssec);
    object.finish();
    return rule;
}

std::map<std::string, std::string> values_of(const JsonNode& node) {
    std::map<std::string, std::string> values;
    if (node.kind != JsonNode::Kind::object) node.fail("expected an object");
    for (const auto& [name, value] : node.members) values[name] = text_of(value);
    return values;
}

SutMode mode_of(const JsonNode& node) {
    JsonObject object(node);
    SutMode mode;
    mode.name = text_of(object.required("name"));
    if (mode.name.empty() ||
        mode.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-+.") != std::string::npos)
        object.node().fail("\"name\": expected small letters, digits, '-', '+' and '.'");
    if (const auto* value = object.optional("about")) mode.about = text_of(*value);
    if (const auto* value = object.optional("judged_as")) {
        if (text_of(*value) == "mandatory")
            mode.judged_as = tlsa::Mode::mandatory;
        else if (value->text != "opportunistic")
            value->fail("expected mandatory or opportunistic");
    }
    if (const auto* value = object.optional("values")) mode.values = values_of(*value);
    object.finish();
    return mode;
}

void read_setting_up(JsonObject& object, Sut& sut) {
    if (const auto* value = object.optional("programs")) sut.programs = texts_of(*value);
    if (const auto* value = object.optional("packages")) sut.packages = texts_of(*value);
    if (const auto* value = object.optional("version")) sut.version = texts_of(*value);
    if (const auto* value = object.optional("needs_root")) sut.needs_root = flag_of(*value);
    if (const auto* value = object.optional("users")) {
        for (const auto& item : items_of(*value)) {
            JsonObject user(item);
            sut.users.push_back({text_of(user.required("name")),
                                 static_cast<unsigned>(whole_number_of(user.required("id"), 1, 65'533))});
            user.finish();
        }
    }
    if (const auto* value = object.optional("files")) {
        if (value->kind != JsonNode::Kind::object) value->fail("expected an object: path -> text, or lines");
        for (const auto& [path, content] : value->members) {
            if (!path.starts_with('/')) content.fail("expected an absolute path");
            sut.files[path] = lines_of(content);
        }
    }
    if (const auto* value = object.optional("prepare")) sut.prepare = commands_of(*value);
    if (const auto* value = object.optional("between")) sut.between = commands_of(*value);
    if (const auto* value = object.optional("after_hang")) sut.after_hang = commands_of(*value);
}

void read_judges(JsonObject& object, Sut& sut) {
    const auto* value = object.optional("judges");
    if (value == nullptr) return;
    if (text_of(*value) != "dnssec") value->fail("expected dnssec");
    sut.judges_dnssec = true;
    sut.sends_mail = false;
    for (const auto* key : {"sends_mail", "sees_mx", "port", "log", "finished"})
        if (const auto* other = object.optional(key))
            other->fail(
                "has no meaning for a DNSSEC judge: its command is asked one question, and what it prints counts");
}

void read_attempt(JsonObject& object, Sut& sut) {
    sut.command = texts_of(object.required("command"));
    if (sut.command.empty()) object.node().fail("\"command\": expected a program and its arguments");
    if (const auto* value = object.optional("input")) sut.input = lines_of(*value);
    if (const auto* value = object.optional("log")) sut.log = text_of(*value);
    if (const auto* value = object.optional("finished")) {
        sut.finished = pattern_of(*value);
        if (sut.log.empty()) value->fail("is looked for in \"log\", which is missing");
    }
    if (const auto* value = object.optional("sends_mail")) sut.sends_mail = flag_of(*value);
    if (const auto* value = object.optional("sees_mx")) sut.sees_mx = flag_of(*value);
    if (const auto* value = object.optional("port")) {
        if (text_of(*value) != "25" && value->text != "465") value->fail("expected 25 or 465");
        sut.port = value->text;
    }
    if (const auto* value = object.optional("deadline_ms"))
        sut.deadline = std::chrono::milliseconds(whole_number_of(*value, 100, 600'000));
    for (const auto& item : items_of(object.required("claims")))
        sut.claims.push_back(claim_of(item, sut.judges_dnssec));
}

Sut sut_of(const JsonNode& root) {
    JsonObject object(root);
    object.optional("$schema");
    Sut sut;
    sut.name = text_of(object.required("name"));
    if (const auto* value = object.optional("about")) sut.about = text_of(*value);
    read_setting_up(object, sut);
    read_judges(object, sut);
    read_attempt(object, sut);
    if (const auto* value = object.optional("modes")) {
        for (const auto& item : items_of(*value)) sut.modes.push_back(mode_of(item));
    }
    if (sut.modes.empty()) sut.modes.push_back(SutMode{.name = "default", .about = {}, .values = {}});
    object.finish();
    return sut;
}

bool is_program(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
}

bool is_there(const std::string& program, const std::vector<std::string>& trees) {
    if (program.find('/') != std::string::npos) return is_program(program);
    const char* path = std::getenv("PATH");
    std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/sbin:/sbin:/usr/bin:/bin");
    for (std::string one; std::getline(folders, one, ':');) {
        if (one.empty()) continue;
        if (is_program(one + "/" + program)) return true;
        for (const auto& tree : trees)
            if (is_program(tree + one + "/" + program)) return true;
    }
    return false;
}

} // namespace

std::string filled_in(const std::string& text, const std::map<std::string, std::string>& values) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto begin = text.find("${", at);
        const auto end = begin == std::string::npos ? begin : text.find('}', begin);
        if (end == std::string::npos) return out + text.substr(at);
        out += text.substr(at, begin - at);
        const auto found = values.find(text.substr(begin + 2, end - begin - 2));
        out += found != values.end() ? found->second : text.substr(begin + 2, end - begin - 2);
        at = end + 1;
    }
    return out;
}

std::vector<std::string> filled_in(const std::vector<std::string>& words,
                                   const std::map<std::string, std::string>& values) {
    std::vector<std::string> out;
    for (const auto& word : words)
        if (auto filled = filled_in(word, values); !filled.empty()) out.push_back(std::move(filled));
    return out;
}

std::vector<std::string> known_suts() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(data_file(folder))) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".json")) names.push_back(name.substr(0, name.size() - 5));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Sut parse_sut(std::string_view json, const std::string& file_for_messages) {
    return sut_of(parse_json(json, sort, file_for_messages));
}

Sut load_sut(const std::string& name_or_file) {
    if (name_or_file.starts_with(own_command_mark))
        return sut_of_command(std::string_view(name_or_file).substr(own_command_mark.size()));
    std::string file = name_or_file;
    if (name_or_file.find_first_of("/.") == std::string::npos) {
        file = (fs::path(data_file(folder)) / (name_or_file + ".json")).string();
        if (!fs::exists(file)) {
            std::string names;
            for (const auto& name : known_suts()) names += (names.empty() ? "" : ", ") + name;
            throw ScenarioError(
                fmt::format("sut: \"{}\" is not known: expected one of {}, a file, or command: and a command line",
                            name_or_file, names));
        }
    }
    Sut sut = sut_of(read_json(sort, file));
    sut.file = file;
    return sut;
}

std::string_view judged_as(const Sut& sut, const SutMode& mode) {
    return sut.judges_dnssec ? "dnssec" : tlsa::to_text(mode.judged_as);
}

std::string version_of(const Sut& sut) {
    if (sut.version.empty()) return {};
    const auto said = run_child(sut.version, {}, std::chrono::seconds(5));
    return said.status == 0 || said.status == 1 ? said.output.substr(0, said.output.find('\n')) : "";
}

std::string what_is_missing(const Sut& sut, const std::vector<std::string>& trees) {
    std::string missing;
    for (const auto& program : sut.programs)
        if (!is_there(program, trees)) missing += (missing.empty() ? "" : ", ") + program;
    if (missing.empty())
        return sut.needs_root && geteuid() != 0 ? "root, as it needs users, files and processes of its own" : "";
    std::string packages;
    for (const auto& package : sut.packages) packages += (packages.empty() ? "" : " ") + package;
    return missing + (packages.empty() ? ""
                                       : fmt::format(" (Debian: {}; `danelab sut fetch {}` unpacks it privately)",
                                                     packages, sut.name));
}

} // namespace harness
