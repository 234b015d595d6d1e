#include "harness/sut/side_by_side.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace harness {

namespace {

struct Running {
    std::size_t task = 0;
    pid_t process = 0;
    int lines = -1; // the end to read
    std::string unfinished;
};

void write_whole(int descriptor, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const auto size = write(descriptor, text.data() + done, text.size() - done);
        if (size > 0)
            done += static_cast<std::size_t>(size);
        else if (errno != EINTR)
            _exit(3); // nobody listens any more
    }
}

[[noreturn]] void work_in_child(const Task& task, int descriptor) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int status = 3;
    try {
        status = task.work([&](const std::string& line) { write_whole(descriptor, line + "\n"); });
    } catch (const std::exception& error) {
        fmt::print(stderr, "danelab: {}: {}\n", task.name, error.what());
    }
    std::fflush(nullptr);
    _exit(status);
}

Running start(const Task& task, std::size_t number) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    std::fflush(nullptr);
    const pid_t process = fork();
    if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (process == 0) work_in_child(task, ends[1]);
    close(ends[1]);
    return {number, process, ends[0], {}};
}

int bury(const Running& running) {
    int raw = 0;
    while (waitpid(running.process, &raw, 0) < 0 && errno == EINTR) {
    }
    close(running.lines);
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

} // namespace

std::vector<int> run_side_by_side(const std::vector<Task>& tasks, unsigned jobs,
                                  const std::function<void(std::size_t, const std::string&)>& heard) {
    std::vector<int> statuses(tasks.size(), 0);
    std::vector<Running> running;
    std::size_t next = 0;
    std::array<char, 65'536> buffer{};
    while (next < tasks.size() || !running.empty()) {
        for (; next < tasks.size() && running.size() < std::max(jobs, 1U); ++next)
            running.push_back(start(tasks[next], next));
        std::vector<pollfd> waiting;
        for (const auto& one : running) waiting.push_back({one.lines, POLLIN, 0});
        if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "poll");
        for (std::size_t i = running.size(); i-- > 0;) {
            if (waiting[i].revents == 0) continue;
            auto& one = running[i];
            const auto size = read(one.lines, buffer.data(), buffer.size());
            if (size <= 0) {
                statuses[one.task] = bury(one);
                running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
                continue;
            }
            one.unfinished.append(buffer.data(), static_cast<std::size_t>(size));
            for (std::size_t end; (end = one.unfinished.find('\n')) != std::string::npos;) {
                heard(one.task, one.unfinished.substr(0, end));
                one.unfinished.erase(0, end + 1);
            }
        }
    }
    return statuses;
}

} // namespace harness
