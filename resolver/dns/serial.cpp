#include "resolver/dns/serial.h"

#include <charconv>
#include <cstdio>
#include <optional>

namespace dns {

namespace {

constexpr std::int64_t seconds_per_day = 86400;

struct CivilTime {
    std::int64_t year = 1970;
    int month = 1, day = 1, hour = 0, minute = 0, second = 0;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

CivilTime civil(UnixTime time) {
    std::int64_t days = time.seconds / seconds_per_day;
    std::int64_t rest = time.seconds % seconds_per_day;
    if (rest < 0) {
        rest += seconds_per_day;
        --days;
    }
    days += 719468;
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const std::int64_t day_of_era = days - era * 146097;
    const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
    CivilTime result;
    result.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    result.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    result.year = year_of_era + era * 400 + (result.month <= 2 ? 1 : 0);
    result.hour = static_cast<int>(rest / 3600);
    result.minute = static_cast<int>(rest / 60 % 60);
    result.second = static_cast<int>(rest % 60);
    return result;
}

int days_in_month(std::int64_t year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

std::optional<UnixTime> unix_time(const CivilTime& t) {
    if (t.month < 1 || t.month > 12 || t.day < 1 || t.day > days_in_month(t.year, t.month)) return std::nullopt;
    if (t.hour > 23 || t.minute > 59 || t.second > 60) return std::nullopt; // 60: a leap second (RFC 3339 §5.6)
    return UnixTime{days_from_civil(t.year, t.month, t.day) * seconds_per_day + t.hour * 3600 + t.minute * 60 +
                    t.second};
}

// `count` digits at text[at], which move `at` on.
std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t count) {
    if (text.size() - at < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i, ++at) {
        if (text[at] < '0' || text[at] > '9') return std::nullopt;
        value = value * 10 + (text[at] - '0');
    }
    return value;
}

bool skip(std::string_view text, std::size_t& at, std::string_view any_of) {
    if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
    ++at;
    return true;
}

bool read_date(std::string_view text, std::size_t& at, CivilTime& t) {
    const auto year = digits(text, at, 4);
    if (!year || !skip(text, at, "-")) return false;
    const auto month = digits(text, at, 2);
    if (!month || !skip(text, at, "-")) return false;
    const auto day = digits(text, at, 2);
    if (!day) return false;
    t.year = *year, t.month = *month, t.day = *day;
    return true;
}

bool read_time(std::string_view text, std::size_t& at, CivilTime& t) {
    const auto hour = digits(text, at, 2);
    if (!hour || !skip(text, at, ":")) return false;
    const auto minute = digits(text, at, 2);
    if (!minute || !skip(text, at, ":")) return false;
    const auto second = digits(text, at, 2);
    if (!second) return false;
    if (skip(text, at, ".")) { // fractions of a second are read and dropped
        if (!digits(text, at, 1)) return false;
        while (digits(text, at, 1)) {
        }
    }
    t.hour = *hour, t.minute = *minute, t.second = *second;
    return true;
}

// "Z" or "+hh:mm"; seconds east of Greenwich.
std::optional<std::int64_t> read_offset(std::string_view text, std::size_t& at) {
    if (skip(text, at, "Zz")) return 0;
    const bool west = at < text.size() && text[at] == '-';
    if (!skip(text, at, "+-")) return std::nullopt;
    const auto hours = digits(text, at, 2);
    if (!hours || *hours > 23 || !skip(text, at, ":")) return std::nullopt;
    const auto minutes = digits(text, at, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const std::int64_t east = *hours * 3600 + *minutes * 60;
    return west ? -east : east;
}

} // namespace

bool is_before(SerialTime a, SerialTime b) {
    const std::uint32_t distance = b.seconds - a.seconds;
    return distance != 0 && distance < 0x80000000U;
}

UnixTime expand(SerialTime serial, UnixTime near) {
    const std::uint32_t forward = serial.seconds - static_cast<std::uint32_t>(near.seconds);
    const std::int64_t distance = forward < 0x80000000U ? std::int64_t{forward} : std::int64_t{forward} - 0x100000000;
    return {static_cast<std::int64_t>(static_cast<std::uint64_t>(near.seconds) + static_cast<std::uint64_t>(distance))};
}

std::string to_rfc3339(UnixTime time) {
    const CivilTime t = civil(time);
    char out[64];
    const int length = std::snprintf(out, sizeof out, "%04lld-%02d-%02dT%02d:%02d:%02dZ",
                                     static_cast<long long>(t.year), t.month, t.day, t.hour, t.minute, t.second);
    return std::string(out, static_cast<std::size_t>(length));
}

Result<UnixTime> from_rfc3339(std::string_view text) {
    CivilTime t;
    std::size_t at = 0;
    std::int64_t east = 0;
    if (!read_date(text, at, t)) return wire_error(WireErrorCode::bad_text, at);
    if (at < text.size()) {
        if (!skip(text, at, "Tt ") || !read_time(text, at, t)) return wire_error(WireErrorCode::bad_text, at);
        const auto offset = read_offset(text, at);
        if (!offset || at != text.size()) return wire_error(WireErrorCode::bad_text, at);
        east = *offset;
    }
    const auto time = unix_time(t);
    if (!time) return wire_error(WireErrorCode::bad_text);
    return UnixTime{time->seconds - east};
}

std::string to_rrsig_text(SerialTime time, UnixTime near) {
    const CivilTime t = civil(expand(time, near));
    if (t.year < 0 || t.year > 9999) return std::to_string(time.seconds);
    char out[64];
    const int length = std::snprintf(out, sizeof out, "%04lld%02d%02d%02d%02d%02d", static_cast<long long>(t.year),
                                     t.month, t.day, t.hour, t.minute, t.second);
    return std::string(out, static_cast<std::size_t>(length));
}

Result<SerialTime> from_rrsig_text(std::string_view text) {
    if (text.size() == 14) {
        std::size_t at = 0;
        CivilTime t;
        const auto year = digits(text, at, 4), month = digits(text, at, 2), day = digits(text, at, 2);
        const auto hour = digits(text, at, 2), minute = digits(text, at, 2), second = digits(text, at, 2);
        if (!year || !month || !day || !hour || !minute || !second) return wire_error(WireErrorCode::bad_text, at);
        t.year = *year, t.month = *month, t.day = *day, t.hour = *hour, t.minute = *minute, t.second = *second;
        const auto time = unix_time(t);
        if (!time) return wire_error(WireErrorCode::bad_text);
        return SerialTime::of(*time);
    }
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || text.size() > 10 || error != std::errc() || end != text.data() + text.size()) {
        return wire_error(WireErrorCode::bad_text);
    }
    return SerialTime{seconds};
}

} // namespace dns
