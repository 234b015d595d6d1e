// Fake mail servers on loopback sockets, and the driver that runs a client session over TCP.
#include "harness/smtp_server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch_test_macros.hpp>
#include <optional>

#include "harness/smtp_driver.h"
#include "tests/harness/smtp_support.h"

using namespace smtp_support;
using harness::SessionLog;
using harness::SmtpServer;
using tlsa::SmtpFailure;
using tlsa::SmtpStep;

namespace {

namespace asio = boost::asio;

struct Run {
    tlsa::SmtpOutcome outcome;
    std::string local_address;
};

// Dials `address` through the map and waits until the session is over and the servers have seen its end.
Run run(asio::io_context& io, const resolver::DialMap* map, const std::string& address, const tlsa::SessionPlan& plan,
        std::uint16_t port = 25) {
    Run result;
    bool done = false;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            auto [outcome, local] = co_await harness::run_session(io.get_executor(), map, address, port, plan, {1});
            result.outcome = std::move(outcome);
            result.local_address = std::move(local);
        },
        [&](std::exception_ptr error) {
            done = true;
            if (error) std::rethrow_exception(error);
        });
    io.restart();
    while (!done) io.run_one();
    io.poll();
    return result;
}

// Once the server has read each client's end.
std::vector<SessionLog> ended_sessions(asio::io_context& io, const SmtpServer& server) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
        auto logs = server.sessions();
        const bool open =
            std::ranges::any_of(logs, [](const SessionLog& log) { return log.end == SessionLog::End::open; });
        if (!open || std::chrono::steady_clock::now() > until) return logs;
        io.restart();
        io.run_one_until(until);
    }
}

struct Site {
    asio::io_context io;
    harness::CertifiedChain chain = chain_for("mx.example");
    resolver::DialMap map;
    std::optional<SmtpServer> server;

    explicit Site(harness::SmtpBehaviour behaviour = {}, bool ipv6 = false) {
        if (behaviour.credentials.chain.empty()) behaviour.credentials = chain.credentials;
        server.emplace(io.get_executor(), std::move(behaviour), "192.0.2.25:25", ipv6, 1);
        map.add({asio::ip::make_address(ipv6 ? "2001:db8::25" : "192.0.2.25"), 25}, server->endpoint());
        map.close();
    }
};

tlsa::SessionPlan within(std::chrono::milliseconds timeout, tlsa::SessionPlan plan) {
    plan.step_timeout = timeout;
    return plan;
}

} // namespace

TEST_CASE("smtp driver: delivers over loopback sockets under the published address") {
    for (const bool ipv6 : {false, true}) {
        DYNAMIC_SECTION((ipv6 ? "IPv6" : "IPv4")) {
            Site site({}, ipv6);
            const Run r = run(site.io, &site.map, ipv6 ? "2001:db8::25" : "192.0.2.25", plan_for(site.chain));
            CHECK(r.outcome.failure == SmtpFailure::none);
            CHECK(r.outcome.detail == "");
            CHECK(r.outcome.delivered_in_tls);
            CHECK(r.local_address == (ipv6 ? "::1" : "127.0.0.1"));
            const auto logs = ended_sessions(site.io, *site.server);
            REQUIRE(logs.size() == 1);
            CHECK(logs[0].server == "192.0.2.25:25");
            CHECK(logs[0].source == r.local_address);
            REQUIRE(logs[0].messages.size() == 1);
            CHECK(logs[0].messages[0].in_tls);
            CHECK(logs[0].end == SessionLog::End::quit);
        }
    }
}

TEST_CASE("smtp driver: one server takes several connections, one after another and at once") {
    Site site;
    const auto plan = plan_for(site.chain);
    run(site.io, &site.map, "192.0.2.25", plan);
    int delivered = 0;
    for (int i = 0; i < 4; ++i)
        asio::co_spawn(
            site.io,
            [&]() -> asio::awaitable<void> {
                const auto result =
                    co_await harness::run_session(site.io.get_executor(), &site.map, "192.0.2.25", 25, plan, {1});
                if (result.first.delivered) ++delivered;
            },
            [](std::exception_ptr error) {
                if (error) std::rethrow_exception(error);
            });
    site.io.restart();
    while (delivered < 4 && site.io.run_one() > 0) {
    }
    CHECK(delivered == 4);
    CHECK(site.server->sessions().size() == 5);
}

