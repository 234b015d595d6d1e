#include "harness/anchors/unbound_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"

namespace harness {
namespace {

using validator::FollowedKey;
using validator::KeyState;
using validator::TrustPointState;

constexpr std::size_t longest_line = 10'240; // Unbound's own (validator/autotrust.c)

constexpr std::array revoked_notice{";;REVOKED",
                                    "; The zone has all keys revoked, and is",
                                    "; considered as if it has no trust anchors.",
                                    "; the remainder of the file is the last probe.",
                                    "; to restart the trust anchor, overwrite this file.",
                                    "; with one containing valid DNSKEYs or DSes."};

// Size of the key as ldns counts it: bits of the modulus with its leading zeros, or of the curve.
std::size_t key_bits(const dns::Dnskey& key) {
    const dns::Bytes& octets = key.public_key;
    switch (static_cast<int>(key.algorithm)) {
    case 1:
    case 5:
    case 7:
    case 8:
    case 10: { // RFC 3110 §2
        const bool long_form = !octets.empty() && octets[0] == 0;
        if (octets.size() < 3) return 0;
        const std::size_t exponent = long_form ? static_cast<std::size_t>(octets[1]) << 8 | octets[2] : octets[0];
        const std::size_t head = exponent + (long_form ? 3 : 1);
        return octets.size() > head ? (octets.size() - head) * 8 : 0;
    }
    case 3:
    case 6: return octets.empty() ? 0 : (64 + octets[0] * std::size_t{8}) * 8; // RFC 2536 §2
    case 12: return 512;
    case 13: return 256;
    case 14: return 384;
    case 15: return 256;
    case 16: return 456;
    default: return 0;
    }
}

std::string_view padded(KeyState state) {
    switch (state) {
    case KeyState::start: return "  START  ";
    case KeyState::add_pend: return " ADDPEND ";
    case KeyState::valid: return "  VALID  ";
    case KeyState::missing: return " MISSING ";
    case KeyState::revoked: return " REVOKED ";
    case KeyState::removed: return " REMOVED ";
    }
    return "";
}

std::string key_line(const dns::Name& zone, const FollowedKey& key) {
    const dns::Dnskey& dnskey = key.dnskey;
    std::string line = fmt::format("{}\t{}\tIN\tDNSKEY\t{} {} {} {} ;{{id = {}", zone.to_text(), key.ttl, dnskey.flags,
                                   dnskey.protocol, static_cast<int>(dnskey.algorithm), dns::base64(dnskey.public_key),
                                   dnskey.key_tag());
    if (dnskey.is_zone_key()) line += dnskey.is_sep() ? " (ksk)" : " (zsk)";
    return line + fmt::format(", size = {}b}} ;;state={} [{}] ;;count={} ;;lastchange={} ;;{}", key_bits(dnskey),
                              static_cast<int>(key.state), padded(key.state), key.seen, key.since.seconds,
                              ctime_text(key.since));
}

class Reader {
  public:
    Reader(std::string_view text, const std::string& file, Reading reading)
        : text_(text)
        , file_(file)
        , reading_(reading) {}
    TrustPointState read() &&;

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw AnchorFileError(fmt::format("{}:{}: {}", file_, line_number_, what));
    }
    bool next_line(std::string& line); // records in parentheses come as one line
    bool head(const std::string& line);
    std::int64_t number(const std::string& line, std::size_t at) const;
    void record(const std::string& line);
    void take_key(const dns::Dnskey& key, const dns::Record& record, const std::string& comment);
    std::optional<std::int64_t> field(const std::string& comment, std::string_view name) const;

