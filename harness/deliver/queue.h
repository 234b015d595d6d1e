// The delivery queue: messages and the state of each recipient in one database, changed together or not at all.
//
// A recipient is `queued`, then `delivering` while one process holds it, then queued again, `delivered` or `bounced`. A
// process that dies leaves its recipients in `delivering`; recover() finds them by the lock that died with it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/deliver/database.h"
#include "resolver/dns/serial.h"

namespace harness::deliver {

// One TLS session tried, for the day's report (RFC 8460 §4.4).
struct TlsSession {
    std::string policy_type = "no-policy-found"; // or "tlsa", "sts"
    std::string policy_domain;
    std::vector<std::string> policy_strings; // one for each TLSA record, or line of the MTA-STS policy
    std::string mx, sending_ip, receiving_ip;
    std::string result; // "" success, else a result type of RFC 8460 §4.3
    std::string reason_code;
};

struct NewMessage {
    std::string sender; // "" for a bounce
    std::vector<std::string> recipients;
    std::string content;      // RFC 5322 text, CRLF lines
    bool relay = true;        // came in by a mail flow policy RELAY
    bool require_tls = false; // REQUIRETLS (RFC 8689 §2)
    bool tls_report = false;  // delivered whatever TLS says (RFC 8460 §3), and given up after a day (§5.5)
};

// A recipient that this process holds for one attempt.
struct Claim {
    std::int64_t id = 0, mid = 0, rid = 0; // row; message; recipient within the message, from 0
    std::string sender, recipient, domain, content;
    bool relay = true, require_tls = false, tls_report = false;
    unsigned attempts = 0; // before this one
    dns::UnixTime accepted;
    // An earlier attempt was cut off, by the end of its process or of the connection behind the message's final dot, so
    // the server may have the message already.
    bool interrupted = false;
};

struct Recovered {
    std::int64_t mid = 0, rid = 0;
    std::string recipient;
    dns::UnixTime began;
};

// The delivery-status report: one entry for each destination with mail in the queue.
struct DestinationStatus {
    std::string domain;
    std::int64_t active = 0, delivering = 0, delivered = 0, bounced = 0; // recipients
    std::int64_t attempts = 0;                                           // of the one tried most often
    std::optional<dns::UnixTime> oldest, next_try;
    std::string last_error;
};

class Queue {
  public:
    // Opens or creates the database at `file`. Throws DatabaseError, also for a database that is no queue of ours.
    explicit Queue(const std::string& file, Durability durability = Durability::full);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    // On return the message is on the disk; throws DatabaseError with nothing accepted. Gives the MID.
    std::int64_t accept(const NewMessage& message, dns::UnixTime now);

    // The same for a TLS report, once for each day, domain and recipient; nullopt: it was taken before.
    std::optional<std::int64_t> accept_report(const NewMessage& message, dns::UnixTime day, const std::string& domain,
                                              dns::UnixTime now);

    // Puts back what dead processes held. To be called before claims.
    std::vector<Recovered> recover(dns::UnixTime now);
    // Limits for a destination, asked for each candidate.
    struct Limits {
        std::int64_t connections = 500;
        std::optional<std::int64_t> recipients_per_minute;
    };
    using LimitsOf = std::function<Limits(const std::string& domain)>;
    // The recipient that has been due longest and whose destination is within its limits; nullopt: none. `domain`: of
    // this destination alone.
    std::optional<Claim> claim(dns::UnixTime now, const LimitsOf& limits, const std::string& domain = "");

    // The ends of an attempt, each with its TLS sessions in one transaction. `detail` is the server's reply.
    void delivered(const Claim& claim, const std::string& outcome, const std::string& detail,
                   const std::vector<TlsSession>& sessions, dns::UnixTime now);
    // `uncertain`: the server may have the message although it did not say so.
    void defer(const Claim& claim, dns::UnixTime next_try, const std::string& error, bool uncertain,
               const std::vector<TlsSession>& sessions, dns::UnixTime now);
    // `notice`: the non-delivery notice to be queued with it; gives its MID.
    std::optional<std::int64_t> bounce(const Claim& claim, const std::string& error,
                                       const std::optional<NewMessage>& notice, const std::vector<TlsSession>& sessions,
                                       dns::UnixTime now);

    std::int64_t next_connection_id(); // DCID, unique over all processes of this queue
    // When the next recipient is due, whatever its limits; nullopt: nothing is queued.
    std::optional<dns::UnixTime> next_due() const;
    std::int64_t active() const; // recipients queued or being delivered
    std::vector<DestinationStatus> status() const;
    // TLS sessions of [from, until) by recipient domain.
    std::vector<std::pair<std::string, TlsSession>> sessions(dns::UnixTime from, dns::UnixTime until) const;
    // Forgets finished messages and TLS sessions of before that time.
    void forget(dns::UnixTime before);

  private:
    std::int64_t insert(const NewMessage& message, dns::UnixTime now);
    void finish(const Claim& claim, const char* state, const std::string& outcome, const std::string& error,
                dns::UnixTime next_try, const std::vector<TlsSession>& sessions, dns::UnixTime now);
    bool is_dead(const std::string& owner) const; // and removes its lock file
    void remove_dead_locks() const;

    Database database_;
    std::string owner_; // the name of our lock file, beside the database
    int lock_ = -1;
};

// The domain of an address in lower case without final dot, "" where it has none that is a domain name.
std::string domain_of_address(const std::string& address);

} // namespace harness::deliver
