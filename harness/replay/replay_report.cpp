#include "harness/replay/replay_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/markup.h"
#include "harness/scenario_error.h"
#include "harness/strict_json.h"

namespace harness::replay {

namespace {

std::size_t count(const std::vector<Played>& files, FileResult result) {
    return static_cast<std::size_t>(
        std::count_if(files.begin(), files.end(), [&](const Played& one) { return one.result == result; }));
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string_view color(FileResult result, const cli::Style& style) {
    switch (result) {
    case FileResult::pass: return style.good;
    case FileResult::fail: return style.bad;
    case FileResult::skip: return style.warn;
    }
    return style.off;
}

} // namespace

Waivers read_waivers(const std::string& path) {
    const JsonNode root = read_json("waivers", path);
    JsonObject object(root);
    (void)text_of(object.required("about"));
    Waivers waivers;
    for (const JsonNode& node : items_of(object.required("waivers"))) {
        JsonObject waiver(node);
        const std::string& file = text_of(waiver.required("file"));
        const std::string& why = text_of(waiver.required("why"));
        waiver.finish();
        if (why.empty()) node.fail("expected a reason in \"why\"");
        if (!waivers.emplace(file, why).second) node.fail("expected another file: " + file + " is waived already");
    }
    object.finish();
    return waivers;
}

void apply_waivers(const Waivers& waivers, std::vector<Played>& files) {
    for (Played& played : files) {
        const auto waiver = waivers.find(base_name(played.file));
        if (waiver == waivers.end()) continue;
        if (played.result == FileResult::pass) played.why = "waived, but it passes: its waiver can go";
        if (played.result != FileResult::fail) continue;
        played.result = FileResult::skip;
        played.why = fmt::format("waived: {} ({})", waiver->second, played.why);
    }
}

std::string replay_text(const std::vector<Played>& files, bool verbose, const cli::Style& style) {
    std::string out;
    for (const Played& played : files) {
        out += fmt::format("{}{}{} {}", color(played.result, style), to_text(played.result), style.off, played.file);
        if (!played.why.empty()) out += ": " + played.why;
        out += '\n';
        if (!verbose) continue;
        if (!played.title.empty()) out += fmt::format("  {}{}{}\n", style.dim, played.title, style.off);
        for (const std::string& line : played.log) out += "  " + line + '\n';
    }
    out += fmt::format("{}{} files: {} pass, {} fail, {} skipped{}\n", style.bold, files.size(),
                       count(files, FileResult::pass), count(files, FileResult::fail), count(files, FileResult::skip),
                       style.off);
    return out;
}

std::string replay_json(const std::vector<Played>& files) {
    using json = nlohmann::ordered_json;
    json out;
    out["files"] = json::array();
    for (const Played& played : files)
        out["files"].push_back(
            {{"file", played.file}, {"title", played.title}, {"result", to_text(played.result)}, {"why", played.why}});
    out["totals"] = {{"files", files.size()},
                     {"pass", count(files, FileResult::pass)},
                     {"fail", count(files, FileResult::fail)},
                     {"skip", count(files, FileResult::skip)}};
    return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n"; // a file's text need not be UTF-8
}

std::string replay_junit(const std::vector<Played>& files) {
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out += fmt::format("<testsuite name=\"danelab replay\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
                       files.size(), count(files, FileResult::fail), count(files, FileResult::skip));
    for (const Played& played : files) {
        out += fmt::format("  <testcase classname=\"replay\" name=\"{}\"", escaped_for_markup(played.file));
        if (played.result == FileResult::pass) {
            out += "/>\n";
            continue;
        }
        const char* element = played.result == FileResult::fail ? "failure" : "skipped";
        out += fmt::format("><{} message=\"{}\"/></testcase>\n", element, escaped_for_markup(played.why));
    }
    return out + "</testsuite>\n";
}

} // namespace harness::replay
