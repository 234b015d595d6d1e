#include "harness/deliver/kept_connection.h"

#include <fmt/format.h>

#include <utility>

namespace harness::deliver {

namespace asio = boost::asio;

asio::awaitable<void> KeptConnection::keep(std::unique_ptr<SmtpConnection> connection, SessionNeeds needs,
                                           std::int64_t dcid, unsigned used, unsigned messages_per_connection) {
    co_await close();
    connection_ = std::move(connection);
    needs_ = std::move(needs);
    dcid_ = dcid;
    used_ = used;
    if (!connection_->rests() || used_ >= messages_per_connection) co_await close();
}

std::unique_ptr<SmtpConnection> KeptConnection::take(const SessionNeeds& needs) {
    if (connection_ == nullptr || needs != needs_) return nullptr;
    return std::exchange(connection_, nullptr);
}

asio::awaitable<void> KeptConnection::close() {
    if (connection_ == nullptr) co_return;
    const auto connection = std::exchange(connection_, nullptr);
    co_await connection->leave();
    log_->info(fmt::format("DCID {} close", dcid_));
}

} // namespace harness::deliver
