// The appliance's transcript of a DANE check, line by line, from a walk's events. The lines that the vendor's document
// shows are `certain` and must not change by an octet; the others are ours, worded in the same voice.
#pragma once

#include <string>
#include <vector>

#include "tlsa/walker.h"

namespace harness {

struct TranscriptLine {
    std::string text;    // without newline
    bool certain = true; // shown in the vendor's document
};

// Lines for one event; `domain` without trailing dot; `now` dates the DNS reasons; `port` is the one connected to,
// unless the event has one of its own.
// Empty for events that the transcript does not show.
std::vector<TranscriptLine> transcript_lines(const tlsa::Event& event, const std::string& domain, dns::UnixTime now,
                                             std::uint16_t port);
// The closing lines: DANE SUCCESS, FAILED or FALLBACK, and "DANE verification completed."
std::vector<TranscriptLine> closing_lines(const tlsa::WalkResult& result, const std::string& domain);

// Without the final dot, as the transcripts print names.
std::string without_final_dot(const dns::Name& name);

// Exit code of `verify` (design: 0 success, 1 certificate, 3 could not tell, ... 12 takes no mail).
int exit_code(tlsa::WalkStatus status);
// "dane-success", "insecure", ... for JSON.
std::string_view to_text(tlsa::WalkStatus status);

} // namespace harness
