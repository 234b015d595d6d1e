// Flight: one piece of work in progress and everybody who waits for it. The same question is asked once, however many
// want its answer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace resolver {

// All calls from one thread.
template <class T>
class Flight {
  public:
    explicit Flight(const boost::asio::any_io_executor& executor)
        : wake_(executor, boost::asio::steady_timer::time_point::max()) {}

    void land(T result) {
        result_ = std::move(result);
        wake_.cancel();
    }
    void crash(std::exception_ptr error) {
        error_ = std::move(error);
        wake_.cancel();
    }

    // The result, as soon as it is there; rethrows what crash() was given.
    static boost::asio::awaitable<T> wait(std::shared_ptr<Flight> flight) {
        while (!flight->result_ && !flight->error_) {
            boost::system::error_code woken;
            co_await flight->wake_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
        }
        if (flight->error_) std::rethrow_exception(flight->error_);
        co_return *flight->result_;
    }

  private:
    boost::asio::steady_timer wake_; // never expires: it is cancelled to wake all who wait
    std::optional<T> result_;
    std::exception_ptr error_;
};

} // namespace resolver
