#include "tests/independent/outside_tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "resolver/dns/text.h"

extern char** environ;

namespace independent {

namespace {

using namespace std::chrono_literals;
// A tool that waits for an upstream that never answers is not worth waiting for: that is "none".
constexpr std::chrono::milliseconds question_limit = 8s;

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

void read_all(int descriptor, std::string& output, std::chrono::steady_clock::time_point deadline) {
    char buffer[4096];
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd waiting{descriptor, POLLIN, 0};
        if (left <= 0ms || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return;
        const auto count = read(descriptor, buffer, sizeof buffer);
        if (count <= 0) return;
        output.append(buffer, static_cast<std::size_t>(count));
    }
}

// The end of the process, killed where it is not there by the deadline.
int wait_for(pid_t pid, std::chrono::steady_clock::time_point deadline) {
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= deadline) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return -1;
        }
        poll(nullptr, 0, 1);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// unbound-host's own configuration file. `test.` and the like are built-in local zones of libunbound, which is why no
// scenario lives there.
std::string unbound_configuration(const Setting& setting) {
    const auto path = fmt::format("{}/unbound-host.{}.conf", setting.folder, setting.port);
    std::ofstream(path) << fmt::format("server:\n"
                                       "  trust-anchor-file: \"{}/root.key\"\n"
                                       "  do-not-query-localhost: no\n"
                                       "  chroot: \"\"\n"
                                       "  use-syslog: no\n"
                                       "  trust-anchor-signaling: no\n"
                                       "  target-fetch-policy: \"0 0 0 0 0\"\n"
                                       "  val-log-level: 2\n"
                                       "forward-zone:\n"
                                       "  name: \".\"\n"
                                       "  forward-addr: {}@{}\n",
                                       setting.folder, setting.address, setting.port);
    return path;
}

std::string delv_verdict(std::string_view output) {
    // Each RRset of an alias chain has a line of its own: the weakest is the whole. A negative answer is a "failure"
    // too, "ncache nxdomain", followed by a line about its proof.
    for (const auto* why : {"broken trust chain", "no valid RRSIG", "no valid signature", "RRSIG failed to verify",
                            "RRSIG has expired", "RRSIG validity period has not begun", "insecurity proof failed",
                            "no valid DS", "no valid NSEC", "no valid KEY"})
        if (has(output, fmt::format(";; resolution failed: {}", why))) return "bogus";
    if (has(output, "; unsigned answer") || has(output, "; negative response, unsigned answer")) return "insecure";
    if (has(output, "; fully validated") || has(output, "; negative response, fully validated")) return "secure";
    return "none";
}

std::string unbound_verdict(std::string_view output) {
    if (has(output, "(BOGUS (security failure))")) return "bogus";
    if (has(output, "2(SERVFAIL)") || has(output, "5(REFUSED)")) return "none";
    if (has(output, "(insecure)")) return "insecure";
    if (has(output, "(secure)")) return "secure";
    return "none";
}

// drill knows success and failure alone: it has no word for insecure.
std::string drill_verdict(std::string_view output) {
    if (has(output, ";; Chase successful")) return "secure";
    if (has(output, ";; Chase failed")) return "bogus";
    return "none";
}

} // namespace

std::string_view to_text(Tool tool) {
    switch (tool) {
    case Tool::delv: return "delv";
    case Tool::unbound_host: return "unbound-host";
    case Tool::drill: return "drill";
    }
    return "";
}

Finished run_program(const std::vector<std::string>& words, std::chrono::milliseconds limit) {
    Finished finished;
    int ends[2];
    if (words.empty() || pipe2(ends, O_CLOEXEC) != 0) return finished;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t pid = 0;
    const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error == 0) {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        read_all(ends[0], finished.output, deadline);
        finished.status = wait_for(pid, deadline);
    }
    close(ends[0]);
    return finished;
}

std::string version_of(Tool tool) {
    const char* option = tool == Tool::unbound_host ? "-h" : "-v";
    return run_program({std::string(to_text(tool)), option}, question_limit).output;
}

bool is_installed(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    return false;
}

Saying ask(Tool tool, const Setting& setting, const dns::Question& question) {
    const std::string port = std::to_string(setting.port), name = question.name.to_text(),
                      type = dns::to_text(question.type);
    std::vector<std::string> words;
    switch (tool) {
    case Tool::delv:
        words = {"delv", "@" + setting.address, "-p", port, "-a", setting.folder + "/delv.anchor", "+root=.", name,
                 type};
        break;
    case Tool::unbound_host:
        words = {"unbound-host", "-C", unbound_configuration(setting), "-v", "-t", type, name};
        break;
    case Tool::drill:
        words = {"drill", "-S", "-k", setting.folder + "/root.key", "-p", port, "@" + setting.address, name, type};
        break;
    }
    auto finished = run_program(words, question_limit);
    auto verdict = verdict_in(tool, finished.output);
    return Saying{std::move(verdict), std::move(finished.output), fmt::format("{}", fmt::join(words, " "))};
}

std::string verdict_in(Tool tool, std::string_view output) {
    switch (tool) {
    case Tool::delv: return delv_verdict(output);
    case Tool::unbound_host: return unbound_verdict(output);
    case Tool::drill: return drill_verdict(output);
    }
    return "none";
}

} // namespace independent
