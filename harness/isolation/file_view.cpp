#include "harness/isolation/file_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

bool is_at_or_below(const std::string& path, const std::string& folder) {
    return path == folder || path.starts_with(folder + "/");
}

bool is_below_one_of(const std::string& path, const std::vector<std::string>& folders) {
    return std::ranges::any_of(folders, [&](const std::string& one) { return is_at_or_below(path, one); });
}

// The mount points of the machine below "/", outer ones first. /proc is made anew.
std::vector<std::string> mount_points() {
    std::ifstream in("/proc/self/mountinfo"); // proc(5): the fifth field is the mount point
    std::vector<std::string> points;
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        std::string field;
        for (int i = 0; i < 5; ++i) fields >> field;
        if (field.find('\\') == std::string::npos && field != "/" && !is_at_or_below(field, "/proc") &&
            !is_at_or_below(field, workshop))
            points.push_back(field);
    }
    std::ranges::sort(points);
    points.erase(std::unique(points.begin(), points.end()), points.end());
    return points;
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

// A folder on a disk, a partition or in memory of its own: an overlay of its own over it, or what is written there
// would be written on the machine. False where it cannot be had: kernel file systems, files, odd names.
bool layer_over(const fs::path& root, const std::string& point, const fs::path& layer) {
    struct stat status {};
    if (point.find_first_of(",:") != std::string::npos) return false; // they end an option of mount(2)
    if (stat(point.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
    const auto upper = layer / "upper", work = layer / "work", target = root / fs::path(point).relative_path();
    std::error_code error;
    fs::create_directories(upper);
    fs::create_directory(work);
    fs::create_directories(target, error);
    // The upper folder's owner and mode are the ones that are seen: of /tmp, for example.
    if (chown(upper.c_str(), status.st_uid, status.st_gid) != 0 || chmod(upper.c_str(), status.st_mode & 07777) != 0)
        return false;
    return mount("danelab", target.c_str(), "overlay", 0,
                 fmt::format("lowerdir={},upperdir={},workdir={}", point, upper.string(), work.string()).c_str()) == 0;
}

// What is mounted below "/": an overlay over the root shows the empty folders there alone.
void take_mounts_along(const fs::path& root, const fs::path& shop, const std::vector<std::string>& shared_folders) {
    const std::vector<std::string> of_the_kernel{"/dev", "/sys"};
    std::vector<std::string> whole = shared_folders; // bound with all that is mounted below them
    std::size_t number = 0;
    for (const auto& point : mount_points()) {
        if (is_below_one_of(point, whole)) continue;
        if (!is_below_one_of(point, of_the_kernel) && layer_over(root, point, shop / fmt::format("layer{}", number++)))
            continue;
        bind_into(root, point);
        whole.push_back(point);
    }
    for (const auto& shared : shared_folders) bind_into(root, shared);
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
    take_mounts_along(root, shop, plan.shared_folders);
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
    const auto covers = fs::path(workshop) / "danelab-covers";
    fs::create_directory(covers);
    std::size_t number = 0;
    for (const auto& [path, content] : plan.files) {
        if (is_at_or_below(path, workshop)) { // nobody else's: every file can be made there
            fs::create_directories(fs::path(path).parent_path());
            write(path, content);
            continue;
        }
        std::error_code error;
        const auto target = fs::canonical(path, error);
        if (error) {
            left_out.push_back(path);
            continue;
        }
        const auto source = covers / std::to_string(number++);
        write(source, content);
        mount_or_fail(source.c_str(), target.string(), nullptr, MS_BIND);
    }
    // Where the machine's own /proc is partly covered, a new one is refused (user_namespaces(7)); the old one does.
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) errno = 0;
    return left_out;
}

} // namespace harness
