// Input: a recording. Whatever is accepted is judged, written again, and read back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "harness/recording.h"
#include "harness/scenario_error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const std::string text(data, data + size);
        const harness::Recording recording = harness::parse_recording(text, "fuzz");
        const auto lookup = harness::replay(recording, recording.question, recording.anchors, recording.now);
        const std::string written = harness::recording_json(recording);
        if (harness::recording_json(harness::parse_recording(written, "fuzz")) != written) std::abort();
        if (lookup.verdict.security != validator::Security::secure && lookup.verdict.reasons.empty()) std::abort();
    } catch (const harness::ScenarioError&) {
    }
    return 0;
}
