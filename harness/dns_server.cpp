#include "harness/dns_server.h"

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <deque>

namespace harness {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

namespace {

constexpr std::size_t least_udp_limit = 512;  // without EDNS, and the least that EDNS may say (RFC 6891 §6.2.5)
constexpr std::size_t tcp_limit = 65535;      // the length field of RFC 1035 §4.2.2
constexpr std::size_t header_octets = 12;     // RFC 1035 §4.1.1
constexpr std::size_t open_connections = 128; // at once; the oldest is closed (RFC 7766 §6.2.2 lets servers limit them)
constexpr unsigned port_tries = 32;           // an ephemeral UDP port whose TCP twin is taken is rare

// FORMERR with the query's id, as far as a header can be made out (RFC 1035 §4.1.1).
std::optional<dns::Bytes> format_error(dns::ByteView query) {
    if (query.size() < header_octets || (query[2] & 0x80) != 0) return std::nullopt;
    dns::Message response;
    response.header.id = static_cast<std::uint16_t>(query[0] << 8 | query[1]);
    response.header.response = true;
    response.rcode = dns::Rcode::FORMERR;
    return response.build();
}

// Boost's exceptions are no std::system_error.
void check(const boost::system::error_code& error, const resolver::Endpoint& at) {
    if (error) throw std::system_error(error, at.address.to_string() + " port " + std::to_string(at.port));
}

} // namespace

struct DnsServer::State {
    State(asio::any_io_executor executor, Reply r)
        : udp_socket(executor)
        , acceptor(executor)
        , reply(std::move(r)) {}

    udp::socket udp_socket;
    tcp::acceptor acceptor;
    Reply reply;
    std::deque<std::weak_ptr<tcp::socket>> connections;
    std::array<std::uint8_t, 4096> udp_buffer{}; // no query that we understand is longer
    bool closed = false;

    void listen(const resolver::Endpoint& at);
    void close();
    std::optional<dns::Bytes> answer(dns::ByteView octets, bool over_tcp) const;
    void remember(const std::shared_ptr<tcp::socket>& connection);

    static asio::awaitable<void> serve_udp(std::shared_ptr<State> state);
    static asio::awaitable<void> accept(std::shared_ptr<State> state);
    static asio::awaitable<void> serve_tcp(std::shared_ptr<State> state, std::shared_ptr<tcp::socket> connection);
};

// An ephemeral port that UDP gave may be taken for TCP: then another.
void DnsServer::State::listen(const resolver::Endpoint& at) {
    boost::system::error_code error;
    for (unsigned tries = 0;; ++tries) {
        udp_socket.open(at.address.is_v6() ? udp::v6() : udp::v4(), error);
        check(error, at);
        udp_socket.bind(udp::endpoint(at.address, at.port), error);
        check(error, at);
        acceptor.open(at.address.is_v6() ? tcp::v6() : tcp::v4(), error);
        check(error, at);
        if (at.port != 0) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        check(error, at);
        acceptor.bind(tcp::endpoint(at.address, udp_socket.local_endpoint().port()), error);
        if (!error) break;
        if (at.port != 0 || tries == port_tries) check(error, at);
        udp_socket.close();
        acceptor.close();
    }
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    check(error, at);
}

void DnsServer::State::close() {
    boost::system::error_code ignored;
    closed = true;
    udp_socket.close(ignored);
    acceptor.close(ignored);
    for (const auto& weak : connections) {
        if (const auto connection = weak.lock()) connection->close(ignored);
    }
}

std::optional<dns::Bytes> DnsServer::State::answer(dns::ByteView octets, bool over_tcp) const {
    const auto query = dns::Message::parse(octets);
    if (!query) return format_error(octets);
    if (query->header.response) return std::nullopt;
    const std::size_t udp_limit =
        query->edns ? std::max<std::size_t>(query->edns->udp_payload_size, least_udp_limit) : least_udp_limit;
    return reply(*query, over_tcp ? tcp_limit : udp_limit, over_tcp);
}

void DnsServer::State::remember(const std::shared_ptr<tcp::socket>& connection) {
    std::erase_if(connections, [](const auto& weak) { return weak.expired(); });
    if (connections.size() == open_connections) {
        boost::system::error_code ignored;
        if (const auto oldest = connections.front().lock()) oldest->close(ignored);
        connections.pop_front();
    }
    connections.push_back(connection);
}

asio::awaitable<void> DnsServer::State::serve_udp(std::shared_ptr<State> state) {
    udp::endpoint client;
    while (!state->closed) {
        boost::system::error_code error;
        const auto size = co_await state->udp_socket.async_receive_from(
            asio::buffer(state->udp_buffer), client, asio::redirect_error(asio::use_awaitable, error));
        if (state->closed) co_return;
        if (error) continue; // an ICMP error of an earlier answer, say
        const auto response = state->answer({state->udp_buffer.data(), size}, false);
        if (!response) continue;
        co_await state->udp_socket.async_send_to(asio::buffer(*response), client,
                                                 asio::redirect_error(asio::use_awaitable, error));
    }
}

asio::awaitable<void> DnsServer::State::accept(std::shared_ptr<State> state) {
    while (!state->closed) {
        boost::system::error_code error;
        const auto connection = std::make_shared<tcp::socket>(state->acceptor.get_executor());
        co_await state->acceptor.async_accept(*connection, asio::redirect_error(asio::use_awaitable, error));
        if (state->closed) co_return;
        if (error) continue;
        state->remember(connection);
        asio::co_spawn(state->acceptor.get_executor(), serve_tcp(state, connection), asio::detached);
    }
}

// RFC 7766 §6.2.1: several queries may come over one connection.
asio::awaitable<void> DnsServer::State::serve_tcp(std::shared_ptr<State> state,
                                                  std::shared_ptr<tcp::socket> connection) {
    boost::system::error_code error;
    while (!state->closed) {
        std::array<std::uint8_t, 2> length{};
        co_await asio::async_read(*connection, asio::buffer(length), asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        dns::Bytes query(static_cast<std::size_t>(length[0] << 8 | length[1]));
        co_await asio::async_read(*connection, asio::buffer(query), asio::redirect_error(asio::use_awaitable, error));
        if (error || state->closed) co_return;
        const auto response = state->answer(query, true);
        if (!response) continue;
        dns::Writer framed;
        framed.u16(static_cast<std::uint16_t>(response->size()));
        framed.octets(*response);
        co_await asio::async_write(*connection, asio::buffer(framed.view().data(), framed.size()),
                                   asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
    }
}

DnsServer::DnsServer(asio::any_io_executor executor, Reply reply, const resolver::Endpoint& at)
    : state_(std::make_shared<State>(executor, std::move(reply))) {
    state_->listen(at);
    asio::co_spawn(executor, State::serve_udp(state_), asio::detached);
    asio::co_spawn(executor, State::accept(state_), asio::detached);
}

DnsServer::DnsServer(asio::any_io_executor executor, Reply reply, std::uint16_t port)
    : DnsServer(executor, std::move(reply), resolver::Endpoint(asio::ip::address_v4::loopback(), port)) {}

DnsServer::~DnsServer() {
    if (state_) state_->close();
}

DnsServer::DnsServer(DnsServer&&) noexcept = default;

DnsServer& DnsServer::operator=(DnsServer&& other) noexcept {
    if (this != &other) {
        if (state_) state_->close();
        state_ = std::move(other.state_);
    }
    return *this;
}

resolver::Endpoint DnsServer::endpoint() const {
    const auto local = state_->udp_socket.local_endpoint();
    return resolver::Endpoint(local.address(), local.port());
}

} // namespace harness
