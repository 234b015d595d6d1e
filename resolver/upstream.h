// Upstream resolvers with priorities: the lowest number is asked first, equal numbers take turns, an unreachable one
// falls to the next.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolver/endpoint.h"

namespace resolver {

struct Upstream {
    Endpoint endpoint;
    unsigned priority = 0;

    Upstream() = default;
    Upstream(Endpoint e, unsigned p)
        : endpoint(e)
        , priority(p) {}
    std::string to_text() const; // "127.0.0.2:53 (priority 0)": the Source text in reasons
    // "ADDR[:PORT][/PRIORITY]", "[V6]:PORT/PRIORITY"; the error's text says what was expected.
    static dns::Result<Upstream, std::string> from_text(std::string_view text);
};

// `nameserver` lines of resolv.conf(5), in order, priorities 0, 1, 2...; at most 3 as glibc (MAXNS). Other lines are
// ignored, as they do not concern a stub that is given full names.
std::vector<Upstream> upstreams_from_resolv_conf(std::string_view text);

} // namespace resolver
