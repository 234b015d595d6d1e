#include "resolver/dns/registry.h"

#include <charconv>
#include <span>

namespace dns {

namespace {

struct Entry {
    std::uint16_t value;
    std::string_view text;
};

constexpr Entry rr_types[] = {
    {1, "A"},
    {2, "NS"},
    {3, "MD"},
    {4, "MF"},
    {5, "CNAME"},
    {6, "SOA"},
    {7, "MB"},
    {8, "MG"},
    {9, "MR"},
    {10, "NULL"},
    {12, "PTR"},
    {13, "HINFO"},
    {14, "MINFO"},
    {15, "MX"},
    {16, "TXT"},
    {17, "RP"},
    {18, "AFSDB"},
    {21, "RT"},
    {24, "SIG"},
    {25, "KEY"},
    {26, "PX"},
    {28, "AAAA"},
    {30, "NXT"},
    {33, "SRV"},
    {35, "NAPTR"},
    {36, "KX"},
    {38, "A6"},
    {39, "DNAME"},
    {41, "OPT"},
    {43, "DS"},
    {44, "SSHFP"},
    {46, "RRSIG"},
    {47, "NSEC"},
    {48, "DNSKEY"},
    {50, "NSEC3"},
    {51, "NSEC3PARAM"},
    {52, "TLSA"},
    {53, "SMIMEA"},
    {59, "CDS"},
    {60, "CDNSKEY"},
    {61, "OPENPGPKEY"},
    {64, "SVCB"},
    {65, "HTTPS"},
    {99, "SPF"},
    {128, "NXNAME"},
    {249, "TKEY"},
    {250, "TSIG"},
    {251, "IXFR"},
    {252, "AXFR"},
    {253, "MAILB"},
    {254, "MAILA"},
    {255, "ANY"},
    {257, "CAA"},
    // Names only, for bit maps and old files: nothing here knows their use.
    {11, "WKS"},
    {19, "X25"},
    {20, "ISDN"},
    {22, "NSAP"},
    {23, "NSAP-PTR"},
    {27, "GPOS"},
    {29, "LOC"},
    {31, "EID"},
    {32, "NIMLOC"},
    {34, "ATMA"},
    {37, "CERT"},
    {40, "SINK"},
    {42, "APL"},
    {45, "IPSECKEY"},
    {49, "DHCID"},
    {55, "HIP"},
    {56, "NINFO"},
    {57, "RKEY"},
    {58, "TALINK"},
    {62, "CSYNC"},
    {63, "ZONEMD"},
    {66, "DSYNC"},
    {100, "UINFO"},
    {101, "UID"},
    {102, "GID"},
    {103, "UNSPEC"},
    {104, "NID"},
    {105, "L32"},
    {106, "L64"},
    {107, "LP"},
    {108, "EUI48"},
    {109, "EUI64"},
    {256, "URI"},
    {258, "AVC"},
    {259, "DOA"},
    {260, "AMTRELAY"},
    {261, "RESINFO"},
    {32768, "TA"},
    {32769, "DLV"},
};

constexpr Entry rr_classes[] = {{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}};

constexpr Entry rcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},  {2, "SERVFAIL"},   {3, "NXDOMAIN"}, {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"}, {7, "YXRRSET"},    {8, "NXRRSET"},  {9, "NOTAUTH"},
    {10, "NOTZONE"}, {16, "BADVERS"}, {23, "BADCOOKIE"},
};

constexpr Entry algorithms[] = {
    {1, "RSAMD5"},
    {3, "DSA"},
    {5, "RSASHA1"},
    {6, "DSA-NSEC3-SHA1"},
    {7, "RSASHA1-NSEC3-SHA1"},
    {8, "RSASHA256"},
    {10, "RSASHA512"},
    {12, "ECC-GOST"},
    {13, "ECDSAP256SHA256"},
    {14, "ECDSAP384SHA384"},
    {15, "ED25519"},
    {16, "ED448"},
    {17, "SM2SM3"},
    {18, "MLDSA44"},
    {23, "ECC-GOST12"},
    {253, "PRIVATEDNS"},
    {254, "PRIVATEOID"},
    // Other spellings, read but never written.
    {7, "NSEC3RSASHA1"},
    {6, "NSEC3DSA"},
    {7, "RSASHA1_NSEC3"},
    {7, "RSASHA1_NSEC3_SHA1"},
    {6, "DSA_NSEC3"},
    {6, "DSA_NSEC3_SHA1"},
    {12, "ECC_GOST"},
};

constexpr Entry digests[] = {
    {1, "SHA-1"},
    {2, "SHA-256"},
    {3, "GOST94"},
    {4, "SHA-384"},
    {5, "GOST12"},
    {6, "SM3"},
    // Other spellings, read but never written.
    {1, "SHA1"},
    {2, "SHA256"},
    {4, "SHA384"},
    {3, "GOST R 34.11-94"},
};

constexpr Entry extended_errors[] = {
    {0, "Other Error"},
    {1, "Unsupported DNSKEY Algorithm"},
    {2, "Unsupported DS Digest Type"},
    {3, "Stale Answer"},
    {4, "Forged Answer"},
    {5, "DNSSEC Indeterminate"},
    {6, "DNSSEC Bogus"},
    {7, "Signature Expired"},
    {8, "Signature Not Yet Valid"},
    {9, "DNSKEY Missing"},
    {10, "RRSIGs Missing"},
    {11, "No Zone Key Bit Set"},
    {12, "NSEC Missing"},
    {13, "Cached Error"},
    {14, "Not Ready"},
    {15, "Blocked"},
    {16, "Censored"},
    {17, "Filtered"},
    {18, "Prohibited"},
    {19, "Stale NXDOMAIN Answer"},
    {20, "Not Authoritative"},
    {21, "Not Supported"},
    {22, "No Reachable Authority"},
    {23, "Network Error"},
    {24, "Invalid Data"},
    {25, "Signature Expired before Valid"},
    {26, "Too Early"},
    {27, "Unsupported NSEC3 Iterations Value"},
    {29, "Synthesized"},
    {30, "Invalid Query Type"},
};

std::string_view text_of(std::span<const Entry> table, std::uint16_t value) {
    for (const Entry& entry : table) {
        if (entry.value == value) return entry.text;
    }
    return {};
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '_' ? '-' : c; }

bool same_word(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (upper(a[i]) != upper(b[i])) return false;
    }
    return true;
}

