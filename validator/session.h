// What one session knows and has asked. Everything kept here between runs of advance() follows from the question, the
// evidence, the anchors, the policy and `now`; keeping it only saves work.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "validator/budget.h"
#include "validator/classify.h"
#include "validator/delegation.h"
#include "validator/evidence.h"
#include "validator/key_cache.h"
#include "validator/policy.h"
#include "validator/trust_anchor.h"

namespace validator {

// The answer to "what is the response to this question?".
struct Found {
    const Response* response = nullptr;
    bool over_budget = false; // it may not be asked any more
    bool is_pending() const { return response == nullptr && !over_budget; }
};

class Session {
  public:
    Session(dns::Question question, const TrustAnchors& anchors, const Policy& policy, dns::UnixTime now,
            KeyCache* cache)
        : question_(std::move(question))
        , anchors_(anchors)
        , policy_(policy)
        , now_(now)
        , cache_(cache) {}

    const dns::Question& question() const { return question_; }
    const TrustAnchors& anchors() const { return anchors_; }
    const Policy& policy() const { return policy_; }
    dns::UnixTime now() const { return now_; }
    KeyCache* cache() const { return cache_; }
    const Memo& memo() const { return memo_; }
    Evidence& evidence() { return evidence_; }
    const Evidence& evidence() const { return evidence_; }

    // From the evidence, or noted as needed. Counts as consulted either way.
    Found want(const dns::Question& question);
    const Sections& sections(const dns::Question& question); // precondition: the response is Answered
    Work work(const dns::Question& question) { return {policy_, now_, memo_, meters_[question]}; }
    std::unordered_map<dns::Name, CutOutcome>& cuts() { return cuts_; }

    void begin_run();
    const std::vector<dns::Question>& needs() const { return needs_; }         // of this run
    const std::vector<dns::Question>& consulted() const { return consulted_; } // of this session, in order
    unsigned questions_asked() const { return static_cast<unsigned>(asked_.size()); }

  private:
    dns::Question question_;
    const TrustAnchors& anchors_;
    const Policy& policy_;
    dns::UnixTime now_;
    KeyCache* cache_;
    Evidence evidence_;
    Memo memo_;
    std::unordered_map<dns::Question, Meter> meters_;
    std::unordered_map<dns::Question, Sections> sections_;
    std::unordered_map<dns::Name, CutOutcome> cuts_; // settled ones alone
    std::unordered_set<dns::Question> asked_;
    std::vector<dns::Question> needs_, consulted_;
};

// Why a response is no answer at all; nullopt where it is one (NOERROR, NXDOMAIN, YXDOMAIN). RFC 4035 §4.3: then the
// state is Indeterminate.
std::optional<Reason> failure_of(const dns::Question& question, const Found& found, const Policy& policy);
const dns::Message& message_of(const Found& found); // precondition: !failure_of

} // namespace validator
