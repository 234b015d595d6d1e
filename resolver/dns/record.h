// Records and RRsets as values. RDATA stays in wire form with its names decompressed, so that unknown types
// (RFC 3597 §3) and the canonical form (RFC 4034 §6.2) need no special case.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "resolver/dns/bytes.h"
#include "resolver/dns/name.h"
#include "resolver/dns/registry.h"

namespace dns {

using Ttl = std::uint32_t; // seconds; values above 2^31-1 are read as 0 (RFC 2181 §8)

struct Question {
    Name name;
    RrType type = RrType::A;
    RrClass rr_class = RrClass::IN;

    Question() = default;
    Question(Name n, RrType t, RrClass c = RrClass::IN)
        : name(n)
        , type(t)
        , rr_class(c) {}
    friend bool operator==(const Question&, const Question&) = default;
    std::string to_text() const; // "www.example. A" (the class only where it is not IN)
};

struct Record {
    Name owner;
    RrType type = RrType::A;
    RrClass rr_class = RrClass::IN;
    Ttl ttl = 0;
    Bytes rdata;

    Record() = default;
    Record(Name o, RrType t, Ttl seconds, Bytes data, RrClass c = RrClass::IN)
        : owner(o)
        , type(t)
        , rr_class(c)
        , ttl(seconds)
        , rdata(std::move(data)) {}
    friend bool operator==(const Record&, const Record&) = default;
};

// Records of one owner name, type and class. `rdata` holds no exact duplicates (RFC 2181 §5).
struct RrSet {
    Name owner;
    RrType type = RrType::A;
    RrClass rr_class = RrClass::IN;
    Ttl ttl = 0; // the smallest that was received (RFC 2181 §5.2)
    std::vector<Bytes> rdata;

    RrSet() = default;
    RrSet(Name o, RrType t, Ttl seconds, std::vector<Bytes> data, RrClass c = RrClass::IN)
        : owner(o)
        , type(t)
        , rr_class(c)
        , ttl(seconds)
        , rdata(std::move(data)) {}
    friend bool operator==(const RrSet&, const RrSet&) = default;
    std::vector<Record> records() const;
};

// An RRset with the RRSIG records that claim to cover it (RDATA octets; parsed later, malformed ones kept so that they
// can be reported).
struct SignedRrSet {
    RrSet set;
    std::vector<Bytes> signatures;
    Ttl signature_ttl = 0; // smallest TTL of the RRSIG records; 0 where there are none
};

// Groups records into RRsets in order of first appearance and joins RRSIGs to what they cover by (owner, class, type
// covered), also across the given records' sections. NSEC of parent and child at one owner stay one set here; the
// validator tells them apart by signer. RRSIGs that cover nothing present come back as a set of type RRSIG.
std::vector<SignedRrSet> group(std::span<const Record> records);

} // namespace dns

template <>
struct std::hash<dns::Question> {
    std::size_t operator()(const dns::Question& q) const noexcept {
        return q.name.hash() ^ (static_cast<std::size_t>(q.type) << 17) ^ static_cast<std::size_t>(q.rr_class);
    }
};
