#include "resolver/exchange.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "tests/resolver/scripted_server.h"

using namespace resolver_test;
using resolver::DialMap;
using resolver::Endpoint;
using resolver::Exchange;
using resolver::ExchangeOptions;
using resolver::Exchanger;
using resolver::Outcome;
using resolver::Upstream;
using validator::Attempt;
using validator::NoAnswerCause;

namespace {

const dns::Question asked(dns::Name::literal("www.example."), dns::RrType::A);

// Long enough for loopback on a busy machine, short enough for tests of silence.
constexpr std::chrono::milliseconds short_try{400};
constexpr std::chrono::milliseconds long_try{5'000};

struct Result {
    Outcome outcome = NoAnswerCause::timeout;
    std::vector<Attempt> attempts;
    std::vector<Exchange> seen;

    const dns::Message* message() const { return std::get_if<dns::Message>(&outcome); }
    std::optional<NoAnswerCause> cause() const {
        const auto* cause = std::get_if<NoAnswerCause>(&outcome);
        return cause ? std::optional(*cause) : std::nullopt;
    }
    std::vector<NoAnswerCause> causes() const {
        std::vector<NoAnswerCause> causes;
        for (const auto& attempt : attempts) causes.push_back(attempt.cause);
        return causes;
    }
};
using Causes = std::vector<NoAnswerCause>;

ExchangeOptions options_with(std::chrono::milliseconds try_timeout) {
    ExchangeOptions options;
    options.try_timeout = try_timeout;
    return options;
}

Result ask(asio::io_context& io, const Endpoint& endpoint, const ExchangeOptions& options) {
    Result result;
    Exchanger exchanger(options, counting_random(), [&](const Exchange& exchange) { result.seen.push_back(exchange); });
    const Upstream upstream(endpoint, 3);
    result.outcome = run(io, exchanger.ask(asked, upstream, result.attempts));
    return result;
}

std::vector<dns::Bytes> datagrams(const std::vector<dns::Message>& messages) {
    std::vector<dns::Bytes> datagrams;
    for (const auto& message : messages) datagrams.push_back(message.build());
    return datagrams;
}

} // namespace

TEST_CASE("exchange: an answer comes back, and the observer sees it") {
    asio::io_context io;
    const ScriptedServer server(io, answers_address(7));
    const auto result = ask(io, server.endpoint(), options_with(long_try));
    REQUIRE(result.message());
    CHECK(host_in(*result.message()) == 7);
    CHECK(result.attempts.empty());
    REQUIRE(result.seen.size() == 1);
    CHECK(result.seen[0].question == asked);
    CHECK(result.seen[0].upstream == server.endpoint().to_text() + " (priority 3)");
    CHECK_FALSE(result.seen[0].over_tcp);
    CHECK(result.seen[0].edns);
    CHECK(std::holds_alternative<dns::Message>(result.seen[0].outcome));
    CHECK(server.queries() == 1);
}

TEST_CASE("exchange: a silent server is asked again with a new id from a new port, then it is a timeout") {
    asio::io_context io;
    const ScriptedServer server(io, is_silent());
    auto options = options_with(short_try);
    options.tries = 3;
    const auto result = ask(io, server.endpoint(), options);
    CHECK(result.cause() == NoAnswerCause::timeout);
    CHECK(result.causes() == Causes(3, NoAnswerCause::timeout));
    CHECK(result.attempts[0].source.text == server.endpoint().to_text() + " (priority 3)");
    REQUIRE(server.udp_queries().size() == 3);
    std::set<std::uint16_t> ids;
    for (const auto& query : server.udp_queries()) ids.insert(query.header.id);
    CHECK(ids.size() == 3);
    const std::set<std::uint16_t> ports(server.source_ports().begin(), server.source_ports().end());
    CHECK(ports.size() >= 2); // the kernel may draw one port twice
}

TEST_CASE("exchange: the answer to a retransmission counts, and the lost try is remembered") {
    asio::io_context io;
    const ScriptedServer server(io, [](const dns::Message& query, std::size_t n) {
        return n == 0 ? std::vector<dns::Bytes>{} : datagrams({address_answer(query, 9)});
    });
    const auto result = ask(io, server.endpoint(), options_with(short_try));
    REQUIRE(result.message());
    CHECK(host_in(*result.message()) == 9);
    CHECK(result.causes() == Causes{NoAnswerCause::timeout});
}

TEST_CASE("exchange: datagrams that are no answer are ignored; alone, they give the cause (RFC 5452 §9.1)") {
    const auto wrong_id = [](const dns::Message& query) {
        dns::Message forged = address_answer(query, 66);
        forged.header.id ^= 1;
        return forged.build();
    };
    const auto wrong_question = [](const dns::Message& query) {
        dns::Message forged = address_answer(query, 66);
        forged.questions[0].name = dns::Name::literal("www.another.");
        return forged.build();
    };
    const auto not_a_response = [](const dns::Message& query) { return query.build(); };
    const auto garbage = [](const dns::Message&) { return dns::Bytes{'g', 'a', 'r', 'b', 'a', 'g', 'e'}; };
    const auto cut = [](const dns::Message& query) {
        dns::Bytes octets = address_answer(query, 66).build();
        octets.pop_back();
        return octets;
    };
    const auto empty = [](const dns::Message&) { return dns::Bytes{}; };
    const struct {
        std::string_view about;
        std::function<dns::Bytes(const dns::Message&)> datagram;
        NoAnswerCause cause;
    } table[] = {
        {"wrong id", wrong_id, NoAnswerCause::mismatch},
        {"wrong question", wrong_question, NoAnswerCause::mismatch},
        {"the query itself", not_a_response, NoAnswerCause::mismatch},
        {"garbage", garbage, NoAnswerCause::malformed},
        {"an answer cut short", cut, NoAnswerCause::malformed},
        {"no octets", empty, NoAnswerCause::malformed},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about << ", then the answer") {
            asio::io_context io;
            const ScriptedServer server(io, [&](const dns::Message& query, std::size_t) {
                return std::vector<dns::Bytes>{row.datagram(query), row.datagram(query),
                                               address_answer(query, 1).build()};
            });
            const auto result = ask(io, server.endpoint(), options_with(long_try));
            REQUIRE(result.message());
            CHECK(host_in(*result.message()) == 1);
            CHECK(result.attempts.empty());
        }
        DYNAMIC_SECTION(row.about << " alone") {
            asio::io_context io;
            const ScriptedServer server(io, [&](const dns::Message& query, std::size_t) {
                return std::vector<dns::Bytes>{row.datagram(query)};
            });
            const auto result = ask(io, server.endpoint(), options_with(short_try));
            CHECK(result.cause() == row.cause);
            CHECK(result.causes() == Causes(2, row.cause));
        }
    }
}

