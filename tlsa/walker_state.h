// Insides of tlsa::Walk: where the walk stands, and its steps by topic. Private to walker*.cpp.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tlsa/walk_parts.h"
#include "tlsa/walker.h"

namespace tlsa {

// Each stage has one step function below, which moves on or says what it wants.
enum class Stage { mail_exchanges, host, addresses, target, tlsa, session, finished };

struct Walk::State {
    using Want = std::optional<std::variant<WantLookups, WantSession>>; // nullopt: go on with the next step

    explicit State(WalkPlan p)
        : plan(std::move(p)) {
        result.table = std::make_shared<DecisionTable>(std::move(plan.table));
    }

    const DecisionTable& table() const { return *result.table; }

    WalkPlan plan;
    std::unordered_map<dns::Question, validator::Lookup> lookups; // its nodes never move, so pointers into it hold
    WalkResult result;
    std::size_t events_taken = 0;
    Stage stage = Stage::mail_exchanges;

    // the domain
    const validator::Lookup* mx_lookup = nullptr;
    tlsa::State mx_state{};
    bool implicit_mx = false; // RFC 5321 §5.1: the domain is its own mail host
    std::vector<dns::Name> hosts;
    std::size_t host = 0;

    // the current host
    std::vector<Target> targets;
    std::size_t target = 0;

    // the current target
    Attempted attempt;
    const validator::Lookup* address_lookup = nullptr; // that counts for column a
    const validator::Lookup* tlsa_lookup = nullptr;    // that counts for column tlsa
    std::optional<dns::Name> base_domain;
    std::vector<AssessedRecord> records;

    // the session asked for, and what came of it
    std::optional<WantSession> session;
    std::optional<std::pair<SmtpOutcome, std::string>> session_result;
    std::vector<ServerKey> probes_left; // of the current address
    Action judged_action{};             // what the table said of it before the probes
    bool host_succeeded = false;

    Want step();
    void finish();
    const validator::Lookup* find(const dns::Question& question) const;
    Event& emit(EventKind kind); // with MX host and address of the current target
    void begin_attempt();
    void next_host();
    void next_target();
    // Records the decision for what `attempt` holds and does what its action says.
    Want conclude(const Decision& decision);
    Want move_on(Action action); // to what is left to ask of this address, and on from there
    Want leave_address();
    bool checks_all() const { return plan.all_mx || plan.all_addresses || !plan.key_probes.empty(); }
    void finish_check_of_all();
    Decision decision_or_fail() const; // of states that leave nothing undecided
    void record(const Decision& decision);
    void record_undecided(); // the attempt ended before the table was through

    // walker_mx.cpp
    Want step_mail_exchanges();
    void fail_domain(EventKind kind);
    void take_mail_exchanges();
    void take_relay_host();
    Want take_address();
    Want step_host();

    // walker_host.cpp
    Want step_addresses();
    void fail_addresses();
    Want step_target();
    Want step_tlsa();
    Want look_for_tlsa(const std::vector<dns::Name>& candidates);
    void take_tlsa(const validator::Lookup& lookup, const dns::Name& candidate);
    void emit_tlsa();

    // walker_session.cpp
    std::vector<dns::Name> reference_names() const;
    Want start_session(TlsPolicy policy, ServerKey key = ServerKey::any);
    Want start_probe();
    Want after_probe(const SmtpOutcome& outcome, const std::string& local_address);
    void judge_shown(const SmtpOutcome& outcome);
    Want step_session();
    Want after_dane_session(const SmtpOutcome& outcome);
    Want after_fallback_session(TlsPolicy policy, const SmtpOutcome& outcome);
    void emit_session(const SmtpOutcome& outcome, const std::string& local_address);
};

} // namespace tlsa
