#include "harness/rule_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "harness/data_dir.h"
#include "harness/strict_json.h"

namespace harness {

namespace {

constexpr const char* sort = "rules";
constexpr const char* table_file = "zones/rules/dane.json";

template <std::size_t N>
std::string one_of(const JsonNode& node, const std::array<std::string_view, N>& words) {
    const auto& text = text_of(node);
    if (std::find(words.begin(), words.end(), text) == words.end())
        node.fail(fmt::format("\"{}\" is not known here; the schema has the words", text));
    return text;
}

Rule rule_of(const JsonNode& node) {
    constexpr std::array<std::string_view, 3> bound{"client", "server", "publisher"};
    constexpr std::array<std::string_view, 7> strengths{"MUST", "MUST*", "SHOULD",  "SHOULD*",
                                                        "MAY",  "MAY*",  "practice"};
    JsonObject object(node);
    Rule rule;
    rule.number = text_of(object.required("rule"));
    rule.binds = one_of(object.required("binds"), bound);
    rule.strength = one_of(object.required("strength"), strengths);
    rule.sources = texts_of(object.required("sources"));
    rule.title = text_of(object.required("title"));
    if (const auto* value = object.optional("tests")) rule.tests = texts_of(*value);
    if (const auto* value = object.optional("not_here")) rule.not_here = text_of(*value);
    object.finish();
    return rule;
}

std::vector<Rule> rules_of_file(const JsonNode& root) {
    JsonObject object(root);
    object.optional("$schema");
    std::vector<Rule> rules;
    std::set<std::string> numbers;
    for (const auto& item : items_of(object.required("rules"))) {
        rules.push_back(rule_of(item));
        if (!numbers.insert(rules.back().number).second)
            item.fail(fmt::format("{} stands here twice", rules.back().number));
    }
    object.finish();
    return rules;
}

} // namespace

std::vector<Rule> load_rules() { return rules_of_file(read_json(sort, data_file(table_file))); }

std::vector<Rule> parse_rules(std::string_view json, const std::string& file_for_messages) {
    return rules_of_file(parse_json(json, sort, file_for_messages));
}

} // namespace harness
