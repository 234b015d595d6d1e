// Which upstream is asked when: the lowest priority number first, equal numbers take turns, one that could not be
// reached waits behind the others for a while.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "resolver/dns/serial.h"
#include "resolver/upstream.h"

namespace resolver {

class Failover {
  public:
    // Seconds that an unreachable upstream waits behind the others, so that not every question pays its timeout. Short,
    // because resolvers restart; each return costs one question its timeouts again.
    static constexpr std::int64_t holddown = 30;

    explicit Failover(const std::vector<Upstream>& upstreams);

    // Indexes into `upstreams` in the order in which this question asks them; every upstream stands there once. Each
    // call is one question's turn: within a priority the first place moves on by one. Held-down ones come last, in the
    // same order among themselves, as a last resort.
    std::vector<std::size_t> order(dns::UnixTime now);

    void mark_unreachable(std::size_t upstream, dns::UnixTime now);
    void mark_reachable(std::size_t upstream);

  private:
    bool is_held_down(std::size_t upstream, dns::UnixTime now) const;

    struct Group {
        std::vector<std::size_t> members; // as configured
        std::size_t turn = 0;             // index into members of who is first next
    };
    std::map<unsigned, Group> groups_; // by priority
    std::vector<std::optional<dns::UnixTime>> held_down_until_;
};

} // namespace resolver
