#include "resolver/dns/zonefile.h"

#include <algorithm>
#include <compare>
#include <numeric>

#include "resolver/dns/text.h"
#include "resolver/dns/tokens.h"

namespace dns {

namespace {

ZoneFileError located(std::string_view text, const TextFault& problem) {
    const std::string_view before = text.substr(0, std::min(problem.offset, text.size()));
    const std::size_t last_break = before.rfind('\n');
    ZoneFileError error;
    error.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    error.column = before.size() - (last_break == std::string_view::npos ? 0 : last_break + 1) + 1;
    error.message = "expected " + problem.expected;
    return error;
}

class ZoneFileReader {
  public:
    ZoneFileReader(std::string_view text, const Name& origin)
        : text_(text) {
        defaults_.origin = origin;
    }

    Result<std::vector<Record>, ZoneFileError> read() {
        Tokenizer tokenizer(text_);
        TokenLine line;
        for (;;) { // each round takes at least one character of the text
            const auto more = tokenizer.next(line);
            if (!more) return Unexpected<ZoneFileError>{located(text_, more.error())};
            if (!*more) return std::move(records_);
            const auto problem = is_directive(line) ? directive(line) : entry(line);
            if (problem) return Unexpected<ZoneFileError>{located(text_, *problem)};
        }
    }

  private:
    static bool is_directive(const TokenLine& line) {
        return !line.tokens[0].quoted && !line.tokens[0].raw.empty() && line.tokens[0].raw[0] == '$';
    }

    std::optional<TextFault> directive(const TokenLine& line) {
        const Token& word = line.tokens[0];
        if (word.raw != "$ORIGIN" && word.raw != "$TTL") {
            return TextFault{word.offset, "$ORIGIN, $TTL or a record (other directives are refused)"};
        }
        if (line.tokens.size() < 2) return TextFault{line.end, "a value for the directive"};
        if (line.tokens.size() > 2) return TextFault{line.tokens[2].offset, "the end of the line"};
        if (word.raw == "$ORIGIN") {
            const auto origin = name_from_token(line.tokens[1], defaults_.origin);
            if (!origin) return origin.error();
            defaults_.origin = *origin;
            return std::nullopt;
        }
        const auto seconds = period_from_token(line.tokens[1]);
        if (!seconds) return seconds.error();
        if (*seconds > 0x7FFFFFFF) return TextFault{line.tokens[1].offset, "a TTL of at most 2147483647 seconds"};
        ttl_ = *seconds;
        ttl_is_set_ = true;
        defaults_.ttl = &ttl_;
        return std::nullopt;
    }

    std::optional<TextFault> entry(const TokenLine& line) {
        defaults_.owner = records_.empty() ? nullptr : &records_.back().owner;
        auto record = record_from_line(line, defaults_);
        if (!record) return record.error();
        records_.push_back(*std::move(record));
        defaults_.rr_class = records_.back().rr_class;
        if (!ttl_is_set_) { // RFC 1035 §5.1: the last one stated
            ttl_ = records_.back().ttl;
            defaults_.ttl = &ttl_;
        }
        return std::nullopt;
    }

    std::string_view text_;
    EntryDefaults defaults_;
    Ttl ttl_ = 0;
    bool ttl_is_set_ = false; // by $TTL
    std::vector<Record> records_;
};

} // namespace

Result<std::vector<Record>, ZoneFileError> parse_zone_file(std::string_view text, const Name& origin) {
    return ZoneFileReader(text, origin).read();
}

std::string write_zone_file(const Name& origin, std::vector<Record> records) {
    std::vector<std::size_t> order(records.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto is_apex_soa = [&](const Record& record) { return record.type == RrType::SOA && record.owner == origin; };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
        const Record& a = records[i];
        const Record& b = records[j];
        if (is_apex_soa(a) != is_apex_soa(b)) return is_apex_soa(a);
        if (const auto owners = a.owner <=> b.owner; std::is_neq(owners)) return std::is_lt(owners);
        if (a.type != b.type) return a.type < b.type;
        return a.rdata < b.rdata;
    });
    std::string out = "$ORIGIN " + origin.to_text() + '\n';
    for (const std::size_t i : order) (out += to_text(records[i])) += '\n';
    return out;
}

} // namespace dns
