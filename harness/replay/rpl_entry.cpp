#include "harness/replay/rpl_entry.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "resolver/dns/text.h"
#include "resolver/dns/tokens.h"

namespace harness::replay {

namespace {

constexpr std::size_t most_entry_lines = 100000; // a message of 65535 octets has fewer records by far

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || at != end) return std::nullopt;
    return value;
}

std::optional<dns::Rcode> rcode_of(std::string_view word) {
    struct Row {
        std::string_view name;
        unsigned value;
    };
    constexpr std::array rows{Row{"NOERROR", 0},   Row{"FORMERR", 1},  Row{"SERVFAIL", 2}, Row{"NXDOMAIN", 3},
                              Row{"NOTIMP", 4},    Row{"NOTIMPL", 4},  Row{"REFUSED", 5},  Row{"YXDOMAIN", 6},
                              Row{"YXRRSET", 7},   Row{"NXRRSET", 8},  Row{"NOTAUTH", 9},  Row{"NOTZONE", 10},
                              Row{"BADVERS", 16},  Row{"BADSIG", 16},  Row{"BADKEY", 17},  Row{"BADTIME", 18},
                              Row{"BADMODE", 19},  Row{"BADNAME", 20}, Row{"BADALG", 21},  Row{"BADTRUNC", 22},
                              Row{"BADCOOKIE", 23}};
    for (const Row& row : rows)
        if (row.name == word) return static_cast<dns::Rcode>(row.value);
    return std::nullopt;
}

std::optional<dns::Opcode> opcode_of(std::string_view word) {
    if (word == "QUERY") return dns::Opcode::QUERY;
    if (word == "IQUERY") return static_cast<dns::Opcode>(1);
    if (word == "STATUS") return static_cast<dns::Opcode>(2);
    if (word == "NOTIFY") return dns::Opcode::NOTIFY;
    if (word == "UPDATE") return dns::Opcode::UPDATE;
    return std::nullopt;
}

bool ends_in_base64(dns::RrType type) {
    return type == dns::RrType::RRSIG || type == dns::RrType::DNSKEY || type == dns::RrType::CDNSKEY;
}

class EntryReader {
  public:
    EntryReader(Lines& lines, const Line& begin, Dialect dialect)
        : lines_(lines)
        , dialect_(dialect) {
        entry_.line = begin.number;
        entry_.messages.emplace_back();
    }
    Entry read();

  private:
    enum class Section { none, question, answer, authority, additional };
    bool read_keyword(const Line& line, std::string_view text); // false: no keyword stands there
    void read_match(std::size_t line, std::string_view word);
    void read_match_value(std::size_t line, std::string_view word);
    void read_reply(std::size_t line, std::string_view word);
    void read_adjust(std::size_t line, std::string_view word);
    void read_section(std::size_t line, std::string_view name);
    void read_record(const Line& line);
    void read_question(const Line& line, const dns::TokenLine& tokens);
    void read_directive(const Line& line, const dns::TokenLine& tokens);
    dns::Bytes read_hex(const Line& begin, std::string_view end_word);
    void read_edns_data(const Line& begin);
    void read_raw(const Line& begin);
    void replace_raw();
    dns::Edns& edns() {
        auto& edns = entry_.messages.back().edns;
        if (!edns) edns.emplace();
        return *edns;
    }

    Lines& lines_;
    Dialect dialect_;
    Entry entry_;
    Section section_ = Section::none;
    dns::Name origin_;
    dns::Ttl ttl_ = 3600;
};

void EntryReader::read_match_value(std::size_t line, std::string_view word) {
    const std::size_t mark = word.find_first_of("=:");
    const std::string_view name = word.substr(0, mark);
    const std::string_view value = mark == std::string_view::npos ? "" : word.substr(mark + 1);
    const auto number = number_of(value);
    if (name == "serial" && number && *number <= 0xFFFFFFFF) {
        entry_.match.serial = static_cast<std::uint32_t>(*number);
    } else if (name == "ede" && value == "any") {
        entry_.match.any_ede = true;
    } else if (name == "ede" && number && *number <= 0xFFFF) {
        entry_.match.ede = static_cast<std::uint16_t>(*number);
    } else {
        lines_.fail(line, "expected something to match, not '" + std::string(word) + "'");
    }
}

