// RFC 4035 §5.2: from an authenticated DS RRset (or an anchor) and a DNSKEY answer to the zone's keys.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "resolver/dns/record.h"
#include "validator/crypto.h"
#include "validator/reason.h"

namespace validator {

// Keys of a zone, authenticated. Only delegation.cpp makes one (the constructor is private), so a function that takes
// ZoneKeys cannot be given unproven ones.
class ZoneKeys {
public:
    struct Key {
        dns::Dnskey dnskey;
        dns::KeyTag tag;
        std::shared_ptr<const PublicKey> key;  // null where malformed or unsupported
    };
    const dns::Name& zone() const { return zone_; }
    const std::vector<Key>& keys() const { return keys_; }

private:
    friend class ZoneKeysMaker;
    ZoneKeys(dns::Name zone, std::vector<Key> keys) : zone_(zone), keys_(std::move(keys)) {}
    dns::Name zone_;
    std::vector<Key> keys_;
};

// What is known of the name where a cut may be: the keys of a secure zone, a proven insecure cut, or a proven "no cut
// here".
struct SecureCut { std::shared_ptr<const ZoneKeys> keys; };
struct InsecureCut { Reason why; };
struct NoCut {};
using CutState = std::variant<SecureCut, InsecureCut, NoCut>;

}  // namespace validator
