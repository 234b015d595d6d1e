// What the queue can tell: the delivery-status report, the day's TLS sessions, and what may be forgotten.
#include <nlohmann/json.hpp>

#include "harness/deliver/queue.h"

namespace harness::deliver {

std::optional<dns::UnixTime> Queue::next_due() const {
    auto statement =
        database_.prepare("SELECT next_try FROM recipients WHERE state = 'queued' ORDER BY next_try LIMIT 1");
    if (!statement.step()) return std::nullopt;
    return dns::UnixTime{statement.number(0)};
}

std::int64_t Queue::active() const {
    auto statement = database_.prepare("SELECT COUNT(*) FROM recipients WHERE state IN ('queued', 'delivering')");
    statement.step();
    return statement.number(0);
}

std::vector<DestinationStatus> Queue::status() const {
    auto statement = database_.prepare(
        "SELECT domain, SUM(state IN ('queued', 'delivering')), SUM(state = 'delivering'), SUM(state = 'delivered'), "
        "SUM(state = 'bounced'), MAX(CASE WHEN state IN ('queued', 'delivering') THEN attempts ELSE 0 END), "
        "MIN(CASE WHEN state IN ('queued', 'delivering') THEN accepted END), "
        "MIN(CASE WHEN state = 'queued' THEN next_try END) "
        "FROM recipients JOIN messages USING(mid) GROUP BY domain ORDER BY 2 DESC, domain");
    std::vector<DestinationStatus> all;
    while (statement.step()) {
        DestinationStatus status;
        status.domain = statement.text(0);
        status.active = statement.number(1);
        status.delivering = statement.number(2);
        status.delivered = statement.number(3);
        status.bounced = statement.number(4);
        status.attempts = statement.number(5);
        if (status.active > 0) status.oldest = dns::UnixTime{statement.number(6)};
        if (status.active > status.delivering) status.next_try = dns::UnixTime{statement.number(7)};
        auto error = database_.prepare("SELECT error FROM recipients WHERE domain = ? AND state != 'delivered' AND "
                                       "error != '' ORDER BY state IN ('queued', 'delivering') DESC, changed DESC, id "
                                       "DESC LIMIT 1");
        if (error.bind(status.domain).step()) status.last_error = error.text(0);
        all.push_back(std::move(status));
    }
    return all;
}

std::vector<std::pair<std::string, TlsSession>> Queue::sessions(dns::UnixTime from, dns::UnixTime until) const {
    auto statement = database_.prepare(
        "SELECT domain, policy_type, policy_domain, policy_strings, mx, sending_ip, receiving_ip, result, reason_code "
        "FROM tls_sessions WHERE at >= ? AND at < ? ORDER BY domain, rowid");
    statement.bind(from.seconds).bind(until.seconds);
    std::vector<std::pair<std::string, TlsSession>> all;
    while (statement.step()) {
        TlsSession session;
        session.policy_type = statement.text(1);
        session.policy_domain = statement.text(2);
        session.policy_strings = nlohmann::json::parse(statement.text(3)).get<std::vector<std::string>>();
        session.mx = statement.text(4);
        session.sending_ip = statement.text(5);
        session.receiving_ip = statement.text(6);
        session.result = statement.text(7);
        session.reason_code = statement.text(8);
        all.emplace_back(statement.text(0), std::move(session));
    }
    return all;
}

void Queue::forget(dns::UnixTime before) {
    Transaction transaction(database_);
    database_.prepare("DELETE FROM tls_sessions WHERE at < ?").bind(before.seconds).run();
    database_.prepare("DELETE FROM reports WHERE day < ?").bind(before.seconds).run();
    database_
        .prepare("DELETE FROM messages WHERE NOT EXISTS (SELECT 1 FROM recipients r WHERE r.mid = messages.mid AND "
                 "(r.state IN ('queued', 'delivering') OR r.changed >= ?))")
        .bind(before.seconds)
        .run();
    transaction.commit();
}

} // namespace harness::deliver
