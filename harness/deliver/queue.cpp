#include "harness/deliver/queue.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/deliver/queue_schema.h"
#include "harness/system.h"
#include "resolver/dns/name.h"

namespace harness::deliver {

namespace {

// A lock that ends with the process, however it ends: flock(2).
int take_lock(const std::string& path) {
    constexpr int tries = 10;
    for (int i = 0; i < tries; ++i) {
        const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor < 0) break;
        struct stat ours {};
        struct stat there {};
        // Who tidies up may have taken the file for a dead one's between our two calls.
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor, &ours) == 0 &&
            stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino)
            return descriptor;
        close(descriptor);
    }
    throw DatabaseError(fmt::format("queue: {}: cannot be locked: {}", path, std::strerror(errno)), false);
}

void insert_sessions(const Database& database, const std::string& domain, const std::vector<TlsSession>& sessions,
                     dns::UnixTime now) {
    for (const auto& session : sessions)
        database.prepare("INSERT INTO tls_sessions VALUES(?,?,?,?,?,?,?,?,?,?)")
            .bind(now.seconds)
            .bind(domain)
            .bind(session.policy_type)
            .bind(session.policy_domain)
            .bind(nlohmann::json(session.policy_strings).dump())
            .bind(session.mx)
            .bind(session.sending_ip)
            .bind(session.receiving_ip)
            .bind(session.result)
            .bind(session.reason_code)
            .run();
}

} // namespace

std::string domain_of_address(const std::string& address) {
    const auto at = address.rfind('@');
    if (at == std::string::npos || at == 0) return "";
    const auto name = dns::Name::from_text(address.substr(at + 1));
    if (!name || name->is_root()) return "";
    std::string text = name->lowercased().to_text();
    text.pop_back();
    return text;
}

Queue::Queue(const std::string& file, Durability durability)
    : database_(file, durability) {
    set_up_queue(database_);
    owner_ = fmt::format("{}-{:016x}", getpid(), system_random());
    lock_ = take_lock(fmt::format("{}.owner.{}", file, owner_));
}

Queue::~Queue() {
    if (lock_ < 0) return;
    unlink(fmt::format("{}.owner.{}", database_.file(), owner_).c_str());
    close(lock_);
}

std::int64_t Queue::insert(const NewMessage& message, dns::UnixTime now) {
    database_
        .prepare("INSERT INTO messages(sender, relay, require_tls, tls_report, accepted, content) VALUES(?,?,?,?,?,?)")
        .bind(message.sender)
        .bind(std::int64_t{message.relay ? 1 : 0})
        .bind(std::int64_t{message.require_tls ? 1 : 0})
        .bind(std::int64_t{message.tls_report ? 1 : 0})
        .bind(now.seconds)
        .bind_blob(message.content)
        .run();
    const auto mid = database_.last_id();
    std::int64_t rid = 0;
    for (const auto& recipient : message.recipients)
        database_
            .prepare("INSERT INTO recipients(mid, rid, address, domain, state, next_try, changed) "
                     "VALUES(?,?,?,?,'queued',?,?)")
            .bind(mid)
            .bind(rid++)
            .bind(recipient)
            .bind(domain_of_address(recipient))
            .bind(now.seconds)
            .bind(now.seconds)
            .run();
    return mid;
}

std::int64_t Queue::accept(const NewMessage& message, dns::UnixTime now) {
    Transaction transaction(database_);
    const auto mid = insert(message, now);
    transaction.commit();
    return mid;
}

std::optional<std::int64_t> Queue::accept_report(const NewMessage& message, dns::UnixTime day,
                                                 const std::string& domain, dns::UnixTime now) {
    Transaction transaction(database_);
    for (const auto& recipient : message.recipients) {
        database_.prepare("INSERT OR IGNORE INTO reports VALUES(?,?,?)")
            .bind(day.seconds)
            .bind(domain)
            .bind(recipient)
            .run();
        if (database_.changes() == 0) return std::nullopt;
    }
    const auto mid = insert(message, now);
    transaction.commit();
    return mid;
}

bool Queue::is_dead(const std::string& owner) const {
    if (owner == owner_) return false;
    const auto path = fmt::format("{}.owner.{}", database_.file(), owner);
    const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return errno == ENOENT; // removed by its owner's last act, or by who recovered it
    const bool dead = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (dead) unlink(path.c_str());
    close(descriptor);
    return dead;
}

std::vector<Recovered> Queue::recover(dns::UnixTime now) {
    Transaction transaction(database_);
    std::vector<std::string> dead;
    auto owners = database_.prepare("SELECT DISTINCT owner FROM recipients WHERE state = 'delivering'");
    while (owners.step())
        if (is_dead(owners.text(0))) dead.push_back(owners.text(0));
    std::vector<Recovered> recovered;
    for (const auto& owner : dead) {
        auto held = database_.prepare(
            "SELECT mid, rid, address, changed FROM recipients WHERE state = 'delivering' AND owner = ? ORDER BY id");
        held.bind(owner);
        while (held.step()) {
            Recovered one;
            one.mid = held.number(0);
            one.rid = held.number(1);
            one.recipient = held.text(2);
            one.began = dns::UnixTime{held.number(3)};
            recovered.push_back(std::move(one));
        }
        database_
            .prepare("UPDATE recipients SET state = 'queued', owner = '', interrupted = 1, next_try = ?, "
                     "error = 'the attempt was cut off' WHERE state = 'delivering' AND owner = ?")
            .bind(now.seconds)
            .bind(owner)
            .run();
    }
    transaction.commit();
    remove_dead_locks();
    return recovered;
}

