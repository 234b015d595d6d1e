#include "resolver/failover.h"

namespace resolver {

Failover::Failover(const std::vector<Upstream>& upstreams)
    : held_down_until_(upstreams.size()) {
    for (std::size_t i = 0; i < upstreams.size(); ++i) groups_[upstreams[i].priority].members.push_back(i);
}

std::vector<std::size_t> Failover::order(dns::UnixTime now) {
    std::vector<std::size_t> ready;
    std::vector<std::size_t> held;
    for (auto& [priority, group] : groups_) {
        const std::size_t size = group.members.size();
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t upstream = group.members[(group.turn + i) % size];
            (is_held_down(upstream, now) ? held : ready).push_back(upstream);
        }
        group.turn = (group.turn + 1) % size;
    }
    ready.insert(ready.end(), held.begin(), held.end());
    return ready;
}

void Failover::mark_unreachable(std::size_t upstream, dns::UnixTime now) {
    held_down_until_[upstream] = dns::UnixTime{now.seconds + holddown};
}

void Failover::mark_reachable(std::size_t upstream) { held_down_until_[upstream].reset(); }

bool Failover::is_held_down(std::size_t upstream, dns::UnixTime now) const {
    const auto& until = held_down_until_[upstream];
    // A clock that was set back must not hold it down for longer than `holddown`.
    return until && now < *until && until->seconds - now.seconds <= holddown;
}

} // namespace resolver
