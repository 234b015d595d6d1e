#include "tlsa/distinguished_name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "resolver/dns/text.h"
#include "tlsa/der.h"

namespace tlsa {
namespace {

// A certificate's name has a handful of RDNs; this bounds what comparing costs (RFC 5280 §A.1 bounds each value).
constexpr std::size_t max_relative_names = 64;

struct Attribute {
    std::string oid; // content octets
    std::uint8_t tag = 0;
    std::string value;
};

std::string text_of(dns::ByteView octets) { return {octets.begin(), octets.end()}; }

std::optional<Attribute> read_attribute(DerReader& reader) {
    const auto pair = reader.next(der::sequence);
    if (!pair) return std::nullopt;
    DerReader inner(pair->content);
    const auto oid = inner.next(der::object_id);
    if (!oid) return std::nullopt;
    const auto value = inner.next();
    if (!value || !inner.at_end()) return std::nullopt;
    return Attribute{text_of(oid->content), value->tag, text_of(value->content)};
}

bool is_simple_string(std::uint8_t tag) {
    return tag == der::utf8_string || tag == der::printable_string || tag == der::t61_string || tag == der::ia5_string;
}

// Lower case, runs of spaces as one, none at the ends (RFC 5280 §7.1).
std::string fold(std::string_view value) {
    std::string folded;
    for (const char c : value) {
        if (c == ' ') {
            if (!folded.empty() && folded.back() != ' ') folded += ' ';
        } else {
            folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    if (!folded.empty() && folded.back() == ' ') folded.pop_back();
    return folded;
}

// Lengths keep apart what concatenation would run together.
void append_field(std::string& to, std::string_view field) {
    to += std::to_string(field.size());
    to += ':';
    to += field;
}

std::string normalise(const Attribute& attribute) {
    std::string key;
    append_field(key, attribute.oid);
    if (is_simple_string(attribute.tag)) {
        append_field(key, fold(attribute.value));
    } else {
        append_field(key, std::string(1, static_cast<char>(attribute.tag)));
        append_field(key, attribute.value);
    }
    return key;
}

constexpr std::string_view common_name_oid("\x55\x04\x03", 3);
struct ShortName {
    std::string_view oid, text;
};
constexpr std::array short_names = {
    ShortName{common_name_oid, "CN"},
    ShortName{std::string_view("\x55\x04\x06", 3), "C"},
    ShortName{std::string_view("\x55\x04\x07", 3), "L"},
    ShortName{std::string_view("\x55\x04\x08", 3), "ST"},
    ShortName{std::string_view("\x55\x04\x0a", 3), "O"},
    ShortName{std::string_view("\x55\x04\x0b", 3), "OU"},
};

std::string printable(std::string_view value) {
    std::string out;
    for (const char c : value) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x20 || octet == 0x7f)
            out += "\\x" + dns::base16(dns::ByteView(&octet, 1));
        else
            out += c;
    }
    return out;
}

std::string describe(const Attribute& attribute) {
    const auto known = std::ranges::find(short_names, attribute.oid, &ShortName::oid);
    std::string text;
    if (known != short_names.end()) {
        text = known->text;
    } else {
        const dns::Bytes oid(attribute.oid.begin(), attribute.oid.end());
        text = dns::base16(oid);
    }
    return text + '=' + printable(attribute.value);
}

} // namespace

DistinguishedName DistinguishedName::parse(dns::ByteView der_octets) {
    DistinguishedName name;
    const auto bad = [&name] {
        name.malformed_ = true;
        return name;
    };
    const auto list = single_item(der_octets, der::sequence);
    if (!list) return bad();
    DerReader reader(list->content);
    while (!reader.at_end()) {
        const auto relative = reader.next(der::set);
        if (!relative || name.relative_names_.size() >= max_relative_names) return bad();
        std::vector<std::string> keys;
        DerReader attributes(relative->content);
        while (!attributes.at_end()) {
            const auto attribute = read_attribute(attributes);
            if (!attribute) return bad();
            keys.push_back(normalise(*attribute));
            if (attribute->oid == common_name_oid) name.common_names_.push_back(attribute->value);
            name.text_ += (name.text_.empty() ? "" : ", ") + describe(*attribute);
        }
        std::ranges::sort(keys);
        std::string joined;
        for (const auto& key : keys) append_field(joined, key);
        name.relative_names_.push_back(std::move(joined));
    }
    return name;
}

bool DistinguishedName::is_within(const DistinguishedName& prefix) const {
    if (malformed_ || prefix.malformed_ || prefix.relative_names_.size() > relative_names_.size()) return false;
    return std::equal(prefix.relative_names_.begin(), prefix.relative_names_.end(), relative_names_.begin());
}

std::string DistinguishedName::to_text() const { return malformed_ ? "(malformed name)" : text_; }

bool operator==(const DistinguishedName& a, const DistinguishedName& b) {
    return !a.malformed_ && !b.malformed_ && a.relative_names_ == b.relative_names_;
}

} // namespace tlsa
