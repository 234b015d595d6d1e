// TimedSocket: a socket with a deadline. When it passes, whatever the socket waits for is cancelled.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <memory>

#include "resolver/transport.h"

namespace resolver {

template <class Socket>
class TimedSocket {
  public:
    TimedSocket(const boost::asio::any_io_executor& executor, Deadline deadline)
        : timer_(executor, deadline)
        , shared_(std::make_shared<Shared>(executor)) {
        // The handler may still run after this object is gone: it holds the socket weakly.
        timer_.async_wait([weak = std::weak_ptr<Shared>(shared_)](boost::system::error_code error) {
            const auto shared = weak.lock();
            if (error || !shared) return;
            shared->expired = true;
            boost::system::error_code ignored;
            shared->socket.cancel(ignored);
        });
    }
    TimedSocket(const TimedSocket&) = delete;
    TimedSocket& operator=(const TimedSocket&) = delete;

    Socket& socket() { return shared_->socket; }
    // To be asked before each wait: a cancelled wait may have ended well a moment before.
    bool expired() const { return shared_->expired; }

  private:
    struct Shared {
        explicit Shared(const boost::asio::any_io_executor& executor)
            : socket(executor) {}
        Socket socket;
        bool expired = false;
    };
    boost::asio::steady_timer timer_;
    std::shared_ptr<Shared> shared_;
};

// What a failed system call means as evidence.
validator::NoAnswerCause cause_of(const boost::system::error_code& error);

} // namespace resolver