TEST_CASE("smtp driver: connections that do not come about are told apart") {
    harness::SmtpBehaviour closed;
    closed.refuses_connections = true;
    Site site(closed);
    const auto plan = plan_for(site.chain);
    const Run refused = run(site.io, &site.map, "192.0.2.25", plan);
    CHECK(refused.outcome.failure == SmtpFailure::connection_refused);
    CHECK(refused.outcome.step == SmtpStep::connect);
    CHECK(refused.local_address.empty());
    CHECK(site.server->sessions().empty());

    const Run unmapped = run(site.io, &site.map, "192.0.2.26", plan);
    CHECK(unmapped.outcome.failure == SmtpFailure::network_error);
    CHECK(unmapped.outcome.detail == "no route to 192.0.2.26:25");
    const Run garbled = run(site.io, &site.map, "mx.example", plan);
    CHECK(garbled.outcome.failure == SmtpFailure::network_error);
    CHECK(garbled.outcome.detail == "not an address: mx.example");
}

TEST_CASE("smtp driver: a host that does not answer SYN costs one deadline") {
    asio::io_context io;
    asio::ip::tcp::acceptor full(io);
    full.open(asio::ip::tcp::v4());
    full.bind({asio::ip::address_v4::loopback(), 0});
    full.listen(0);
    // Connections that nobody accepts fill the queue; the kernel leaves further ones unanswered.
    std::vector<asio::ip::tcp::socket> waiting;
    for (int i = 0; i < 4; ++i) {
        auto& socket = waiting.emplace_back(io);
        socket.async_connect(full.local_endpoint(), [](boost::system::error_code) {});
    }
    io.poll();
    const auto chain = chain_for("mx.example");
    const Run r = run(io, nullptr, "127.0.0.1", within(std::chrono::milliseconds(100), plan_for(chain)),
                      full.local_endpoint().port());
    CHECK(r.outcome.failure == SmtpFailure::connection_timeout);
    CHECK(r.outcome.detail == "no connection within 100 ms");
    CHECK(r.local_address.empty());
}

TEST_CASE("smtp driver: without a map the address is dialled as it is written") {
    Site site;
    const auto real = site.server->endpoint();
    const Run r = run(site.io, nullptr, real.address.to_string(), plan_for(site.chain), real.port);
    CHECK(r.outcome.delivered_in_tls);
}

TEST_CASE("smtp driver: a server that falls silent costs one deadline, named by its step") {
    struct Row {
        SmtpStep step;
        int milliseconds;
        const char* detail;
    };
    for (const auto& row : {Row{SmtpStep::banner, 100, "no banner within 100 ms"},
                            Row{SmtpStep::ehlo, 100, "no reply to EHLO within 100 ms"},
                            Row{SmtpStep::handshake, 100, "no TLS handshake within 100 ms"},
                            Row{SmtpStep::ehlo_after_tls, 300, "no reply to EHLO inside TLS within 300 ms"}}) {
        DYNAMIC_SECTION(to_text(row.step)) {
            harness::SmtpBehaviour silent;
            silent.silent_at = row.step;
            Site site(silent);
            auto plan = plan_for(site.chain); // what comes before has its usual time
            plan.step_timeouts[row.step] = std::chrono::milliseconds(row.milliseconds);
            const Run r = run(site.io, &site.map, "192.0.2.25", plan);
            CHECK(r.outcome.failure == SmtpFailure::timeout);
            CHECK(r.outcome.step == row.step);
            CHECK(r.outcome.detail == row.detail);
            CHECK(site.server->sessions().at(0).mail_from.empty());
        }
    }
}

TEST_CASE("smtp driver: a server that hangs up and one that refuses are heard to the end") {
    harness::SmtpBehaviour gone;
    gone.closes_at = SmtpStep::handshake;
    Site closing(gone);
    CHECK(run(closing.io, &closing.map, "192.0.2.25", plan_for(closing.chain)).outcome.failure ==
          SmtpFailure::tls_failed);

    harness::SmtpBehaviour busy;
    busy.replies[SmtpStep::banner] = {"421 4.3.2 too busy"};
    Site refusing(busy);
    const Run r = run(refusing.io, &refusing.map, "192.0.2.25", plan_for(refusing.chain));
    CHECK(r.outcome.failure == SmtpFailure::reply_refused);
    CHECK(r.outcome.detail == "421 4.3.2 too busy");
}

TEST_CASE("smtp server: may go away while a client is connected") {
    Site site;
    asio::co_spawn(site.io,
                   harness::run_session(site.io.get_executor(), &site.map, "192.0.2.25", 25, plan_for(site.chain), {1}),
                   [](std::exception_ptr, auto) {});
    for (int i = 0; i < 4; ++i) site.io.run_one();
    site.server.reset();
    site.io.run(); // ends: nobody waits for anything any more
    SUCCEED();
}

TEST_CASE("smtp server: a port that is taken is reported") {
    asio::io_context io;
    SmtpServer first(io.get_executor(), {}, "a:25", false, 1);
    CHECK_THROWS_AS(SmtpServer(io.get_executor(), {}, "b:25", false, 1, first.endpoint().port), std::system_error);
}
