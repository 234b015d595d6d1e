// A DNS server on an ephemeral loopback port of the test's own io_context, which answers as a function says.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "resolver/endpoint.h"
#include "resolver/query.h"

namespace resolver_test {

namespace asio = boost::asio;

// The datagrams (or TCP messages) to send back for the n-th query over this transport (from 0); empty: silence.
using Script = std::function<std::vector<dns::Bytes>(const dns::Message& query, std::size_t n)>;

// A port of 127.0.0.1 at which UDP is refused, and that nobody else gets meanwhile: the socket that holds it takes
// datagrams from itself alone.
class PortOfNobody {
  public:
    explicit PortOfNobody(asio::io_context& io)
        : socket_(io, asio::ip::udp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {
        socket_.connect(socket_.local_endpoint());
    }
    resolver::Endpoint endpoint() const {
        return resolver::Endpoint(socket_.local_endpoint().address(), socket_.local_endpoint().port());
    }

  private:
    asio::ip::udp::socket socket_;
};

class ScriptedServer {
  public:
    // Without a TCP script nothing listens on the TCP port: connections are refused.
    ScriptedServer(asio::io_context& io, Script udp, Script tcp = {})
        : shared_(std::make_shared<Shared>(io)) {
        shared_->udp_script = std::move(udp);
        shared_->tcp_script = std::move(tcp);
        bind(static_cast<bool>(shared_->tcp_script));
        asio::co_spawn(io, serve_udp(shared_), asio::detached);
        if (shared_->tcp_script) asio::co_spawn(io, serve_tcp(shared_), asio::detached);
    }

    resolver::Endpoint endpoint() const {
        return resolver::Endpoint(shared_->udp.local_endpoint().address(), shared_->udp.local_endpoint().port());
    }
    const std::vector<dns::Message>& udp_queries() const { return shared_->udp_queries; }
    const std::vector<dns::Message>& tcp_queries() const { return shared_->tcp_queries; }
    const std::vector<std::uint16_t>& source_ports() const { return shared_->source_ports; }
    std::size_t queries() const { return udp_queries().size() + tcp_queries().size(); }

  private:
    struct Shared {
        explicit Shared(asio::io_context& io)
            : udp(io)
            , tcp(io) {}
        asio::ip::udp::socket udp;
        asio::ip::tcp::acceptor tcp;
        Script udp_script, tcp_script;
        std::vector<dns::Message> udp_queries, tcp_queries;
        std::vector<std::uint16_t> source_ports; // of UDP queries
    };

    // The same free port for UDP and TCP, as a resolver has it.
    void bind(bool with_tcp) {
        const auto loopback = asio::ip::make_address("127.0.0.1");
        for (int attempt = 0; attempt < 100; ++attempt) {
            shared_->udp = asio::ip::udp::socket(shared_->udp.get_executor(), {loopback, 0});
            boost::system::error_code error;
            const asio::ip::tcp::endpoint same(loopback, shared_->udp.local_endpoint().port());
            shared_->tcp.open(same.protocol());
            shared_->tcp.bind(same, error);
            if (!error) { // without a script the port refuses, and is nobody else's
                if (with_tcp) shared_->tcp.listen();
                return;
            }
            shared_->tcp.close();
        }
        throw std::runtime_error("no port is free for both UDP and TCP");
    }

    static asio::awaitable<void> serve_udp(std::shared_ptr<Shared> shared) {
        dns::Bytes buffer(4096);
        for (;;) {
            asio::ip::udp::endpoint peer;
            const std::size_t size =
                co_await shared->udp.async_receive_from(asio::buffer(buffer), peer, asio::use_awaitable);
            const auto query = dns::Message::parse(dns::ByteView(buffer.data(), size));
            if (!query) continue;
            shared->udp_queries.push_back(*query);
            shared->source_ports.push_back(peer.port());
            const auto replies = shared->udp_script(*query, shared->udp_queries.size() - 1);
            for (const auto& reply : replies)
                co_await shared->udp.async_send_to(asio::buffer(reply), peer, asio::use_awaitable);
        }
    }

