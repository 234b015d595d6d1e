// Name: a domain name in wire form (RFC 1035 §3.1), case kept, compared without case (RFC 4343 §3). There is
// deliberately no conversion to a string view: names are compared label by label, never as text.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "resolver/dns/bytes.h"
#include "resolver/dns/result.h"

namespace dns {

class Name {
  public:
    static constexpr std::size_t max_octets = 255; // RFC 1035 §2.3.4
    static constexpr std::size_t max_labels = 127; // 127 labels of one octet fill 254 octets; the root is the 255th

    Name(); // the root

    // --- making ---
    // Presentation format with \X and \DDD escapes (RFC 1035 §5.1). A missing final dot is taken as present; "." is the
    // root. Errors: bad_text, label_too_long, name_too_long (offset = character position).
    static Result<Name> from_text(std::string_view text);
    // The same relative to an origin when the final dot is missing; "@" is the origin (RFC 1035 §5.1).
    static Result<Name> from_text(std::string_view text, const Name& origin);
    // Uncompressed wire form at the reader's position; compression pointers are an error (pointer_not_allowed).
    static Result<Name> read_uncompressed(Reader& reader);
    // Wire form with compression pointers into reader.whole(). Each pointer must point strictly before the place where
    // the current run of labels began, which bounds the work (RFC 1035 §4.1.4: "a prior occurance").
    static Result<Name> read(Reader& reader);
    // For literals in our own code; asserts that the text is good.
    static Name literal(std::string_view text);

    // --- shape ---
    bool is_root() const { return size_ == 1; }
    std::size_t label_count() const { return labels_; }       // the root label is not counted
    std::size_t wire_size() const { return size_; }           // octets, with the root label
    ByteView wire() const { return {octets_.data(), size_}; } // case as received
    ByteView label(std::size_t index) const;                  // 0 = leftmost; without the length octet
    bool is_wildcard() const;                                 // leftmost label is "*" (RFC 4592 §2.1.1)
    // Number for the RRSIG Labels field: root and a leading "*" are not counted (RFC 4034 §3.1.3).
    std::size_t rrsig_label_count() const { return labels_ - (is_wildcard() ? 1 : 0); }

    // --- relatives ---
    Name parent() const;                          // precondition: !is_root()
    Name ancestor(std::size_t label_count) const; // the rightmost `label_count` labels (<= label_count())
    bool is_at_or_below(const Name& apex) const;
    bool is_strictly_below(const Name& apex) const { return labels_ > apex.labels_ && is_at_or_below(apex); }
    Name common_ancestor(const Name& other) const;           // longest; the root at worst
    Result<Name> prepend(std::string_view label_text) const; // one label in presentation format in front
    Result<Name> prepend_label(ByteView label) const;        // one raw label (1..63 octets) in front
    Result<Name> wildcard_child() const { return prepend("*"); }
    // The name with suffix `from` replaced by `to` (RFC 6672 §2.2). Precondition: is_at_or_below(from). name_too_long
    // is the YXDOMAIN case.
    Result<Name> replace_suffix(const Name& from, const Name& to) const;

    // --- forms ---
    Name lowercased() const;     // RFC 4034 §6.2: US-ASCII upper case letters only
    std::string to_text() const; // escaped, with the final dot

    // --- comparing: both ignore US-ASCII case ---
    friend bool operator==(const Name& a, const Name& b);
    friend std::weak_ordering operator<=>(const Name& a, const Name& b); // canonical order, RFC 4034 §6.1
    bool same_octets(const Name& other) const;                           // with case
    std::size_t hash() const;                                            // agrees with ==

  private:
    // `wire` is one complete good name.
    Name(ByteView wire, std::size_t labels);
    std::size_t label_offset(std::size_t index) const; // of its length octet; label_count() gives the root's
    friend class NameAssembly;

    std::array<std::uint8_t, max_octets> octets_;
    std::uint8_t size_;   // octets used
    std::uint8_t labels_; // without the root
};

} // namespace dns

template <>
struct std::hash<dns::Name> {
    std::size_t operator()(const dns::Name& name) const noexcept { return name.hash(); }
};
