// Replay files: refused with an RplError, or read and played to an end.
#include <cstdint>

#include "harness/replay/rpl_file.h"
#include "harness/replay/rpl_player.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto scenario = harness::replay::read_rpl("fuzz.rpl", {reinterpret_cast<const char*>(data), size});
        (void)harness::replay::play(scenario, {dns::UnixTime{1'800'000'000}});
    } catch (const harness::replay::RplError&) {
    }
    return 0;
}