// Lock files of processes that died without holding anything.
void Queue::remove_dead_locks() const {
    namespace fs = std::filesystem;
    const fs::path database = database_.file();
    const std::string prefix = database.filename().string() + ".owner.";
    std::error_code error;
    for (const auto& entry :
         fs::directory_iterator(database.parent_path().empty() ? "." : database.parent_path(), error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(prefix)) is_dead(name.substr(prefix.size())); // removes it where it is
    }
}

std::optional<Claim> Queue::claim(dns::UnixTime now, const LimitsOf& limits, const std::string& domain) {
    Transaction transaction(database_);
    constexpr std::int64_t minute = 60;
    const auto count = [&](const char* sql, const std::string& of) {
        auto statement = database_.prepare(sql);
        statement.bind(of).step();
        return statement.number(0);
    };
    database_.prepare("DELETE FROM starts WHERE at <= ? OR at > ?").bind(now.seconds - minute).bind(now.seconds).run();
    auto due = database_.prepare(
        "SELECT r.id, r.mid, r.rid, r.address, r.domain, r.attempts, r.interrupted, m.sender, m.relay, m.accepted, "
        "m.content, m.require_tls, m.tls_report FROM recipients r JOIN messages m USING(mid) WHERE r.state = 'queued' "
        "AND r.next_try <= ? AND (? = '' OR r.domain = ?) ORDER BY r.next_try, r.id");
    due.bind(now.seconds).bind(domain).bind(domain);
    while (due.step()) {
        Claim claim;
        claim.domain = due.text(4);
        const auto limit = limits(claim.domain);
        const auto held =
            count("SELECT COUNT(*) FROM recipients WHERE domain = ? AND state = 'delivering'", claim.domain);
        if (held >= limit.connections) continue;
        if (limit.recipients_per_minute &&
            count("SELECT COUNT(*) FROM starts WHERE domain = ?", claim.domain) >= *limit.recipients_per_minute)
            continue;
        claim.id = due.number(0);
        claim.mid = due.number(1);
        claim.rid = due.number(2);
        claim.recipient = due.text(3);
        claim.attempts = static_cast<unsigned>(due.number(5));
        claim.interrupted = due.number(6) != 0;
        claim.sender = due.text(7);
        claim.relay = due.number(8) != 0;
        claim.accepted = dns::UnixTime{due.number(9)};
        claim.content = due.text(10);
        claim.require_tls = due.number(11) != 0;
        claim.tls_report = due.number(12) != 0;
        database_
            .prepare("UPDATE recipients SET state = 'delivering', owner = ?, attempts = attempts + 1, changed = ? "
                     "WHERE id = ?")
            .bind(owner_)
            .bind(now.seconds)
            .bind(claim.id)
            .run();
        if (limit.recipients_per_minute)
            database_.prepare("INSERT INTO starts VALUES(?,?)").bind(claim.domain).bind(now.seconds).run();
        transaction.commit();
        return claim;
    }
    transaction.commit();
    return std::nullopt;
}

void Queue::finish(const Claim& claim, const char* state, const std::string& outcome, const std::string& error,
                   dns::UnixTime next_try, const std::vector<TlsSession>& sessions, dns::UnixTime now) {
    database_
        .prepare("UPDATE recipients SET state = ?, owner = '', outcome = ?, error = ?, next_try = ?, changed = ? "
                 "WHERE id = ? AND state = 'delivering' AND owner = ?")
        .bind(state)
        .bind(outcome)
        .bind(error)
        .bind(next_try.seconds)
        .bind(now.seconds)
        .bind(claim.id)
        .bind(owner_)
        .run();
    if (database_.changes() != 1)
        throw DatabaseError(fmt::format("queue: {}: MID {} RID {} is no longer held by this process", database_.file(),
                                        claim.mid, claim.rid),
                            false);
    insert_sessions(database_, claim.domain, sessions, now);
    // The text is kept as long as somebody is to have it.
    database_
        .prepare("UPDATE messages SET content = x'' WHERE mid = ? AND NOT EXISTS (SELECT 1 FROM recipients r WHERE "
                 "r.mid = messages.mid AND r.state IN ('queued', 'delivering'))")
        .bind(claim.mid)
        .run();
}

void Queue::delivered(const Claim& claim, const std::string& outcome, const std::string& detail,
                      const std::vector<TlsSession>& sessions, dns::UnixTime now) {
    Transaction transaction(database_);
    finish(claim, "delivered", outcome, detail, now, sessions, now);
    transaction.commit();
}

void Queue::defer(const Claim& claim, dns::UnixTime next_try, const std::string& error, bool uncertain,
                  const std::vector<TlsSession>& sessions, dns::UnixTime now) {
    Transaction transaction(database_);
    finish(claim, "queued", "deferred", error, next_try, sessions, now);
    if (uncertain) database_.prepare("UPDATE recipients SET interrupted = 1 WHERE id = ?").bind(claim.id).run();
    transaction.commit();
}

std::optional<std::int64_t> Queue::bounce(const Claim& claim, const std::string& error,
                                          const std::optional<NewMessage>& notice,
                                          const std::vector<TlsSession>& sessions, dns::UnixTime now) {
    Transaction transaction(database_);
    finish(claim, "bounced", "bounced", error, now, sessions, now);
    std::optional<std::int64_t> mid;
    if (notice) mid = insert(*notice, now);
    transaction.commit();
    return mid;
}

std::int64_t Queue::next_connection_id() {
    Transaction transaction(database_);
    database_.execute("UPDATE counters SET value = value + 1 WHERE name = 'dcid'");
    auto statement = database_.prepare("SELECT value FROM counters WHERE name = 'dcid'");
    statement.step();
    const auto id = statement.number(0);
    transaction.commit();
    return id;
}

} // namespace harness::deliver