TEST_CASE("exchange: a flood of forged datagrams ends the try before a forger gets many guesses (RFC 5452 §9.1)") {
    asio::io_context io;
    const ScriptedServer server(io, [](const dns::Message& query, std::size_t) {
        std::vector<dns::Bytes> flood;
        for (unsigned i = 1; i <= resolver::max_ignored_datagrams; ++i) {
            dns::Message forged = address_answer(query, 66);
            forged.header.id = static_cast<std::uint16_t>(forged.header.id + i);
            flood.push_back(forged.build());
        }
        flood.push_back(address_answer(query, 1).build());
        return flood;
    });
    const auto result = ask(io, server.endpoint(), options_with(long_try)); // would wait 5 s without the bound
    CHECK(result.cause() == NoAnswerCause::mismatch);
    CHECK(result.causes() == Causes(2, NoAnswerCause::mismatch));
}

TEST_CASE("exchange: answers from another address never arrive") {
    asio::io_context io;
    asio::ip::udp::socket other(io, asio::ip::udp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    std::optional<std::uint16_t> client_port;
    ScriptedServer server(io, [&](const dns::Message& query, std::size_t n) {
        const asio::ip::udp::endpoint client(asio::ip::make_address("127.0.0.1"), server.source_ports().at(n));
        const dns::Bytes forged = address_answer(query, 66).build();
        other.send_to(asio::buffer(forged), client);
        client_port = client.port();
        return n == 0 ? std::vector<dns::Bytes>{} : datagrams({address_answer(query, 1)});
    });
    const auto result = ask(io, server.endpoint(), options_with(short_try));
    REQUIRE(client_port);
    REQUIRE(result.message());
    CHECK(host_in(*result.message()) == 1);
    CHECK(result.causes() == Causes{NoAnswerCause::timeout}); // and no mismatch: the kernel dropped it
}

TEST_CASE("exchange: a port where nobody listens is a refused connection at once") {
    asio::io_context io;
    const PortOfNobody nobody(io);
    const auto result = ask(io, nobody.endpoint(), options_with(long_try));
    CHECK(result.cause() == NoAnswerCause::refused_connection);
    CHECK(result.causes() == Causes{NoAnswerCause::refused_connection}); // not tried again
}

TEST_CASE("exchange: the dial map leads elsewhere; a closed one makes what it lacks unreachable") {
    asio::io_context io;
    const ScriptedServer server(io, answers_address(4));
    const Endpoint published(asio::ip::make_address("192.0.2.53"), 53);
    DialMap map;
    map.close();
    auto options = options_with(long_try);
    options.dial_map = &map;
    SECTION("in the map") {
        map.add(published, server.endpoint());
        const auto result = ask(io, published, options);
        REQUIRE(result.message());
        CHECK(host_in(*result.message()) == 4);
        CHECK(result.seen.at(0).upstream == "192.0.2.53:53 (priority 3)"); // the published address is what people read
    }
    SECTION("not in the map") {
        const auto result = ask(io, published, options);
        CHECK(result.cause() == NoAnswerCause::network_error);
        CHECK(result.causes() == Causes{NoAnswerCause::network_error});
        CHECK(server.queries() == 0);
    }
}

namespace {

Script truncates() {
    return [](const dns::Message& query, std::size_t) {
        dns::Message truncated = response_to(query);
        truncated.header.truncated = true;
        return datagrams({truncated});
    };
}

} // namespace

TEST_CASE("exchange: a truncated answer is fetched over TCP (RFC 7766 §5)") {
    asio::io_context io;
    // Far more than fits into one UDP datagram or one TCP segment.
    const ScriptedServer server(io, truncates(), [](const dns::Message& query, std::size_t) {
        dns::Message whole = address_answer(query, 5);
        for (int i = 0; i < 50; ++i) {
            dns::Bytes text(1, 255);
            text.resize(256, 'x');
            text.push_back(static_cast<std::uint8_t>(1));
            text.push_back(static_cast<std::uint8_t>(i));
            whole.answer.emplace_back(query.questions[0].name, dns::RrType::TXT, 300, text);
        }
        return datagrams({whole});
    });
    const auto result = ask(io, server.endpoint(), options_with(long_try));
    REQUIRE(result.message());
    CHECK(host_in(*result.message()) == 5);
    CHECK(result.message()->answer.size() == 51);
    CHECK_FALSE(result.message()->header.truncated);
    CHECK(server.udp_queries().size() == 1);
    REQUIRE(server.tcp_queries().size() == 1);
    CHECK(server.tcp_queries()[0].header.checking_disabled);
    CHECK(server.tcp_queries()[0].header.id != server.udp_queries()[0].header.id);
    REQUIRE(result.seen.size() == 2);
    CHECK(result.seen[1].over_tcp);
    CHECK(result.causes() == Causes{NoAnswerCause::truncated});
}

TEST_CASE("exchange: a truncated answer without TCP is no answer") {
    const struct {
        std::string_view about;
        Script tcp;
        NoAnswerCause cause;
    } table[] = {
        {"TCP refused", {}, NoAnswerCause::refused_connection},
        {"TCP silent: the connection is closed", is_silent(), NoAnswerCause::network_error},
        {"TCP garbage",
         [](const dns::Message&, std::size_t) {
             return std::vector<dns::Bytes>{{1, 2, 3}};
         },
         NoAnswerCause::malformed},
        {"TCP wrong id",
         [](const dns::Message& query, std::size_t) {
             dns::Message forged = address_answer(query);
             forged.header.id ^= 1;
             return datagrams({forged});
         },
         NoAnswerCause::mismatch},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) {
            asio::io_context io;
            const ScriptedServer server(io, truncates(), row.tcp);
            const auto result = ask(io, server.endpoint(), options_with(long_try));
            CHECK(result.cause() == row.cause);
            CHECK(result.causes() == Causes{NoAnswerCause::truncated, row.cause});
            CHECK(server.udp_queries().size() == 1);
        }
    }
}

