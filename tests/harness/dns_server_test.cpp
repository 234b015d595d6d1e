// The loopback DNS server over real sockets: UDP and TCP on one port, the client's limit, damaged queries.
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "harness/dns_server.h"

namespace asio = boost::asio;

namespace {

// Runs the server on a thread of its own while the test talks to it with blocking sockets.
class Running {
  public:
    explicit Running(harness::DnsServer::Reply reply)
        : server_(io_.get_executor(), std::move(reply))
        , at_(server_.endpoint()) {
        thread_ = std::jthread([this] { io_.run(); });
    }
    ~Running() {
        io_.stop();
        thread_.join();
    }
    std::optional<dns::Message> ask_udp(const dns::Bytes& query) {
        asio::io_context io;
        asio::ip::udp::socket socket(io, asio::ip::udp::v4());
        socket.send_to(asio::buffer(query), asio::ip::udp::endpoint(at_.address, at_.port));
        dns::Bytes buffer(65535);
        buffer.resize(socket.receive(asio::buffer(buffer)));
        const auto message = dns::Message::parse(buffer);
        return message ? std::optional(*message) : std::nullopt;
    }
    std::vector<dns::Message> ask_tcp(const std::vector<dns::Bytes>& queries) {
        asio::io_context io;
        asio::ip::tcp::socket socket(io);
        socket.connect(asio::ip::tcp::endpoint(at_.address, at_.port));
        std::vector<dns::Message> answers;
        for (const auto& query : queries) {
            dns::Writer framed;
            framed.u16(static_cast<std::uint16_t>(query.size()));
            framed.octets(query);
            asio::write(socket, asio::buffer(framed.view().data(), framed.size()));
        }
        for (std::size_t i = 0; i < queries.size(); ++i) {
            std::array<std::uint8_t, 2> length{};
            asio::read(socket, asio::buffer(length));
            dns::Bytes buffer(static_cast<std::size_t>(length[0] << 8 | length[1]));
            asio::read(socket, asio::buffer(buffer));
            answers.push_back(*dns::Message::parse(buffer));
        }
        return answers;
    }

  private:
    asio::io_context io_;
    harness::DnsServer server_;
    resolver::Endpoint at_;
    std::jthread thread_;
};

const dns::Question question(dns::Name::literal("www.example."), dns::RrType::TXT);

// An answer too long for UDP without EDNS.
std::optional<dns::Bytes> long_answer(const dns::Message& query, std::size_t limit, bool) {
    dns::Message response;
    response.header.id = query.header.id;
    response.header.response = true;
    response.questions = query.questions;
    response.edns = query.edns;
    for (std::uint8_t i = 0; i < 8; ++i) {
        dns::Bytes text(101, i);
        text[0] = 100;
        response.answer.emplace_back(question.name, dns::RrType::TXT, 60, text);
    }
    return response.build(limit);
}

} // namespace

TEST_CASE("dns_server: an answer keeps to the client's UDP size, and TCP gives all of it (RFC 1035 §4.2.1)") {
    Running server(long_answer);
    auto query = dns::make_query(question, 7, 1232);
    const auto whole = server.ask_udp(query.build());
    REQUIRE(whole);
    CHECK(whole->header.id == 7);
    CHECK(whole->answer.size() == 8);
    query.edns.reset();
    const auto cut = server.ask_udp(query.build());
    REQUIRE(cut);
    CHECK(cut->header.truncated);
    CHECK(cut->answer.size() < 8);
    const auto over_tcp = server.ask_tcp({query.build()});
    CHECK_FALSE(over_tcp[0].header.truncated);
    CHECK(over_tcp[0].answer.size() == 8);
}

TEST_CASE("dns_server: one TCP connection carries several queries (RFC 7766 §6.2.1)") {
    Running server(long_answer);
    const auto answers = server.ask_tcp({dns::make_query(question, 1).build(), dns::make_query(question, 2).build()});
    CHECK(answers.at(0).header.id == 1);
    CHECK(answers.at(1).header.id == 2);
}

TEST_CASE("dns_server: a query that cannot be read gets FORMERR, and a response gets nothing") {
    Running server(long_answer);
    auto damaged = dns::make_query(question, 9).build();
    damaged.resize(damaged.size() - 3);
    const auto refused = server.ask_udp(damaged);
    REQUIRE(refused);
    CHECK(refused->rcode == dns::Rcode::FORMERR);
    CHECK(refused->header.id == 9);
    // The response is dropped: the next answer on this connection is to the query behind it.
    auto response = dns::make_query(question, 10);
    response.header.response = true;
    asio::io_context io;
    const auto answers = server.ask_tcp({dns::make_query(question, 11).build()});
    CHECK(answers[0].header.id == 11);
}
