#include "resolver/timed_socket.h"

#include <boost/asio/error.hpp>

namespace resolver {

validator::NoAnswerCause cause_of(const boost::system::error_code& error) {
    if (error == boost::asio::error::operation_aborted) return validator::NoAnswerCause::timeout;
    if (error == boost::asio::error::timed_out) return validator::NoAnswerCause::timeout;
    if (error == boost::asio::error::connection_refused) return validator::NoAnswerCause::refused_connection;
    return validator::NoAnswerCause::network_error;
}

} // namespace resolver
