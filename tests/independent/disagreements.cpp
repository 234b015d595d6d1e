#include "tests/independent/disagreements.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace independent {

Disagreements::Disagreements(const std::string& file, const std::map<std::string, std::string>& versions) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file));
    const auto document = nlohmann::json::parse(in);
    for (const auto& entry : document.at("disagreements")) {
        const std::size_t optional_keys =
            static_cast<std::size_t>(entry.contains("with")) + static_cast<std::size_t>(entry.contains("right"));
        if (entry.size() != 6 + optional_keys)
            throw std::runtime_error(fmt::format("{}: unknown key: {}", file, entry.dump()));
        Disagreement line{
            entry.at("tool"), entry.at("scenario"), entry.at("question"),         entry.at("says"),
            entry.at("ours"), entry.at("why"),      entry.value("right", "ours"), entry.value("with", "")};
        if (line.right != "ours" && line.right != "theirs" && line.right != "both")
            throw std::runtime_error(fmt::format("{}: right is ours, theirs or both: {}", file, entry.dump()));
        if (line.why.find("RFC ") == std::string::npos)
            throw std::runtime_error(fmt::format("{}: no RFC in the explanation: {}", file, entry.dump()));
        const auto version = versions.find(line.tool);
        if (line.with.empty() || (version != versions.end() && version->second.find(line.with) != std::string::npos))
            lines_.push_back(std::move(line));
    }
}

bool Disagreements::explains(std::string_view tool, const std::string& scenario, const std::string& question,
                             const std::string& says, const std::string& ours) {
    for (auto& line : lines_) {
        if (line.tool != tool || fnmatch(line.says.c_str(), says.c_str(), 0) != 0 ||
            fnmatch(line.ours.c_str(), ours.c_str(), 0) != 0)
            continue;
        if (fnmatch(line.scenario.c_str(), scenario.c_str(), 0) != 0 ||
            fnmatch(line.question.c_str(), question.c_str(), 0) != 0)
            continue;
        line.used = true;
        return true;
    }
    return false;
}

std::vector<std::string> Disagreements::unused() const {
    std::vector<std::string> out;
    for (const auto& line : lines_)
        if (!line.used)
            out.push_back(fmt::format("{} {} {}: says {}, ours {}", line.tool, line.scenario, line.question, line.says,
                                      line.ours));
    return out;
}

} // namespace independent
