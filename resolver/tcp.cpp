#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "resolver/timed_socket.h"
#include "resolver/transport.h"

namespace resolver {

namespace {

namespace asio = boost::asio;

class TcpTransport final : public Transport {
  public:
    asio::awaitable<Outcome> exchange(const Query& query, Endpoint to, Deadline deadline) override {
        const auto executor = co_await asio::this_coro::executor;
        TimedSocket<asio::ip::tcp::socket> timed(executor, deadline);
        auto& socket = timed.socket();
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);

        const asio::ip::tcp::endpoint remote(to.address, to.port);
        co_await socket.async_connect(remote, token);
        if (error || timed.expired()) co_return failure(timed.expired(), error);

        // Length and message in one piece, lest they travel in two segments (RFC 7766 §8).
        dns::Writer framed;
        framed.u16(static_cast<std::uint16_t>(query.octets().size()));
        framed.octets(query.octets());
        co_await asio::async_write(socket, asio::buffer(framed.view().data(), framed.size()), token);
        if (error || timed.expired()) co_return failure(timed.expired(), error);

        std::array<std::uint8_t, 2> length{};
        co_await asio::async_read(socket, asio::buffer(length), token);
        if (error || timed.expired()) co_return failure(timed.expired(), error);
        dns::Bytes octets(static_cast<std::size_t>(length[0] << 8 | length[1]));
        co_await asio::async_read(socket, asio::buffer(octets), token);
        if (error) co_return failure(timed.expired(), error);
        co_return query.judge(octets);
    }

  private:
    static validator::NoAnswerCause failure(bool expired, const boost::system::error_code& error) {
        return expired ? validator::NoAnswerCause::timeout : cause_of(error);
    }
};

} // namespace

std::unique_ptr<Transport> make_tcp_transport() { return std::make_unique<TcpTransport>(); }

} // namespace resolver
