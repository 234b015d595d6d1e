#include "harness/replay/rpl_config.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "harness/replay/known_keys.h"
#include "resolver/dns/text.h"

namespace harness::replay {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || at != end) return std::nullopt;
    return value;
}

// Where the server zone's key stands: "193.0.14.129@53#name" is an address, a port and a name for TLS.
std::string bare_address(std::string_view text) {
    return std::string(trimmed(text.substr(0, text.find_first_of("@#"))));
}

class ConfigReader {
  public:
    ConfigReader(Lines& lines, RplScenario& scenario)
        : lines_(lines)
        , scenario_(scenario)
        , out_(scenario.configuration) {}

    void read();

  private:
    void read_line(const Line& line);
    void take_clause(std::size_t line, const KnownClause& clause);
    void take(std::size_t line, const std::string& key, const std::string& value);
    void use(std::size_t line, const KnownKey& key, const std::string& value);
    void use_zone_key(std::size_t line, const KnownKey& key, const std::string& value);
    void use_anchor(std::size_t line, const std::string& value);
    void use_anchor_file(std::size_t line, const std::string& id);
    void use_date(std::size_t line, const std::string& value);
    void use_iterations(std::size_t line, const std::string& value);
    void use_modules(std::size_t line, const std::string& value);
    void use_features(const std::string& value);
    void use_local_zone(std::size_t line, const std::string& value);
    void read_autotrust(const Line& start);
    void read_tempfile(const Line& start);
    void settle_tempfiles();
    std::string value_of(std::size_t line, std::string_view rest) const;
    dns::Name name_of(std::size_t line, std::string_view text) const;
    std::int64_t seconds_of(std::size_t line, const std::string& value) const;
    bool yes_or_no(std::size_t line, const std::string& value) const;
    void skip(const std::string& why) {
        if (!out_.skip) out_.skip = why;
    }

    Lines& lines_;
    RplScenario& scenario_;
    Configuration& out_;
    const KnownClause* clause_ = nullptr;
    std::string last_key_; // without a value yet: TEMPFILE_NAME brings it
    std::map<std::string, std::vector<NumberedText>> tempfiles_;
    std::vector<std::pair<std::size_t, std::string>> anchor_files_,
        auto_anchor_files_; // line and id of a temporary file
};

std::string ConfigReader::value_of(std::size_t line, std::string_view rest) const {
    rest = trimmed(rest);
    if (rest.empty()) return "";
    if (rest.front() == '"' || rest.front() == '\'') {
        const std::size_t end = rest.find(rest.front(), 1);
        if (end == std::string_view::npos) lines_.fail(line, "expected a closing quote");
        const std::string_view behind = trimmed(rest.substr(end + 1));
        if (behind.empty() || behind.front() == '#' || behind.front() == ';')
            return std::string(rest.substr(1, end - 1));
        // "example.com" static: several words, some of them in quotes
        return std::string(rest.substr(1, end - 1)) + " " + value_of(line, behind);
    }
    for (std::size_t i = 0; i < rest.size(); ++i) { // a '#' inside a word is part of it ("1.2.3.4#name")
        const bool alone = i == 0 || rest[i - 1] == ' ' || rest[i - 1] == '\t';
        if (rest[i] == '#' && alone) return std::string(trimmed(rest.substr(0, i)));
    }
    return std::string(rest);
}

dns::Name ConfigReader::name_of(std::size_t line, std::string_view text) const {
    const auto name = dns::Name::from_text(text);
    if (!name) lines_.fail(line, "expected a domain name, not '" + std::string(text) + "'");
    return *name;
}

std::int64_t ConfigReader::seconds_of(std::size_t line, const std::string& value) const {
    const auto number = whole_number(value);
    if (!number || *number < 0) lines_.fail(line, "expected seconds, not '" + value + "'");
    return *number;
}

bool ConfigReader::yes_or_no(std::size_t line, const std::string& value) const {
    const std::string word = lower(value);
    if (word != "yes" && word != "no") lines_.fail(line, "expected yes or no, not '" + value + "'");
    return word == "yes";
}

void ConfigReader::use_anchor(std::size_t line, const std::string& value) {
    const auto record = dns::record_from_text(value, dns::Name());
    if (!record || (record->type != dns::RrType::DS && record->type != dns::RrType::DNSKEY))
        lines_.fail(line, "expected a DS or DNSKEY record as trust anchor");
    out_.anchors.push_back(*record);
}

