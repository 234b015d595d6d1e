#include "harness/sut/running_resolver.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "harness/sut/child_process.h"
#include "resolver/dns/message.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Values = std::map<std::string, std::string>;

// Inside an enclosure this is memory that nobody else sees (harness/isolation/file_view.cpp).
constexpr const char* workshop = "/mnt";
constexpr std::size_t enough = 400;              // octets of a program's words
constexpr const char* log_name = "resolver.log"; // in the folder: its standard output and error

std::string lines_of(const std::vector<dns::Record>& records) {
    std::string text;
    for (const auto& record : records) text += dns::to_text(record) + "\n";
    return text;
}

// "TAG ALGORITHM DIGEST-TYPE DIGEST", the first one's.
std::string first_ds(const zones::Hierarchy& hierarchy) {
    const auto anchors = hierarchy.root_anchors();
    return anchors.empty() ? "" : dns::rdata_to_text(anchors.front().type, anchors.front().rdata);
}

Values values_for(const UnvalidatedData& place, const zones::Hierarchy& hierarchy, const fs::path& folder) {
    const auto address = place.published.address.to_string();
    const bool ipv6 = place.published.address.is_v6();
    return {{"folder", folder.string()},
            {"address", address},
            {"ipv4", ipv6 ? "none" : address},
            {"ipv6", ipv6 ? address : "none"},
            {"port", std::to_string(place.published.port)},
            {"data-address", place.data.address.to_string()},
            {"data-port", std::to_string(place.data.port)},
            {"anchor-dnskey", lines_of(hierarchy.root_dnskeys())},
            {"anchor-ds", first_ds(hierarchy)},
            {"anchor-bind", zones::delv_anchor(hierarchy)}};
}

std::vector<std::string> filled(const std::vector<std::string>& command, const Values& values) {
    std::vector<std::string> out;
    for (const auto& word : command) out.push_back(filled_in(word, values));
    return out;
}

void write(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw ResolverError(fmt::format("{}: cannot be written", path.string()));
}

// In a process group of its own, with nothing to read, and all that it says in `log`.
pid_t spawn(std::vector<std::string> command, const std::string& log) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    sigset_t defaults;
    sigfillset(&defaults);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t process = -1;
    const int error = posix_spawnp(&process, arguments.front(), &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) throw ResolverError(fmt::format("{}: {}", command.front(), std::generic_category().message(error)));
    return process;
}

std::string first_line(const std::string& text) { return text.substr(0, std::min(text.find('\n'), enough)); }

std::string last_words(const fs::path& log) {
    std::ifstream in(log, std::ios::binary);
    std::string last;
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) last = line;
    return printable(last.substr(0, enough));
}

// A question about the program itself (version.bind, RFC 4892): it is answered, or refused, without a look at any zone.
class Knock {
  public:
    explicit Knock(const resolver::Endpoint& at) {
        const boost::asio::ip::udp::endpoint udp(at.address, at.port);
        socket_ = socket(udp.data()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (socket_ < 0 || connect(socket_, udp.data(), static_cast<socklen_t>(udp.size())) != 0)
            throw ResolverError(fmt::format("{}: {}", at.to_text(), std::generic_category().message(errno)));
    }
    ~Knock() {
        if (socket_ >= 0) close(socket_);
    }
    Knock(const Knock&) = delete;
    Knock& operator=(const Knock&) = delete;

    // True once something has come back.
    bool answered() const {
        constexpr int look_ms = 5;
        const dns::Question question(*dns::Name::from_text("version.bind."), dns::RrType::TXT, dns::RrClass::CH);
        const auto query = dns::make_query(question, 1).build();
        if (send(socket_, query.data(), query.size(), 0) < 0) usleep(look_ms * 1'000); // nobody listens yet
        pollfd waiting{socket_, POLLIN, 0};
        std::array<char, 512> answer{};
        return poll(&waiting, 1, look_ms) > 0 && recv(socket_, answer.data(), answer.size(), 0) > 0;
    }

  private:
    int socket_ = -1;
};

} // namespace

void RunningResolver::KillAndBury::operator()(pid_t* process) const {
    kill(-*process, SIGKILL);
    while (waitpid(*process, nullptr, 0) < 0 && errno == EINTR) {
    }
    delete process;
}

RunningResolver::RunningResolver(const ResolverProgram& program, const UnvalidatedData& place,
                                 const zones::Hierarchy& hierarchy) {
    const auto folder = fs::path(workshop) / fmt::format("resolver-{}", place.published.address.to_string());
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    fs::create_directories(folder, ignored);
    const auto values = values_for(place, hierarchy, folder);
    for (const auto& [name, content] : program.files) write(folder / name, filled_in(content, values));
    for (const auto& command : program.prepare) {
        const auto result = run_child(filled(command, values), {}, program.patience);
        if (result.status != 0)
            throw ResolverError(fmt::format("{}: cannot be prepared: {}: exit status {}: {}", program.name(),
                                            fmt::join(command, " "), result.status, first_line(result.output)));
    }
    const auto log = folder / log_name;
    process_.reset(new pid_t(spawn(filled(program.command, values), log.string())));
    const Knock knock(place.published);
    const auto deadline = Clock::now() + program.patience;
    while (!knock.answered()) {
        if (waitpid(*process_, nullptr, WNOHANG) == *process_)
            throw ResolverError(fmt::format("{} ended before it answered: {}", program.name(), last_words(log)));
        if (Clock::now() > deadline)
            throw ResolverError(fmt::format("{} answers nothing at {}: {}", program.name(), place.published.to_text(),
                                            last_words(log)));
    }
}

std::vector<RunningResolver> start_resolvers(const ResolverProgram& program, const std::vector<UnvalidatedData>& places,
                                             const zones::Hierarchy& hierarchy) {
    std::vector<RunningResolver> running;
    running.reserve(places.size());
    for (const auto& place : places) running.emplace_back(program, place, hierarchy);
    return running;
}

} // namespace harness
