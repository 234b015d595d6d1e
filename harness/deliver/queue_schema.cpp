#include "harness/deliver/queue_schema.h"

#include <fmt/format.h>

namespace harness::deliver {

namespace {

constexpr int schema_version = 3, application_id = 0x44414e45; // "DANE"

constexpr const char* schema = R"(
CREATE TABLE messages(mid INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, relay INTEGER NOT NULL,
  require_tls INTEGER NOT NULL, accepted INTEGER NOT NULL, content BLOB NOT NULL,
  tls_report INTEGER NOT NULL DEFAULT 0);
CREATE TABLE recipients(id INTEGER PRIMARY KEY, mid INTEGER NOT NULL REFERENCES messages(mid) ON DELETE CASCADE,
  rid INTEGER NOT NULL, address TEXT NOT NULL, domain TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'delivering', 'delivered', 'bounced')),
  attempts INTEGER NOT NULL DEFAULT 0, next_try INTEGER NOT NULL, owner TEXT NOT NULL DEFAULT '',
  interrupted INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
  changed INTEGER NOT NULL);
CREATE INDEX recipients_due ON recipients(state, next_try, id);
CREATE INDEX recipients_of_domain ON recipients(domain, state);
CREATE INDEX recipients_of_message ON recipients(mid);
CREATE TABLE starts(domain TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE tls_sessions(at INTEGER NOT NULL, domain TEXT NOT NULL, policy_type TEXT NOT NULL,
  policy_domain TEXT NOT NULL, policy_strings TEXT NOT NULL, mx TEXT NOT NULL, sending_ip TEXT NOT NULL,
  receiving_ip TEXT NOT NULL, result TEXT NOT NULL, reason_code TEXT NOT NULL);
CREATE INDEX tls_sessions_at ON tls_sessions(at);
CREATE TABLE reports(day INTEGER NOT NULL, domain TEXT NOT NULL, address TEXT NOT NULL,
  PRIMARY KEY(day, domain, address));
CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO counters VALUES('dcid', 0);
)";

// What version 2 lacks.
constexpr const char* from_version_2 = R"(
ALTER TABLE messages ADD COLUMN tls_report INTEGER NOT NULL DEFAULT 0;
CREATE TABLE reports(day INTEGER NOT NULL, domain TEXT NOT NULL, address TEXT NOT NULL,
  PRIMARY KEY(day, domain, address));
)";

} // namespace

void set_up_queue(const Database& database) {
    Transaction transaction(database);
    auto pragma = [&](const char* name) {
        auto statement = database.prepare(fmt::format("PRAGMA {}", name));
        statement.step();
        return statement.number(0);
    };
    const auto version = pragma("user_version");
    if (version == 0 && pragma("schema_version") == 0) {
        database.execute(schema);
        database.execute(
            fmt::format("PRAGMA user_version={}; PRAGMA application_id={}", schema_version, application_id));
        transaction.commit();
        return;
    }
    if (version == 2 && pragma("application_id") == application_id) {
        database.execute(from_version_2);
        database.execute(fmt::format("PRAGMA user_version={}", schema_version));
        transaction.commit();
        return;
    }
    if (version != schema_version || pragma("application_id") != application_id)
        throw DatabaseError(
            fmt::format("queue: {}: is a database, but no queue of this version: name another file as \"queue\"",
                        database.file()),
            false);
}

} // namespace harness::deliver
