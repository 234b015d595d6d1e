// Attackers: what a hostile zone publishes to make a validator work (RFC 4035 §5.4 asks for limits; CVE-2023-50387
// "KeyTrap", CVE-2023-50868). Everything is well-formed and looks valid; nobody has the private keys.
#pragma once

#include "zones/apply.h"

namespace zones {

// `count` different keys of one key tag: RSA keys whose modulus has two octets fitted to it, or P-256 points that a
// search found (at most 20). `flags`: 256 or 257, whose tags are not the same. Throws std::invalid_argument for other
// algorithms, and for more points than there are.
std::vector<dns::Dnskey> colliding_keys(dns::Algorithm algorithm, std::uint16_t flags, std::size_t count);
dns::KeyTag colliding_tag(std::uint16_t flags); // the tag of all those keys

// DS records of such keys, the zone's true one behind them.
std::vector<dns::Ds> many_ds(const dns::Name& apex, const std::vector<dns::Ds>& true_ds, const Fault& fault);

// The faults of FaultStage::after_signing whose names begin with "attack-".
void apply_attack(SignedZone& zone, const Fault& fault);

} // namespace zones
