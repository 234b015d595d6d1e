// Signs one zone in memory: DNSKEY, NSEC or NSEC3 chain, RRSIGs (RFC 4035 §2, RFC 5155 §7.1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "resolver/dns/record.h"
#include "zones/key.h"

namespace zones {

enum class Denial { nsec, nsec3, nsec3_opt_out };

struct SigningPolicy {
    dns::Algorithm algorithm = dns::Algorithm::ECDSAP256SHA256;
    bool csk = false;              // one key (257) instead of KSK + ZSK
    bool zsk_signs_dnskey = false; // the DNSKEY RRset gets the ZSK's signature beside the KSK's, as some signers do
    Denial denial = Denial::nsec;
    std::uint16_t nsec3_iterations = 0; // RFC 9276 §3.1
    dns::Bytes nsec3_salt;
    dns::UnixTime inception, expiration; // of every RRSIG
    dns::DigestType ds_digest = dns::DigestType::SHA256;
    unsigned rsa_bits = 2048;
    std::string key_label; // distinguishes key generations of one zone; "" is the usual one
};

// Unsigned contents: SOA, NS, delegations (NS, DS, glue), data. Records below a cut are glue.
struct Zone {
    dns::Name apex;
    std::vector<dns::Record> records;
};

// A zone as served. `records` holds everything, RRSIG and denial included; faults edit it.
struct SignedZone {
    dns::Name apex;
    std::vector<dns::Record> records;
    std::optional<SigningPolicy> policy; // nullopt: an unsigned zone
    std::vector<SigningKey> keys;        // KSK first
    std::vector<dns::Name> withheld; // owners of NSEC or NSEC3 records that a fault removed: nothing takes their place
    std::vector<dns::SignedRrSet> unsolicited; // put into the AUTHORITY section of every answer, in front
    bool thought_unsigned = false; // the server does not know that it is signed: answers lack RRSIG, NSEC and NSEC3

    bool is_signed() const { return policy.has_value(); }
    const SigningKey& key_for(dns::RrType type) const; // the KSK for DNSKEY, the ZSK (or CSK) otherwise
    std::vector<dns::Ds> ds() const;                   // what the parent should publish; empty where unsigned
};

// The keys that `policy` asks for: KSK and ZSK, or one CSK.
std::vector<SigningKey> make_keys(const dns::Name& apex, const SigningPolicy& policy, Seed seed);
// Throws std::invalid_argument where the zone has no SOA at its apex, a record outside it, or RDATA unfit for its type.
SignedZone sign(const Zone& zone, const SigningPolicy& policy, Seed seed);
SignedZone sign(const Zone& zone, const SigningPolicy& policy, std::vector<SigningKey> keys);
SignedZone leave_unsigned(const Zone& zone);

// One RRSIG over one RRset by this key; the building block that faults use too. Throws std::invalid_argument for RDATA
// unfit for its type.
dns::Record sign_rrset(const dns::RrSet& set, const dns::Name& apex, const SigningKey& key, dns::UnixTime inception,
                       dns::UnixTime expiration);
// The same for RRSIG fields chosen freely (wrong ones, say): `fields.signature` is replaced by one over these fields.
dns::Record sign_rrset_as(const dns::RrSet& set, dns::Rrsig fields, const SigningKey& key);

} // namespace zones