void EntryReader::read_match(std::size_t line, std::string_view word) {
    MatchRule& match = entry_.match;
    const struct {
        std::string_view name;
        bool* flag;
    } rows[] = {{"opcode", &match.opcode},
                {"qtype", &match.qtype},
                {"qname", &match.qname},
                {"qcase", &match.qcase},
                {"question", &match.question},
                {"subdomain", &match.subdomain},
                {"rcode", &match.rcode},
                {"flags", &match.flags},
                {"answer", &match.answer},
                {"authority", &match.authority},
                {"additional", &match.additional},
                {"all", &match.all},
                {"all_noedns", &match.all},
                {"ttl", &match.ttl},
                {"DO", &match.dnssec_ok},
                {"CO", &match.edns},
                {"noedns", &match.no_edns},
                {"edns", &match.edns},
                {"ednsdata", &match.edns},
                {"UDP", &match.udp},
                {"TCP", &match.tcp},
                {"client_cookie", &match.edns},
                {"server_cookie", &match.edns},
                {"nsid", &match.edns}};
    for (const auto& row : rows) {
        if (row.name != word) continue;
        *row.flag = true;
        return;
    }
    read_match_value(line, word);
}

void EntryReader::read_reply(std::size_t line, std::string_view word) {
    dns::Message& message = entry_.messages.back();
    dns::Header& header = message.header;
    if (const auto rcode = rcode_of(word)) {
        message.rcode = *rcode;
        entry_.rcode_given = true;
        return;
    }
    if (const auto opcode = opcode_of(word)) {
        header.opcode = *opcode;
        return;
    }
    const struct {
        std::string_view name;
        bool* flag;
    } rows[] = {{"QR", &header.response},          {"AA", &header.authoritative},       {"TC", &header.truncated},
                {"RD", &header.recursion_desired}, {"RA", &header.recursion_available}, {"AD", &header.authentic_data},
                {"CD", &header.checking_disabled}};
    for (const auto& row : rows) {
        if (row.name != word) continue;
        *row.flag = true;
        return;
    }
    if (word == "DO")
        edns().dnssec_ok = true;
    else if (word == "CO") // compact answers: a flag that no stub sets
        (void)edns();
    else
        lines_.fail(line, "expected a flag, RCODE or opcode, not '" + std::string(word) + "'");
}

void EntryReader::read_adjust(std::size_t line, std::string_view word) {
    if (word == "copy_id")
        entry_.adjust.copy_id = true;
    else if (word == "copy_query")
        entry_.adjust.copy_query = true;
    else if (word == "do_not_answer")
        entry_.adjust.do_not_answer = true;
    else if (word.starts_with("sleep=") || word.starts_with("packet_sleep=") || word == "raw_id" ||
             word == "copy_ednsdata_assume_clientsubnet" || word == "increment_ecs_scope")
        return; // real time, wire octets and client subnets: nothing that a verdict depends on
    else
        lines_.fail(line, "expected an adjustment, not '" + std::string(word) + "'");
}

void EntryReader::read_section(std::size_t line, std::string_view name) {
    if (name == "QUESTION")
        section_ = Section::question;
    else if (name == "ANSWER")
        section_ = Section::answer;
    else if (name == "AUTHORITY")
        section_ = Section::authority;
    else if (name == "ADDITIONAL")
        section_ = Section::additional;
    else
        lines_.fail(line, "expected QUESTION, ANSWER, AUTHORITY or ADDITIONAL, not '" + std::string(name) + "'");
}

