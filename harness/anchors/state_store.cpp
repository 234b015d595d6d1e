#include "harness/anchors/state_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace harness {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& what, int why) {
    throw StateStoreError(fmt::format("{}: {}: {}: nothing was changed", path, what, std::strerror(why)));
}

// Closes a descriptor however the function is left.
struct Descriptor {
    int number = -1;
    ~Descriptor() {
        if (number >= 0) close(number);
    }
};

bool write_all(int file, const std::string& content) {
    std::size_t written = 0;
    while (written < content.size()) { // each round writes at least one octet
        const ssize_t count = ::write(file, content.data() + written, content.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        written += static_cast<std::size_t>(count);
    }
    return fsync(file) == 0;
}

// The entry of a renamed file is on disk once its folder is.
bool sync_folder(const fs::path& folder) {
    const Descriptor opened{open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return opened.number >= 0 && fsync(opened.number) == 0;
}

fs::path folder_of(const std::string& path) {
    const fs::path parent = fs::path(path).parent_path();
    return parent.empty() ? fs::path(".") : parent;
}

} // namespace

StateStore::StateStore(std::string path, unsigned patience_seconds)
    : path_(std::move(path))
    , target_(path_) {
    std::error_code error, not_there;
    if (fs::is_symlink(path_, not_there)) target_ = fs::weakly_canonical(path_, error).string();
    if (error) fail(path_, "cannot be followed", error.value());
    fs::create_directories(folder_of(target_), error);
    if (error) fail(path_, "its folder cannot be made", error.value());
    const std::string lock_path = target_ + ".lock";
    lock_ = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock_ < 0) fail(path_, "its lock file cannot be made", errno);
    for (unsigned tenths = 0; flock(lock_, LOCK_EX | LOCK_NB) != 0; ++tenths) {
        const int why = errno;
        if (why != EWOULDBLOCK && why != EINTR) {
            close(lock_);
            fail(path_, "cannot be locked", why);
        }
        if (tenths >= patience_seconds * 10) {
            close(lock_);
            throw StateStoreError(fmt::format("{}: another process has held {} for {} s: nothing was changed", path_,
                                              lock_path, patience_seconds));
        }
        usleep(100'000);
    }
}

StateStore::~StateStore() { close(lock_); } // which gives the lock back

bool StateStore::exists() const {
    std::error_code ignored;
    return fs::exists(target_, ignored);
}

std::string StateStore::read() const {
    std::ifstream in(target_, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad() || fs::is_directory(target_)) fail(path_, "cannot be read", errno != 0 ? errno : EIO);
    return content;
}

void StateStore::write(const std::string& content) const {
    const std::string temporary = fmt::format("{}.{}.tmp", target_, getpid());
    struct stat before {};
    const mode_t mode = stat(target_.c_str(), &before) == 0 ? before.st_mode & 07777 : 0644;
    int why = 0;
    {
        const Descriptor file{open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
        if (file.number < 0) fail(path_, "cannot be written", errno);
        if (!write_all(file.number, content)) why = errno;
    }
    if (why == 0 && std::rename(temporary.c_str(), target_.c_str()) != 0) why = errno;
    if (why != 0) {
        unlink(temporary.c_str());
        fail(path_, "cannot be written", why);
    }
    if (!sync_folder(folder_of(target_))) // the new contents are there, but not yet proof against a crash
        throw StateStoreError(
            fmt::format("{}: written, but its folder cannot be synchronised: {}", path_, std::strerror(errno)));
}

std::string default_state_path() {
    const char* state_home = std::getenv("XDG_STATE_HOME"); // XDG base directories: absolute, or ignored
    const char* home = std::getenv("HOME");
    const std::string base = state_home != nullptr && *state_home == '/'
                                 ? std::string(state_home)
                                 : std::string(home == nullptr ? "." : home) + "/.local/state";
    return base + "/danelab/anchors.json";
}

} // namespace harness
