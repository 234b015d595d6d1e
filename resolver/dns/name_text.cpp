// Names in presentation format (RFC 1035 §5.1).
#include "resolver/dns/name.h"
#include "resolver/dns/name_assembly.h"

namespace dns {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct ParsedLabels {
    NameAssembly assembly;
    bool absolute = false; // a final dot was there
};

// Octet that the escape at text[at] == '\\' stands for; moves `at` behind it.
Result<std::uint8_t> read_escape(std::string_view text, std::size_t& at) {
    const std::size_t start = at++;
    if (at == text.size()) return wire_error(WireErrorCode::bad_text, start);
    if (!is_digit(text[at])) return static_cast<std::uint8_t>(text[at++]);
    if (text.size() - at < 3 || !is_digit(text[at + 1]) || !is_digit(text[at + 2])) {
        return wire_error(WireErrorCode::bad_text, start);
    }
    const int value = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
    if (value > 255) return wire_error(WireErrorCode::bad_text, start);
    at += 3;
    return static_cast<std::uint8_t>(value);
}

Result<ParsedLabels> parse_labels(std::string_view text) {
    ParsedLabels parsed;
    std::array<std::uint8_t, 64> label;
    std::size_t length = 0;
    std::size_t label_start = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        parsed.absolute = false;
        if (text[at] == '.') {
            if (length == 0) return wire_error(WireErrorCode::bad_text, at);
            if (const auto fault = parsed.assembly.add(ByteView(label.data(), length))) {
                return wire_error(*fault, label_start);
            }
            length = 0;
            label_start = ++at;
            parsed.absolute = true;
            continue;
        }
        if (length == 63) return wire_error(WireErrorCode::label_too_long, label_start);
        if (text[at] == '\\') {
            const auto octet = read_escape(text, at);
            if (!octet) return octet.error_as_failure();
            label[length++] = *octet;
        } else {
            label[length++] = static_cast<std::uint8_t>(text[at++]);
        }
    }
    if (length > 0) {
        if (const auto fault = parsed.assembly.add(ByteView(label.data(), length))) {
            return wire_error(*fault, label_start);
        }
    }
    return parsed;
}

void append_octet(std::string& out, std::uint8_t octet) {
    switch (octet) {
    case '.':
    case '\\':
    case '"':
    case ';':
    case '(':
    case ')':
    case '@':
    case '$':
        out += '\\';
        out += static_cast<char>(octet);
        return;
    default: break;
    }
    if (octet > 0x20 && octet < 0x7F) {
        out += static_cast<char>(octet);
        return;
    }
    out += '\\';
    out += static_cast<char>('0' + octet / 100);
    out += static_cast<char>('0' + octet / 10 % 10);
    out += static_cast<char>('0' + octet % 10);
}

} // namespace

Result<Name> Name::from_text(std::string_view text) {
    if (text == ".") return Name();
    if (text.empty()) return wire_error(WireErrorCode::bad_text);
    auto parsed = parse_labels(text);
    if (!parsed) return parsed.error_as_failure();
    return parsed->assembly.finish();
}

Result<Name> Name::from_text(std::string_view text, const Name& origin) {
    if (text == ".") return Name();
    if (text == "@") return origin;
    if (text.empty()) return wire_error(WireErrorCode::bad_text);
    auto parsed = parse_labels(text);
    if (!parsed) return parsed.error_as_failure();
    if (!parsed->absolute) {
        if (const auto fault = parsed->assembly.add(origin)) return wire_error(*fault);
    }
    return parsed->assembly.finish();
}

Name Name::literal(std::string_view text) {
    const auto name = from_text(text);
    assert(name.has_value());
    return *name;
}

Result<Name> Name::prepend(std::string_view label_text) const {
    const auto label = from_text(label_text);
    if (!label) return label.error_as_failure();
    if (label->label_count() != 1) return wire_error(WireErrorCode::bad_text);
    return prepend_label(label->label(0));
}

std::string Name::to_text() const {
    if (is_root()) return ".";
    std::string out;
    out.reserve(size_ + 8U);
    for (std::size_t at = 0; octets_[at] != 0; at += octets_[at] + 1U) {
        for (std::size_t i = 1; i <= octets_[at]; ++i) append_octet(out, octets_[at + i]);
        out += '.';
    }
    return out;
}

} // namespace dns
