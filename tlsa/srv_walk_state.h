// Insides of tlsa::SrvWalk: where the walk stands, and its steps by topic. Private to srv_walk*.cpp.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tlsa/srv_walk.h"
#include "tlsa/walk_parts.h"

namespace tlsa {

struct SrvWalk::State {
    using Want = std::optional<std::variant<WantLookups, WantSession>>; // nullopt: go on with the next step
    // Each has one step function below, which moves on or says what it wants.
    enum class Stage { service, target, addresses, tlsa, address, session, finished };

    explicit State(SrvPlan p)
        : plan(std::move(p)) {}

    SrvPlan plan;
    std::unordered_map<dns::Question, validator::Lookup> lookups; // its nodes never move, so pointers into it hold
    WalkResult result;
    std::size_t events_taken = 0;
    Stage stage = Stage::service;

    // the service
    const validator::Lookup* srv_lookup = nullptr;
    tlsa::State srv_state = tlsa::State::nxdomain;
    bool domain_itself = false; // there are no SRV records
    std::vector<dns::Srv> targets;
    std::size_t target = 0;

    // the current target: its addresses, and what counts for all of them
    std::vector<Target> addresses;
    std::size_t address = 0;
    const validator::Lookup* address_lookup = nullptr;
    const validator::Lookup* tlsa_lookup = nullptr;
    std::optional<tlsa::State> a_state, tlsa_state;
    std::optional<dns::Name> base_domain;
    std::vector<AssessedRecord> records;

    Attempted attempt; // at the current address
    std::optional<WantSession> session;
    std::optional<std::pair<SmtpOutcome, std::string>> session_result;

    const validator::Lookup* find(const dns::Question& question) const {
        const auto found = lookups.find(question);
        return found == lookups.end() ? nullptr : &found->second;
    }
    bool dane_applies() const { return srv_state == tlsa::State::secure && a_state == tlsa::State::secure; }

    Want step();
    Event& emit(EventKind kind);
    Emit emitter() {
        return [this](EventKind kind) -> Event& { return emit(kind); };
    }
    void begin_attempt();
    void next_target();
    void next_address();
    WalkStatus status() const;
    void record(std::optional<Action> action);
    void finish();

    // srv_walk.cpp
    Want step_service();
    void abort_service();
    void take_records();
    void take_domain_itself();
    Want step_target();

    // srv_walk_target.cpp
    Want step_addresses();
    void fail_addresses();
    Want step_tlsa();
    Want step_address();
    SessionPlan session_plan() const;
    void demand_tlsa(SessionPlan& session_plan) const;
    void demand_authorities(SessionPlan& session_plan) const;
    Want step_session();
};

} // namespace tlsa
