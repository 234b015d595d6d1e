// A strict reader of DER (X.690 as X.509 uses it): definite, minimal lengths, single-octet tags. Enough to split a
// certificate into the octets that DANE hashes, without re-encoding anything (RFC 6698 §2.1.3).
#pragma once

#include <cstdint>
#include <optional>

#include "resolver/dns/bytes.h"

namespace tlsa {

namespace der {
constexpr std::uint8_t boolean = 0x01, integer = 0x02, bit_string = 0x03, octet_string = 0x04, object_id = 0x06,
                       utf8_string = 0x0c, printable_string = 0x13, t61_string = 0x14, ia5_string = 0x16,
                       utc_time = 0x17, generalized_time = 0x18, sequence = 0x30, set = 0x31;
constexpr std::uint8_t context(std::uint8_t number) { return static_cast<std::uint8_t>(0x80 | number); }
constexpr std::uint8_t context_constructed(std::uint8_t number) { return static_cast<std::uint8_t>(0xa0 | number); }
} // namespace der

struct DerItem {
    std::uint8_t tag = 0;
    dns::ByteView content;
    dns::ByteView whole; // with tag and length
};

class DerReader {
  public:
    explicit DerReader(dns::ByteView data)
        : data_(data) {}
    bool at_end() const { return data_.empty(); }
    // Tag of the next item; 0 at the end.
    std::uint8_t peek() const { return data_.empty() ? std::uint8_t{0} : data_[0]; }
    // The next item; nullopt where it is malformed or runs past the end. Each call consumes at least two octets.
    std::optional<DerItem> next();
    // The same, and only with this tag; consumes nothing otherwise.
    std::optional<DerItem> next(std::uint8_t tag);

  private:
    dns::ByteView data_;
};

// Is the data exactly one item of this tag, with nothing behind it?
std::optional<DerItem> single_item(dns::ByteView data, std::uint8_t tag);
// Exactly one SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), judged by structure.
bool is_subject_public_key_info(dns::ByteView data);
// Exactly one certificate (RFC 5280 §4.1), judged by structure.
bool is_certificate(dns::ByteView data);

// The parts of a certificate as views into the data given.
struct CertificateParts {
    dns::ByteView tbs;                 // what is signed, whole item
    unsigned version = 1;              // 1, 2 or 3
    dns::ByteView issuer, subject;     // Name, whole items
    DerItem not_before, not_after;     // UTCTime or GeneralizedTime
    dns::ByteView spki;                // SubjectPublicKeyInfo, whole item
    dns::ByteView extensions;          // content of the SEQUENCE OF Extension; empty where absent
    dns::ByteView signature_algorithm; // AlgorithmIdentifier, whole item
    dns::ByteView signature;           // without the octet of unused bits
};
std::optional<CertificateParts> split_certificate(dns::ByteView data);

} // namespace tlsa
