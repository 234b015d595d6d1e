// The mail log: one line a record, in the appliance's form, in a file that is rotated by size.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "harness/deliver/config.h"
#include "resolver/dns/serial.h"

namespace harness::deliver {

enum class Severity { debug, info, warning, critical };

// "Tue Feb  5 13:20:03 2019", UTC, the day padded with a blank.
std::string log_time(dns::UnixTime time);
// "Tue, 5 Feb 2019 13:20:03 +0000" (RFC 5322 §3.3).
std::string message_date(dns::UnixTime time);
// "Tue Feb  5 13:20:03 2019 Info: text"; control characters, which servers may put into their replies, become "?".
std::string log_line(dns::UnixTime time, Severity severity, std::string_view text);

class Log {
  public:
    using Clock = std::function<dns::UnixTime()>;
    // Throws std::runtime_error "log: FILE: what" where the file cannot be opened for appending. An empty file name
    // writes to standard error.
    Log(LogSettings settings, Clock clock);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    // A line that cannot be written (a full disk) is counted and told by lost(); mail goes on.
    void write(Severity severity, std::string_view text);
    void debug(std::string_view text) { write(Severity::debug, text); }
    void info(std::string_view text) { write(Severity::info, text); }
    void warning(std::string_view text) { write(Severity::warning, text); }
    // Every line to standard error as well.
    void mirror(bool wanted) { mirrored_ = wanted; }
    bool is_debug() const { return settings_.level == LogLevel::debug; }
    std::uint64_t lost() const { return lost_; }

  private:
    void open();
    void rotate();
    bool is_current() const;
    bool lock_current();

    LogSettings settings_;
    Clock clock_;
    int descriptor_ = -1;
    std::uint64_t lost_ = 0;
    bool mirrored_ = false;
};

} // namespace harness::deliver
