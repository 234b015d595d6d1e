// The chain of trust as a picture: zones from the anchor down, the answer at the bottom, coloured by their outcome.
#include <fmt/format.h>

#include "harness/lookup_report.h"
#include "harness/markup.h"

namespace harness {

namespace {

using validator::Security;

struct Box {
    std::string title;
    std::vector<std::string> lines;
    Security outcome;
};

std::string_view fill(Security security) {
    switch (security) {
    case Security::secure: return "#d7f0dd";
    case Security::insecure: return "#fdf3d0";
    case Security::bogus: return "#f8d7da";
    case Security::indeterminate: return "#e2e3e5";
    }
    return "#ffffff";
}

std::vector<Box> boxes(const LookupReport& report) {
    std::vector<Box> out;
    for (const auto& link : report.lookup.verdict.chain) {
        Box box{fmt::format("zone {}: {}", link.zone.to_text(), validator::to_text(link.outcome)), {}, link.outcome};
        for (const auto& ds : link.ds)
            box.lines.push_back(fmt::format("{} {} {} {}", link.zone.is_root() ? "anchor" : "DS", ds.key_tag,
                                            dns::to_text(ds.algorithm), dns::to_text(ds.digest_type)));
        for (const auto& key : link.dnskey)
            box.lines.push_back(fmt::format("DNSKEY {} {}{}", key.tag, dns::to_text(key.algorithm),
                                            key.entry_point ? " (matched)" : ""));
        for (const auto& signature : link.signatures)
            box.lines.push_back(fmt::format("RRSIG {} {} by {}{}", signature.owner.to_text(),
                                            dns::to_text(signature.covered), signature.tag,
                                            signature.verified ? "" : " (not verified)"));
        if (!link.why.empty()) box.lines.push_back(link.why);
        out.push_back(std::move(box));
    }
    const auto& verdict = report.lookup.verdict;
    Box answer{fmt::format("{}: {}", report.lookup.question.to_text(), validator::to_text(verdict.security)),
               {},
               verdict.security};
    for (const auto& reason : verdict.reasons) answer.lines.push_back(validator::to_text(reason, report.now));
    out.push_back(std::move(answer));
    return out;
}

// Drawn whole, not by a marker: one page holds many drawings, and their ids would meet.
std::string arrow(int x, int from, int to) {
    constexpr int head = 8, half = 4;
    return fmt::format("<path d=\"M{0} {1} V{2} M{3} {2} H{4} L{0} {5} z\" stroke=\"#555\" fill=\"#555\"/>\n", x, from,
                       to - head, x - half, x + half, to);
}

} // namespace

std::string lookup_dot(const LookupReport& report) {
    std::string out = "digraph chain_of_trust {\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n";
    const auto all = boxes(report);
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::string label = escaped_for_markup(all[i].title);
        for (const auto& line : all[i].lines) label += "\\n" + escaped_for_markup(line);
        out += fmt::format("  n{} [label=\"{}\", fillcolor=\"{}\"];\n", i, label, fill(all[i].outcome));
        if (i > 0) out += fmt::format("  n{} -> n{};\n", i - 1, i);
    }
    return out + "}\n";
}

std::string lookup_svg(const LookupReport& report) {
    constexpr int line_height = 20, padding = 12, gap = 28, margin = 16; // pixels
    constexpr double glyph_width = 7.4;                                  // of 12 px monospace, rounded up
    const auto all = boxes(report);
    std::size_t longest = 40;
    for (const auto& box : all) {
        longest = std::max(longest, box.title.size());
        for (const auto& line : box.lines) longest = std::max(longest, line.size());
    }
    const int width = static_cast<int>(static_cast<double>(longest) * glyph_width) + 2 * padding;
    std::string body;
    int y = margin;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const int height = static_cast<int>(all[i].lines.size() + 1) * line_height + padding;
        if (i > 0) body += arrow(margin + width / 2, y - gap, y - 1);
        body += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" class=\"{}\" fill=\"{}\" stroke=\"#555\"/>\n",
            margin, y, width, height, validator::to_text(all[i].outcome), fill(all[i].outcome));
        body += fmt::format("<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}</text>\n", margin + padding,
                            y + line_height, escaped_for_markup(all[i].title));
        for (std::size_t j = 0; j < all[i].lines.size(); ++j)
            body += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>\n", margin + padding,
                                y + static_cast<int>(j + 2) * line_height, escaped_for_markup(all[i].lines[j]));
        y += height + gap;
    }
    return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
                       "font-family=\"monospace\" "
                       "font-size=\"12\">\n<title>{2}</title>\n"
                       "<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{3}</svg>\n",
                       width + 2 * margin, y - gap + margin, escaped_for_markup(report.lookup.question.to_text()),
                       body);
}

} // namespace harness
