#include "harness/data_dir.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace harness {

namespace {

namespace fs = std::filesystem;

// A folder of ours has at least the scenarios and the profiles.
bool has_data(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_directory(folder / "zones" / "scenarios", ignored) &&
           fs::is_directory(folder / "tlsa" / "profiles", ignored);
}

std::string find_data_dir() {
    if (const char* named = std::getenv("DANELAB_DATA_DIR"); named != nullptr && *named != '\0') {
        if (has_data(named)) return named;
        throw std::runtime_error(std::string("DANELAB_DATA_DIR: ") + named +
                                 ": has no zones/scenarios and tlsa/profiles");
    }
    std::error_code error;
    const auto program = fs::read_symlink("/proc/self/exe", error);
    if (!error) {
        const auto installed = program.parent_path().parent_path() / DANELAB_RELATIVE_DATA_DIR;
        if (has_data(installed)) return installed.string();
    }
    if (has_data(DANELAB_SOURCE_DIR)) return DANELAB_SOURCE_DIR;
    throw std::runtime_error(
        "data files (scenarios, profiles) are neither beside the program in ../" DANELAB_RELATIVE_DATA_DIR
        " nor in " DANELAB_SOURCE_DIR ": name their folder in DANELAB_DATA_DIR");
}

} // namespace

std::string data_dir() {
    static const std::string folder = find_data_dir(); // neither the environment nor the program moves while we run
    return folder;
}

std::string data_file(const std::string& relative) { return (fs::path(data_dir()) / relative).string(); }

} // namespace harness
