// Recorder: listens to a stub while it looks something up, and keeps what a recording needs.
#pragma once

#include <functional>
#include <unordered_map>

#include "harness/recording.h"
#include "resolver/exchange.h"

namespace harness {

class Recorder {
  public:
    using Clock = std::function<dns::UnixTime()>;
    // `clock` stamps the messages.
    explicit Recorder(Clock clock)
        : clock_(std::move(clock)) {}

    void observe(const resolver::Exchange& exchange);                                 // a stub's Observer
    void witness(const dns::Question& question, const validator::Response& response); // a stub's Witness
    std::vector<RecordedResponse> take_responses() && { return std::move(responses_); }

  private:
    struct Arrival {
        dns::UnixTime time;
        bool over_tcp = false;
    };
    Clock clock_;
    std::unordered_map<dns::Question, Arrival> arrivals_; // of the latest exchange about a question
    std::vector<RecordedResponse> responses_;
};

} // namespace harness
