#include "harness/isolation/attended_command.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <optional>

namespace harness {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

std::vector<std::string> merged(const std::map<std::string, std::string>& changes) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text(*entry);
        if (!changes.contains(text.substr(0, text.find('=')))) all.push_back(text);
    }
    for (const auto& [name, value] : changes) all.push_back(name + "=" + value);
    return all;
}

int status_of(int raw) { return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw); }

} // namespace

int attend(boost::asio::io_context& io, const std::vector<std::string>& command,
           const std::map<std::string, std::string>& environment) {
    boost::asio::signal_set ended(io, SIGCHLD);
    auto arguments = command;
    auto variables = merged(environment);
    pid_t child = 0;
    const int error = posix_spawnp(&child, command.front().c_str(), nullptr, nullptr, pointers(arguments).data(),
                                   pointers(variables).data());
    if (error != 0) {
        fmt::print(stderr, "danelab: shell: {}: {}\n", command.front(), std::strerror(error));
        return error == ENOENT ? 127 : 126; // as shells have it
    }
    std::optional<int> status;
    std::function<void()> bury = [&] {
        int raw = 0;
        for (pid_t gone; (gone = waitpid(-1, &raw, WNOHANG)) > 0;)
            if (gone == child) status = status_of(raw);
        if (status)
            io.stop();
        else
            ended.async_wait([&](const boost::system::error_code&, int) { bury(); });
    };
    bury();
    io.run();
    return status.value_or(126);
}

} // namespace harness
