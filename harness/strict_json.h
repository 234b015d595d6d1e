// JSON files read strictly: every value knows its line and its JSON pointer (RFC 6901), every key must be asked for, and
// whatever does not fit is one clear line.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/scenario_error.h"

namespace harness {

struct JsonNode {
    enum class Kind { object, array, string, number, boolean, null };
    static constexpr std::size_t max_depth =
        32; // our formats nest at most eight deep; bounds the destructor's recursion

    Kind kind = Kind::null;
    std::size_t line = 0;                                  // from 1; of the key where it is a member's value
    std::string pointer;                                   // "" is the whole document
    std::shared_ptr<const std::string> origin;             // "scenario: FILE", for messages
    std::vector<std::pair<std::string, JsonNode>> members; // of an object, in the file's order
    std::vector<JsonNode> items;                           // of an array
    std::string text;                                      // of a string
    std::optional<std::int64_t> whole;                     // of a number, where it is a whole one that fits
    bool truth = false;                                    // of a boolean

    // Throws ScenarioError "scenario: FILE:LINE: /pointer: what".
    [[noreturn]] void fail(const std::string& what) const;
};

// `sort` begins every message ("scenario"), `file` is what it names. Throws ScenarioError for text that is not JSON,
// for a key that stands twice in one object, and for more than max_depth levels.
JsonNode parse_json(std::string_view json, const std::string& sort, const std::string& file);
// The same of a whole file; an unreadable file is a ScenarioError too.
JsonNode read_json(const std::string& sort, const std::string& file);

// Values of one type; anything else is a ScenarioError that says what was expected.
const std::string& text_of(const JsonNode& node);
bool flag_of(const JsonNode& node);
std::int64_t whole_number_of(const JsonNode& node, std::int64_t least, std::int64_t most);
const std::vector<JsonNode>& items_of(const JsonNode& node);
std::vector<std::string> texts_of(const JsonNode& node);

// An object whose keys are asked for one by one; finish() refuses the others.
class JsonObject {
  public:
    // Throws ScenarioError where the node is no object. The node must outlive the reader.
    explicit JsonObject(const JsonNode& node);

    const JsonNode& required(std::string_view key);
    const JsonNode* optional(std::string_view key); // nullptr: not there
    // Throws ScenarioError for the first key that was never asked for, and names the known ones.
    void finish() const;

    const JsonNode& node() const { return node_; }

  private:
    const JsonNode& node_;
    std::vector<std::string> known_;
};

// A copy in which every string went through `replace` (keys stay).
JsonNode with_texts(const JsonNode& node, const std::function<std::string(const std::string&)>& replace);

} // namespace harness
