// One question's validation as a restartable pure function: it depends only on question, evidence, anchors, policy,
// now (and a KeyCache of already proven cuts). The live and the offline driver are the same loop:
//
//   for (;;) { auto step = validation.advance();
//              if (auto* verdict = std::get_if<Verdict>(&step)) return *verdict;
//              for (const auto& q : std::get<Needs>(step).questions) validation.supply(q, ask(q)); }
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "resolver/dns/serial.h"
#include "validator/evidence.h"
#include "validator/key_cache.h"
#include "validator/policy.h"
#include "validator/trust_anchor.h"
#include "validator/verdict.h"

namespace validator {

// Questions to ask now, all at once: they do not depend on one another. Never empty, never one already supplied.
struct Needs {
    std::vector<dns::Question> questions;
};

class Validation {
  public:
    // Anchors, policy and cache must outlive the session.
    Validation(dns::Question question, const TrustAnchors& anchors, const Policy& policy, dns::UnixTime now,
               KeyCache* cache = nullptr);
    ~Validation();
    Validation(Validation&&) noexcept;

    std::variant<Needs, Verdict> advance();
    void supply(const dns::Question& question, Response response);
    const Evidence& evidence() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// Whole session over evidence that is all there; a question that is lacking becomes NoAnswer{not_recorded}.
Verdict validate(const dns::Question& question, const Evidence& evidence, const TrustAnchors& anchors,
                 const Policy& policy, dns::UnixTime now);

} // namespace validator
