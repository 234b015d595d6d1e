// Drawings stand in a report as SVG text, and a report may come from anybody: what is not known to be harmless is left
// out, scripts, styles, links and foreign objects among it.
#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <sstream>

#include "harness/sut/report_page.h"

namespace harness {

namespace {

constexpr std::array<std::string_view, 5> elements{"g", "path", "rect", "text", "title"};
constexpr std::array<std::string_view, 16> attributes{
    "class",  "d",       "fill",  "font-family", "font-size", "font-weight", "height", "rx",
    "stroke", "viewBox", "width", "x",           "y",         "text-anchor", "role",   "aria-label"};
constexpr int deepest = 8; // ours nest two levels

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& known, std::string_view word) {
    return std::find(known.begin(), known.end(), word) != known.end();
}

void copy_what_is_known(const pugi::xml_node& from, pugi::xml_node to, int depth) {
    for (const auto& attribute : from.attributes())
        if (is_among(attributes, attribute.name()) &&
            std::string_view(attribute.value()).find("url") == std::string_view::npos)
            to.append_attribute(attribute.name()) = attribute.value();
    for (const auto& child : from.children()) {
        if (child.type() == pugi::node_pcdata)
            to.append_child(pugi::node_pcdata).set_value(child.value());
        else if (child.type() == pugi::node_element && is_among(elements, child.name()) && depth < deepest)
            copy_what_is_known(child, to.append_child(child.name()), depth + 1);
    }
}

} // namespace

std::string page_drawing(const std::string& svg) {
    pugi::xml_document read, written;
    constexpr unsigned how =
        pugi::parse_cdata | pugi::parse_escapes | pugi::parse_wconv_attribute | pugi::parse_ws_pcdata;
    if (!read.load_buffer(svg.data(), svg.size(), how, pugi::encoding_utf8) ||
        std::string_view(read.document_element().name()) != "svg")
        return "<p class=\"dim\">(the report holds no drawing that can be shown)</p>";
    copy_what_is_known(read.document_element(), written.append_child("svg"), 0);
    std::ostringstream out;
    // No empty-element tags: HTML would read some of them as open.
    written.save(out, "", pugi::format_raw | pugi::format_no_declaration | pugi::format_no_empty_element_tags,
                 pugi::encoding_utf8);
    return out.str();
}

} // namespace harness
