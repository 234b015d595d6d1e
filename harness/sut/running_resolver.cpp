#include "harness/sut/running_resolver.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
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

void write(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw ResolverError(fmt::format("{}: cannot be written", path.string()));
}

class Descriptor {
  public:
    Descriptor(const std::string& path, int flags)
        : number(open(path.c_str(), flags | O_CLOEXEC, 0644)) {
        if (number < 0) throw ResolverError(fmt::format("{}: {}", path, std::generic_category().message(errno)));
    }
    ~Descriptor() { close(number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    const int number;
};

// With nothing to read, and all that it says in `log`.
pid_t start(const std::vector<std::string>& command, const std::string& log) {
    const Descriptor in("/dev/null", O_RDONLY), out(log, O_WRONLY | O_CREAT | O_TRUNC);
    pid_t process = -1;
    if (const int error = spawn(process, command, in.number, out.number))
        throw ResolverError(fmt::format("{}: {}", command.front(), std::generic_category().message(error)));
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

    // Asks, and looks for a moment whether something comes back.
    bool answered() const {
        constexpr int look_ms = 5;
        const bool asked = ask();
        pollfd waiting{socket_, POLLIN, 0};
        std::array<char, 512> answer{};
        if (asked && poll(&waiting, 1, look_ms) > 0 && recv(socket_, answer.data(), answer.size(), 0) > 0) return true;
        // On loopback a refusal comes at once, by either call: nobody listens yet.
        if (!asked || waiting.revents != 0) usleep(look_ms * 1'000);
        return false;
    }

  private:
    bool ask() const {
        const dns::Question question(*dns::Name::from_text("version.bind."), dns::RrType::TXT, dns::RrClass::CH);
        const auto query = dns::make_query(question, 1).build();
        return send(socket_, query.data(), query.size(), 0) >= 0;
    }

    int socket_ = -1;
};

} // namespace

void RunningResolver::KillAndBury::operator()(pid_t* process) const {
    kill(-*process, SIGKILL);
    kill(*process, SIGKILL); // it may have left its group
    // Where a shell started it, it is ours once the shell is gone, as we are process 1; its port is free once it is
    // buried.
    while (waitpid(*process, nullptr, 0) < 0 && errno == EINTR) {
    }
    while (waitpid(-*process, nullptr, 0) > 0 || errno == EINTR) {
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
        const auto result = run_child(filled_in(command, values), {}, program.patience);
        if (result.status != 0)
            throw ResolverError(fmt::format("{}: cannot be prepared: {}: exit status {}: {}", program.name(),
                                            fmt::join(command, " "), result.status, first_line(result.output)));
    }
    const auto log = folder / log_name;
    if (Knock(place.published).answered()) // one that has put itself into the background, with the data of before
        throw ResolverError(fmt::format("{}: another program answers at {} already: it has to stay in the foreground",
                                        program.name(), place.published.to_text()));
    process_.reset(new pid_t(start(filled_in(program.command, values), log.string())));
    const Knock knock(place.published);
    const auto deadline = Clock::now() + program.patience;
    const auto look_whether_it_lives = [&] {
        if (waitpid(*process_, nullptr, WNOHANG) == *process_)
            throw ResolverError(fmt::format("{} ended before it answered: {}", program.name(), last_words(log)));
    };
    while (!knock.answered()) {
        look_whether_it_lives();
        if (Clock::now() > deadline)
            throw ResolverError(fmt::format("{} answers nothing at {}: {}", program.name(), place.published.to_text(),
                                            last_words(log)));
    }
    look_whether_it_lives();
}

std::vector<RunningResolver> start_resolvers(const ResolverProgram& program, const std::vector<UnvalidatedData>& places,
                                             const zones::Hierarchy& hierarchy) {
    std::vector<RunningResolver> running;
    running.reserve(places.size());
    for (const auto& place : places) running.emplace_back(program, place, hierarchy);
    return running;
}

} // namespace harness
