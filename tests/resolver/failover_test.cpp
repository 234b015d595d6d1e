#include "resolver/failover.h"

#include <catch2/catch_test_macros.hpp>

using resolver::Failover;
using resolver::Upstream;
using Order = std::vector<std::size_t>;

namespace {

std::vector<Upstream> upstreams(const std::vector<unsigned>& priorities) {
    std::vector<Upstream> upstreams;
    for (const unsigned priority : priorities)
        upstreams.emplace_back(resolver::Endpoint(boost::asio::ip::make_address("192.0.2.1"), 53), priority);
    return upstreams;
}

constexpr dns::UnixTime now{1'780'000'000};
constexpr dns::UnixTime after(std::int64_t seconds) { return {now.seconds + seconds}; }

} // namespace

TEST_CASE("failover: the lowest priority number is asked first, whatever the order of configuration") {
    Failover failover(upstreams({10, 0, 5}));
    CHECK(failover.order(now) == Order{1, 2, 0});
    CHECK(failover.order(now) == Order{1, 2, 0});
}

TEST_CASE("failover: equal priorities take turns, question by question") {
    Failover failover(upstreams({0, 0, 0}));
    CHECK(failover.order(now) == Order{0, 1, 2});
    CHECK(failover.order(now) == Order{1, 2, 0});
    CHECK(failover.order(now) == Order{2, 0, 1});
    CHECK(failover.order(now) == Order{0, 1, 2});
}

TEST_CASE("failover: turns are taken within a priority and not across priorities") {
    Failover failover(upstreams({1, 0, 1, 0}));
    CHECK(failover.order(now) == Order{1, 3, 0, 2});
    CHECK(failover.order(now) == Order{3, 1, 2, 0});
}

TEST_CASE("failover: an unreachable upstream waits behind the others until its time is over") {
    Failover failover(upstreams({0, 1, 2}));
    failover.mark_unreachable(0, now);
    CHECK(failover.order(now) == Order{1, 2, 0});
    CHECK(failover.order(after(Failover::holddown - 1)) == Order{1, 2, 0});
    CHECK(failover.order(after(Failover::holddown)) == Order{0, 1, 2});
}

TEST_CASE("failover: an answer ends the wait") {
    Failover failover(upstreams({0, 1}));
    failover.mark_unreachable(0, now);
    CHECK(failover.order(now) == Order{1, 0});
    failover.mark_reachable(0);
    CHECK(failover.order(now) == Order{0, 1});
}

TEST_CASE("failover: where all are unreachable, all are asked in the usual order") {
    Failover failover(upstreams({0, 1}));
    failover.mark_unreachable(0, now);
    failover.mark_unreachable(1, now);
    CHECK(failover.order(now) == Order{0, 1});
}

TEST_CASE("failover: a clock that is set back does not prolong the wait") {
    Failover failover(upstreams({0, 1}));
    failover.mark_unreachable(0, now);
    CHECK(failover.order(after(-86'400)) == Order{0, 1});
}

TEST_CASE("failover: no upstream, no order") {
    Failover failover({});
    CHECK(failover.order(now).empty());
}
