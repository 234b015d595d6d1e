// A validated lookup told to people and programs: text, JSON (schema: harness/schemas/resolve.schema.json), and the
// chain of trust drawn as Graphviz dot or as a self-contained SVG; and all of it as one HTML page.
#pragma once

#include <string>

#include "harness/cli/command.h"
#include "harness/recording.h"
#include "validator/verdict.h"

namespace harness {

struct LookupReport {
    const validator::Lookup& lookup;
    dns::UnixTime now;
    unsigned queries = 0; // exchanges with upstreams
    double elapsed_ms = 0;
    std::vector<RecordedResponse> evidence{}; // for the page; may be empty
};

std::string lookup_text(const LookupReport& report, const cli::Style& style);
std::string lookup_json(const LookupReport& report); // one object and a newline
std::string lookup_dot(const LookupReport& report);
std::string lookup_svg(const LookupReport& report);
std::string lookup_html(const LookupReport& report); // one page that needs nothing else; light and dark

} // namespace harness
