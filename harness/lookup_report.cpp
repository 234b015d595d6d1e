#include "harness/lookup_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "resolver/dns/text.h"

namespace harness {

namespace {

using nlohmann::json;
using validator::Security;

std::string_view colour(Security security, const cli::Style& style) {
    switch (security) {
    case Security::secure: return style.good;
    case Security::bogus: return style.bad;
    case Security::insecure:
    case Security::indeterminate: return style.warn;
    }
    return "";
}

std::string key_text(const validator::ChainKey& key) {
    return fmt::format("{} {} ({}{})", key.tag, dns::to_text(key.algorithm),
                       (key.flags & dns::Dnskey::sep_flag) != 0 ? "KSK" : "ZSK", key.entry_point ? ", matched" : "");
}

std::string ds_text(const dns::Ds& ds) {
    return fmt::format("{} {} {}", ds.key_tag, dns::to_text(ds.algorithm), dns::to_text(ds.digest_type));
}

template <class T, class F>
std::string joined(const std::vector<T>& items, F text) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : ", ") + text(item);
    return out;
}

void append_chain(std::string& out, const LookupReport& report, const cli::Style& style) {
    if (report.lookup.verdict.chain.empty()) return;
    out += "chain of trust:\n";
    for (const auto& link : report.lookup.verdict.chain) {
        out += fmt::format("  {}{:<13}{}{}{}{}\n", colour(link.outcome, style), validator::to_text(link.outcome),
                           style.off, link.zone.to_text(), link.why.empty() ? "" : "  ", link.why);
        if (!link.ds.empty())
            out += fmt::format("    {:<11}{}\n", link.zone.is_root() ? "anchor" : "DS", joined(link.ds, ds_text));
        if (!link.dnskey.empty()) out += fmt::format("    {:<11}{}\n", "DNSKEY", joined(link.dnskey, key_text));
        for (const auto& signature : link.signatures)
            out += fmt::format("    {:<11}{} {} by key {}, {} to {}{}\n", "RRSIG", signature.owner.to_text(),
                               dns::to_text(signature.covered), signature.tag,
                               dns::to_rfc3339(dns::expand(signature.window.inception, report.now)),
                               dns::to_rfc3339(dns::expand(signature.window.expiration, report.now)),
                               signature.verified ? "" : "  NOT VERIFIED");
    }
}

json json_of(const validator::ChainLink& link, dns::UnixTime now) {
    json out{{"zone", link.zone.to_text()},
             {"ds", json::array()},
             {"dnskey", json::array()},
             {"signatures", json::array()},
             {"outcome", validator::to_text(link.outcome)}};
    if (!link.why.empty()) out["why"] = link.why;
    for (const auto& ds : link.ds)
        out["ds"].push_back({{"key_tag", ds.key_tag},
                             {"algorithm", dns::to_text(ds.algorithm)},
                             {"digest_type", dns::to_text(ds.digest_type)},
                             {"digest", dns::base16(ds.digest)}});
    for (const auto& key : link.dnskey)
        out["dnskey"].push_back({{"key_tag", key.tag},
                                 {"algorithm", dns::to_text(key.algorithm)},
                                 {"flags", key.flags},
                                 {"entry_point", key.entry_point}});
    for (const auto& signature : link.signatures)
        out["signatures"].push_back({{"name", signature.owner.to_text()},
                                     {"type", dns::to_text(signature.covered)},
                                     {"key_tag", signature.tag},
                                     {"algorithm", dns::to_text(signature.algorithm)},
                                     {"inception", dns::to_rfc3339(dns::expand(signature.window.inception, now))},
                                     {"expiration", dns::to_rfc3339(dns::expand(signature.window.expiration, now))},
                                     {"verified", signature.verified}});
    return out;
}

json json_of(const validator::Reason& reason, dns::UnixTime now) {
    const auto& info = validator::info(reason.code);
    json out{{"id", info.id},
             {"name", reason.owner.to_text()},
             {"type", dns::to_text(reason.type)},
             {"rfc", info.rfc},
             {"text", validator::to_text(reason, now)}};
    const auto ede = validator::ede_code(reason);
    out["ede"] = ede ? json(static_cast<int>(*ede)) : json(nullptr);
    return out;
}

json extended_errors(const std::vector<validator::Reason>& reasons) {
    json out = json::array();
    for (const auto code : validator::ede_codes(reasons))
        out.push_back({{"code", static_cast<int>(code)}, {"text", dns::describe(code)}});
    return out;
}

std::vector<dns::Record> answer_records(const validator::Verdict& verdict) {
    std::vector<dns::Record> out;
    for (const auto& set : verdict.answer)
        for (auto& record : set.set.records()) out.push_back(std::move(record));
    return out;
}

} // namespace

std::string lookup_text(const LookupReport& report, const cli::Style& style) {
    const auto& verdict = report.lookup.verdict;
    std::string out = fmt::format("{}{}{}: {}{}{} ({})\n", style.bold, report.lookup.question.to_text(), style.off,
                                  colour(verdict.security, style), validator::to_text(verdict.security), style.off,
                                  dns::to_text(verdict.rcode));
    for (const auto& record : answer_records(verdict)) out += fmt::format("  {}\n", dns::to_text(record));
    if (verdict.kind == validator::AnswerKind::no_data) out += "  no record of this type\n";
    if (verdict.kind == validator::AnswerKind::name_error) out += "  no such name\n";
    for (const auto& attempt : report.lookup.attempts)
        out += fmt::format("  resolver {}: {}\n", attempt.source.text, validator::describe(attempt.cause));
    if (!verdict.reasons.empty()) out += "why:\n";
    for (const auto& reason : verdict.reasons)
        out += fmt::format("  {} [{}, {}]\n", validator::to_text(reason, report.now), validator::info(reason.code).id,
                           validator::info(reason.code).rfc);
    append_chain(out, report, style);
    if (verdict.window)
        out += fmt::format("valid from {} until {}, for {} s\n", dns::to_rfc3339(verdict.window->from),
                           dns::to_rfc3339(verdict.window->until), verdict.ttl);
    out += fmt::format("{}{} questions asked, {} signatures verified, {:.1f} ms{}\n", style.dim, report.queries,
                       verdict.verifications, report.elapsed_ms, style.off);
    return out;
}

std::string lookup_json(const LookupReport& report) {
    const auto& verdict = report.lookup.verdict;
    json out{{"question",
              {{"name", report.lookup.question.name.to_text()}, {"type", dns::to_text(report.lookup.question.type)}}},
             {"security", validator::to_text(verdict.security)},
             {"rcode", dns::to_text(verdict.rcode)},
             {"reasons", json::array()},
             {"ede", extended_errors(verdict.reasons)},
             {"answer", json::array()},
             {"chain", json::array()},
             {"ttl", verdict.ttl},
             {"queries", report.queries},
             {"verifications", verdict.verifications},
             {"elapsed_ms", report.elapsed_ms}};
    for (const auto& reason : verdict.reasons) out["reasons"].push_back(json_of(reason, report.now));
    for (const auto& record : answer_records(verdict)) out["answer"].push_back(dns::to_text(record));
    for (const auto& link : verdict.chain) out["chain"].push_back(json_of(link, report.now));
    out["valid_from"] = verdict.window ? json(dns::to_rfc3339(verdict.window->from)) : json(nullptr);
    out["valid_until"] = verdict.window ? json(dns::to_rfc3339(verdict.window->until)) : json(nullptr);
    return out.dump(2) + "\n";
}

} // namespace harness
