// The IANA registries that we use, one table each, mnemonic both ways. Values outside a table are legal and print in
// the generic form of RFC 3597 §5 (TYPE65534, CLASS9) or as plain numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dns {

enum class RrType : std::uint16_t {
    A = 1,
    NS = 2,
    MD = 3,
    MF = 4,
    CNAME = 5,
    SOA = 6,
    MB = 7,
    MG = 8,
    MR = 9,
    NULL_ = 10,
    PTR = 12,
    HINFO = 13,
    MINFO = 14,
    MX = 15,
    TXT = 16,
    RP = 17,
    AFSDB = 18,
    RT = 21,
    SIG = 24,
    KEY = 25,
    PX = 26,
    AAAA = 28,
    NXT = 30,
    SRV = 33,
    NAPTR = 35,
    KX = 36,
    A6 = 38,
    DNAME = 39,
    OPT = 41,
    DS = 43,
    SSHFP = 44,
    RRSIG = 46,
    NSEC = 47,
    DNSKEY = 48,
    NSEC3 = 50,
    NSEC3PARAM = 51,
    TLSA = 52,
    SMIMEA = 53,
    CDS = 59,
    CDNSKEY = 60,
    OPENPGPKEY = 61,
    SVCB = 64,
    HTTPS = 65,
    SPF = 99,
    NXNAME = 128,
    TKEY = 249,
    TSIG = 250,
    IXFR = 251,
    AXFR = 252,
    MAILB = 253,
    MAILA = 254,
    ANY = 255,
    CAA = 257,
};
enum class RrClass : std::uint16_t { IN = 1, CH = 3, HS = 4, NONE = 254, ANY = 255 };
enum class Rcode : std::uint16_t { // with the extended bits of RFC 6891 §6.1.3
    NOERROR = 0,
    FORMERR = 1,
    SERVFAIL = 2,
    NXDOMAIN = 3,
    NOTIMP = 4,
    REFUSED = 5,
    YXDOMAIN = 6,
    BADVERS = 16,
};
enum class Opcode : std::uint8_t { QUERY = 0, NOTIFY = 4, UPDATE = 5 };
enum class Algorithm : std::uint8_t { // DNSSEC algorithm numbers
    RSAMD5 = 1,
    DSA = 3,
    RSASHA1 = 5,
    DSA_NSEC3_SHA1 = 6,
    RSASHA1_NSEC3_SHA1 = 7,
    RSASHA256 = 8,
    RSASHA512 = 10,
    ECC_GOST = 12,
    ECDSAP256SHA256 = 13,
    ECDSAP384SHA384 = 14,
    ED25519 = 15,
    ED448 = 16,
    SM2SM3 = 17,
    MLDSA44 = 18,
    ECC_GOST12 = 23,
    PRIVATEDNS = 253,
    PRIVATEOID = 254,
};
enum class DigestType : std::uint8_t { SHA1 = 1, SHA256 = 2, GOST94 = 3, SHA384 = 4, GOST12 = 5, SM3 = 6 };
enum class EdeCode : std::uint16_t { // RFC 8914 §4; 27 RFC 9276 §6; 30 RFC 9824
    other = 0,
    unsupported_dnskey_algorithm = 1,
    unsupported_ds_digest_type = 2,
    stale_answer = 3,
    forged_answer = 4,
    dnssec_indeterminate = 5,
    dnssec_bogus = 6,
    signature_expired = 7,
    signature_not_yet_valid = 8,
    dnskey_missing = 9,
    rrsigs_missing = 10,
    no_zone_key_bit_set = 11,
    nsec_missing = 12,
    cached_error = 13,
    not_ready = 14,
    blocked = 15,
    censored = 16,
    filtered = 17,
    prohibited = 18,
    stale_nxdomain_answer = 19,
    not_authoritative = 20,
    not_supported = 21,
    no_reachable_authority = 22,
    network_error = 23,
    invalid_data = 24,
    signature_expired_before_valid = 25,
    too_early = 26,
    unsupported_nsec3_iterations = 27,
    synthesized = 29,
    invalid_query_type = 30,
};

// Mnemonic, or the generic form where there is none ("TYPE128"; algorithms, digests, RCODEs: the number).
std::string to_text(RrType type);
std::string to_text(RrClass rr_class);
std::string to_text(Rcode rcode);
std::string to_text(Algorithm algorithm);
std::string to_text(DigestType digest);
std::string_view describe(EdeCode code); // the registry's purpose text ("Signature Expired"); "" where unknown

// Mnemonic in any letter case, the generic form, or (algorithm, digest) a number; nullopt where it is none of them.
std::optional<RrType> rr_type_from_text(std::string_view text);
std::optional<RrClass> rr_class_from_text(std::string_view text);
std::optional<Algorithm> algorithm_from_text(std::string_view text);
std::optional<DigestType> digest_type_from_text(std::string_view text);

// Types that exist only in questions or headers, never as data (RFC 6895 §3.1: 128..255, and OPT).
bool is_meta_type(RrType type);

} // namespace dns
