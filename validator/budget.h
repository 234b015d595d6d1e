// Work done for a session: what has been computed already, and how much may still be (RFC 4035 §5.4). Cryptographic
// results are kept by content, so that a run that is repeated, or a record that comes twice, costs nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "validator/crypto.h"
#include "validator/policy.h"

namespace validator {

// What one response has cost so far. A response is the first unit because an attacker writes responses
// (CVE-2023-50387); Memo counts for the whole question.
struct Meter {
    unsigned verifications = 0;
};

class Memo {
  public:
    // The key made ready, nullptr where its octets are no key of its algorithm.
    std::shared_ptr<const PublicKey> key(const dns::Dnskey& dnskey);
    // nullopt: not computed, because the meter, or all that this session has verified, has reached its limit.
    std::optional<bool> verify(const dns::Dnskey& dnskey, dns::ByteView data, dns::ByteView signature, Meter& meter,
                               const Limits& limits);
    // nullopt: not computed, because the session has reached the limit. A hash costs as many blocks of SHA-1 as its
    // iterations and its salt make it: the walk from a long name up to its closest encloser is what an attacker
    // multiplies (CVE-2023-50868), over the responses to one question, so these are counted for the session.
    std::optional<std::array<std::uint8_t, 20>> nsec3_hash(const dns::Name& name, dns::ByteView salt,
                                                           std::uint16_t iterations, const Limits& limits);
    unsigned verifications() const { return verifications_; }
    unsigned nsec3_hashes() const { return nsec3_hashes_; }
    unsigned nsec3_hash_blocks() const { return nsec3_hash_blocks_; }

  private:
    std::unordered_map<std::string, std::shared_ptr<const PublicKey>> keys_;
    std::unordered_map<std::string, bool> signatures_;
    std::unordered_map<std::string, std::array<std::uint8_t, 20>> hashes_;
    unsigned verifications_ = 0, failures_ = 0, nsec3_hashes_ = 0, nsec3_hash_blocks_ = 0;
};

// What a checking function may use, and whose account it works on.
struct Work {
    const Policy& policy;
    dns::UnixTime now;
    Memo& memo;
    Meter& meter;
};

} // namespace validator
