// Starts commands, one after the other in turns, and tells what each whole process took.
//
//   danelab_bench_measure ROUNDS < commands      one command a line: NAME, a tab, words separated by single spaces
//
// Prints for each start: NAME, wall us, user us, system us, peak RSS in KB, exit status (128 + signal), tab-separated.
// A program of its own because the kernel counts what the parent occupied at fork into the child's peak RSS: this one
// is small, a script interpreter is not.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern char** environ;

namespace {

struct Command {
    std::string name;
    std::vector<std::string> words;
};

std::vector<Command> read_commands() {
    std::vector<Command> commands;
    char line[4096];
    while (std::fgets(line, sizeof line, stdin) != nullptr) {
        line[std::strcspn(line, "\n")] = '\0';
        char* tab = std::strchr(line, '\t');
        if (tab == nullptr) continue;
        *tab = '\0';
        Command command{line, {}};
        for (char* word = std::strtok(tab + 1, " "); word != nullptr; word = std::strtok(nullptr, " "))
            command.words.emplace_back(word);
        if (!command.words.empty()) commands.push_back(std::move(command));
    }
    return commands;
}

long microseconds(const timeval& time) { return time.tv_sec * 1'000'000L + time.tv_usec; }

bool run(const Command& command, const posix_spawn_file_actions_t& actions) {
    std::vector<char*> arguments;
    for (const auto& word : command.words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const auto started = std::chrono::steady_clock::now();
    pid_t pid = 0;
    const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
    if (error != 0) {
        std::fprintf(stderr, "measure: %s: %s\n", arguments[0], std::strerror(error));
        return false;
    }
    rusage usage{};
    int status = 0;
    if (wait4(pid, &status, 0, &usage) != pid) return false;
    const auto wall = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
    std::printf("%s\t%lld\t%ld\t%ld\t%ld\t%d\n", command.name.c_str(), static_cast<long long>(wall.count()),
                microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss,
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return true;
}

} // namespace

int main(int argc, char** argv) {
    const int rounds = argc == 2 ? std::atoi(argv[1]) : 0;
    if (rounds < 1) {
        std::fputs("usage: danelab_bench_measure ROUNDS < commands\n", stderr);
        return 2;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    const auto commands = read_commands();
    bool good = true;
    // In turns, so that whatever else the machine does falls on all alike.
    for (int round = 0; round < rounds; ++round)
        for (const auto& command : commands) good = run(command, actions) && good;
    posix_spawn_file_actions_destroy(&actions);
    return good ? 0 : 3;
}
