// Typed views of RDATA: parse from and build to wire octets. `parse` takes RDATA whose names are already decompressed
// and accepts exactly one structure with nothing behind it; errors are bad_rdata, truncated, bad_type_bitmap and the
// name errors of name.h.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "resolver/dns/bytes.h"
#include "resolver/dns/name.h"
#include "resolver/dns/registry.h"
#include "resolver/dns/serial.h"

namespace dns {

// Types present at a name (RFC 4034 §4.1.2, RFC 5155 §3.2.1). Ascending, no duplicates.
class TypeBitmap {
  public:
    TypeBitmap() = default;
    explicit TypeBitmap(std::vector<RrType> types);    // sorts, drops duplicates
    static Result<TypeBitmap> parse(ByteView windows); // bad_type_bitmap; an empty bitmap is legal (RFC 6840 §6.4)
    bool contains(RrType type) const;
    const std::vector<RrType>& types() const { return types_; }
    Bytes build() const;
    friend bool operator==(const TypeBitmap&, const TypeBitmap&) = default;

  private:
    std::vector<RrType> types_;
};

using KeyTag = std::uint16_t;

struct A {
    std::array<std::uint8_t, 4> address;
    static Result<A> parse(ByteView);
    Bytes build() const;
};
struct Aaaa {
    std::array<std::uint8_t, 16> address;
    static Result<Aaaa> parse(ByteView);
    Bytes build() const;
};

// NS, CNAME, DNAME, PTR: RDATA that is one name.
struct SingleName {
    Name name;
    static Result<SingleName> parse(ByteView);
    Bytes build() const;
};

struct Soa {
    Name mname, rname;
    std::uint32_t serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0;
    static Result<Soa> parse(ByteView);
    Bytes build() const;
};
struct Mx {
    std::uint16_t preference = 0;
    Name exchange;
    static Result<Mx> parse(ByteView);
    Bytes build() const;
};
struct Txt {
    std::vector<Bytes> strings; // each of at most 255 octets (RFC 1035 §3.3)
    static Result<Txt> parse(ByteView);
    Bytes build() const;
};
struct Srv {
    std::uint16_t priority = 0, weight = 0, port = 0;
    Name target;
    static Result<Srv> parse(ByteView);
    Bytes build() const;
};

// RFC 6698 §2.1. Lengths are not judged here: what makes a record unusable is tlsa's business, save that fewer than
// three octets cannot be split into fields (bad_rdata).
struct Tlsa {
    std::uint8_t usage = 0, selector = 0, matching_type = 0;
    Bytes association;
    static Result<Tlsa> parse(ByteView);
    Bytes build() const;
};

// RFC 4034 §5.1; CDS has the same form (RFC 7344 §3.1).
struct Ds {
    KeyTag key_tag = 0;
    Algorithm algorithm{};
    DigestType digest_type{};
    Bytes digest;
    static Result<Ds> parse(ByteView);
    Bytes build() const;
    friend bool operator==(const Ds&, const Ds&) = default;
};

// RFC 4034 §2.1; CDNSKEY has the same form (RFC 7344 §3.2).
struct Dnskey {
    static constexpr std::uint16_t zone_key_flag = 0x0100; // RFC 4034 §2.1.1
    static constexpr std::uint16_t sep_flag = 0x0001;      // RFC 4034 §2.1.1
    static constexpr std::uint16_t revoke_flag = 0x0080;   // RFC 5011 §7
    std::uint16_t flags = 0;
    std::uint8_t protocol = 3;
    Algorithm algorithm{};
    Bytes public_key;
    static Result<Dnskey> parse(ByteView);
    Bytes build() const;
    bool is_zone_key() const { return (flags & zone_key_flag) != 0; }
    bool is_sep() const { return (flags & sep_flag) != 0; }
    bool is_revoked() const { return (flags & revoke_flag) != 0; }
    KeyTag key_tag() const; // RFC 4034 §B; algorithm 1 as in RFC 6840 §5.5
    friend bool operator==(const Dnskey&, const Dnskey&) = default;
};

// RFC 4034 §3.1.
struct Rrsig {
    RrType type_covered{};
    Algorithm algorithm{};
    std::uint8_t labels = 0;
    std::uint32_t original_ttl = 0;
    SerialTime expiration, inception;
    KeyTag key_tag = 0;
    Name signer;
    Bytes signature;
    static Result<Rrsig> parse(ByteView);
    Bytes build() const;
    Bytes build_without_signature() const; // signer lowercased: the head of the signed data (RFC 4034 §3.1.8.1)
};

struct Nsec {
    Name next;
    TypeBitmap types;
    static Result<Nsec> parse(ByteView);
    Bytes build() const;
}; // RFC 4034 §4.1

// RFC 5155 §3.1.
struct Nsec3 {
    static constexpr std::uint8_t opt_out_flag = 0x01;
    std::uint8_t hash_algorithm = 1, flags = 0;
    std::uint16_t iterations = 0;
    Bytes salt, next_hashed_owner;
    TypeBitmap types;
    static Result<Nsec3> parse(ByteView);
    Bytes build() const;
    bool opt_out() const { return (flags & opt_out_flag) != 0; }
};

struct Nsec3param { // RFC 5155 §4.1
    std::uint8_t hash_algorithm = 1, flags = 0;
    std::uint16_t iterations = 0;
    Bytes salt;
    static Result<Nsec3param> parse(ByteView);
    Bytes build() const;
};

// Where names stand in the RDATA of a type, and what may be done to them.
struct RdataField {
    // a6_address: prefix length P, then (128 - P + 7) / 8 octets; P = 0 means that no name follows.
    enum class Kind { fixed, name, character_string, a6_address, rest } kind;
    std::size_t octets = 0; // of `fixed`
};
// The fields of a type that has names in its RDATA; empty for all other types (RFC 4034 §6.2, RFC 3597 §4).
std::vector<RdataField> rdata_fields(RrType type);
// May the names of this type be compressed by a sender that we have to understand (RFC 3597 §4)?
bool may_be_compressed_on_receipt(RrType type);
// RFC 4034 §6.2 as corrected by RFC 6840 §5.1: names in RDATA lowercased for the listed types (not NSEC's). Errors for
// any type with names where the RDATA is shorter than they are or one is compressed; never reads beyond it.
Result<Bytes> canonical_rdata(RrType type, ByteView rdata);
// Is the RDATA well formed for its type? Unknown types always are (RFC 3597 §3).
Result<std::monostate> check_rdata(RrType type, ByteView rdata);

} // namespace dns