    std::string_view text_;
    const std::string& file_;
    Reading reading_;
    std::size_t position_ = 0, line_number_ = 0;
    bool any_ = false;      // an id or a record has been read
    bool has_head_ = false; // an id
    dns::Name origin_;
    std::string owner_; // of the record before
    TrustPointState state_;
};

bool Reader::next_line(std::string& line) {
    line.clear();
    std::size_t depth = 0;
    while (position_ < text_.size()) {
        const std::size_t end = std::min(text_.find('\n', position_), text_.size());
        std::string part(text_.substr(position_, end - position_));
        position_ = end + 1;
        ++line_number_;
        if (!part.empty() && part.back() == '\r') part.pop_back();
        if (part.find('\0') != std::string::npos) fail("a NUL octet: the file is damaged");
        const std::size_t comment = part.find(';');
        for (const char c : part.substr(0, comment)) {
            if (c == '(') ++depth;
            if (c == ')' && depth-- == 0) fail("a ')' without its '('");
        }
        if (depth != 0) part = part.substr(0, comment) + " ";
        line += part;
        if (line.size() > longest_line) fail(fmt::format("a record of more than {} characters", longest_line));
        if (depth == 0) return true;
    }
    if (depth != 0) fail("a '(' without its ')': the file ends too early");
    return false;
}

std::int64_t Reader::number(const std::string& line, std::size_t at) const {
    std::int64_t value = 0;
    const char* begin = line.c_str() + at;
    const auto [end, error] = std::from_chars(begin, line.c_str() + line.size(), value);
    constexpr std::int64_t most = 253'402'300'799; // the end of the year 9999
    if (error != std::errc() || end == begin || value < 0 || value > most)
        fail("expected a number of seconds after '" + line.substr(0, at) + "'");
    return value;
}

// A line of the head; false where the line is none.
bool Reader::head(const std::string& line) {
    const auto value_of = [&](std::string_view key) -> std::optional<std::int64_t> {
        if (line.compare(0, key.size(), key) != 0) return std::nullopt;
        if (!any_) fail("'" + std::string(key) + "' stands before ';;id: ZONE CLASS'");
        return number(line, key.size());
    };
    constexpr std::string_view id = ";;id: ";
    if (line.compare(0, id.size(), id) == 0) {
        const std::size_t blank = line.find(' ', id.size());
        const auto zone = dns::Name::from_text(line.substr(id.size(), blank - id.size()));
        if (blank == std::string::npos || !zone || any_)
            fail("expected ';;id: ZONE CLASS' once, before everything else");
        if (number(line, blank + 1) != 1) fail("only class 1 (IN) is known");
        state_.zone = *zone;
        any_ = has_head_ = true;
    } else if (line.compare(0, 9, ";;REVOKED") == 0) {
        if (any_) fail("';;REVOKED' must stand before everything else");
        state_.gone = true;
    } else if (const auto queried = value_of(";;last_queried: ")) {
        state_.last_queried.seconds = *queried;
    } else if (const auto success = value_of(";;last_success: ")) {
        state_.last_success.seconds = *success;
    } else if (const auto probe = value_of(";;next_probe_time: ")) {
        state_.next_probe.seconds = *probe;
    } else if (const auto failed = value_of(";;query_failed: ")) {
        state_.failures = static_cast<unsigned>(std::min<std::int64_t>(*failed, 255));
    } else if (const auto interval = value_of(";;query_interval: ")) {
        state_.query_interval = *interval;
    } else if (const auto retry = value_of(";;retry_time: ")) {
        state_.retry_time = *retry;
    } else
        return false;
    return true;
}

std::optional<std::int64_t> Reader::field(const std::string& comment, std::string_view name) const {
    const std::size_t at = comment.find(name);
    if (at == std::string::npos) return std::nullopt;
    return number(comment, at + name.size());
}

void Reader::take_key(const dns::Dnskey& dnskey, const dns::Record& record, const std::string& comment) {
    FollowedKey key;
    key.dnskey = dnskey;
    key.ttl = record.ttl;
    if (const auto state = field(comment, "state=")) {
        if (*state > 5) fail(fmt::format("state={} is none: expected 0 to 5", *state));
        key.state = static_cast<KeyState>(*state);
    }
    const auto tag = field(comment, "{id = ");
    if (tag && *tag != dnskey.key_tag() && reading_ == Reading::strict)
        fail(fmt::format("the key has the tag {}, not {}: one of the two is damaged", dnskey.key_tag(), *tag));
    key.seen = static_cast<unsigned>(std::min<std::int64_t>(field(comment, "count=").value_or(0), 250));
    key.since.seconds = field(comment, "lastchange=").value_or(0);
    if (key.state == KeyState::add_pend) key.hold_down = validator::TrustPointPolicy().add_hold_down;
    state_.keys.insert(state_.keys.begin(), std::move(key));
}

void Reader::record(const std::string& line) {
    const std::size_t comment_at = std::min(line.find(';'), line.size());
    std::string data = line.substr(0, comment_at);
    const std::string comment = line.substr(comment_at);
    if (data.find_first_not_of(" \t") == std::string::npos) return;
    if (data.compare(0, 7, "$ORIGIN") != 0 && (data[0] == ' ' || data[0] == '\t')) data = owner_ + data;
    // $ORIGIN alone makes a zone file without records: what follows is read under it.
    const auto records = dns::parse_zone_file("$TTL 3600\n" + data + "\n", origin_);
    if (!records) {
        if (reading_ == Reading::forgiving) return;
        fail(records.error().message);
    }
    if (records->empty()) {
        const std::size_t begin = data.find_first_not_of(" \t", 7), end = data.find_last_not_of(" \t");
        if (const auto origin = dns::Name::from_text(data.substr(begin, end + 1 - begin))) origin_ = *origin;
        return;
    }
    const dns::Record& record = records->front();
    owner_ = record.owner.to_text();
    const auto ds = dns::Ds::parse(record.rdata);
    const auto dnskey = dns::Dnskey::parse(record.rdata);
    const bool is_ds = record.type == dns::RrType::DS, is_dnskey = record.type == dns::RrType::DNSKEY;
    if ((!is_ds && !is_dnskey) || (is_ds && !ds) || (is_dnskey && !dnskey)) {
        if (reading_ == Reading::forgiving) return;
        fail("expected a DS or DNSKEY record, not " + dns::to_text(record.type));
    }
    if (any_ && !(state_.zone == record.owner))
        fail("a record of " + owner_ + " in the file of " + state_.zone.to_text());
    state_.zone = record.owner;
    any_ = true;
    if (is_ds)
        state_.ds.insert(state_.ds.begin(), *ds);
    else
        take_key(*dnskey, record, comment);
}

TrustPointState Reader::read() && {
    std::string line;
    while (next_line(line)) // each round takes at least one character of the text
        if (!head(line)) record(line);
    // Whoever writes a head ends each line: what does not end was cut off. Records alone may be typed by hand.
    if (reading_ == Reading::strict && has_head_ && text_.back() != '\n')
        fail("the last line is cut off: the file is damaged");
    if (!any_ && !state_.gone) fail("the file names no trust point: expected DS or DNSKEY records");
    if (state_.keys.empty() && state_.ds.empty() && !state_.gone) fail("no DS or DNSKEY record: the file is cut off");
    // What observations vouch for is not in the file; take what its dates allow.
    state_.latest_success = state_.last_success;
    for (FollowedKey& key : state_.keys)
        if (key.since.seconds != 0)
            key.held = std::max<std::int64_t>(0, state_.last_success.seconds - key.since.seconds);
    return std::move(state_);
}

} // namespace

