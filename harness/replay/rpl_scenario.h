// A replay file as it was read: the scenario files of Unbound's testbound (.rpl, .crpl) and of Deckard (.rpl).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resolver/dns/message.h"
#include "resolver/dns/serial.h"

namespace harness::replay {

enum class Dialect { unbound, deckard };

// Names and addresses of `stub-zone:` and `forward-zone:`; what an iterating resolver would start from.
struct ServerZone {
    dns::Name name;
    std::vector<std::string> addresses; // as written, port and TLS name cut off
    bool forwards = false;              // forward-zone: its answers are final
    std::size_t line = 0;
};

struct NumberedText {
    std::size_t line = 0;
    std::string text;
};

// AUTOTRUST_FILE id ... AUTOTRUST_END.
struct AutotrustFile {
    std::string id;
    std::vector<NumberedText> lines;
};

enum class ClockKind {
    running, // no override: Unbound's test clock, which begins at 0; the machine's for Deckard
    fixed,   // val-override-date
    ignored, // val-override-date: -1, times of signatures are not looked at
};

struct Configuration {
    std::vector<dns::Record> anchors; // trust-anchor: DS and DNSKEY
    std::vector<AutotrustFile> autotrust;
    std::vector<ServerZone> zones;
    std::vector<dns::Name> insecure; // domain-insecure
    ClockKind clock = ClockKind::running;
    dns::UnixTime time{};                      // of ClockKind::fixed
    std::optional<bool> harden_algo_downgrade; // absent: not said
    std::int64_t clock_skew = 0;               // val-sig-skew-max, where stated
    std::optional<unsigned> nsec3_iterations;  // val-nsec3-keysize-iterations
    bool aggressive_nsec = false;              // answers from validated denial (RFC 8198)
    bool permissive = false;                   // val-permissive-mode: bogus data is given out, without AD
    bool extended_errors = true;               // ede
    std::int64_t add_holddown = 30 * 86400;    // add-holddown
    std::int64_t del_holddown = 30 * 86400;    // del-holddown
    std::int64_t keep_missing = 366 * 86400;   // keep-missing
    bool permit_small_holddown = false;
    std::optional<std::string> skip; // why this file is none of a stub's business
};

// MATCH: what is compared.
struct MatchRule {
    bool opcode = false, qtype = false, qname = false, qcase = false, question = false, subdomain = false;
    bool rcode = false, flags = false, answer = false, authority = false, additional = false, all = false;
    bool ttl = false, dnssec_ok = false, no_edns = false, edns = false;
    bool udp = false, tcp = false;
    std::optional<std::uint32_t> serial;
    std::optional<std::uint16_t> ede;
    bool any_ede = false;
};

struct AdjustRule {
    bool copy_id = false, copy_query = false, do_not_answer = false;
};

struct Entry {
    std::size_t line = 0; // of ENTRY_BEGIN
    MatchRule match;
    AdjustRule adjust;
    bool is_reply = false; // ADJUST copy_id or REPLY QR: can stand for a server's answer
    bool rcode_given = false;
    std::vector<dns::Message> messages; // one; more with EXTRA_PACKET
    std::optional<dns::Bytes> raw;      // HEX_ANSWER or RAW: octets that need not be a message
    bool mandatory = false;             // Deckard: must have been used by the end

    const dns::Message& message() const { return messages.front(); }
};

struct Range {
    std::size_t line = 0;
    std::uint64_t first = 0, last = 0;
    std::vector<std::string> addresses; // empty: any server
    std::vector<Entry> entries;
};

enum class StepKind {
    query,
    check_answer,
    check_out_query,
    reply,
    timeout,
    error,
    nothing,
    traffic,
    time_passes,
    assign,
    check_autotrust,
    check_tempfile,
    infra_rtt,
    flush_message,
    expire_message,
};

struct Step {
    std::size_t line = 0;
    std::uint64_t number = 0;
    StepKind kind = StepKind::nothing;
    std::string address;                // ADDRESS of a client or server
    std::optional<Entry> entry;         // query, answer or reply
    bool evaluate = false;              // time_passes: EVAL instead of ELAPSE
    std::string expression;             // time_passes: seconds; assign: right-hand side
    std::string variable;               // assign: left-hand side; check_autotrust: id
    std::vector<NumberedText> lines;    // check_autotrust: expected file
    std::optional<dns::Question> about; // flush_message, expire_message
};

struct RplScenario {
    std::string file, title;
    Dialect dialect = Dialect::unbound;
    Configuration configuration;
    std::vector<Range> ranges;
    std::vector<Step> steps;
    std::vector<NumberedText> notes; // what was passed over, as Unbound does
};

} // namespace harness::replay
