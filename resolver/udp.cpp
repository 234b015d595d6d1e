#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "resolver/timed_socket.h"
#include "resolver/transport.h"

namespace resolver {

namespace {

namespace asio = boost::asio;

// Some servers send more than the 1232 octets that were offered; 4096 was the usual offer before 2020. What is longer
// is cut by the kernel and then counts as malformed.
constexpr std::size_t receive_octets = 4096;

class UdpTransport final : public Transport {
  public:
    asio::awaitable<Outcome> exchange(const Query& query, Endpoint to, Deadline deadline) override {
        const auto executor = co_await asio::this_coro::executor;
        TimedSocket<asio::ip::udp::socket> timed(executor, deadline);
        auto& socket = timed.socket();
        boost::system::error_code error;
        const asio::ip::udp::endpoint remote(to.address, to.port);
        socket.open(remote.protocol(), error);
        if (!error) socket.connect(remote, error);
        if (!error) socket.send(asio::buffer(query.octets().data(), query.octets().size()), 0, error);
        if (error) co_return cause_of(error);

        validator::NoAnswerCause cause = validator::NoAnswerCause::timeout;
        dns::Bytes octets(receive_octets);
        for (unsigned ignored = 0; ignored < max_ignored_datagrams && !timed.expired(); ++ignored) {
            const std::size_t size =
                co_await socket.async_receive(asio::buffer(octets), asio::redirect_error(asio::use_awaitable, error));
            if (error && timed.expired()) break;
            if (error) co_return cause_of(error);
            Outcome outcome = query.judge(dns::ByteView(octets.data(), size));
            if (std::holds_alternative<dns::Message>(outcome)) co_return outcome;
            cause = std::get<validator::NoAnswerCause>(outcome);
        }
        co_return cause;
    }
};

} // namespace

std::unique_ptr<Transport> make_udp_transport() { return std::make_unique<UdpTransport>(); }

} // namespace resolver