TrustPointState read_unbound_file(std::string_view text, const std::string& file, Reading reading) {
    return Reader(text, file, reading).read();
}

std::string write_unbound_file(const TrustPointState& state) {
    std::string out = "; autotrust trust anchor file\n";
    if (state.gone)
        for (const char* line : revoked_notice) out += std::string(line) + "\n";
    const auto dated = [](std::string_view name, dns::UnixTime time) {
        return fmt::format(";;{}: {} ;;{}\n", name, time.seconds, ctime_text(time));
    };
    out += fmt::format(";;id: {} 1\n", state.zone.to_text());
    out += dated("last_queried", state.last_queried);
    out += dated("last_success", state.last_success);
    out += dated("next_probe_time", state.next_probe);
    out += fmt::format(";;query_failed: {}\n;;query_interval: {}\n;;retry_time: {}\n", state.failures,
                       state.query_interval, state.retry_time);
    for (const FollowedKey& key : state.keys)
        if (key.state != KeyState::start && key.state != KeyState::removed) out += key_line(state.zone, key) + "\n";
    return out;
}

std::string ctime_text(dns::UnixTime time) {
    using namespace std::chrono;
    const sys_seconds moment{seconds{time.seconds}};
    const auto day_point = floor<days>(moment);
    const year_month_day date(day_point);
    const hh_mm_ss clock(moment - day_point);
    constexpr std::array names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("{} {} {:>2} {:02}:{:02}:{:02} {}", names[weekday(day_point).c_encoding()],
                       months[static_cast<unsigned>(date.month()) - 1], static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       static_cast<int>(date.year()));
}

} // namespace harness
