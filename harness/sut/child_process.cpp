#include "harness/sut/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <system_error>

namespace harness {

namespace {

using Clock = std::chrono::steady_clock;

class Pipe {
  public:
    Pipe() {
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close_end(std::size_t end) {
        if (ends[end] >= 0) close(ends[end]);
        ends[end] = -1;
    }
    std::array<int, 2> ends{-1, -1}; // to read, to write
};

// posix_spawn's two objects with their ends.
struct SpawnPlan {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    SpawnPlan() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
};

// Feeds and reads until the output ends or the deadline has passed; false where it has.
bool exchange(Pipe& in, Pipe& out, const std::string& input, Clock::time_point deadline, ChildResult& result) {
    fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
    std::size_t fed = 0;
    std::array<char, 16'384> buffer{};
    for (;;) {
        if (fed == input.size()) in.close_end(1);
        std::array<pollfd, 2> waiting{pollfd{out.ends[0], POLLIN, 0}, pollfd{in.ends[1], POLLOUT, 0}};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return false;
        if (poll(waiting.data(), in.ends[1] >= 0 ? 2 : 1, static_cast<int>(left)) <= 0) continue;
        if (in.ends[1] >= 0 && waiting[1].revents != 0) {
            const auto size = write(in.ends[1], input.data() + fed, input.size() - fed);
            if (size > 0)
                fed += static_cast<std::size_t>(size);
            else if (errno != EAGAIN && errno != EINTR)
                fed = input.size(); // it reads no further
        }
        if (waiting[0].revents == 0) continue;
        const auto size = read(out.ends[0], buffer.data(), buffer.size());
        if (size == 0) return true;
        if (size < 0 && errno != EINTR) return true;
        const auto kept =
            std::min(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), most_output - result.output.size());
        result.output.append(buffer.data(), kept);
        result.cut = result.cut || kept < static_cast<std::size_t>(std::max<ssize_t>(size, 0));
    }
}

// A program that closed its output may live on, and one that forked away may have left it open: the deadline counts
// for both.
int wait_until(pid_t child, Clock::time_point deadline, bool& timed_out) {
    int raw = 0;
    for (auto pause = std::chrono::microseconds(100);; pause = std::min(2 * pause, std::chrono::microseconds(5'000))) {
        const pid_t gone = waitpid(child, &raw, WNOHANG);
        if (gone == child) break;
        if (gone < 0 && errno != EINTR) return 126;
        if (Clock::now() >= deadline) {
            timed_out = true;
            kill(-child, SIGKILL);
            kill(child, SIGKILL); // it may have left its group
            waitpid(child, &raw, 0);
            break;
        }
        usleep(static_cast<useconds_t>(pause.count()));
    }
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

std::size_t utf8_length(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first < 0xe0) return 2;
    if (first >= 0xe0 && first < 0xf0) return 3;
    if (first >= 0xf0 && first < 0xf5) return 4;
    return 0;
}

bool shown_as_it_is(const std::string& text, std::size_t at, std::size_t length) {
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i)
        if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return false;
    const auto first = static_cast<unsigned char>(text[at]);
    return first >= 0x20 ? first != 0x7f : first == '\n' || first == '\t';
}

} // namespace

int spawn(pid_t& child, const std::vector<std::string>& command, int in, int out) {
    SpawnPlan plan;
    posix_spawn_file_actions_adddup2(&plan.actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&plan.actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&plan.actions, out, STDERR_FILENO);
    // Our servers' sockets are not for it: a daemon would hold their addresses for as long as it lives.
    posix_spawn_file_actions_addclosefrom_np(&plan.actions, STDERR_FILENO + 1);
    posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    sigset_t defaults;
    sigfillset(&defaults);
    posix_spawnattr_setsigdefault(&plan.attributes, &defaults);
    auto texts = command;
    std::vector<char*> arguments;
    for (auto& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);
    return posix_spawnp(&child, arguments.front(), &plan.actions, &plan.attributes, arguments.data(), environ);
}

std::string printable(const std::string& octets) {
    std::string out;
    for (std::size_t at = 0; at < octets.size();) {
        const auto first = static_cast<unsigned char>(octets[at]);
        const std::size_t length = utf8_length(first);
        if (shown_as_it_is(octets, at, length)) {
            out.append(octets, at, length);
            at += length;
            continue;
        }
        if (first != '\r') out += fmt::format("\\x{:02x}", first);
        ++at;
    }
    return out;
}

ChildResult run_child(const std::vector<std::string>& command, const std::string& input,
                      std::chrono::milliseconds deadline) {
    ChildResult result;
    const auto begin = Clock::now();
    Pipe in, out;
    pid_t child = 0;
    if (const int error = spawn(child, command, in.ends[0], out.ends[1])) {
        result.not_run = true;
        result.status = error == ENOENT ? 127 : 126; // as shells have it
        result.output = fmt::format("{}: {}", command.front(), std::generic_category().message(error));
        return result;
    }
    in.close_end(0);
    out.close_end(1);
    result.timed_out = !exchange(in, out, input, begin + deadline, result);
    if (result.timed_out) kill(-child, SIGKILL);
    in.close_end(1);
    result.status = wait_until(child, begin + deadline, result.timed_out);
    kill(-child, SIGKILL);                          // those of its group that it left behind
    while (waitpid(-child, nullptr, WNOHANG) > 0) { // they are ours where we are process 1
    }
    result.output = printable(result.output);
    result.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    return result;
}

std::string trouble_of(const ChildResult& child, std::chrono::milliseconds deadline) {
    if (child.timed_out) return fmt::format("hung: killed after {} s", deadline.count() / 1000);
    if (child.status == 126 || child.status == 127)
        return child.output.empty() ? "the program is not there" : child.output;
    const bool by_signal = child.status > 128 && child.status <= 128 + SIGRTMAX; // 255 is an exit status like others
    return by_signal ? fmt::format("crashed: signal {}", child.status - 128) : "";
}

std::string failure_of(const std::vector<std::string>& command, std::chrono::milliseconds deadline) {
    const auto result = run_child(command, {}, deadline);
    if (result.status == 0) return {};
    return fmt::format("cannot be prepared: {}: exit status {}{}: {}", fmt::join(command, " "), result.status,
                       result.timed_out ? " at the deadline" : "", result.output.substr(0, 400));
}

std::vector<std::string> lines_of(const std::string& text) {
    constexpr std::size_t most_lines = 200;
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line) && lines.size() < most_lines;)
        if (!line.empty()) lines.push_back(line);
    return lines;
}

} // namespace harness
