// The fake Internet from the outside: published addresses, the closed dial map, faces for other tools.
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "harness/catalogue.h"
#include "harness/fake_internet.h"

namespace asio = boost::asio;

namespace {

validator::Lookup look_up(asio::io_context& io, resolver::Stub& stub, const dns::Question& question) {
    std::optional<validator::Lookup> lookup;
    io.restart();
    asio::co_spawn(io, stub.lookup(question), [&](std::exception_ptr error, validator::Lookup found) {
        if (error) std::rethrow_exception(error);
        lookup = std::move(found);
        io.stop();
    });
    io.run();
    return std::move(*lookup);
}

} // namespace

TEST_CASE("fake_internet: a stub that knows only published addresses gets a validated answer") {
    const auto scenario = harness::find_scenario("seed/success", 1);
    asio::io_context io;
    harness::FakeInternet internet(io, scenario);
    REQUIRE(internet.upstreams().size() == 1);
    CHECK(internet.upstreams()[0].to_text() == "127.0.0.2:53 (priority 0)");
    const auto anchors = internet.trust_anchors();
    const auto policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    resolver::StubOptions options;
    options.upstreams = internet.upstreams();
    options.dial_map = &internet.dial_map();
    std::uint64_t random = 0;
    resolver::Stub stub(
        io.get_executor(), options, anchors, policy, [&] { return scenario.now; },
        [&] { return ++random * 0x9e3779b97f4a7c15; });
    const dns::Question question(dns::Name::literal("_25._tcp.mail.ietf.org."), dns::RrType::TLSA);
    const auto lookup = look_up(io, stub, question);
    CHECK(lookup.verdict.security == validator::Security::secure);
    CHECK(lookup.rdata().size() == 1);
    REQUIRE_FALSE(internet.queries().empty());
    CHECK(internet.queries().front().question == question);
    CHECK(internet.queries().front().resolver == "127.0.0.2:53");
}

TEST_CASE("fake_internet: the dial map is closed, and what does not listen has no real endpoint") {
    auto scenario = harness::find_scenario("resolvers/unreachable-then-capable", 1);
    asio::io_context io;
    harness::FakeInternet internet(io, scenario);
    const auto endpoint = [](const char* address, std::uint16_t port) {
        return resolver::Endpoint(asio::ip::make_address(address), port);
    };
    CHECK(internet.dial_map().find(endpoint("127.0.0.3", 53)) != nullptr);
    CHECK(internet.dial_map().find(endpoint("127.0.0.2", 53)) == nullptr);
    CHECK(internet.dial_map().find(endpoint("192.0.2.25", 25)) != nullptr);
    CHECK(internet.dial_map().find(endpoint("192.0.2.77", 25)) == nullptr);
    CHECK(internet.real(endpoint("192.0.2.25", 25)).address.is_loopback());
    CHECK_THROWS_AS(internet.real(endpoint("127.0.0.2", 53)), std::out_of_range);
}

TEST_CASE("fake_internet: additional faces listen on ports of their own") {
    const auto scenario = harness::find_scenario("seed/success", 1);
    asio::io_context io;
    harness::FakeInternet internet(io, scenario);
    const auto recursive = internet.serve_recursive(zones::Recursion::dnssec);
    const auto authoritative = internet.serve_authoritative();
    CHECK(recursive.port != authoritative.port);
    CHECK_THROWS_AS(internet.serve_authoritative(recursive.port), std::system_error);
}

TEST_CASE("fake_internet: zones that cannot be built are a ScenarioError that names the file") {
    auto scenario = harness::find_scenario("seed/success", 1);
    scenario.zones.push_back(scenario.zones.front());
    asio::io_context io;
    CHECK_THROWS_AS(harness::FakeInternet(io, scenario), harness::ScenarioError);
}
