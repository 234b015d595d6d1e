// The outcome of a validation, with everything that explains it.
#pragma once

#include <optional>
#include <vector>

#include "validator/evidence.h"
#include "validator/reason.h"

namespace validator {

// What a response says, judged from its shape (RFC 2308 §2).
enum class AnswerKind { positive, no_data, name_error, failure };

// One link of an alias chain (CNAME, or the CNAME that a DNAME yields), with the security of that link alone.
struct AliasHop {
    dns::Name owner, target;
    dns::RrType type; // CNAME or DNAME
    Security security;
};

// One zone on the walk from the anchor to the signer, for people and for `chain[]`.
struct ChainKey {
    dns::KeyTag tag;
    dns::Algorithm algorithm;
    std::uint16_t flags;
    bool entry_point;
};
struct ChainSignature {
    dns::Name owner;
    dns::RrType covered;
    dns::KeyTag tag;
    dns::Algorithm algorithm;
    SignatureWindow window;
    bool verified;
};
struct ChainLink {
    dns::Name zone;
    std::vector<dns::Ds> ds; // as proven at the parent, or the anchors
    std::vector<ChainKey> dnskey;
    std::vector<ChainSignature> signatures;
    Security outcome;
    std::string why; // "" where secure
};

struct ValidityWindow { // the intersection of all signatures that the verdict rests on
    dns::UnixTime from, until;
};

struct Verdict {
    Security security = Security::indeterminate;
    std::vector<Reason> reasons; // root cause first; empty only where secure
    AnswerKind kind = AnswerKind::failure;
    dns::Rcode rcode = dns::Rcode::NOERROR; // the effective one
    std::vector<AliasHop> aliases;          // in order; empty where the name itself answered
    dns::Name final_name;                   // the end of the alias chain; the question's name where there is none
    std::vector<dns::SignedRrSet> answer;   // RRsets for the question (final name), and the alias RRsets before them
    std::vector<ChainLink> chain;
    std::optional<ValidityWindow> window;
    dns::Ttl ttl = 0;           // seconds that the result may be kept (RFC 4035 §5.3.3)
    unsigned questions = 0;     // asked by this session
    unsigned verifications = 0; // signatures really verified
    unsigned nsec3_hashes = 0;
    unsigned nsec3_hash_blocks = 0; // what they cost: blocks of SHA-1, by iterations and salt

    bool has_reason(ReasonCode code) const;
};

// A question with its verdict: what tlsa/ works on.
struct Lookup {
    dns::Question question;
    Verdict verdict;
    std::vector<Attempt> attempts; // failed tries at upstreams, for the log

    // The RDATA of the final RRset of the question's type; empty where there is none, or where is_error().
    std::vector<dns::Bytes> rdata() const;
    bool is_error() const; // bogus or indeterminate: a "DNS lookup error" of RFC 7672 §2.1.1
};

} // namespace validator
