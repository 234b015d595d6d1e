#include "harness/bundle/bundle_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace harness {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& folder, const std::string& why) {
    throw std::runtime_error(fmt::format("{}: cannot be written: {}: nothing was changed", folder.string(), why));
}

// A new folder beside the target, gone with its owner unless it was moved away.
class Workplace {
  public:
    // `shown` is the target's name in messages.
    Workplace(const fs::path& target, const std::string& shown)
        : target_(shown) {
        std::error_code error;
        if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
        std::string pattern = target.string() + ".XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) fail(target_, std::strerror(errno));
        path_ = pattern;
    }
    ~Workplace() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    const fs::path& path() const { return path_; }

    void write(const std::string& name, const std::string& content) const {
        const auto file = path_ / name;
        std::error_code error;
        fs::create_directories(file.parent_path(), error);
        std::FILE* out = error ? nullptr : std::fopen(file.c_str(), "wb");
        if (out == nullptr) fail(target_, error ? error.message() : std::strerror(errno));
        const bool written =
            std::fwrite(content.data(), 1, content.size(), out) == content.size() && std::fflush(out) == 0;
        const int why = errno;
        const bool closed = std::fclose(out) == 0;
        if (!written || !closed) fail(target_, std::strerror(written ? errno : why));
        if (name.ends_with(".private") || name.ends_with(".key.pem"))
            fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    }

  private:
    fs::path target_, path_;
};

// File by file into a folder that is somebody's: nothing of it goes but files of the same names.
void move_into(const fs::path& from, const fs::path& to) {
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
        const auto target = to / fs::relative(entry.path(), from);
        if (entry.is_directory())
            fs::create_directories(target);
        else
            fs::rename(entry.path(), target);
    }
}

// The old bundle stands aside until the new one is in its place.
void replace(const fs::path& target, const fs::path& with) {
    const fs::path aside = with.string() + ".old";
    fs::rename(target, aside);
    std::error_code error;
    fs::rename(with, target, error);
    if (error) {
        fs::rename(aside, target);
        throw fs::filesystem_error("rename", error);
    }
    fs::remove_all(aside, error);
}

} // namespace

void write_bundle(const std::string& folder, const Files& files, bool force) {
    std::error_code error;
    const bool there = fs::exists(fs::symlink_status(folder, error));
    if (there && !fs::is_directory(folder, error)) fail(folder, "it exists and is no folder");
    // A folder is moved by its whole name: "." and "x/.." are none to rename(2).
    const fs::path target = there ? fs::canonical(folder) : fs::absolute(fs::path(folder) / "").parent_path();
    const bool here = there && target == fs::current_path();
    const bool empty = there && fs::is_empty(target, error);
    const bool ours = there && fs::exists(target / bundle_index, error);
    if (there && !empty && !force)
        throw std::runtime_error(
            fmt::format("{}: exists and is not empty: name another folder, or say --force", folder));
    if (ours && here) fail(folder, "it is the current folder, which cannot be replaced: call it from elsewhere");
    const Workplace work(target, folder);
    for (const auto& [name, content] : files) work.write(name, content);
    fs::permissions(work.path(), static_cast<fs::perms>(0755));
    try {
        if (there && !ours && (!empty || here)) return move_into(work.path(), target);
        if (ours) return replace(target, work.path());
        fs::rename(work.path(), target); // onto an empty folder too
    } catch (const fs::filesystem_error& failure) {
        throw std::runtime_error(fmt::format("{}: cannot be written: {}", folder, failure.code().message()));
    }
}

} // namespace harness
