// Text made fit to stand in XML 1.0, SVG and Graphviz labels.
#pragma once

#include <string>
#include <string_view>

namespace harness {

// Markup and backslashes as character references; control characters, which XML 1.0 has no way to write, as '?'.
std::string escaped_for_markup(std::string_view text);

} // namespace harness
