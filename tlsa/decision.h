// The published decision tables as data, and the decision as a pure function of the states found.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "validator/reason.h"

namespace tlsa {

// The four words of the tables, and what they are silent on. NXDOMAIN stands for "securely, no record found" (NXDOMAIN
// and NODATA alike); `unusable` is a secure RRset of which no record can be used (RFC 7672 §2.2).
enum class State { secure, insecure, bogus, nxdomain, unusable };
enum class CertificateState { success, failed };
std::string_view to_text(State state);            // "secure" "insecure" "bogus" "nxdomain" "unusable"
std::string_view to_text(CertificateState state); // "success" "failed"
std::optional<State> state_from_text(std::string_view text);
std::optional<CertificateState> certificate_state_from_text(std::string_view text);

enum class Mode { mandatory, opportunistic };
std::string_view to_text(Mode mode);
std::optional<Mode> mode_from_text(std::string_view text);

enum class Action {
    dane_success,      // deliver over the authenticated connection
    dane_fail,         // do not deliver to this host; the message stays in the queue if no other host succeeds
    opportunistic_tls, // fall back to the opportunistic TLS flow: TLS if offered, without authentication
    pkix_tls,          // TLS with a server that public authorities vouch for: of SRV services alone, in no table
};
std::string_view to_text(Action action); // "dane-success" "dane-fail" "opportunistic-tls" "pkix-tls"
std::optional<Action> action_from_text(std::string_view text);

// What is known so far of one (MX host, address); nullopt: not looked at (yet).
struct States {
    std::optional<State> mx, a, tlsa;
    std::optional<CertificateState> certificate;
    std::optional<State> srv = std::nullopt; // of an SRV service, which has no MX (tlsa/srv_walk.h)
    friend bool operator==(const States&, const States&) = default;
};

struct Row {
    unsigned number = 0; // from 1, as printed by the vendor
    States states;       // nullopt: the table's cell is blank, the column is not looked at
    Action action{};
};

struct DecisionTable {
    std::string profile; // "cisco-esa"
    Mode mode{};
    std::vector<Row> rows;
    std::optional<Action> unusable; // for a secure RRset of unusable records, on which the tables are silent
    // A secure CNAME that leads to an insecure address: true counts column `a` as secure and looks for TLSA at the
    // alias
    // (RFC 7672 §2.2.2); false goes by the insecure address alone, as tables without a row for aliases do.
    bool secure_alias_counts = false;
};

struct Decision {
    Action action{};
    const Row* row = nullptr; // null where the table is silent (unusable)
};
// The column that the table wants to know next.
enum class Column { mx, a, tlsa, certificate };

// Either the decision, or the next column to find out; nullopt where no row fits (a table with a hole; the loader
// refuses those). A row fits when every one of its filled cells equals the state found.
struct Undecided {
    Column next;
};
// The first row, in order, that no known state contradicts is the one that counts.
std::optional<std::variant<Decision, Undecided>> decide(const DecisionTable& table, const States& states);

// What is wrong with a table, for its loader: states that no row fits, and rows (by number) that no states reach.
struct TableFaults {
    std::vector<States> holes;
    std::vector<unsigned> unreachable;
};
TableFaults check(const DecisionTable& table);

} // namespace tlsa
