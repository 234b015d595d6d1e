// The files by which ordinary programs find resolvers and trust anchors, made for a scenario's Internet.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "resolver/upstream.h"
#include "zones/hierarchy.h"

namespace harness {

// The root's anchor once more, below the folder in which files can be made without root too.
inline constexpr const char* private_root_key = "/mnt/danelab-root.key";

// resolv.conf(5): the resolvers in order of priority, at most three (glibc's MAXNS); EDNS, and AD believed, without
// which Exim and others never see DNSSEC. One try of `seconds` each.
std::string resolv_conf(std::vector<resolver::Upstream> resolvers, unsigned seconds);

// Absolute path -> content: resolv.conf, nsswitch.conf (DNS alone, no mDNS and no daemon), hosts, and the root's anchor
// where delv, drill, unbound, unbound-host, danetool, ldns-dane and tlsa look for it.
std::map<std::string, std::string> private_files(const std::vector<resolver::Upstream>& resolvers, unsigned seconds,
                                                 const zones::Hierarchy& hierarchy);

} // namespace harness
