#include "resolver/dns/name.h"

#include <cstring>

#include "resolver/dns/name_assembly.h"

namespace dns {

namespace {

constexpr std::uint8_t pointer_bits = 0xC0;                // RFC 1035 §4.1.4
constexpr std::size_t max_pointers = Name::max_labels + 1; // more cannot serve any name of at most 127 labels

constexpr std::uint8_t fold(std::uint8_t octet) {
    return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet | 0x20) : octet;
}

// Length octets are at most 63 and so below 'A': folding whole wire forms is the same as folding the labels.
bool same_folded(const std::uint8_t* a, const std::uint8_t* b, std::size_t count) {
    if (std::memcmp(a, b, count) == 0) return true;
    for (std::size_t i = 0; i < count; ++i) {
        if (a[i] != b[i] && fold(a[i]) != fold(b[i])) return false;
    }
    return true;
}

using LabelOffsets = std::array<std::uint8_t, Name::max_labels + 1>;

LabelOffsets label_offsets(ByteView wire) {
    LabelOffsets offsets;
    std::size_t count = 0;
    for (std::size_t at = 0; wire[at] != 0; at += wire[at] + 1U) offsets[count++] = static_cast<std::uint8_t>(at);
    return offsets;
}

// RFC 4034 §6.1: "unsigned left-justified octet strings"; the absence of an octet sorts before a zero octet.
std::weak_ordering compare_labels(const std::uint8_t* a, const std::uint8_t* b) {
    const std::size_t length_a = *a++;
    const std::size_t length_b = *b++;
    const std::size_t shared = length_a < length_b ? length_a : length_b;
    for (std::size_t i = 0; i < shared; ++i) {
        if (a[i] == b[i]) continue;
        const std::uint8_t x = fold(a[i]);
        const std::uint8_t y = fold(b[i]);
        if (x != y) return x < y ? std::weak_ordering::less : std::weak_ordering::greater;
    }
    return length_a <=> length_b;
}

} // namespace

Name::Name()
    : octets_{}
    , size_(1)
    , labels_(0) {}

Name::Name(ByteView wire, std::size_t labels)
    : octets_{}
    , size_(static_cast<std::uint8_t>(wire.size()))
    , labels_(static_cast<std::uint8_t>(labels)) {
    std::memcpy(octets_.data(), wire.data(), wire.size());
}

Result<Name> Name::read_uncompressed(Reader& reader) {
    NameAssembly assembly;
    for (;;) { // bounded: NameAssembly takes at most 127 labels
        const std::size_t at = reader.offset();
        const auto length = reader.u8();
        if (!length) return length.error_as_failure();
        if (*length == 0) return assembly.finish();
        if ((*length & pointer_bits) == pointer_bits) return wire_error(WireErrorCode::pointer_not_allowed, at);
        if ((*length & pointer_bits) != 0) return wire_error(WireErrorCode::bad_label_type, at);
        const auto label = reader.octets(*length);
        if (!label) return label.error_as_failure();
        if (const auto fault = assembly.add(*label)) return wire_error(*fault, at);
    }
}

Result<Name> Name::read(Reader& reader) {
    NameAssembly assembly;
    Reader cursor = reader;
    std::size_t run_start = reader.offset();
    std::size_t pointers = 0;
    for (;;) { // bounded: at most 127 labels and max_pointers pointers
        const std::size_t at = cursor.offset();
        const auto length = cursor.u8();
        if (!length) return length.error_as_failure();
        if (*length == 0) break;
        if ((*length & pointer_bits) == pointer_bits) {
            const auto low = cursor.u8();
            if (!low) return low.error_as_failure();
            const std::size_t target = static_cast<std::size_t>(*length & 0x3F) << 8 | *low;
            if (pointers == 0) reader = cursor;
            if (target >= run_start || ++pointers > max_pointers) return wire_error(WireErrorCode::bad_pointer, at);
            run_start = target;
            (void)cursor.seek(target);
            continue;
        }
        if ((*length & pointer_bits) != 0) return wire_error(WireErrorCode::bad_label_type, at);
        const auto label = cursor.octets(*length);
        if (!label) return label.error_as_failure();
        if (const auto fault = assembly.add(*label)) return wire_error(*fault, at);
    }
    if (pointers == 0) reader = cursor;
    return assembly.finish();
}

