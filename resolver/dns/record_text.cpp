// Single records and RDATA as text.
#include "resolver/dns/text.h"
#include "resolver/dns/tokens.h"

namespace dns {

namespace {

constexpr Ttl max_ttl = 0x7FFFFFFF; // RFC 2181 §8

Unexpected<TextFault> fault(std::size_t offset, std::string_view expected) {
    return Unexpected<TextFault>{TextFault{offset, std::string(expected), WireErrorCode::bad_text}};
}

Unexpected<WireError> as_wire_error(const TextFault& problem) { return wire_error(problem.code, problem.offset); }

// RFC 2308 §4 leaves the TTL of a zone without $TTL open; the SOA's own MINIMUM serves for the SOA record.
Ttl soa_minimum(const Bytes& rdata) {
    Ttl value = 0;
    for (std::size_t i = rdata.size() - 4; i < rdata.size(); ++i) value = value << 8 | rdata[i];
    return value > max_ttl ? 0 : value;
}

struct RecordHead {
    bool has_ttl = false;
    bool has_class = false;
    Ttl ttl = 0;
    RrClass rr_class = RrClass::IN;
};

// [TTL] [class] in either order; moves `next` to the type.
Result<RecordHead, TextFault> read_head(const TokenLine& line, std::size_t& next) {
    RecordHead head;
    while (next < line.tokens.size()) { // at most twice round: each of TTL and class is taken once
        const Token& token = line.tokens[next];
        const bool digit = !token.raw.empty() && token.raw[0] >= '0' && token.raw[0] <= '9';
        if (digit && !head.has_ttl) {
            const auto seconds = period_from_token(token);
            if (!seconds) return seconds.error_as_failure();
            if (*seconds > max_ttl) return fault(token.offset, "a TTL of at most 2147483647 seconds");
            head.ttl = *seconds;
            head.has_ttl = true;
            ++next;
            continue;
        }
        // "ANY" is a type as well as a class: here only the class can come before a type.
        const auto rr_class = rr_class_from_text(token.raw);
        if (digit || head.has_class || !rr_class) break;
        head.rr_class = *rr_class;
        head.has_class = true;
        ++next;
    }
    return head;
}

} // namespace

Result<Record, TextFault> record_from_line(const TokenLine& line, const EntryDefaults& defaults) {
    Record record;
    std::size_t next = 0;
    if (line.starts_with_space) {
        if (defaults.owner == nullptr) return fault(line.tokens[0].offset, "an owner name at the start of the line");
        record.owner = *defaults.owner;
    } else {
        const auto owner = name_from_token(line.tokens[next++], defaults.origin);
        if (!owner) return owner.error_as_failure();
        record.owner = *owner;
    }
    const auto head = read_head(line, next);
    if (!head) return head.error_as_failure();
    record.rr_class = head->has_class ? head->rr_class : defaults.rr_class;

    if (next == line.tokens.size()) return fault(line.end, "an RR type");
    const Token& type_token = line.tokens[next++];
    const auto type = rr_type_from_text(type_token.raw);
    if (!type) return fault(type_token.offset, "an RR type");
    record.type = *type;

    auto rdata = rdata_from_tokens(*type, std::span(line.tokens).subspan(next), defaults.origin, line.end);
    if (!rdata) return rdata.error_as_failure();
    record.rdata = *std::move(rdata);

    if (head->has_ttl) {
        record.ttl = head->ttl;
    } else if (defaults.ttl != nullptr) {
        record.ttl = *defaults.ttl;
    } else if (defaults.ttl_required && record.type == RrType::SOA && record.rdata.size() >= 4) {
        record.ttl = soa_minimum(record.rdata);
    } else if (defaults.ttl_required) {
        return fault(type_token.offset, "a TTL, as there is none before it and no $TTL");
    }
    return record;
}

std::string to_text(const Record& record) {
    std::string out = record.owner.to_text();
    ((out += ' ') += std::to_string(record.ttl)) += ' ';
    ((out += to_text(record.rr_class)) += ' ') += to_text(record.type);
    const std::string rdata = rdata_to_text(record.type, record.rdata);
    if (!rdata.empty()) (out += ' ') += rdata;
    return out;
}

Result<Bytes> rdata_from_text(RrType type, std::string_view text, const Name& origin) {
    Tokenizer tokenizer(text);
    TokenLine line;
    const auto some = tokenizer.next(line);
    if (!some) return as_wire_error(some.error());
    if (!*some) line.end = text.size();
    const std::vector<Token> tokens = line.tokens;
    const std::size_t end = line.end;
    const auto more = tokenizer.next(line);
    if (!more) return as_wire_error(more.error());
    if (*more) return wire_error(WireErrorCode::bad_text, line.tokens[0].offset);
    auto rdata = rdata_from_tokens(type, tokens, origin, end);
    if (!rdata) return as_wire_error(rdata.error());
    return *std::move(rdata);
}

Result<Record> record_from_text(std::string_view text, const Name& origin) {
    Tokenizer tokenizer(text);
    TokenLine line;
    const auto some = tokenizer.next(line);
    if (!some) return as_wire_error(some.error());
    if (!*some) return wire_error(WireErrorCode::bad_text, text.size());
    EntryDefaults defaults;
    defaults.origin = origin;
    defaults.ttl_required = false;
    auto record = record_from_line(line, defaults);
    if (!record) return as_wire_error(record.error());
    const auto more = tokenizer.next(line);
    if (!more) return as_wire_error(more.error());
    if (*more) return wire_error(WireErrorCode::bad_text, line.tokens[0].offset);
    return *std::move(record);
}

} // namespace dns