void ConfigReader::use_anchor_file(std::size_t line, const std::string& id) {
    const auto file = tempfiles_.find(id);
    if (file == tempfiles_.end()) lines_.fail(line, "expected a file that TEMPFILE_CONTENTS gives, not '" + id + "'");
    for (const NumberedText& text : file->second)
        if (!without_comment(text.text).empty()) use_anchor(text.line, text.text);
}

void ConfigReader::use_date(std::size_t line, const std::string& value) {
    const auto number = whole_number(value);
    if (value.empty() || (number && *number == 0)) return; // off
    if (number && *number == -1 && scenario_.dialect == Dialect::unbound) {
        out_.clock = ClockKind::ignored;
        return;
    }
    const auto time = override_time(value);
    if (!time || (scenario_.dialect == Dialect::deckard && value.size() != 14))
        lines_.fail(line, "expected a time as YYYYMMDDHHMMSS, not '" + value + "'");
    out_.clock = ClockKind::fixed;
    out_.time = *time;
}

// "1024 150 2048 500": iterations by size of the zone's key. These files have keys of 1024 bits at most, the first row.
void ConfigReader::use_iterations(std::size_t line, const std::string& value) {
    const auto numbers = words(value);
    if (numbers.size() < 2 || numbers.size() % 2 != 0) lines_.fail(line, "expected pairs of key size and iterations");
    for (const auto word : numbers)
        if (const auto number = whole_number(word); !number || *number < 0 || *number > 65535)
            lines_.fail(line, "expected a number, not '" + std::string(word) + "'");
    out_.nsec3_iterations = static_cast<unsigned>(*whole_number(numbers[1]));
}

void ConfigReader::use_modules(std::size_t line, const std::string& value) {
    if (value.empty()) lines_.fail(line, "expected the names of modules");
    // Without options of their own these do nothing to an answer, or only keep it in a second cache.
    constexpr std::string_view harmless[] = {"validator", "iterator", "respip", "subnetcache", "cachedb", "ipsecmod"};
    for (const auto module : words(value))
        if (std::find(std::begin(harmless), std::end(harmless), module) == std::end(harmless))
            skip("module-config: the module '" + std::string(module) + "' is not a stub's business");
    if (value.find("validator") == std::string::npos) skip("module-config: the validator does not take part");
}

// Modules of Knot Resolver. Forwarding is a matter of whom the oracle asks.
void ConfigReader::use_features(const std::string& value) {
    const auto forwards = value.find("FORWARD(");
    if (forwards == std::string::npos) {
        skip("a module of Knot Resolver is configured: " + value);
        return;
    }
    ServerZone zone;
    zone.forwards = true;
    for (std::size_t at = forwards; (at = value.find_first_of("'\"", at)) != std::string::npos;) {
        const std::size_t end = value.find_first_of("'\"", at + 1);
        if (end == std::string::npos) break;
        zone.addresses.push_back(bare_address(std::string_view(value).substr(at + 1, end - at - 1)));
        at = end + 1;
    }
    out_.zones.push_back(std::move(zone));
}

void ConfigReader::use_local_zone(std::size_t line, const std::string& value) {
    const auto parts = words(value);
    if (parts.size() < 2) lines_.fail(line, "expected a zone and its kind");
    const std::string kind = lower(parts.back());
    if (kind != "nodefault" && kind != "transparent" && kind != "typetransparent")
        skip("local-zone: answers are given from local data");
}

void ConfigReader::use_zone_key(std::size_t line, const KnownKey& key, const std::string& value) {
    ServerZone& zone = out_.zones.back();
    if (key.use == KeyUse::zone_name) zone.name = name_of(line, value);
    if (key.use == KeyUse::zone_address) zone.addresses.push_back(bare_address(value));
    if (key.use == KeyUse::skips) skip(std::string(key.name) + ": " + std::string(key.why));
}

