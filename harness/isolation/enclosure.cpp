#include "harness/isolation/enclosure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <system_error>

#include "harness/isolation/file_view.h"
#include "harness/isolation/interfaces.h"

namespace harness {

namespace {

constexpr int setup_failed = 125; // as env(1) and timeout(1) have it: the command itself was not run

constexpr const char* without_namespaces =
    "no namespaces can be had here ({}): run it as root, or allow user namespaces (sysctl "
    "kernel.unprivileged_userns_clone, "
    "kernel.apparmor_restrict_unprivileged_userns, user.max_user_namespaces; a chroot never allows them). "
    "`danelab run`, `serve`, `resolve` and `verify --scenario` need none";

void write_text(const char* path, const std::string& text) {
    std::ofstream out(path);
    out << text;
    out.close();
    if (!out) throw std::system_error(EPERM, std::generic_category(), path);
}

// user_namespaces(7): one user can be mapped without privileges, the one that we are; setgroups has to go first.
void unshare_namespaces() {
    const uid_t user = geteuid();
    const gid_t group = getegid();
    int flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
    if (user != 0) flags |= CLONE_NEWUSER;
    if (unshare(flags) != 0) throw EnclosureError(fmt::format(without_namespaces, std::strerror(errno)));
    if (user == 0) return;
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", fmt::format("0 {} 1\n", user));
    write_text("/proc/self/gid_map", fmt::format("0 {} 1\n", group));
}

// A pipe that tells the parent why the set-up failed; closed without a word where it succeeded.
class Complaint {
  public:
    Complaint() {
        if (pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    }
    ~Complaint() {
        done();
        if (ends_[0] >= 0) close(ends_[0]);
    }
    Complaint(const Complaint&) = delete;
    Complaint& operator=(const Complaint&) = delete;

    void say(const std::string& text) const {
        [[maybe_unused]] const auto written = ::write(ends_[1], text.data(), text.size());
    }
    void done() {
        if (ends_[1] >= 0) close(ends_[1]);
        ends_[1] = -1;
    }
    std::string hear() {
        done();
        std::string text;
        std::array<char, 1024> buffer{};
        for (ssize_t size; (size = read(ends_[0], buffer.data(), buffer.size())) != 0;) {
            if (size > 0)
                text.append(buffer.data(), static_cast<std::size_t>(size));
            else if (errno != EINTR)
                break;
        }
        return text;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return setup_failed;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// What is mounted inside is not to show outside (mount_namespaces(7)). In a chroot "/" is no mount point and is made
// one; ".." leads onto what is mounted over the root, which "/" itself does not.
void make_mounts_private() {
    const auto make_private = [] { return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0; };
    if (make_private()) return;
    if (errno == EINVAL && mount("/", "/", nullptr, MS_BIND | MS_REC, nullptr) == 0 && chroot("/..") == 0 &&
        make_private())
        return;
    throw std::system_error(errno, std::generic_category(), "mount: / as private");
}

// Process 1 of the new namespaces. When it ends the kernel kills all that is left in them (pid_namespaces(7)).
[[noreturn]] void live_inside(const EnclosurePlan& plan, const std::function<int(const Enclosed&)>& inside,
                              bool as_root, Complaint& complaint) {
    Enclosed enclosed;
    enclosed.as_root = as_root;
    try {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        make_mounts_private();
        furnish_loopback(plan.addresses);
        if (as_root)
            enter_overlay(plan);
        else
            enclosed.files_left_out = cover_files(plan);
    } catch (const std::exception& error) {
        complaint.say(error.what());
        _exit(setup_failed);
    }
    complaint.done();
    int status = setup_failed;
    try {
        status = inside(enclosed);
    } catch (const std::exception& error) {
        fmt::print(stderr, "danelab: {}\n", error.what());
    }
    std::fflush(nullptr);
    _exit(status);
}

[[noreturn]] void enter(const EnclosurePlan& plan, const std::function<int(const Enclosed&)>& inside,
                        Complaint& complaint) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const bool as_root = geteuid() == 0;
    try {
        unshare_namespaces();
    } catch (const std::exception& error) {
        complaint.say(error.what());
        _exit(setup_failed);
    }
    const pid_t first = fork(); // the process that called unshare(2) itself stays outside of the process namespace
    if (first < 0) {
        complaint.say(fmt::format("fork: {}", std::strerror(errno)));
        _exit(setup_failed);
    }
    if (first == 0) live_inside(plan, inside, as_root, complaint);
    complaint.done();
    _exit(wait_for(first));
}

} // namespace

int run_enclosed(const EnclosurePlan& plan, const std::function<int(const Enclosed&)>& inside) {
    if (!plan.trees.empty() && geteuid() != 0)
        throw EnclosureError("unpacked packages can be laid over the file system by root alone");
    std::fflush(nullptr);
    Complaint complaint;
    const pid_t child = fork();
    if (child < 0) throw EnclosureError(fmt::format("fork: {}", std::strerror(errno)));
    if (child == 0) enter(plan, inside, complaint);
    const std::string trouble = complaint.hear();
    const int status = wait_for(child);
    if (!trouble.empty()) throw EnclosureError(trouble);
    return status;
}

std::string enclosure_obstacle() {
    try {
        run_enclosed({}, [](const Enclosed&) { return 0; });
        return {};
    } catch (const EnclosureError& error) {
        return error.what();
    }
}

} // namespace harness
