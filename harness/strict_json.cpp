#include "harness/strict_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

namespace harness {

namespace {

// Lets the lexer read while we know how far it came.
struct CountingIterator {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    const char* at = nullptr;
    const char** furthest = nullptr;

    const char& operator*() const { return *at; }
    CountingIterator& operator++() {
        ++at;
        if (furthest != nullptr) *furthest = at;
        return *this;
    }
    CountingIterator operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at == b.at; }
};

std::string_view kind_name(JsonNode::Kind kind) {
    switch (kind) {
    case JsonNode::Kind::object: return "an object";
    case JsonNode::Kind::array: return "an array";
    case JsonNode::Kind::string: return "a string";
    case JsonNode::Kind::number: return "a number";
    case JsonNode::Kind::boolean: return "true or false";
    case JsonNode::Kind::null: return "null";
    }
    return "";
}

// RFC 6901 §3: "~" and "/" are escaped.
std::string pointer_token(const std::string& key) {
    std::string out;
    for (const char c : key) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

class Builder {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    Builder(std::string_view json, const std::string& sort, const std::string& file)
        : counted_to_(json.data())
        , furthest_(json.data())
        , end_(json.data() + json.size())
        , origin_(std::make_shared<const std::string>(sort + ": " + file)) {}

    const char** furthest() { return &furthest_; }
    JsonNode take() && { return std::move(root_); }

    // --- what nlohmann::json::sax_parse calls ---
    bool null() { return scalar(JsonNode::Kind::null, 0), true; }
    bool boolean(bool value) { return scalar(JsonNode::Kind::boolean, 0).truth = value, true; }
    bool number_integer(number_integer_t value) { return scalar(JsonNode::Kind::number, 1).whole = value, true; }
    bool number_unsigned(number_unsigned_t value) {
        auto& node = scalar(JsonNode::Kind::number, 1);
        if (value <= static_cast<number_unsigned_t>(INT64_MAX)) node.whole = static_cast<std::int64_t>(value);
        return true;
    }
    bool number_float(number_float_t, const string_t&) { return scalar(JsonNode::Kind::number, 1), true; }
    bool string(string_t& value) { return scalar(JsonNode::Kind::string, 0).text = std::move(value), true; }
    bool binary(binary_t&) { return false; }
    bool start_object(std::size_t) { return open(JsonNode::Kind::object); }
    bool start_array(std::size_t) { return open(JsonNode::Kind::array); }
    bool end_object() { return open_.pop_back(), true; }
    bool end_array() { return open_.pop_back(), true; }

    bool key(string_t& value) {
        auto& object = *open_.back();
        key_line_ = line(0);
        for (const auto& [name, node] : object.members) {
            if (name == value) fail(key_line_, node.pointer, "the key stands twice in this object");
        }
        object.members.emplace_back(value, JsonNode{});
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) {
        // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error ..." -> from "syntax error".
        std::string what = error.what();
        const auto colon = what.find(": ");
        if (colon != std::string::npos) what = what.substr(colon + 2);
        // It quotes what it last read, which need not be text.
        for (char& c : what)
            if (c < 0x20 || c > 0x7e) c = '?';
        fail(line(0), "", "not JSON: " + what);
    }

  private:
    // The line of the token that ends `behind` characters before what the lexer has read: numbers end only where
    // something else begins.
    std::size_t line(std::size_t behind) {
        const char* to = furthest_;
        if (behind != 0 && to != end_) to -= behind;
        if (to > counted_to_) {
            line_ += static_cast<std::size_t>(std::count(counted_to_, to, '\n'));
            counted_to_ = to;
        }
        return line_;
    }

    JsonNode& place(JsonNode::Kind kind, std::size_t behind) {
        std::size_t at = line(behind);
        std::string pointer;
        JsonNode* node = &root_;
        if (!open_.empty()) {
            auto& parent = *open_.back();
            if (parent.kind == JsonNode::Kind::object) {
                node = &parent.members.back().second;
                at = key_line_;
                pointer = parent.pointer + "/" + pointer_token(parent.members.back().first);
            } else {
                node = &parent.items.emplace_back();
                pointer = parent.pointer + "/" + std::to_string(parent.items.size() - 1);
            }
        }
        node->kind = kind;
        node->line = at;
        node->pointer = std::move(pointer);
        node->origin = origin_;
        return *node;
    }

    JsonNode& scalar(JsonNode::Kind kind, std::size_t behind) { return place(kind, behind); }

    bool open(JsonNode::Kind kind) {
        auto& node = place(kind, 0);
        if (open_.size() >= JsonNode::max_depth)
            node.fail(fmt::format("more than {} levels deep", JsonNode::max_depth));
        open_.push_back(&node); // stays put: a container grows only while its last element is closed
        return true;
    }

    [[noreturn]] void fail(std::size_t at, const std::string& pointer, const std::string& what) const {
        JsonNode node;
        node.line = at;
        node.pointer = pointer;
        node.origin = origin_;
        node.fail(what);
    }

    const char* counted_to_;
    const char* furthest_;
    const char* end_;
    std::shared_ptr<const std::string> origin_;
    std::size_t line_ = 1, key_line_ = 1;
    JsonNode root_;
    std::vector<JsonNode*> open_;
};

void expect_kind(const JsonNode& node, JsonNode::Kind kind) {
    if (node.kind != kind) node.fail(fmt::format("expected {}, found {}", kind_name(kind), kind_name(node.kind)));
}

} // namespace

void JsonNode::fail(const std::string& what) const {
    auto message = fmt::format("{}:{}: {}{}{}", *origin, line, pointer, pointer.empty() ? "" : ": ", what);
    for (char& c : message) {
        if (static_cast<unsigned char>(c) < ' ') c = '?'; // one line, whatever the file's keys hold
    }
    throw ScenarioError(message);
}

JsonNode parse_json(std::string_view json, const std::string& sort, const std::string& file) {
    Builder builder(json, sort, file);
    const CountingIterator first{json.data(), builder.furthest()}, last{json.data() + json.size(), nullptr};
    nlohmann::json::sax_parse(first, last, &builder);
    return std::move(builder).take();
}

JsonNode read_json(const std::string& sort, const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    if (in) content << in.rdbuf();
    if (!in || content.fail()) throw ScenarioError(fmt::format("{}: {}: cannot be read", sort, file));
    return parse_json(content.str(), sort, file);
}

const std::string& text_of(const JsonNode& node) {
    expect_kind(node, JsonNode::Kind::string);
    return node.text;
}

bool flag_of(const JsonNode& node) {
    expect_kind(node, JsonNode::Kind::boolean);
    return node.truth;
}

std::int64_t whole_number_of(const JsonNode& node, std::int64_t least, std::int64_t most) {
    expect_kind(node, JsonNode::Kind::number);
    if (!node.whole || *node.whole < least || *node.whole > most)
        node.fail(fmt::format("expected a whole number from {} to {}", least, most));
    return *node.whole;
}

const std::vector<JsonNode>& items_of(const JsonNode& node) {
    expect_kind(node, JsonNode::Kind::array);
    return node.items;
}

std::vector<std::string> texts_of(const JsonNode& node) {
    std::vector<std::string> texts;
    for (const auto& item : items_of(node)) texts.push_back(text_of(item));
    return texts;
}

JsonObject::JsonObject(const JsonNode& node)
    : node_(node) {
    expect_kind(node, JsonNode::Kind::object);
}

const JsonNode* JsonObject::optional(std::string_view key) {
    known_.emplace_back(key);
    for (const auto& [name, value] : node_.members) {
        if (name == key) return &value;
    }
    return nullptr;
}

const JsonNode& JsonObject::required(std::string_view key) {
    if (const auto* value = optional(key)) return *value;
    constexpr std::size_t shown = 20; // more than any of our objects has; a misspelt key is among them
    std::vector<std::string_view> found;
    for (const auto& [name, value] : node_.members) {
        if (found.size() < shown) found.push_back(name);
    }
    node_.fail(fmt::format("\"{}\" is missing; found here: {}", key, fmt::join(found, ", ")));
}

void JsonObject::finish() const {
    for (const auto& [name, value] : node_.members) {
        if (std::find(known_.begin(), known_.end(), name) == known_.end())
            value.fail(fmt::format("unknown key \"{}\"; known here: {}", name, fmt::join(known_, ", ")));
    }
}

JsonNode with_texts(const JsonNode& node, const std::function<std::string(const std::string&)>& replace) {
    JsonNode copy = node;
    copy.text = replace(node.text);
    for (auto& [name, value] : copy.members) value = with_texts(value, replace);
    for (auto& item : copy.items) item = with_texts(item, replace);
    return copy;
}

} // namespace harness
