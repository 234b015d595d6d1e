// A drawing of a report that was read: what comes out is known elements alone, and stays as it is when read again.
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/sut/report_page.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto shown = harness::page_drawing(std::string(data, data + size));
    for (auto at = shown.find('<'); at != std::string::npos; at = shown.find('<', at + 1)) {
        const auto name = std::string_view(shown).substr(at + 1 + (shown[at + 1] == '/' ? 1 : 0));
        bool known = false;
        for (const std::string_view element : {"svg", "g", "path", "rect", "text", "title", "p"})
            known = known || (name.starts_with(element) && name.find_first_of(" >") == element.size());
        if (!known) std::abort();
    }
    if (shown.starts_with("<svg") && harness::page_drawing(shown) != shown) std::abort();
    return 0;
}
