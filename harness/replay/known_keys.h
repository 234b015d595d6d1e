// The options of unbound.conf and of Deckard's configuration, by name: what each does to a replay.
#pragma once

#include <string_view>

namespace harness::replay {

enum class KeyUse {
    ignored,      // no influence on what a stub validates; `why` says what it is about
    trust_anchor, // DS or DNSKEY text
    trust_anchor_file,
    auto_anchor_file,
    domain_insecure,
    override_date,
    override_timestamp,
    harden_algo_downgrade,
    nsec3_iterations,
    skew_min, // val-sig-skew-min, -max: honoured where stated
    skew_max,
    aggressive_nsec,
    permissive,
    ede,
    add_holddown,
    del_holddown,
    keep_missing,
    permit_small_holddown,
    module_config,
    features,
    local_zone,
    zone_name, // of the stub-zone or forward-zone
    zone_address,
    forward_address, // Deckard: everything is forwarded there
    only_yes,        // "no" would turn off what we are: the file is skipped
    only_no,         // "yes" is none of a stub's business: the file is skipped
    skips,           // the option itself is none of a stub's business
};

struct KnownKey {
    std::string_view name; // lowercase, without the colon
    KeyUse use;
    std::string_view why; // "logging"; for skips: what it is that a stub does not do
};

// nullptr where the option is not known.
const KnownKey* unbound_key(std::string_view name);
const KnownKey* deckard_key(std::string_view name);
// Keys of stub-zone: and forward-zone: clauses.
const KnownKey* zone_key(std::string_view name);

// What a clause header ("server", "stub-zone") brings with it.
enum class Clause { server, zone, ignored, skips };
struct KnownClause {
    std::string_view name;
    Clause clause;
    std::string_view why;
};
const KnownClause* unbound_clause(std::string_view name);

} // namespace harness::replay
