#include "resolver/stub.h"

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>

#include "resolver/failover.h"
#include "tests/resolver/scripted_server.h"

using namespace resolver_test;
using resolver::Endpoint;
using resolver::Stub;
using resolver::StubOptions;
using resolver::Upstream;
using validator::Answered;
using validator::NoAnswer;
using validator::NoAnswerCause;
using validator::Response;
using Causes = std::vector<NoAnswerCause>;

namespace {

const dns::Question asked(dns::Name::literal("www.example."), dns::RrType::A);

dns::Question numbered(int i) {
    return dns::Question(dns::Name::literal("n" + std::to_string(i) + ".example."), dns::RrType::A);
}

// A stub without anchors, on a clock that the test moves.
struct Bench {
    asio::io_context io;
    dns::UnixTime now{1'780'000'000};
    validator::TrustAnchors anchors;
    validator::Policy policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    StubOptions options;
    std::unique_ptr<Stub> stub;

    Bench() { options.try_timeout = std::chrono::milliseconds(5'000); }
    void use(const std::vector<std::pair<Endpoint, unsigned>>& upstreams) {
        for (const auto& [endpoint, priority] : upstreams) options.upstreams.emplace_back(endpoint, priority);
        stub = std::make_unique<Stub>(
            io.get_executor(), options, anchors, policy, [this] { return now; }, counting_random(), observer);
    }
    Stub::Observer observer;
    Response ask(const dns::Question& question = asked) { return run(io, stub->ask(question)); }
    std::uint8_t host(const dns::Question& question = asked) {
        return host_in(std::get<Answered>(ask(question)).message);
    }
};

Causes causes(const std::vector<validator::Attempt>& attempts) {
    Causes causes;
    for (const auto& attempt : attempts) causes.push_back(attempt.cause);
    return causes;
}

} // namespace

TEST_CASE("stub: the lowest priority number answers while it can") {
    Bench bench;
    const ScriptedServer first(bench.io, answers_address(1));
    const ScriptedServer second(bench.io, answers_address(2));
    bench.use({{second.endpoint(), 20}, {first.endpoint(), 10}});
    for (int i = 0; i < 4; ++i) CHECK(bench.host(numbered(i)) == 1);
    CHECK(second.queries() == 0);
    const auto response = bench.ask();
    CHECK(std::get<Answered>(response).source.text == first.endpoint().to_text() + " (priority 10)");
    CHECK(std::get<Answered>(response).attempts.empty());
}

TEST_CASE("stub: equal priorities take turns") {
    Bench bench;
    const ScriptedServer first(bench.io, answers_address(1));
    const ScriptedServer second(bench.io, answers_address(2));
    bench.use({{first.endpoint(), 0}, {second.endpoint(), 0}});
    std::vector<std::uint8_t> hosts;
    for (int i = 0; i < 4; ++i) hosts.push_back(bench.host(numbered(i)));
    CHECK(hosts == std::vector<std::uint8_t>{1, 2, 1, 2});
}

TEST_CASE("stub: an unreachable resolver falls to the next, and is spared for a while") {
    Bench bench;
    const ScriptedServer silent(bench.io, is_silent());
    const ScriptedServer second(bench.io, answers_address(2));
    bench.options.try_timeout = std::chrono::milliseconds(400);
    const PortOfNobody nobody(bench.io);
    const struct {
        std::string_view about;
        Endpoint endpoint;
        Causes attempts;
    } table[] = {
        {"silent", silent.endpoint(), {NoAnswerCause::timeout, NoAnswerCause::timeout}},
        {"refused", nobody.endpoint(), {NoAnswerCause::refused_connection}},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) {
            bench.use({{row.endpoint, 0}, {second.endpoint(), 1}});
            const auto response = bench.ask(numbered(0));
            const auto& answered = std::get<Answered>(response);
            CHECK(host_in(answered.message) == 2);
            CHECK(answered.source.text == second.endpoint().to_text() + " (priority 1)");
            CHECK(causes(answered.attempts) == row.attempts);
            CHECK(answered.attempts[0].source.text == row.endpoint.to_text() + " (priority 0)");

            const auto spared = bench.ask(numbered(1));
            CHECK(std::get<Answered>(spared).attempts.empty());

            bench.now.seconds += resolver::Failover::holddown;
            const auto retried = bench.ask(numbered(2));
            CHECK(causes(std::get<Answered>(retried).attempts) == row.attempts);
        }
    }
}

TEST_CASE("stub: a resolver without DNSSEC is not skipped") {
    Bench bench;
    const ScriptedServer first(bench.io, [](const dns::Message& query, std::size_t) {
        dns::Message plain = query.edns ? response_to(query, dns::Rcode::FORMERR) : address_answer(query, 1);
        plain.edns.reset();
        return std::vector<dns::Bytes>{plain.build()};
    });
    const ScriptedServer second(bench.io, answers_address(2));
    bench.use({{first.endpoint(), 0}, {second.endpoint(), 1}});
    CHECK(bench.host(numbered(0)) == 1);
    CHECK(bench.host(numbered(1)) == 1);
    CHECK(second.queries() == 0);
}

TEST_CASE("stub: SERVFAIL and REFUSED send the question on, and are the evidence where nobody knows better") {
    for (const auto& [rcode, cause] : {std::pair(dns::Rcode::SERVFAIL, NoAnswerCause::servfail),
                                       std::pair(dns::Rcode::REFUSED, NoAnswerCause::refused)}) {
        DYNAMIC_SECTION(to_text(rcode) << ", then an answer") {
            Bench bench;
            const ScriptedServer first(bench.io, answers_rcode(rcode));
            const ScriptedServer second(bench.io, answers_address(2));
            bench.use({{first.endpoint(), 0}, {second.endpoint(), 1}});
            for (int i = 0; i < 2; ++i) { // it was reached, so it is asked first the next time too
                const auto response = bench.ask(numbered(i));
                CHECK(host_in(std::get<Answered>(response).message) == 2);
                CHECK(causes(std::get<Answered>(response).attempts) == Causes{cause});
            }
            CHECK(first.queries() == 2);
        }
        DYNAMIC_SECTION(to_text(rcode) << ", then nobody") {
            Bench bench;
            const ScriptedServer first(bench.io, answers_rcode(rcode));
            const PortOfNobody nobody(bench.io);
            bench.use({{first.endpoint(), 0}, {nobody.endpoint(), 1}});
            const auto response = bench.ask();
            REQUIRE(std::holds_alternative<Answered>(response));
            CHECK(std::get<Answered>(response).message.rcode == rcode);
            CHECK(std::get<Answered>(response).source.text == first.endpoint().to_text() + " (priority 0)");
            CHECK(causes(std::get<Answered>(response).attempts) == Causes{cause, NoAnswerCause::refused_connection});
        }
    }
    SECTION("the first of several is the evidence") {
        Bench bench;
        const ScriptedServer first(bench.io, answers_rcode(dns::Rcode::REFUSED));
        const ScriptedServer second(bench.io, answers_rcode(dns::Rcode::SERVFAIL));
        bench.use({{first.endpoint(), 0}, {second.endpoint(), 1}});
        CHECK(std::get<Answered>(bench.ask()).message.rcode == dns::Rcode::REFUSED);
    }
    SECTION("NXDOMAIN is an answer") {
        Bench bench;
        const ScriptedServer first(bench.io, answers_rcode(dns::Rcode::NXDOMAIN));
        const ScriptedServer second(bench.io, answers_address(2));
        bench.use({{first.endpoint(), 0}, {second.endpoint(), 1}});
        CHECK(std::get<Answered>(bench.ask()).message.rcode == dns::Rcode::NXDOMAIN);
        CHECK(second.queries() == 0);
    }
}

TEST_CASE("stub: where nobody answers, the evidence says what each did") {
    Bench bench;
    const ScriptedServer garbage(bench.io, [](const dns::Message&, std::size_t) {
        return std::vector<dns::Bytes>{{'g', 'a', 'r', 'b', 'a', 'g', 'e'}};
    });
    bench.options.try_timeout = std::chrono::milliseconds(400);
    bench.options.tries = 1;
    SECTION("two upstreams") {
        const PortOfNobody nobody(bench.io);
        bench.use({{nobody.endpoint(), 0}, {garbage.endpoint(), 1}});
        const auto response = bench.ask();
        REQUIRE(std::holds_alternative<NoAnswer>(response));
        CHECK(std::get<NoAnswer>(response).cause == NoAnswerCause::malformed);
        CHECK(causes(std::get<NoAnswer>(response).attempts) ==
              Causes{NoAnswerCause::refused_connection, NoAnswerCause::malformed});
    }
    SECTION("no upstream at all") {
        bench.use({});
        const auto response = bench.ask();
        REQUIRE(std::holds_alternative<NoAnswer>(response));
        CHECK(std::get<NoAnswer>(response).cause == NoAnswerCause::no_resolver);
        CHECK(std::get<NoAnswer>(response).attempts.empty());
    }
}

TEST_CASE("stub: truncation without TCP goes on to the next, but the resolver is not taken for unreachable") {
    Bench bench;
    const ScriptedServer first(bench.io, [](const dns::Message& query, std::size_t n) {
        dns::Message message = address_answer(query, 1);
        message.header.truncated = n == 0;
        return std::vector<dns::Bytes>{message.build()};
    });
    const ScriptedServer second(bench.io, answers_address(2));
    bench.use({{first.endpoint(), 0}, {second.endpoint(), 1}});
    CHECK(bench.host(numbered(0)) == 2);
    CHECK(bench.host(numbered(1)) == 1);
}

TEST_CASE("stub: a question in flight is not asked again, whoever asks") {
    Bench bench;
    const ScriptedServer server(bench.io, answers_address(1, 0)); // TTL 0: the cache does not help
    bench.use({{server.endpoint(), 0}});
    const dns::Question upper(dns::Name::literal("WWW.EXAMPLE."), dns::RrType::A);
    std::vector<asio::awaitable<Response>> asks;
    for (int i = 0; i < 10; ++i) asks.push_back(bench.stub->ask(i % 2 == 0 ? asked : upper));
    const auto responses = run_all(bench.io, std::move(asks));
    for (const auto& response : responses) CHECK(host_in(std::get<Answered>(response).message) == 1);
    CHECK(server.queries() == 1);
    bench.ask();
    CHECK(server.queries() == 2); // it has landed: a later asker gets a new answer
}

TEST_CASE("stub: no more than so many questions are in flight; the others wait for their turn") {
    Bench bench;
    std::size_t most = 0;
    std::size_t answered = 0;
    // Answers to nobody until it has seen all that may be in flight together.
    asio::ip::udp::socket socket(bench.io, asio::ip::udp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    auto serve = [&]() -> asio::awaitable<void> {
        std::vector<std::pair<asio::ip::udp::endpoint, dns::Bytes>> held;
        dns::Bytes buffer(4096);
        for (;;) {
            asio::ip::udp::endpoint peer;
            const auto size = co_await socket.async_receive_from(asio::buffer(buffer), peer, asio::use_awaitable);
            const auto query = dns::Message::parse(dns::ByteView(buffer.data(), size));
            held.emplace_back(peer, address_answer(query.value()).build());
            most = std::max(most, held.size());
            if (held.size() < std::min<std::size_t>(3, 10 - answered)) continue;
            for (const auto& [to, reply] : held)
                co_await socket.async_send_to(asio::buffer(reply), to, asio::use_awaitable);
            answered += held.size();
            held.clear();
        }
    };
    asio::co_spawn(bench.io, serve(), asio::detached);
    bench.options.max_in_flight = 3;
    bench.use({{Endpoint(socket.local_endpoint().address(), socket.local_endpoint().port()), 0}});
    std::vector<asio::awaitable<Response>> asks;
    for (int i = 0; i < 10; ++i) asks.push_back(bench.stub->ask(numbered(i)));
    const auto responses = run_all(bench.io, std::move(asks));
    for (const auto& response : responses) CHECK(std::holds_alternative<Answered>(response));
    CHECK(most == 3);
}

TEST_CASE("stub: answers are cached on the injected clock until their TTL is over") {
    Bench bench;
    const ScriptedServer server(bench.io, answers_address(1, 300));
    SECTION("cache on") {
        bench.use({{server.endpoint(), 0}});
        bench.ask();
        bench.now.seconds += 299;
        const auto cached = bench.ask();
        CHECK(server.queries() == 1);
        CHECK(std::get<Answered>(cached).message.answer.at(0).ttl == 1);
        bench.now.seconds += 1;
        const auto fresh = bench.ask();
        CHECK(server.queries() == 2);
        CHECK(std::get<Answered>(fresh).message.answer.at(0).ttl == 300);
    }
    SECTION("cache off") {
        bench.options.cache_entries = 0;
        bench.use({{server.endpoint(), 0}});
        bench.ask();
        bench.ask();
        CHECK(server.queries() == 2);
    }
}

TEST_CASE("stub: failures are not cached") {
    Bench bench;
    const ScriptedServer server(bench.io, [](const dns::Message& query, std::size_t n) {
        const auto message = n == 0 ? response_to(query, dns::Rcode::SERVFAIL) : address_answer(query, 1);
        return std::vector<dns::Bytes>{message.build()};
    });
    bench.use({{server.endpoint(), 0}});
    CHECK(std::get<Answered>(bench.ask()).message.rcode == dns::Rcode::SERVFAIL);
    CHECK(bench.host() == 1);
}

TEST_CASE("stub: what an observer throws reaches whoever asks, and the stub goes on") {
    Bench bench;
    const ScriptedServer server(bench.io, answers_address(1));
    bool broken = true;
    bench.observer = [&](const resolver::Exchange&) {
        if (broken) throw std::runtime_error("the log is full");
    };
    bench.use({{server.endpoint(), 0}});
    CHECK_THROWS_AS(bench.ask(), std::runtime_error);
    broken = false;
    CHECK(bench.host() == 1);
}

TEST_CASE("stub: it may go while questions are in flight") {
    Bench bench;
    const ScriptedServer server(bench.io, [&](const dns::Message& query, std::size_t) {
        bench.stub.reset();
        return std::vector<dns::Bytes>{address_answer(query, 1).build()};
    });
    bench.use({{server.endpoint(), 0}});
    CHECK(host_in(std::get<Answered>(bench.ask()).message) == 1);
    CHECK_FALSE(bench.stub);
}
