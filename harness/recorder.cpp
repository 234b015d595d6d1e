#include "harness/recorder.h"

namespace harness {

void Recorder::observe(const resolver::Exchange& exchange) {
    arrivals_[exchange.question] = Arrival{clock_(), exchange.over_tcp};
}

void Recorder::witness(const dns::Question& question, const validator::Response& response) {
    const auto known = arrivals_.find(question);
    const Arrival arrival = known != arrivals_.end() ? known->second : Arrival{clock_(), false};
    responses_.push_back({question, response, arrival.time, arrival.over_tcp});
}

} // namespace harness