void EntryReader::read_question(const Line& line, const dns::TokenLine& tokens) {
    const auto& words = tokens.tokens;
    const auto name = dns::name_from_token(words[0], origin_);
    if (!name) lines_.fail(line.number, "expected a name in the question");
    dns::Question question(*name, dns::RrType::A);
    std::size_t next = 1;
    if (words.size() == 3) {
        const auto rr_class = dns::rr_class_from_text(words[next++].raw);
        if (!rr_class) lines_.fail(line.number, "expected a class, not '" + std::string(words[1].raw) + "'");
        question.rr_class = *rr_class;
    }
    if (words.size() != next + 1) lines_.fail(line.number, "expected 'name class type' in the question");
    const auto type = dns::rr_type_from_text(words[next].raw);
    if (!type) lines_.fail(line.number, "expected a record type, not '" + std::string(words[next].raw) + "'");
    question.type = *type;
    entry_.messages.back().questions.push_back(question);
}

void EntryReader::read_directive(const Line& line, const dns::TokenLine& tokens) {
    const auto& words = tokens.tokens;
    if (words.size() == 2 && words[0].raw == "$ORIGIN") {
        const auto origin = dns::name_from_token(words[1], origin_);
        if (!origin) lines_.fail(line.number, "expected a name behind $ORIGIN");
        origin_ = *origin;
    } else if (words.size() == 2 && words[0].raw == "$TTL") {
        const auto seconds = dns::period_from_token(words[1]);
        if (!seconds) lines_.fail(line.number, "expected seconds behind $TTL");
        ttl_ = *seconds;
    } else {
        lines_.fail(line.number, "expected $ORIGIN or $TTL, not '" + std::string(words[0].raw) + "'");
    }
}

void EntryReader::read_record(const Line& line) {
    dns::Tokenizer tokenizer(line.text);
    dns::TokenLine tokens;
    const auto some = tokenizer.next(tokens);
    if (!some) lines_.fail(line.number, "expected " + some.error().expected);
    if (!*some) return;
    if (tokens.tokens[0].raw.starts_with("$")) return read_directive(line, tokens);
    if (section_ == Section::none) lines_.fail(line.number, "expected a keyword, not '" + std::string(line.text) + "'");
    if (section_ == Section::question) return read_question(line, tokens);
    dns::EntryDefaults defaults;
    defaults.origin = origin_;
    defaults.ttl = &ttl_;
    tokens.starts_with_space = false;
    auto record = dns::record_from_line(tokens, defaults);
    // Signatures without octets, on purpose, and base64 without its padding: both are readable.
    const std::size_t given = tokens.tokens.size();
    for (const std::string_view padding : {"", "=", "=="}) {
        if (record) break;
        tokens.tokens.resize(given);
        tokens.tokens.push_back({padding, true, line.text.size()});
        if (auto padded = dns::record_from_line(tokens, defaults); padded && ends_in_base64(padded->type))
            record = std::move(padded);
    }
    if (!record) lines_.fail(line.number, "expected " + record.error().expected);
    dns::Message& message = entry_.messages.back();
    auto& records = section_ == Section::answer      ? message.answer
                    : section_ == Section::authority ? message.authority
                                                     : message.additional;
    records.push_back(*std::move(record));
}

dns::Bytes EntryReader::read_hex(const Line& begin, std::string_view end_word) {
    std::string digits;
    for (;;) {
        if (lines_.at_end()) lines_.fail_at_end(end_word);
        const Line& line = lines_.take();
        if (begins_with_word(line.text, end_word)) break;
        for (const char c : without_comment(line.text))
            if (c != ' ' && c != '\t') digits += c;
    }
    auto octets = dns::from_base16(digits);
    if (!octets) lines_.fail(begin.number, "expected hexadecimal digits up to " + std::string(end_word));
    return *std::move(octets);
}