    static asio::awaitable<void> serve_tcp(std::shared_ptr<Shared> shared) {
        for (;;) {
            asio::ip::tcp::socket socket = co_await shared->tcp.async_accept(asio::use_awaitable);
            boost::system::error_code error;
            std::array<std::uint8_t, 2> length{};
            co_await asio::async_read(socket, asio::buffer(length), asio::redirect_error(asio::use_awaitable, error));
            dns::Bytes octets(static_cast<std::size_t>(length[0] << 8 | length[1]));
            if (!error)
                co_await asio::async_read(socket, asio::buffer(octets),
                                          asio::redirect_error(asio::use_awaitable, error));
            const auto query = dns::Message::parse(octets);
            if (error || !query) continue;
            shared->tcp_queries.push_back(*query);
            const auto replies = shared->tcp_script(*query, shared->tcp_queries.size() - 1);
            for (const auto& reply : replies) {
                dns::Writer framed;
                framed.u16(static_cast<std::uint16_t>(reply.size()));
                framed.octets(reply);
                co_await asio::async_write(socket, asio::buffer(framed.view().data(), framed.size()),
                                           asio::redirect_error(asio::use_awaitable, error));
            }
        }
    }

    std::shared_ptr<Shared> shared_;
};

// Runs the io_context until this is done; rethrows what it threw.
template <class T>
T run(asio::io_context& io, asio::awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr error;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, T value) {
        error = thrown;
        result = std::move(value);
        io.stop();
    });
    io.restart();
    io.run();
    if (error) std::rethrow_exception(error);
    return std::move(result.value());
}

// The same for several at once; the results in the order of the work.
template <class T>
std::vector<T> run_all(asio::io_context& io, std::vector<asio::awaitable<T>> works) {
    std::vector<std::optional<T>> results(works.size());
    std::exception_ptr error;
    std::size_t left = works.size();
    for (std::size_t i = 0; i < works.size(); ++i) {
        asio::co_spawn(io, std::move(works[i]), [&, i](std::exception_ptr thrown, T value) {
            if (thrown) error = thrown;
            results[i] = std::move(value);
            if (--left == 0) io.stop();
        });
    }
    io.restart();
    if (left > 0) io.run();
    if (error) std::rethrow_exception(error);
    std::vector<T> values;
    for (auto& result : results) values.push_back(std::move(result.value()));
    return values;
}

inline dns::Message response_to(const dns::Message& query, dns::Rcode rcode = dns::Rcode::NOERROR) {
    dns::Message response;
    response.header = query.header;
    response.header.response = true;
    response.header.recursion_available = true;
    response.rcode = rcode;
    response.questions = query.questions;
    if (query.edns) response.edns = dns::Edns{};
    return response;
}

// A positive answer: one A record 192.0.2.<host>.
inline dns::Message address_answer(const dns::Message& query, std::uint8_t host = 1, dns::Ttl ttl = 300) {
    dns::Message response = response_to(query);
    response.answer.emplace_back(query.questions.front().name, dns::RrType::A, ttl, dns::Bytes{192, 0, 2, host});
    return response;
}

inline Script answers_address(std::uint8_t host = 1, dns::Ttl ttl = 300) {
    return [=](const dns::Message& query, std::size_t) {
        return std::vector<dns::Bytes>{address_answer(query, host, ttl).build()};
    };
}
inline Script answers_rcode(dns::Rcode rcode) {
    return [=](const dns::Message& query, std::size_t) {
        return std::vector<dns::Bytes>{response_to(query, rcode).build()};
    };
}
inline Script is_silent() {
    return [](const dns::Message&, std::size_t) { return std::vector<dns::Bytes>{}; };
}

// The last octet of the address in an answer; 0 where there is none. Tells the servers of a test apart.
inline std::uint8_t host_in(const dns::Message& message) {
    return message.answer.empty() || message.answer.front().rdata.size() != 4 ? 0 : message.answer.front().rdata[3];
}

// Not random, but different each time: what the tests need of ids.
inline resolver::Random counting_random(std::uint64_t start = 0x1234) {
    return [state = start]() mutable {
        state = state * 6364136223846793005U + 1442695040888963407U; // Knuth's MMIX generator
        return state >> 16;
    };
}

} // namespace resolver_test
