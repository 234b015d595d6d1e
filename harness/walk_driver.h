// The live driver of a tlsa::Walk or SrvWalk: lookups by the stub, SMTP sessions over TCP. `run` and `verify` share it.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>

#include "resolver/endpoint.h"
#include "resolver/stub.h"
#include "tlsa/srv_walk.h"
#include "tlsa/walker.h"

namespace harness {

struct WalkSurroundings {
    boost::asio::any_io_executor executor;
    resolver::Stub* stub = nullptr;
    const resolver::DialMap* dial_map = nullptr;            // nullptr: the real network
    std::function<std::array<std::uint8_t, 32>()> tls_seed; // fresh octets for each session
    std::function<void(const tlsa::Event&)> on_event;       // called as things happen; may be empty

    // Called before each connection is opened; may be empty.
    std::function<void(const tlsa::WantSession&)> on_session;

    WalkSurroundings(boost::asio::any_io_executor e, resolver::Stub& s)
        : executor(e)
        , stub(&s) {}
};

// Runs the walk to its end. `walk` and `surroundings` must outlive the coroutine. Never throws for what the network
// does.
boost::asio::awaitable<tlsa::WalkResult> drive(tlsa::Walk& walk, const WalkSurroundings& surroundings);
boost::asio::awaitable<tlsa::WalkResult> drive(tlsa::SrvWalk& walk, const WalkSurroundings& surroundings);

} // namespace harness