TEST_CASE("exchange: a TCP server that accepts and says nothing is a timeout") {
    asio::io_context io;
    const ScriptedServer server(io, truncates());
    // The kernel completes the handshake; nobody ever reads. Where TCP goes is the same as where UDP goes, so the UDP
    // server takes the acceptor's port number, unless it is another's.
    asio::ip::tcp::acceptor acceptor(io);
    asio::ip::udp::socket udp(io);
    const auto loopback = asio::ip::make_address("127.0.0.1");
    for (boost::system::error_code taken = asio::error::address_in_use; taken;) {
        acceptor = asio::ip::tcp::acceptor(io, asio::ip::tcp::endpoint(loopback, 0));
        udp = asio::ip::udp::socket(io, asio::ip::udp::v4());
        udp.bind(asio::ip::udp::endpoint(loopback, acceptor.local_endpoint().port()), taken);
    }
    auto answer_truncated = [&]() -> asio::awaitable<void> {
        dns::Bytes buffer(4096);
        asio::ip::udp::endpoint peer;
        const auto size = co_await udp.async_receive_from(asio::buffer(buffer), peer, asio::use_awaitable);
        const auto query = dns::Message::parse(dns::ByteView(buffer.data(), size));
        const dns::Bytes reply = truncates()(query.value(), 0).front();
        co_await udp.async_send_to(asio::buffer(reply), peer, asio::use_awaitable);
    };
    asio::co_spawn(io, answer_truncated(), asio::detached);
    const Endpoint endpoint(loopback, acceptor.local_endpoint().port());
    const auto result = ask(io, endpoint, options_with(short_try));
    CHECK(result.cause() == NoAnswerCause::timeout);
    CHECK(result.causes() == Causes{NoAnswerCause::truncated, NoAnswerCause::timeout});
}

