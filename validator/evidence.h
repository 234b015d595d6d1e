// What has been asked and what came back. A missing answer is evidence too, with its cause.
#pragma once

#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "resolver/dns/message.h"

namespace validator {

// Who answered, as people should read it: "127.0.0.2:53 (priority 0)"; "" offline.
struct Source {
    std::string text;
};

enum class NoAnswerCause {
    timeout,
    refused_connection,
    network_error,
    servfail,
    refused,
    mismatch,
    malformed,
    truncated,
    no_resolver,
    not_recorded, // offline: the recording lacks this question
};
std::string_view describe(NoAnswerCause cause);

struct Attempt { // one failed try, in order
    Source source;
    NoAnswerCause cause;
};
struct NoAnswer {
    NoAnswerCause cause;
    std::vector<Attempt> attempts; // all upstreams tried
};
struct Answered {
    dns::Message message;
    Source source;
    std::vector<Attempt> attempts; // failed tries before this one
};

using Response = std::variant<Answered, NoAnswer>;

// Question -> Response. The first response to a question stays.
class Evidence {
  public:
    void supply(const dns::Question& question, Response response);
    const Response* find(const dns::Question& question) const; // nullptr: not asked yet
    std::size_t size() const { return responses_.size(); }

  private:
    std::unordered_map<dns::Question, Response> responses_;
};

} // namespace validator
