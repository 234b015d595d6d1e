#include "harness/smtp_server.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <botan/hash.h>
#include <fmt/format.h>

namespace harness {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

std::array<std::uint8_t, 32> seed_of(std::uint64_t seed, std::string_view label, std::size_t connection) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(fmt::format("danelab smtp server {} {} {}", seed, label, connection));
    std::array<std::uint8_t, 32> out{};
    hash->final(out.data());
    return out;
}

struct Connection {
    Connection(Tcp::socket s, const SmtpBehaviour& behaviour, const std::array<std::uint8_t, 32>& seed, SessionLog log)
        : socket(std::move(s))
        , session(behaviour, seed, std::move(log)) {}
    Tcp::socket socket;
    SmtpServerSession session;
    std::array<std::uint8_t, 16'384> buffer{};
};

} // namespace

struct SmtpServer::State {
    SmtpBehaviour behaviour;
    std::string label;
    std::uint64_t seed;
    Tcp::acceptor acceptor;
    std::vector<std::shared_ptr<Connection>> connections;
    bool stopped = false;

    State(const asio::any_io_executor& executor, SmtpBehaviour b, std::string l, std::uint64_t s)
        : behaviour(std::move(b))
        , label(std::move(l))
        , seed(s)
        , acceptor(executor) {}

    // Coroutines own what they use: the server may be gone before they notice.
    static asio::awaitable<void> accept(std::shared_ptr<State> self);
    static asio::awaitable<void> write(std::shared_ptr<Connection> connection, const dns::Bytes& octets,
                                       std::chrono::milliseconds octet_delay, error_code& error);
    static asio::awaitable<void> serve(std::shared_ptr<State> self, std::shared_ptr<Connection> connection);
    void stop();
};

asio::awaitable<void> SmtpServer::State::accept(std::shared_ptr<State> self) {
    for (;;) {
        error_code error;
        Tcp::socket socket = co_await self->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (self->stopped) co_return;
        if (error == asio::error::connection_aborted) continue;
        if (error) co_return;
        SessionLog log;
        log.server = self->label;
        log.source = socket.remote_endpoint(error).address().to_string();
        socket.set_option(Tcp::no_delay(true), error);
        auto connection =
            std::make_shared<Connection>(std::move(socket), self->behaviour,
                                         seed_of(self->seed, self->label, self->connections.size()), std::move(log));
        self->connections.push_back(connection);
        asio::co_spawn(self->acceptor.get_executor(), serve(self, connection), asio::detached);
    }
}

asio::awaitable<void> SmtpServer::State::write(std::shared_ptr<Connection> connection, const dns::Bytes& octets,
                                               std::chrono::milliseconds octet_delay, error_code& error) {
    auto token = asio::redirect_error(asio::use_awaitable, error);
    if (octet_delay.count() == 0) {
        if (!octets.empty()) co_await asio::async_write(connection->socket, asio::buffer(octets), token);
        co_return;
    }
    asio::steady_timer pause(connection->socket.get_executor());
    for (const std::uint8_t& octet : octets) {
        pause.expires_after(octet_delay);
        co_await pause.async_wait(token);
        if (!error) co_await asio::async_write(connection->socket, asio::buffer(&octet, 1), token);
        if (error) co_return;
    }
}

asio::awaitable<void> SmtpServer::State::serve(std::shared_ptr<State> self, std::shared_ptr<Connection> connection) {
    auto& [socket, session, buffer] = *connection;
    error_code error;
    session.connected();
    for (;;) {
        const dns::Bytes out = session.take_output();
        co_await write(connection, out, self->behaviour.octet_delay, error);
        if (session.finished() || self->stopped || error) break;
        if (session.floods()) continue; // until the client has had enough
        if (session.half_closed()) socket.shutdown(Tcp::socket::shutdown_send, error);
        const std::size_t size =
            co_await socket.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        session.received({buffer.data(), size});
    }
    if (!session.finished() && !self->stopped) session.peer_closed();
    if (session.resets()) {
        socket.set_option(asio::socket_base::linger(true, 0), error);
        socket.close(error);
        co_return;
    }
    // Closing with octets unread would reset the connection and could take the last words away from the client.
    socket.shutdown(Tcp::socket::shutdown_send, error);
    while (!error && !self->stopped)
        co_await socket.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    socket.close(error);
}

void SmtpServer::State::stop() {
    stopped = true;
    error_code ignored;
    acceptor.close(ignored);
    for (const auto& connection : connections) connection->socket.close(ignored);
}

SmtpServer::SmtpServer(asio::any_io_executor executor, SmtpBehaviour behaviour, std::string label, std::uint64_t seed,
                       const resolver::Endpoint& at)
    : state_(std::make_shared<State>(executor, std::move(behaviour), std::move(label), seed)) {
    const Tcp::endpoint local(at.address, at.port);
    try {
        state_->acceptor.open(local.protocol());
        if (at.port != 0) state_->acceptor.set_option(Tcp::acceptor::reuse_address(true));
        state_->acceptor.bind(local);
        if (state_->behaviour.refuses_connections) return; // bound, so that nobody else takes the port
        state_->acceptor.listen();
    } catch (const boost::system::system_error& error) {
        throw std::system_error(
            error.code().value(), std::system_category(),
            fmt::format("SMTP server {}: cannot listen on {} port {}", state_->label, at.address.to_string(), at.port));
    }
    asio::co_spawn(executor, State::accept(state_), asio::detached);
}

SmtpServer::SmtpServer(asio::any_io_executor executor, SmtpBehaviour behaviour, std::string label, bool ipv6,
                       std::uint64_t seed, std::uint16_t port)
    : SmtpServer(executor, std::move(behaviour), std::move(label), seed,
                 resolver::Endpoint(ipv6 ? asio::ip::address(asio::ip::address_v6::loopback())
                                         : asio::ip::address(asio::ip::address_v4::loopback()),
                                    port)) {}

SmtpServer::~SmtpServer() {
    if (state_) state_->stop();
}
SmtpServer::SmtpServer(SmtpServer&&) noexcept = default;
SmtpServer& SmtpServer::operator=(SmtpServer&& other) noexcept {
    if (state_ && state_ != other.state_) state_->stop();
    state_ = std::move(other.state_);
    return *this;
}

resolver::Endpoint SmtpServer::endpoint() const {
    const Tcp::endpoint local = state_->acceptor.local_endpoint();
    return {local.address(), local.port()};
}
const std::string& SmtpServer::label() const { return state_->label; }

std::vector<SessionLog> SmtpServer::sessions() const {
    std::vector<SessionLog> logs;
    for (const auto& connection : state_->connections) logs.push_back(connection->session.log());
    return logs;
}

} // namespace harness