void ConfigReader::use(std::size_t line, const KnownKey& key, const std::string& value) {
    switch (key.use) {
    case KeyUse::ignored: return;
    case KeyUse::trust_anchor: return use_anchor(line, value);
    case KeyUse::trust_anchor_file: anchor_files_.emplace_back(line, value); return;
    case KeyUse::auto_anchor_file: auto_anchor_files_.emplace_back(line, value); return;
    case KeyUse::domain_insecure: out_.insecure.push_back(name_of(line, value)); return;
    case KeyUse::override_date: return use_date(line, value);
    case KeyUse::override_timestamp:
        out_.clock = ClockKind::fixed;
        out_.time = {seconds_of(line, value)};
        return;
    case KeyUse::harden_algo_downgrade: out_.harden_algo_downgrade = yes_or_no(line, value); return;
    case KeyUse::skew_min:
    case KeyUse::skew_max: out_.clock_skew = std::max(out_.clock_skew, seconds_of(line, value)); return;
    case KeyUse::nsec3_iterations: return use_iterations(line, value);
    case KeyUse::aggressive_nsec: out_.aggressive_nsec = yes_or_no(line, value); return;
    case KeyUse::permissive: out_.permissive = yes_or_no(line, value); return;
    case KeyUse::ede: out_.extended_errors = yes_or_no(line, value); return;
    case KeyUse::add_holddown: out_.add_holddown = seconds_of(line, value); return;
    case KeyUse::del_holddown: out_.del_holddown = seconds_of(line, value); return;
    case KeyUse::keep_missing: out_.keep_missing = seconds_of(line, value); return;
    case KeyUse::permit_small_holddown: out_.permit_small_holddown = yes_or_no(line, value); return;
    case KeyUse::module_config: return use_modules(line, value);
    case KeyUse::features: return use_features(value);
    case KeyUse::local_zone: return use_local_zone(line, value);
    case KeyUse::zone_address:
    case KeyUse::forward_address: {
        const bool forwards = key.use == KeyUse::forward_address;
        if (out_.zones.empty() || out_.zones.back().forwards != forwards)
            out_.zones.push_back({dns::Name(), {}, forwards, line});
        out_.zones.back().addresses.push_back(bare_address(value));
        return;
    }
    case KeyUse::only_yes:
        if (!yes_or_no(line, value)) skip(std::string(key.name) + ": no: " + std::string(key.why));
        return;
    case KeyUse::only_no:
        if (yes_or_no(line, value)) skip(std::string(key.name) + ": yes: " + std::string(key.why));
        return;
    case KeyUse::zone_name:
    case KeyUse::skips: skip(std::string(key.name) + ": " + std::string(key.why)); return;
    }
}

void ConfigReader::take(std::size_t line, const std::string& key, const std::string& value) {
    const bool flat = scenario_.dialect == Dialect::deckard;
    if (!flat && clause_ == nullptr) lines_.fail(line, "expected 'server:' before '" + key + ":'");
    if (!flat && (clause_->clause == Clause::ignored || clause_->clause == Clause::skips)) return;
    const bool in_zone = !flat && clause_->clause == Clause::zone;
    const KnownKey* known = flat ? deckard_key(key) : in_zone ? zone_key(key) : unbound_key(key);
    if (known == nullptr) lines_.fail(line, "expected a known option, not '" + key + ":'");
    if (in_zone)
        use_zone_key(line, *known, value);
    else
        use(line, *known, value);
}

void ConfigReader::take_clause(std::size_t line, const KnownClause& clause) {
    clause_ = &clause;
    if (clause.clause == Clause::skips) skip(std::string(clause.name) + ": " + std::string(clause.why));
    if (clause.clause == Clause::zone) out_.zones.push_back({dns::Name(), {}, clause.name == "forward-zone", line});
}

void ConfigReader::read_line(const Line& line) {
    std::string_view text = line.text;
    const std::size_t colon = text.find(':');
    const std::string key = lower(trimmed(text.substr(0, colon)));
    const bool is_key = colon != std::string_view::npos && key.find_first_of(" \t\"'") == std::string::npos;
    if (!is_key) lines_.fail(line.number, "expected 'option: value', a keyword or CONFIG_END");
    const std::string_view rest = trimmed(text.substr(colon + 1));
    if (const KnownClause* clause = scenario_.dialect == Dialect::unbound ? unbound_clause(key) : nullptr) {
        take_clause(line.number, *clause);
        if (!rest.empty() && rest.front() != '#') read_line({line.number, line.raw, rest}); // "stub-zone: name: ..."
        return;
    }
    const std::string value = value_of(line.number, rest);
    last_key_ = value.empty() ? key : "";
    if (!value.empty() || scenario_.dialect == Dialect::deckard || key == "val-override-date")
        take(line.number, key, value);
    else if (unbound_key(key) == nullptr && zone_key(key) == nullptr && clause_ != nullptr &&
             clause_->clause != Clause::ignored && clause_->clause != Clause::skips)
        lines_.fail(line.number, "expected a known option, not '" + key + ":'");
}

