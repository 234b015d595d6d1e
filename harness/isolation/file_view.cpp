#include "harness/isolation/file_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace harness {

namespace fs = std::filesystem;

namespace {

// In memory, over a folder that is there on every machine; it is seen by nobody else.
constexpr const char* workshop = "/mnt";

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

void mount_or_fail(const char* source, const std::string& target, const char* type, unsigned long flags,
                   const std::string& options = {}) {
    if (mount(source, target.c_str(), type, flags, options.empty() ? nullptr : options.c_str()) != 0)
        fail(fmt::format("mount: {}", target));
}

void write(const fs::path& path, const std::string& content) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << content;
    out.close();
    if (!out) throw std::system_error(EIO, std::generic_category(), path.string());
}

// A machine whose /lib is a link to usr/lib (merged /usr) would lose it under a package's real /lib: moved under usr
// first. Packages of Debian 12 still have such paths.
void follow_merged_usr(const fs::path& layer) {
    for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
        if (!fs::is_symlink(fs::path("/") / name) || !fs::is_directory(layer / name) || fs::is_symlink(layer / name))
            continue;
        fs::copy(layer / name, layer / "usr" / name,
                 fs::copy_options::recursive | fs::copy_options::copy_symlinks | fs::copy_options::overwrite_existing);
        fs::remove_all(layer / name);
    }
}

// The mount points of the machine below "/", outermost ones alone. /proc is made anew.
std::vector<std::string> outer_mounts() {
    std::ifstream in("/proc/self/mountinfo"); // proc(5): the fifth field is the mount point
    std::vector<std::string> points;
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        std::string field;
        for (int i = 0; i < 5; ++i) fields >> field;
        if (field.find('\\') == std::string::npos && field != "/" && !field.starts_with("/proc") && field != workshop &&
            !field.starts_with(std::string(workshop) + "/"))
            points.push_back(field);
    }
    std::sort(points.begin(), points.end());
    std::vector<std::string> outer;
    for (const auto& point : points)
        if (outer.empty() || !point.starts_with(outer.back() + "/")) outer.push_back(point);
    outer.erase(std::unique(outer.begin(), outer.end()), outer.end());
    return outer;
}

// Folders and files alike; what is not there is left out.
void bind_into(const fs::path& root, const std::string& path) {
    std::error_code error;
    const fs::path target = root / fs::path(path).relative_path();
    if (!fs::exists(path, error)) return;
    if (fs::is_directory(path, error)) fs::create_directories(target, error);
    if (!fs::exists(target, error)) return;
    mount_or_fail(path.c_str(), target.string(), nullptr, MS_BIND | MS_REC);
}

void place_file(const fs::path& root, const std::string& path, const std::string& content) {
    const fs::path target = root / fs::path(path).relative_path();
    fs::create_directories(target.parent_path());
    std::error_code ignored;
    fs::remove(target, ignored); // resolv.conf is often a link to somewhere that is shared
    write(target, content);
}

} // namespace

void enter_overlay(const EnclosurePlan& plan) {
    const fs::path shop(workshop);
    const std::string folder = fs::current_path().string();
    mount_or_fail("danelab", workshop, "tmpfs", MS_NOSUID, "mode=0755,size=50%");
    for (const char* name : {"upper", "work", "root"}) fs::create_directory(shop / name);
    std::vector<std::string> layers;
    for (std::size_t i = 0; i < plan.trees.size(); ++i) {
        const fs::path layer = shop / fmt::format("tree{}", i);
        fs::copy(plan.trees[i], layer, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
        follow_merged_usr(layer);
        layers.push_back(layer.string());
    }
    layers.emplace_back("/");
    const fs::path root = shop / "root";
    mount_or_fail(
        "danelab", root.string(), "overlay", 0,
        fmt::format("lowerdir={},upperdir={}/upper,workdir={}/work", fmt::join(layers, ":"), workshop, workshop));
    for (const auto& point : outer_mounts()) bind_into(root, point);
    for (const auto& shared : plan.shared_folders) bind_into(root, shared);
    for (const auto& [path, content] : plan.files) place_file(root, path, content);
    mount_or_fail("proc", (root / "proc").string(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    // pivot_root(2): the new root stacked over the old one, which is then let go. In a chroot there is no way but
    // another.
    if (chdir(root.c_str()) != 0) fail(root.string());
    if (syscall(SYS_pivot_root, ".", ".") == 0)
        umount2(".", MNT_DETACH);
    else if (chroot(".") != 0)
        fail("pivot_root");
    if (chdir(folder.c_str()) != 0 && chdir("/") != 0) fail("chdir");
}

std::vector<std::string> cover_files(const EnclosurePlan& plan) {
    std::vector<std::string> left_out;
    mount_or_fail("danelab", workshop, "tmpfs", MS_NOSUID, "mode=0755");
    std::size_t number = 0;
    for (const auto& [path, content] : plan.files) {
        std::error_code error;
        const auto target = fs::canonical(path, error);
        if (error) {
            left_out.push_back(path);
            continue;
        }
        const auto source = fs::path(workshop) / std::to_string(number++);
        write(source, content);
        mount_or_fail(source.c_str(), target.string(), nullptr, MS_BIND);
    }
    // Where the machine's own /proc is partly covered, a new one is refused (user_namespaces(7)); the old one does.
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) errno = 0;
    return left_out;
}

} // namespace harness