TEST_CASE("exchange: FORMERR to EDNS is answered by one query without (RFC 6891 §7)") {
    asio::io_context io;
    SECTION("a server from before EDNS") {
        const ScriptedServer server(io, [](const dns::Message& query, std::size_t) {
            dns::Message formerr = response_to(query, dns::Rcode::FORMERR);
            formerr.edns.reset();
            return datagrams({query.edns ? formerr : address_answer(query, 3)});
        });
        const auto result = ask(io, server.endpoint(), options_with(long_try));
        REQUIRE(result.message());
        CHECK(result.message()->rcode == dns::Rcode::NOERROR);
        CHECK(host_in(*result.message()) == 3);
        REQUIRE(server.udp_queries().size() == 2);
        CHECK(server.udp_queries()[0].edns);
        CHECK_FALSE(server.udp_queries()[1].edns);
        REQUIRE(result.seen.size() == 2);
        CHECK_FALSE(result.seen[1].edns);
    }
    SECTION("a server that says FORMERR to everything gives no reason to go on") {
        const ScriptedServer server(io, answers_rcode(dns::Rcode::FORMERR));
        const auto result = ask(io, server.endpoint(), options_with(long_try));
        REQUIRE(result.message());
        CHECK(result.message()->rcode == dns::Rcode::FORMERR);
        CHECK(server.udp_queries().size() == 2);
    }
    SECTION("other RCODEs are answers") {
        const ScriptedServer server(io, answers_rcode(dns::Rcode::SERVFAIL));
        const auto result = ask(io, server.endpoint(), options_with(long_try));
        REQUIRE(result.message());
        CHECK(result.message()->rcode == dns::Rcode::SERVFAIL);
        CHECK(server.udp_queries().size() == 1);
    }
}

TEST_CASE("exchange: 0x20 is sent and its echo wanted") {
    asio::io_context io;
    auto options = options_with(short_try);
    options.use_0x20 = true;
    SECTION("echoed") {
        options.try_timeout = long_try;
        const ScriptedServer server(io, answers_address());
        const auto result = ask(io, server.endpoint(), options);
        REQUIRE(result.message());
        CHECK(result.message()->questions[0].name.same_octets(asked.name));
        CHECK_FALSE(server.udp_queries()[0].questions[0].name.same_octets(asked.name));
    }
    SECTION("not echoed") {
        const ScriptedServer server(io, [](const dns::Message& query, std::size_t) {
            dns::Message lowered = address_answer(query);
            lowered.questions[0].name = lowered.questions[0].name.lowercased();
            return datagrams({lowered});
        });
        const auto result = ask(io, server.endpoint(), options);
        CHECK(result.cause() == NoAnswerCause::mismatch);
    }
}
