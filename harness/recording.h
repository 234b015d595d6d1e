// A recording: everything that one validated lookup rested on, so that it can be judged again without a network. One
// JSON document (schema: harness/schemas/recording.schema.json) that stands alone: question, clock, policy, anchors,
// and each question asked with the message that came back, or the cause why none did.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/serial.h"
#include "validator/policy.h"
#include "validator/trust_anchor.h"
#include "validator/validation.h"

namespace harness {

struct RecordedResponse {
    dns::Question question;
    validator::Response response; // the message parsed: built again it has every record, flag and option that arrived
    dns::UnixTime time;           // when it came
    bool over_tcp = false;
};

struct Recording {
    dns::Question question;
    dns::UnixTime now; // the clock of the validation
    validator::AlgorithmProfile profile = validator::AlgorithmProfile::rfc9904;
    validator::TrustAnchors anchors;
    unsigned queries = 0;                    // exchanges with upstreams, retransmissions included
    std::vector<RecordedResponse> responses; // in the order in which the validation was given them
};

// Pretty-printed JSON and a newline.
std::string recording_json(const Recording& recording);
// Throws ScenarioError "recording: FILE:LINE: /pointer: what" for whatever does not fit.
Recording parse_recording(std::string_view json, const std::string& file);

// One line for -v: "recorded 127.0.0.1:53 (priority 0) www.example. A over UDP: NOERROR answer 2 ...".
std::string describe(const RecordedResponse& recorded);

// The lookup judged again over the recorded messages alone. A question that the recording lacks is NoAnswer
// {not_recorded}, and the verdict says so.
validator::Lookup replay(const Recording& recording, const dns::Question& question,
                         const validator::TrustAnchors& anchors, dns::UnixTime now);

} // namespace harness
