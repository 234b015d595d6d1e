#include "harness/deliver/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace harness::deliver {

namespace {

constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t longest_text = 8'192; // a server's reply may have that many octets (tlsa/smtp_reply.h)

struct Calendar {
    const char* weekday;
    const char* month;
    int day, hour, minute, second, year;
};

Calendar calendar(dns::UnixTime time) {
    const std::time_t seconds = static_cast<std::time_t>(time.seconds);
    std::tm tm{};
    gmtime_r(&seconds, &tm);
    return {days.at(static_cast<std::size_t>(tm.tm_wday)),
            months.at(static_cast<std::size_t>(tm.tm_mon)),
            tm.tm_mday,
            tm.tm_hour,
            tm.tm_min,
            tm.tm_sec,
            tm.tm_year + 1900};
}

std::string_view word(Severity severity) {
    switch (severity) {
    case Severity::debug: return "Debug";
    case Severity::info: return "Info";
    case Severity::warning: return "Warning";
    case Severity::critical: return "Critical";
    }
    return "";
}

} // namespace

std::string log_time(dns::UnixTime time) {
    const auto c = calendar(time);
    return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {}", c.weekday, c.month, c.day, c.hour, c.minute, c.second,
                       c.year);
}

std::string message_date(dns::UnixTime time) {
    const auto c = calendar(time);
    return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", c.weekday, c.day, c.month, c.year, c.hour, c.minute,
                       c.second);
}

std::string log_line(dns::UnixTime time, Severity severity, std::string_view text) {
    std::string line = fmt::format("{} {}: ", log_time(time), word(severity));
    for (const char c : text.substr(0, longest_text)) {
        const auto octet = static_cast<unsigned char>(c);
        line += octet < 0x20 || octet == 0x7f ? '?' : c;
    }
    return line;
}

Log::Log(LogSettings settings, Clock clock)
    : settings_(std::move(settings))
    , clock_(std::move(clock)) {
    if (settings_.file.empty()) return;
    open();
    if (descriptor_ < 0)
        throw std::runtime_error(fmt::format("log: {}: cannot be written: {}", settings_.file, std::strerror(errno)));
}

Log::~Log() {
    if (descriptor_ >= 0) close(descriptor_);
}

void Log::open() { descriptor_ = ::open(settings_.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640); }

bool Log::is_current() const {
    struct stat ours {};
    struct stat there {};
    return fstat(descriptor_, &ours) == 0 && stat(settings_.file.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

// Holds the lock of the file that is the current one: another process may rotate it away between two of our lines.
bool Log::lock_current() {
    constexpr int tries = 5;
    for (int i = 0; i < tries; ++i) {
        if (descriptor_ < 0) open();
        if (descriptor_ < 0) return false;
        flock(descriptor_, LOCK_EX);
        if (is_current()) return true;
        close(descriptor_);
        descriptor_ = -1;
    }
    return false;
}

void Log::rotate() {
    const auto name = [&](unsigned n) { return n == 0 ? settings_.file : fmt::format("{}.{}", settings_.file, n); };
    std::remove(name(settings_.max_files - 1).c_str());
    for (unsigned n = settings_.max_files - 1; n > 0; --n) std::rename(name(n - 1).c_str(), name(n).c_str());
    close(descriptor_);
    open();
}

void Log::write(Severity severity, std::string_view text) {
    if (severity == Severity::debug && !is_debug()) return;
    const std::string line = log_line(clock_(), severity, text) + "\n";
    if (mirrored_ && !settings_.file.empty()) std::fwrite(line.data(), 1, line.size(), stderr);
    if (settings_.file.empty()) {
        if (std::fwrite(line.data(), 1, line.size(), stderr) != line.size()) ++lost_;
        return;
    }
    if (!lock_current()) {
        ++lost_;
        return;
    }
    struct stat status {};
    if (fstat(descriptor_, &status) == 0 && status.st_size > 0 &&
        static_cast<std::uint64_t>(status.st_size) + line.size() > settings_.max_bytes)
        rotate();
    const auto written = descriptor_ < 0 ? -1 : ::write(descriptor_, line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size())) ++lost_;
    if (descriptor_ >= 0) flock(descriptor_, LOCK_UN);
}

} // namespace harness::deliver