std::size_t Name::label_offset(std::size_t index) const {
    assert(index <= labels_);
    std::size_t at = 0;
    for (std::size_t i = 0; i < index; ++i) at += octets_[at] + 1U;
    return at;
}

ByteView Name::label(std::size_t index) const {
    assert(index < labels_);
    const std::size_t at = label_offset(index);
    return ByteView(octets_).subspan(at + 1, octets_[at]);
}

bool Name::is_wildcard() const { return octets_[0] == 1 && octets_[1] == '*'; }

Name Name::parent() const {
    assert(!is_root());
    return ancestor(labels_ - 1U);
}

Name Name::ancestor(std::size_t label_count) const {
    assert(label_count <= labels_);
    return Name(wire().subspan(label_offset(labels_ - label_count)), label_count);
}

bool Name::is_at_or_below(const Name& apex) const {
    if (labels_ < apex.labels_ || size_ < apex.size_) return false;
    const std::size_t at = label_offset(static_cast<std::size_t>(labels_ - apex.labels_));
    return size_ - at == apex.size_ && same_folded(octets_.data() + at, apex.octets_.data(), apex.size_);
}

Name Name::common_ancestor(const Name& other) const {
    const LabelOffsets ours = label_offsets(wire());
    const LabelOffsets theirs = label_offsets(other.wire());
    std::size_t shared = 0;
    while (shared < labels_ && shared < other.labels_) {
        const std::uint8_t* a = octets_.data() + ours[labels_ - shared - 1U];
        const std::uint8_t* b = other.octets_.data() + theirs[other.labels_ - shared - 1U];
        if (*a != *b || !same_folded(a, b, *a + 1U)) break;
        ++shared;
    }
    return ancestor(shared);
}

Result<Name> Name::prepend_label(ByteView label) const {
    if (label.empty()) return wire_error(WireErrorCode::bad_text);
    NameAssembly assembly;
    if (const auto fault = assembly.add(label)) return wire_error(*fault);
    if (const auto fault = assembly.add(*this)) return wire_error(*fault);
    return assembly.finish();
}

Result<Name> Name::replace_suffix(const Name& from, const Name& to) const {
    assert(is_at_or_below(from));
    const std::size_t kept = labels_ - static_cast<std::size_t>(from.labels_);
    NameAssembly assembly;
    std::size_t at = 0;
    for (std::size_t i = 0; i < kept; ++i) {
        (void)assembly.add(wire().subspan(at + 1, octets_[at]));
        at += octets_[at] + 1U;
    }
    if (const auto fault = assembly.add(to)) return wire_error(*fault);
    return assembly.finish();
}

Name Name::lowercased() const {
    Name lower = *this;
    for (std::size_t i = 0; i < size_; ++i) lower.octets_[i] = fold(lower.octets_[i]);
    return lower;
}

bool operator==(const Name& a, const Name& b) {
    return a.size_ == b.size_ && same_folded(a.octets_.data(), b.octets_.data(), a.size_);
}

std::weak_ordering operator<=>(const Name& a, const Name& b) {
    const LabelOffsets offsets_a = label_offsets(a.wire());
    const LabelOffsets offsets_b = label_offsets(b.wire());
    std::size_t left_a = a.labels_;
    std::size_t left_b = b.labels_;
    while (left_a > 0 && left_b > 0) {
        --left_a;
        --left_b;
        const auto order = compare_labels(a.octets_.data() + offsets_a[left_a], b.octets_.data() + offsets_b[left_b]);
        if (std::is_neq(order)) return order;
    }
    return left_a <=> left_b;
}

bool Name::same_octets(const Name& other) const {
    return size_ == other.size_ && std::memcmp(octets_.data(), other.octets_.data(), size_) == 0;
}

std::size_t Name::hash() const {
    std::uint64_t value = 0xCBF29CE484222325; // FNV-1a
    for (std::size_t i = 0; i < size_; ++i) value = (value ^ fold(octets_[i])) * 0x100000001B3;
    return static_cast<std::size_t>(value);
}

} // namespace dns
