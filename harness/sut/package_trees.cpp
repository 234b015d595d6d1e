#include "harness/sut/package_trees.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "harness/sut/child_process.h"

namespace harness {

namespace {

namespace fs = std::filesystem;
constexpr std::chrono::minutes patience{10}; // for downloads

std::string said_by(const std::vector<std::string>& command) {
    const auto result = run_child(command, {}, patience);
    if (result.status != 0)
        throw std::runtime_error(
            fmt::format("{}: exit status {}: {}", command.front(), result.status, result.output.substr(0, 400)));
    return result.output;
}

// "Inst NAME (VERSION ..." lines of a simulated installation: what is not there yet.
std::vector<std::string> packages_to_fetch(const Sut& sut) {
    std::vector<std::string> command{"apt-get", "-s", "-o", "Debug::NoLocking=1", "install", "--no-install-recommends"};
    command.insert(command.end(), sut.packages.begin(), sut.packages.end());
    std::istringstream lines(said_by(command));
    std::vector<std::string> names;
    for (std::string word, name, line; std::getline(lines, line);) {
        std::istringstream fields(line);
        if (fields >> word >> name && word == "Inst") names.push_back(name);
    }
    return names;
}

fs::path tree_of(const Sut& sut) { return fs::path(package_trees_folder()) / sut.packages.front(); }

} // namespace

std::string package_trees_folder() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
        return std::string(cache) + "/danelab/sut";
    const char* home = std::getenv("HOME");
    return std::string(home != nullptr && *home == '/' ? home : "/root") + "/.cache/danelab/sut";
}

std::vector<std::string> package_trees_of(const std::vector<Sut>& suts) {
    std::vector<std::string> trees;
    for (const auto& sut : suts) {
        if (sut.packages.empty()) continue;
        const auto tree = tree_of(sut).string();
        std::error_code ignored;
        if (fs::is_directory(tree, ignored) && std::find(trees.begin(), trees.end(), tree) == trees.end())
            trees.push_back(tree);
    }
    return trees;
}

std::string fetch_packages(const Sut& sut) {
    if (sut.packages.empty())
        throw std::runtime_error(fmt::format("{}: names no packages: install it by hand", sut.name));
    const auto tree = tree_of(sut);
    if (fs::is_directory(tree)) return tree.string();
    const auto names = packages_to_fetch(sut);
    if (names.empty()) return {};
    auto unfinished = tree;
    unfinished += ".unfinished";
    fs::remove_all(unfinished);
    fs::create_directories(unfinished / "debs");
    const auto folder = fs::current_path();
    fs::current_path(unfinished / "debs"); // apt-get download knows no other place
    try {
        std::vector<std::string> command{"apt-get", "-q", "download"};
        command.insert(command.end(), names.begin(), names.end());
        said_by(command);
        for (const auto& entry : fs::directory_iterator("."))
            said_by({"dpkg-deb", "--extract", entry.path().string(), ".."});
    } catch (...) {
        fs::current_path(folder);
        throw;
    }
    fs::current_path(folder);
    fs::remove_all(unfinished / "debs");
    fs::rename(unfinished, tree); // whole, or not there
    return tree.string();
}

} // namespace harness
