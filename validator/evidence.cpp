#include "validator/evidence.h"

namespace validator {

std::string_view describe(NoAnswerCause cause) {
    switch (cause) {
    case NoAnswerCause::timeout: return "it did not answer in time";
    case NoAnswerCause::refused_connection: return "it refused the connection";
    case NoAnswerCause::network_error: return "the network could not reach it";
    case NoAnswerCause::servfail: return "it answered SERVFAIL";
    case NoAnswerCause::refused: return "it answered REFUSED";
    case NoAnswerCause::mismatch: return "its answer does not belong to the question";
    case NoAnswerCause::malformed: return "its answer cannot be read";
    case NoAnswerCause::truncated: return "its answer was cut short";
    case NoAnswerCause::no_resolver: return "there is no resolver to ask";
    case NoAnswerCause::not_recorded: return "the recording lacks this question";
    }
    return "no answer";
}

void Evidence::supply(const dns::Question& question, Response response) {
    responses_.try_emplace(question, std::move(response));
}

const Response* Evidence::find(const dns::Question& question) const {
    const auto found = responses_.find(question);
    return found == responses_.end() ? nullptr : &found->second;
}

} // namespace validator