std::optional<std::uint16_t> value_of(std::span<const Entry> table, std::string_view text) {
    for (const Entry& entry : table) {
        if (same_word(entry.text, text)) return entry.value;
    }
    return std::nullopt;
}

std::optional<std::uint16_t> number(std::string_view text, unsigned max) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

// RFC 3597 §5: the prefix followed by a decimal number.
std::optional<std::uint16_t> generic(std::string_view prefix, std::string_view text) {
    if (text.size() <= prefix.size() || !same_word(prefix, text.substr(0, prefix.size()))) return std::nullopt;
    return number(text.substr(prefix.size()), 65535);
}

std::string mnemonic_or_number(std::span<const Entry> table, std::uint16_t value, std::string_view prefix = {}) {
    const std::string_view text = text_of(table, value);
    return text.empty() ? std::string(prefix) + std::to_string(value) : std::string(text);
}

} // namespace

std::string to_text(RrType type) { return mnemonic_or_number(rr_types, static_cast<std::uint16_t>(type), "TYPE"); }
std::string to_text(RrClass rr_class) {
    return mnemonic_or_number(rr_classes, static_cast<std::uint16_t>(rr_class), "CLASS");
}
std::string to_text(Rcode rcode) { return mnemonic_or_number(rcodes, static_cast<std::uint16_t>(rcode)); }
std::string to_text(Algorithm algorithm) {
    return mnemonic_or_number(algorithms, static_cast<std::uint8_t>(algorithm));
}
std::string to_text(DigestType digest) { return mnemonic_or_number(digests, static_cast<std::uint8_t>(digest)); }

std::string_view describe(EdeCode code) { return text_of(extended_errors, static_cast<std::uint16_t>(code)); }

std::optional<RrType> rr_type_from_text(std::string_view text) {
    auto value = value_of(rr_types, text);
    if (!value) value = generic("TYPE", text);
    if (!value) return std::nullopt;
    return static_cast<RrType>(*value);
}

std::optional<RrClass> rr_class_from_text(std::string_view text) {
    auto value = value_of(rr_classes, text);
    if (!value) value = generic("CLASS", text);
    if (!value) return std::nullopt;
    return static_cast<RrClass>(*value);
}

std::optional<Algorithm> algorithm_from_text(std::string_view text) {
    auto value = value_of(algorithms, text);
    if (!value) value = number(text, 255);
    if (!value) return std::nullopt;
    return static_cast<Algorithm>(*value);
}

std::optional<DigestType> digest_type_from_text(std::string_view text) {
    auto value = value_of(digests, text);
    if (!value) value = number(text, 255);
    if (!value) return std::nullopt;
    return static_cast<DigestType>(*value);
}

bool is_meta_type(RrType type) {
    const auto value = static_cast<std::uint16_t>(type);
    return type == RrType::OPT || (value >= 128 && value <= 255);
}

} // namespace dns