// Octets of EDNS options as they stand in an OPT record (RFC 6891 §6.1.2).
void EntryReader::read_edns_data(const Line& begin) {
    const dns::Bytes octets = read_hex(begin, "HEX_EDNSDATA_END");
    dns::Reader reader(octets);
    while (!reader.at_end()) {
        const auto code = reader.u16();
        const auto length = code ? reader.u16() : code;
        const auto data = length ? reader.octets(*length) : reader.octets(0);
        if (!code || !length || !data) return; // malformed on purpose; no stub judges it
        edns().options.push_back({*code, dns::Bytes(data->begin(), data->end())});
    }
}

void EntryReader::read_raw(const Line& begin) {
    if (lines_.at_end()) lines_.fail_at_end("a line of hexadecimal digits");
    auto octets = dns::from_base16(lines_.take().text);
    if (!octets) lines_.fail(begin.number + 1, "expected hexadecimal digits behind RAW");
    entry_.raw = *std::move(octets);
}

bool EntryReader::read_keyword(const Line& line, std::string_view text) {
    const auto parts = words(text);
    const std::string_view keyword = parts.empty() ? "" : parts[0];
    const auto rest = std::span(parts).subspan(parts.empty() ? 0 : 1);
    if (keyword == "MATCH") {
        for (const auto word : rest) read_match(line.number, word);
    } else if (keyword == "REPLY" || (keyword == "FLAGS" && dialect_ == Dialect::deckard)) {
        for (const auto word : rest) read_reply(line.number, word);
    } else if (keyword == "ADJUST") {
        for (const auto word : rest) read_adjust(line.number, word);
    } else if (keyword == "SECTION") {
        if (rest.size() != 1) lines_.fail(line.number, "expected one section name");
        read_section(line.number, rest[0]);
    } else if (keyword == "EXTRA_PACKET") {
        const auto questions = entry_.message().questions;
        entry_.messages.emplace_back().questions = questions;
        section_ = Section::none;
    } else if (keyword == "HEX_ANSWER_BEGIN") {
        entry_.raw = read_hex(line, "HEX_ANSWER_END");
    } else if (keyword == "HEX_EDNSDATA_BEGIN") {
        read_edns_data(line);
    } else if (keyword == "RAW" && dialect_ == Dialect::deckard) {
        read_raw(line);
    } else if (keyword == "MANDATORY" && dialect_ == Dialect::deckard) {
        entry_.mandatory = true;
    } else if (keyword == "TSIG" && dialect_ == Dialect::deckard) {
        if (rest.size() < 2) lines_.fail(line.number, "expected a key name and a secret behind TSIG");
    } else {
        return false;
    }
    return true;
}

// Octets given as hexadecimal digits are the reply; the sections beside them only match the query.
void EntryReader::replace_raw() {
    if (!entry_.raw) return;
    auto parsed = dns::Message::parse(*entry_.raw);
    if (!parsed) return; // the octets stay: an answer that cannot be read
    dns::Message& message = entry_.messages.front();
    const auto questions = message.questions;
    message = *std::move(parsed);
    if (!questions.empty()) message.questions = questions;
    entry_.raw.reset();
}

Entry EntryReader::read() {
    for (std::size_t count = 0; count < most_entry_lines; ++count) {
        if (lines_.at_end()) lines_.fail_at_end("ENTRY_END");
        const Line line = lines_.take();
        if (line.text.empty() || line.text.front() == ';' || line.text.front() == '#') continue;
        if (line.text.starts_with("ENTRY_END")) {
            replace_raw();
            entry_.is_reply = entry_.adjust.copy_id || entry_.message().header.response;
            return std::move(entry_);
        }
        if (!read_keyword(line, without_comment(line.text))) read_record(line);
    }
    lines_.fail(entry_.line, "expected fewer lines in one entry");
}

} // namespace

Entry read_entry(Lines& lines, const Line& begin, Dialect dialect) { return EntryReader(lines, begin, dialect).read(); }

} // namespace harness::replay