void ConfigReader::read_autotrust(const Line& start) {
    const auto parts = words(without_comment(start.text));
    if (parts.size() != 2) lines_.fail(start.number, "expected AUTOTRUST_FILE and an id");
    AutotrustFile file{std::string(parts[1]), {}};
    for (;;) {
        if (lines_.at_end()) lines_.fail_at_end("AUTOTRUST_END");
        const Line& line = lines_.take();
        if (begins_with_word(line.text, "AUTOTRUST_END")) break;
        file.lines.push_back({line.number, std::string(line.raw)});
    }
    out_.autotrust.push_back(std::move(file));
}

void ConfigReader::read_tempfile(const Line& start) {
    const auto parts = words(without_comment(start.text));
    if (parts.size() != 2) lines_.fail(start.number, "expected an id behind " + std::string(parts[0]));
    const std::string id(parts[1]);
    if (parts[0] == "TEMPFILE_NAME") {
        if (last_key_.empty()) lines_.fail(start.number, "expected an option without a value before TEMPFILE_NAME");
        take(start.number, last_key_, id);
        last_key_.clear();
        return;
    }
    auto& content = tempfiles_[id];
    for (;;) {
        if (lines_.at_end()) lines_.fail_at_end("TEMPFILE_END");
        const Line& line = lines_.take();
        if (begins_with_word(line.text, "TEMPFILE_END")) break;
        if (!line.text.starts_with("$INCLUDE_TEMPFILE")) content.push_back({line.number, std::string(line.raw)});
    }
}

void ConfigReader::settle_tempfiles() {
    for (const auto& [line, id] : anchor_files_) use_anchor_file(line, id);
    for (const auto& [line, id] : auto_anchor_files_) {
        const auto file = tempfiles_.find(id);
        if (file == tempfiles_.end())
            lines_.fail(line, "expected a file that TEMPFILE_CONTENTS gives, not '" + id + "'");
        out_.autotrust.push_back({id, file->second});
    }
}

void ConfigReader::read() {
    for (;;) {
        if (lines_.at_end()) lines_.fail_at_end("CONFIG_END");
        const Line line = lines_.take();
        if (line.text.empty() || line.text.front() == ';' || line.text.front() == '#') continue;
        if (line.text.starts_with("CONFIG_END")) break;
        if (begins_with_word(line.text, "AUTOTRUST_FILE")) {
            read_autotrust(line);
        } else if (begins_with_word(line.text, "TEMPFILE_NAME") || begins_with_word(line.text, "TEMPFILE_CONTENTS")) {
            read_tempfile(line);
        } else if (begins_with_word(line.text, "COMMANDLINE")) { // how the server process is started
            if (words(line.text).size() < 2) lines_.fail(line.number, "expected arguments behind COMMANDLINE");
        } else {
            read_line(line);
        }
    }
    settle_tempfiles();
}

// Only Unbound's configuration has clauses; a flat list is Deckard's.
Dialect dialect_of(const Lines& from, std::string_view file) {
    Lines lines = from;
    if (file.ends_with(".crpl")) return Dialect::unbound;
    bool any_key = false;
    while (!lines.at_end()) {
        const std::string_view text = lines.take().text;
        if (text.starts_with("CONFIG_END")) break;
        if (text.starts_with("AUTOTRUST_FILE") || text.starts_with("TEMPFILE_") ||
            begins_with_word(text, "COMMANDLINE"))
            return Dialect::unbound;
        if (text.empty() || text.front() == ';' || text.front() == '#') continue;
        if (unbound_clause(lower(trimmed(text.substr(0, text.find(':')))))) return Dialect::unbound;
        any_key = true;
    }
    return any_key ? Dialect::deckard : Dialect::unbound;
}

} // namespace

std::optional<dns::UnixTime> override_time(std::string_view text) {
    if (text.size() == 14) {
        const auto time = dns::from_rrsig_text(text);
        if (!time) return std::nullopt;
        return dns::UnixTime{time->seconds};
    }
    const auto number = whole_number(text);
    if (!number || *number < 0) return std::nullopt;
    return dns::UnixTime{*number};
}

void read_configuration(Lines& lines, RplScenario& scenario) {
    scenario.dialect = dialect_of(lines, lines.file());
    ConfigReader(lines, scenario).read();
}

} // namespace harness::replay
