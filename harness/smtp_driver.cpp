#include "harness/smtp_driver.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>

namespace harness {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tlsa::SmtpFailure;

// A socket whose waits are cut short when the deadline of the session's current step passes.
class Watched {
  public:
    explicit Watched(const asio::any_io_executor& executor)
        : shared_(std::make_shared<Shared>(executor))
        , timer_(executor) {}

    asio::ip::tcp::socket& socket() { return shared_->socket; }
    // To be asked after each wait: the deadline may pass between two of them.
    bool expired() const { return shared_->expired; }
    // Counts a new step from its start; the same step keeps its deadline.
    void watch(tlsa::SmtpStep step, std::chrono::milliseconds timeout) {
        if (step_ == step) return;
        step_ = step;
        shared_->expired = false;
        const unsigned turn = ++shared_->turn;
        timer_.expires_after(timeout);
        // A handler of an earlier step may still be on its way, and one may outlive this object.
        timer_.async_wait([weak = std::weak_ptr<Shared>(shared_), turn](error_code error) {
            const auto shared = weak.lock();
            if (error || !shared || shared->turn != turn) return;
            shared->expired = true;
            error_code ignored;
            shared->socket.cancel(ignored);
        });
    }

  private:
    struct Shared {
        explicit Shared(const asio::any_io_executor& executor)
            : socket(executor) {}
        asio::ip::tcp::socket socket;
        bool expired = false;
        unsigned turn = 0;
    };
    std::shared_ptr<Shared> shared_;
    asio::steady_timer timer_;
    std::optional<tlsa::SmtpStep> step_;
};

SmtpFailure failure_of(const error_code& error) {
    if (error == asio::error::connection_refused) return SmtpFailure::connection_refused;
    if (error == asio::error::timed_out) return SmtpFailure::connection_timeout;
    return SmtpFailure::network_error;
}

// The endpoint to dial; nullopt has told the session why not.
std::optional<asio::ip::tcp::endpoint> dial(const resolver::DialMap* dial_map, const std::string& address,
                                            std::uint16_t port, tlsa::SmtpSession& session) {
    error_code error;
    const resolver::Endpoint published(asio::ip::make_address(address, error), port);
    if (error) {
        session.connect_failed(SmtpFailure::network_error, "not an address: " + address);
        return std::nullopt;
    }
    const resolver::Endpoint* real = dial_map ? dial_map->find(published) : &published;
    if (!real) {
        session.connect_failed(SmtpFailure::network_error, "no route to " + published.to_text());
        return std::nullopt;
    }
    return asio::ip::tcp::endpoint(real->address, real->port);
}

// To the session's end, or its rest.
asio::awaitable<void> converse(Watched& watched, tlsa::SmtpSession& session) {
    std::array<std::uint8_t, 16'384> buffer;
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (!session.finished() && !session.rests()) {
        const tlsa::SmtpStep step = session.step();
        watched.watch(step, session.step_timeout());
        const dns::Bytes out = session.take_output();
        if (!out.empty()) {
            co_await asio::async_write(watched.socket(), asio::buffer(out), token);
            // A peer that has closed may have left an answer to read, so a write error alone ends nothing.
            if (watched.expired()) session.deadline_passed();
            if (session.finished()) break;
        }
        const std::size_t size = co_await watched.socket().async_read_some(asio::buffer(buffer), token);
        if (size > 0)
            session.received({buffer.data(), size});
        else if (watched.expired())
            session.deadline_passed();
        else if (error)
            session.peer_closed();
        // Octets that trickle in do not stretch a step; those that end it just in time are not held against the next.
        if (size > 0 && watched.expired() && session.step() == step) session.deadline_passed();
    }
    if (session.rests()) co_return;
    // The farewell (QUIT, close_notify, an alert) is a courtesy: what does not go out at once stays here.
    const dns::Bytes last = session.take_output();
    watched.socket().non_blocking(true, error);
    if (!last.empty()) watched.socket().write_some(asio::buffer(last), error);
    watched.socket().shutdown(asio::ip::tcp::socket::shutdown_both, error);
    watched.socket().close(error);
}

} // namespace

struct SmtpConnection::State {
    State(const asio::any_io_executor& executor, const resolver::DialMap* map, std::string to, std::uint16_t at,
          tlsa::SessionPlan plan, const std::array<std::uint8_t, 32>& rng_seed)
        : dial_map(map)
        , address(std::move(to))
        , port(at)
        , session(std::move(plan), rng_seed)
        , watched(executor) {}

    const resolver::DialMap* dial_map;
    std::string address;
    std::uint16_t port;
    tlsa::SmtpSession session;
    Watched watched;
    std::string local_address;
};

SmtpConnection::SmtpConnection(asio::any_io_executor executor, const resolver::DialMap* dial_map, std::string address,
                               std::uint16_t port, tlsa::SessionPlan plan, std::array<std::uint8_t, 32> rng_seed)
    : state_(std::make_unique<State>(executor, dial_map, std::move(address), port, std::move(plan), rng_seed)) {}
SmtpConnection::~SmtpConnection() = default;

asio::awaitable<void> SmtpConnection::open() {
    State& state = *state_;
    const auto remote = dial(state.dial_map, state.address, state.port, state.session);
    if (!remote) co_return;
    state.watched.watch(state.session.step(), state.session.step_timeout());
    auto& socket = state.watched.socket();
    error_code error;
    co_await socket.async_connect(*remote, asio::redirect_error(asio::use_awaitable, error));
    if (state.watched.expired()) {
        state.session.deadline_passed();
    } else if (error) {
        state.session.connect_failed(failure_of(error), error.message());
    } else {
        error_code ignored;
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        state.local_address = socket.local_endpoint(ignored).address().to_string();
        state.session.connected();
        co_await converse(state.watched, state.session);
    }
}

asio::awaitable<void> SmtpConnection::send(const tlsa::Envelope& envelope) {
    state_->session.next(envelope);
    co_await converse(state_->watched, state_->session);
}

asio::awaitable<void> SmtpConnection::leave() {
    state_->session.leave();
    co_await converse(state_->watched, state_->session);
}

bool SmtpConnection::rests() const { return state_->session.rests(); }
const tlsa::SmtpOutcome& SmtpConnection::outcome() const { return state_->session.outcome(); }
const std::string& SmtpConnection::local_address() const { return state_->local_address; }

asio::awaitable<std::pair<tlsa::SmtpOutcome, std::string>>
run_session(asio::any_io_executor executor, const resolver::DialMap* dial_map, std::string address, std::uint16_t port,
            tlsa::SessionPlan plan, std::array<std::uint8_t, 32> rng_seed) {
    SmtpConnection connection(executor, dial_map, std::move(address), port, std::move(plan), rng_seed);
    co_await connection.open();
    co_return std::pair(connection.outcome(), connection.local_address());
}

} // namespace harness
