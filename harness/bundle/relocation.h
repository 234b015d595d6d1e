// A scenario's Internet moved elsewhere: its whole tree below a name that somebody owns, its addresses exchanged for
// addresses that somebody has.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <optional>

#include "harness/scenario.h"

namespace harness {

struct Relocation {
    std::optional<dns::Name> under; // the tree's root goes here: "shop.example." to "shop.example.lab.example.net."
    std::map<boost::asio::ip::address, boost::asio::ip::address> addresses; // published one -> its new one
    std::optional<boost::asio::ip::address> ipv4, ipv6;                     // of all others of the family
};

// Where every zone's name server is after the move.
boost::asio::ip::address name_server_of(const Relocation& relocation);

// The same scenario there: zones, faults, certificates with their names and so the TLSA data, servers, client and
// expectations. What is expected of the text of messages is left out. Zones are signed anew; whoever needs to know
// whether each state still comes about plays it (run_one). Throws ScenarioError where a name gets too long or two
// servers would stand at one address and port.
Scenario relocated(const Scenario& scenario, const Relocation& relocation);

// A copy whose NSEC3 chains have another salt, so that other names fall into the spans of other records.
Scenario with_other_salt(Scenario scenario, std::uint8_t salt);

} // namespace harness
