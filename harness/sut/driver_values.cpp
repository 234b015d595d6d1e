#include "harness/sut/driver_values.h"

namespace harness {

std::vector<std::vector<std::string>> commands_of(const JsonNode& node) {
    std::vector<std::vector<std::string>> commands;
    for (const auto& item : items_of(node)) {
        commands.push_back(texts_of(item));
        if (commands.back().empty()) item.fail("expected a command and its arguments");
    }
    return commands;
}

std::string lines_of(const JsonNode& node) {
    if (node.kind == JsonNode::Kind::string) return node.text;
    std::string text;
    for (const auto& line : texts_of(node)) text += line + "\n";
    return text;
}

Pattern pattern_in(const JsonNode& node, const std::string& expression) {
    try {
        return Pattern(expression);
    } catch (const ScenarioError& error) {
        node.fail(error.what());
    }
}

} // namespace harness
