#include "harness/walk_driver.h"

#include "harness/smtp_driver.h"

namespace harness {

namespace asio = boost::asio;

namespace {

template <class Machine>
void report(Machine& walk, const WalkSurroundings& surroundings) {
    for (const auto& event : walk.take_events())
        if (surroundings.on_event) surroundings.on_event(event);
}

template <class Machine>
asio::awaitable<tlsa::WalkResult> drive_machine(Machine& walk, const WalkSurroundings& surroundings) {
    // RFC 7672 leaves the number of MX hosts open; the walk bounds its own steps, so this loop ends with it.
    for (;;) {
        auto step = walk.advance();
        report(walk, surroundings);
        if (auto* result = std::get_if<tlsa::WalkResult>(&step)) co_return std::move(*result);
        if (auto* lookups = std::get_if<tlsa::WantLookups>(&step)) {
            for (const auto& question : lookups->questions) {
                auto lookup = co_await surroundings.stub->lookup(question);
                walk.supply(std::move(lookup));
            }
        } else if (auto* session = std::get_if<tlsa::WantSession>(&step)) {
            if (surroundings.on_session) surroundings.on_session(*session);
            auto outcome = co_await run_session(surroundings.executor, surroundings.dial_map, session->address,
                                                session->port, session->plan, surroundings.tls_seed());
            walk.supply(std::move(outcome.first), std::move(outcome.second));
        }
        report(walk, surroundings);
    }
}

} // namespace

asio::awaitable<tlsa::WalkResult> drive(tlsa::Walk& walk, const WalkSurroundings& surroundings) {
    return drive_machine(walk, surroundings);
}
asio::awaitable<tlsa::WalkResult> drive(tlsa::SrvWalk& walk, const WalkSurroundings& surroundings) {
    return drive_machine(walk, surroundings);
}

} // namespace harness
