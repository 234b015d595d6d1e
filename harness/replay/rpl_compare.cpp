#include "harness/replay/rpl_compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "resolver/dns/rdata.h"
#include "resolver/dns/text.h"

namespace harness::replay {

namespace {

// Names without case; TTLs where they count.
std::string comparable(dns::Record record, bool with_ttl) {
    if (!with_ttl) record.ttl = 0;
    record.owner = record.owner.lowercased();
    if (auto rdata = dns::canonical_rdata(record.type, record.rdata)) record.rdata = *std::move(rdata);
    return dns::to_text(record);
}

std::vector<std::string> sorted(const std::vector<dns::Record>& records, bool with_ttl) {
    std::vector<std::string> texts;
    for (const dns::Record& record : records) texts.push_back(comparable(record, with_ttl));
    std::sort(texts.begin(), texts.end());
    return texts;
}

void compare_answers(const Entry& expected, const dns::Message& seen, std::vector<std::string>& out) {
    std::vector<dns::Record> records;
    for (const dns::Message& message : expected.messages)
        records.insert(records.end(), message.answer.begin(), message.answer.end());
    const auto wanted = sorted(records, expected.match.ttl), got = sorted(seen.answer, expected.match.ttl);
    std::vector<std::string> lacking, extra;
    std::set_difference(wanted.begin(), wanted.end(), got.begin(), got.end(), std::back_inserter(lacking));
    std::set_difference(got.begin(), got.end(), wanted.begin(), wanted.end(), std::back_inserter(extra));
    for (const std::string& text : lacking) out.push_back("ANSWER lacks: " + text);
    for (const std::string& text : extra) out.push_back("ANSWER has too much: " + text);
}

void compare_errors(const MatchRule& match, const dns::Message& seen, std::vector<std::string>& out) {
    const auto errors = seen.extended_errors();
    std::string codes;
    bool found = false;
    for (const auto& error : errors) {
        codes += (codes.empty() ? "" : ", ") + std::to_string(static_cast<unsigned>(error.code));
        found |= match.ede && static_cast<unsigned>(error.code) == *match.ede;
    }
    if (codes.empty()) codes = "none";
    if (match.ede && !found) out.push_back(fmt::format("EDE: expected {}, seen {}", *match.ede, codes));
    if (match.any_ede && errors.empty()) out.push_back("EDE: expected any, seen none");
}

} // namespace

std::vector<std::string> differences(const Entry& expected, const dns::Message& seen) {
    const MatchRule& match = expected.match;
    const dns::Message& wanted = expected.message();
    std::vector<std::string> out;
    if ((match.all || match.rcode) && wanted.rcode != seen.rcode)
        out.push_back(fmt::format("RCODE: expected {}, seen {}", dns::to_text(wanted.rcode), dns::to_text(seen.rcode)));
    const bool ad = wanted.header.authentic_data;
    if ((match.all || match.flags) && ad != seen.header.authentic_data)
        out.push_back(fmt::format("AD: expected {}, seen {}", ad ? "set" : "clear", ad ? "clear" : "set"));
    if (match.all || match.answer) compare_answers(expected, seen, out);
    compare_errors(match, seen, out);
    return out;
}

} // namespace harness::replay
