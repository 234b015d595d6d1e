#include "validator/validation.h"

#include "validator/answer.h"
#include "validator/session.h"

namespace validator {

struct Validation::State {
    Session session;
};

Validation::Validation(dns::Question question, const TrustAnchors& anchors, const Policy& policy, dns::UnixTime now,
                       KeyCache* cache)
    : state_(new State{Session(std::move(question), anchors, policy, now, cache)}) {}
Validation::~Validation() = default;
Validation::Validation(Validation&&) noexcept = default;

std::variant<Needs, Verdict> Validation::advance() {
    if (auto verdict = judge(state_->session)) return *std::move(verdict);
    return Needs{state_->session.needs()};
}

void Validation::supply(const dns::Question& question, Response response) {
    state_->session.evidence().supply(question, std::move(response));
}

const Evidence& Validation::evidence() const { return state_->session.evidence(); }

Verdict validate(const dns::Question& question, const Evidence& evidence, const TrustAnchors& anchors,
                 const Policy& policy, dns::UnixTime now) {
    Validation validation(question, anchors, policy, now);
    for (;;) { // at most Limits::questions needs can be lacking
        auto step = validation.advance();
        if (auto* verdict = std::get_if<Verdict>(&step)) return std::move(*verdict);
        for (const dns::Question& needed : std::get<Needs>(step).questions) {
            const Response* recorded = evidence.find(needed);
            validation.supply(needed, recorded ? *recorded : Response(NoAnswer{NoAnswerCause::not_recorded, {}}));
        }
    }
}

} // namespace validator
