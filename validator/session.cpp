#include "validator/session.h"

#include <algorithm>
#include <cassert>

namespace validator {
namespace {

ReasonCode code_of(NoAnswerCause cause) {
    switch (cause) {
    case NoAnswerCause::servfail: return ReasonCode::servfail;
    case NoAnswerCause::refused: return ReasonCode::refused_by_resolver;
    case NoAnswerCause::mismatch: return ReasonCode::answer_mismatched;
    case NoAnswerCause::malformed: return ReasonCode::answer_malformed;
    case NoAnswerCause::not_recorded: return ReasonCode::not_recorded;
    default: return ReasonCode::no_answer;
    }
}

Reason reason_of(const dns::Question& question, const NoAnswer& answer) {
    Reason why(code_of(answer.cause), question.name, question.type);
    const bool told_by_code = answer.cause == NoAnswerCause::servfail || answer.cause == NoAnswerCause::refused;
    if (!told_by_code) why.detail = describe(answer.cause);
    for (const Attempt& attempt : answer.attempts)
        if (attempt.cause == answer.cause) why.resolver = attempt.source.text;
    if (answer.attempts.size() < 2 || told_by_code) return why;
    why.detail.clear();
    for (const Attempt& attempt : answer.attempts) {
        if (!why.detail.empty()) why.detail += "; ";
        why.detail += attempt.source.text + ": " + std::string(describe(attempt.cause));
    }
    return why;
}

// RFC 8914 §3: what the resolver says about its failure is passed on, as its words.
void pass_on(Reason& why, const dns::Message& message) {
    why.detail.clear();
    for (const dns::ExtendedError& error : message.extended_errors()) {
        if (!why.passed_on) why.passed_on = error.code;
        const auto code = std::to_string(static_cast<unsigned>(error.code));
        const std::string name(dns::describe(error.code));
        why.detail += (why.detail.empty() ? ", saying EDE " : "; EDE ") + code +
                      (name.empty() ? "" : " (" + name + ")") + (error.text.empty() ? "" : ": " + error.text);
    }
}

std::optional<Reason> reason_of(const dns::Question& question, const Answered& answer) {
    const dns::Rcode rcode = answer.message.rcode;
    if (rcode == dns::Rcode::NOERROR || rcode == dns::Rcode::NXDOMAIN || rcode == dns::Rcode::YXDOMAIN)
        return std::nullopt;
    Reason why(ReasonCode::rcode_unexpected, question.name, question.type);
    if (rcode == dns::Rcode::SERVFAIL) why.code = ReasonCode::servfail;
    if (rcode == dns::Rcode::REFUSED) why.code = ReasonCode::refused_by_resolver;
    why.resolver = answer.source.text;
    why.detail = dns::to_text(rcode);
    if (why.code != ReasonCode::rcode_unexpected) pass_on(why, answer.message);
    return why;
}

} // namespace

// What earlier runs consulted stays: settled cuts are not looked at again, but the verdict rests on them.
void Session::begin_run() { needs_.clear(); }

Found Session::want(const dns::Question& question) {
    if (std::find(consulted_.begin(), consulted_.end(), question) == consulted_.end()) consulted_.push_back(question);
    if (const Response* response = evidence_.find(question)) return {response};
    if (asked_.size() >= policy_.limits.questions && !asked_.contains(question)) return {nullptr, true};
    asked_.insert(question);
    if (std::find(needs_.begin(), needs_.end(), question) == needs_.end()) needs_.push_back(question);
    return {};
}

const Sections& Session::sections(const dns::Question& question) {
    const auto [place, is_new] = sections_.try_emplace(question);
    if (is_new) place->second = Sections::of(std::get<Answered>(*evidence_.find(question)).message, question.rr_class);
    return place->second;
}

std::optional<Reason> failure_of(const dns::Question& question, const Found& found, const Policy& policy) {
    if (found.over_budget) {
        Reason why(ReasonCode::budget_questions, question.name, question.type);
        why.detail = std::to_string(policy.limits.questions);
        return why;
    }
    assert(found.response != nullptr);
    return std::visit([&](const auto& response) -> std::optional<Reason> { return reason_of(question, response); },
                      *found.response);
}

const dns::Message& message_of(const Found& found) { return std::get<Answered>(*found.response).message; }

} // namespace validator
